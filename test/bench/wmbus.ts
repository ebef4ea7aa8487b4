// The Wireless M-Bus decoder: telegrams a second on one core in V8, sizes, and exactness on the shared telegrams.
import { createCipheriv } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileAssembly, compileModule } from '../../runtime/guest/compiler/index.ts';
import { bytes, haveVectors, load, root } from '../vectors/wmbus-harness.ts';
import { measure, median, type Row, size } from './pqc-measure.ts';
import { exactnessRows } from './wmbus-exactness.ts';
import { loadPeer } from './wmbus-peer.ts';
import { rivalRows } from './wmbus-rivals.ts';
import { type Sample, targetRows } from './wmbus-target.ts';

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

/** For flash that is short: the core's own size is told of a build for size. */
export const SMALL = { shrinkLevel: 2, converge: true } as const;

const GOALS = { records: 200_000, json: 38_000, peer: 2, core: 16_384, wasm: 40_960, memory: 12_288 };

export async function rows(): Promise<Row[]> {
  return [...(await speeds()), ...(await sizes()), ...(await target()), ...(haveVectors ? await exactnessRows() : [])];
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
  const all =
    (what: number, of = telegrams) =>
    () => {
      for (const { data, key } of of) {
        heap.set(data, p.input());
        heap.set(key, p.key());
        p.useKey(key.length ? 1 : 0);
        p.run(data.length, what);
      }
    };
  const ms = measure({ records: all(0), json: all(1), senml: all(2) });
  const rate = (what: keyof typeof ms): number => (1000 * telegrams.length) / ms[what];
  const rateOf = (picked: Set<number>): number => {
    const of = telegrams.filter((_, i) => picked.has(i));
    return (1000 * of.length) / measure({ json: all(1, of) }).json;
  };
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
    ...(await peer(rateOf)),
    ...rivalRows(
      mix().map(({ hex, key }) => `${hex} ${key}`),
      rateOf,
    ),
  ];
}

/** Both over the telegrams that the peer reads. It parses in promises, so that it is timed apart. */
async function peer(rateOf: (picked: Set<number>) => number): Promise<Row[]> {
  const found = await loadPeer();
  if (typeof found === 'string') {
    return [
      {
        name: `wM-Bus against iobroker.wireless-mbus: NOT MEASURED, ${found}`,
        value: 0,
        unit: 'telegrams/s',
        ok: false,
      },
    ];
  }
  const telegrams = mix().map(({ hex, key }) => ({
    data: Buffer.from(hex, 'hex'),
    key: key ? Buffer.from(key, 'hex') : undefined,
  }));
  const picked = new Set<number>();
  const { log, warn, error } = console;
  // It tells the console of what it does not understand, which would cost it time.
  Object.assign(console, { log() {}, warn() {}, error() {} });
  for (const [i, { data, key }] of telegrams.entries()) {
    if (await found.parse(data, key).catch(() => undefined)) picked.add(i);
  }
  const readable = telegrams.filter((_, i) => picked.has(i));
  const once = async () => {
    for (const { data, key } of readable) JSON.stringify(await found.parse(data, key));
  };
  await once();
  const times: number[] = [];
  for (let round = 0; round < 9; round++) {
    const before = process.cpuUsage();
    await once();
    const { user, system } = process.cpuUsage(before);
    times.push((user + system) / 1000);
  }
  Object.assign(console, { log, warn, error });
  const theirs = (1000 * readable.length) / median(times);
  const ours = rateOf(picked);
  const ratio = ours / theirs;
  return [
    {
      name: `wM-Bus decode to JSON by ${found.name}, ${readable.length} of ${telegrams.length} read`,
      value: theirs,
      unit: 'telegrams/s',
      ok: true,
    },
    {
      name: 'wM-Bus decode to JSON, V8, those that the peer reads',
      value: ours,
      unit: 'telegrams/s',
      peer: found.name,
      ratio,
      goal: GOALS.peer,
      ok: ratio >= GOALS.peer,
    },
  ];
}

/** 255 bytes without CRCs, 240 of them in mode 5 (EN 13757-7): 39 records of volume. */
function longTelegram(): Sample {
  const key = new Uint8Array(16).fill(9);
  const header = [254, 0x44, 0xae, 0x0c, 0x78, 0x56, 0x34, 0x12, 0x01, 0x07, 0x7a, 0x2a, 0x00, 0xf0, 0x05];
  const plain = new Uint8Array(240).fill(0x2f);
  for (let record = 0; record < 39; record++) plain.set([0x04, 0x13, record, 1, 0, 0], 2 + 6 * record);
  const iv = Uint8Array.from([...header.slice(2, 10), ...new Array(8).fill(0x2a)]);
  const cipher = createCipheriv('aes-128-cbc', key, iv).setAutoPadding(false);
  return { data: Uint8Array.from([...header, ...cipher.update(plain), ...cipher.final()]), key };
}

async function target(): Promise<Row[]> {
  const samples = mix().map(({ hex, key }) => ({ data: bytes(hex), key: bytes(key) }));
  return targetRows(longTelegram(), samples).catch((error: Error) => [
    {
      name: `wM-Bus on rv32: NOT MEASURED, ${error.message.split('\n')[0]}`,
      value: 0,
      unit: 'instructions',
      ok: false,
    },
  ]);
}

async function sizes(): Promise<Row[]> {
  const module = await compileModule(join(root, 'modules/wmbus'));
  const core = await compileAssembly(join(root, 'test/bench/assembly/wmbus-core.ts'), SMALL);
  return [
    size('wM-Bus decoder, Wasm without vendors and encoders, built for size', core.wasm.length, GOALS.core),
    size('wM-Bus decoder, Wasm with JSON, SenML and vendors', module.bytes, GOALS.wasm),
    size('wM-Bus decoder, linear memory without its answer', module.memory.staticEnd, GOALS.memory),
  ];
}
