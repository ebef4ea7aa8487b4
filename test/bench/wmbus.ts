// The Wireless M-Bus decoder: telegrams a second on one core in V8, sizes, and exactness on the shared telegrams.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileAssembly, compileModule } from '../../runtime/guest/compiler/index.ts';
import { bytes, codec, difference, haveVectors, load, root } from '../vectors/wmbus-harness.ts';
import { measure, type Row, size } from './pqc-measure.ts';

interface Telegram {
  hex: string;
  key: string;
}

interface Probe {
  memory: WebAssembly.Memory;
  input(): number;
  key(): number;
  useKey(yes: number): void;
  run(length: number, what: number): number;
}

interface Peer {
  parse(telegram: string, key?: string): unknown;
}

const GOALS = { records: 200_000, json: 38_000, peer: 2, wasm: 40_960, memory: 12_288 };

export async function rows(): Promise<Row[]> {
  return [...(await speeds()), ...(await sizes()), ...(haveVectors ? await exactness() : [])];
}

/** The shared telegrams that decode, else the project's own. */
function mix(): Telegram[] {
  if (!haveVectors) {
    const own = JSON.parse(
      readFileSync(join(root, 'test/fixtures/wmbus/telegrams.json'), 'utf8'),
    ) as Partial<Telegram>[];
    return own.map(({ hex, key }) => ({ hex: hex!, key: key ?? '' }));
  }
  const plain = load('telegrams.json').filter(({ ref_ok, key }) => ref_ok && (key === '' || key.length === 32));
  const encrypted = JSON.parse(readFileSync(join(root, '../shared/vectors/wmbus/encrypted.json'), 'utf8')) as {
    telegram: string;
    key: string;
  }[];
  return [
    ...plain.map(({ telegrams, key }) => ({ hex: telegrams.at(-1)!, key })),
    ...encrypted.map(({ telegram, key }) => ({ hex: telegram, key })),
  ];
}

async function speeds(): Promise<Row[]> {
  const { wasm } = await compileAssembly(join(root, 'test/fuzz/assembly/wmbus-probe.ts'));
  const { instance } = await WebAssembly.instantiate(wasm as BufferSource, {});
  const p = instance.exports as unknown as Probe;
  const telegrams = mix().map(({ hex, key }) => ({ data: bytes(hex), key: bytes(key) }));
  const heap = new Uint8Array(p.memory.buffer);
  const all = (what: number) => () => {
    for (const { data, key } of telegrams) {
      heap.set(data, p.input());
      heap.set(key, p.key());
      p.useKey(key.length ? 1 : 0);
      p.run(data.length, what);
    }
  };
  const ms = measure({ records: all(0), json: all(1), senml: all(2) });
  const rate = (what: keyof typeof ms): number => (1000 * telegrams.length) / ms[what];
  const row = (name: string, what: keyof typeof ms, goal?: number): Row => ({
    name: `wM-Bus decode to ${name}, V8, ${telegrams.length} telegrams`,
    value: rate(what),
    unit: 'telegrams/s',
    ...(goal === undefined ? {} : { goal }),
    ok: goal === undefined || rate(what) >= goal,
  });
  return [
    row('records', 'records', GOALS.records),
    row('JSON', 'json', GOALS.json),
    row('SenML', 'senml'),
    ...(await peer(rate('json'))),
  ];
}

/** iobroker.wireless-mbus parses asynchronously by callback, so that it is timed apart, over the same telegrams. */
async function peer(ours: number): Promise<Row[]> {
  const name = 'iobroker.wireless-mbus';
  const missing: Row = {
    name: `wM-Bus decode by ${name} (not installed: not measured)`,
    value: 0,
    unit: 'telegrams/s',
    ok: true,
  };
  const Decoder = (await import(`${name}/lib/wmbus_decoder.js`).catch(() => null)) as {
    default: new (log: object) => Peer;
  } | null;
  if (!Decoder) return [missing];
  const log = { debug() {}, error() {}, info() {}, warn() {} };
  const decoder = new Decoder.default(log) as unknown as {
    parse(
      data: Buffer,
      containsCrc: boolean,
      key: Buffer | undefined,
      frameType: string,
      done: (error: unknown, result: unknown) => void,
    ): void;
  };
  const telegrams = mix().map(({ hex, key }) => ({
    data: Buffer.from(hex, 'hex'),
    key: key ? Buffer.from(key, 'hex') : undefined,
  }));
  const ms = measure({
    all: () => {
      for (const { data, key } of telegrams) {
        try {
          decoder.parse(data, false, key, 'A', (_error, result) => {
            JSON.stringify(result ?? null);
          });
        } catch {
          // It throws on telegrams that it cannot read: that takes time, too.
        }
      }
    },
  });
  const theirs = (1000 * telegrams.length) / ms.all;
  const ratio = ours / theirs;
  return [
    {
      name: 'wM-Bus decode to JSON, V8',
      value: ours,
      unit: 'telegrams/s',
      peer: name,
      ratio,
      goal: GOALS.peer,
      ok: ratio >= GOALS.peer,
    },
  ];
}

async function sizes(): Promise<Row[]> {
  const module = await compileModule(join(root, 'modules/wmbus'));
  return [
    size('wM-Bus decoder, Wasm with JSON, SenML and vendors', module.bytes, GOALS.wasm),
    size('wM-Bus decoder, linear memory without its answer', module.memory.staticEnd, GOALS.memory),
  ];
}

async function exactness(): Promise<Row[]> {
  const c = await codec();
  let records = 0;
  let exact = 0;
  for (const file of ['telegrams.json', 'permissive.json']) {
    for (const one of load(file)) {
      if (!one.ref_ok || one.full_crc_ok === false) continue;
      for (const telegram of one.telegrams.slice(0, -1)) c.decode(telegram, one.key);
      const got = c.decode(one.telegrams.at(-1)!, one.key).records;
      for (const [i, want] of (one.records ?? []).entries()) {
        records++;
        if (got[i] && difference(got[i], want).length === 0) exact++;
      }
    }
  }
  return [
    {
      name: `wM-Bus records exact, of ${records}`,
      value: exact,
      unit: 'records',
      goal: records,
      ok: exact === records,
    },
  ];
}
