/** How exact the Wireless M-Bus decoder is on the shared telegrams, and what it survives: a row for each goal. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileAssembly } from '../../runtime/guest/compiler/index.ts';
import { bytes, type Codec, codec, difference, load, root, vectors } from '../vectors/wmbus-harness.ts';
import type { Row } from './pqc-measure.ts';

const read = <T>(file: string): T => JSON.parse(readFileSync(join(vectors, file), 'utf8')) as T;
const all = (name: string, value: number, of: number, share = 1): Row => ({
  name: `wM-Bus ${name}, of ${of}`,
  value,
  unit: 'exact',
  goal: Math.ceil(of * share),
  ok: of > 0 && value >= of * share,
});

export async function exactnessRows(): Promise<Row[]> {
  const c = await codec();
  return [records(c), ...fields(c), encrypted(c), links(c), ...(await damage())];
}

function records(c: Codec): Row {
  let count = 0;
  let exact = 0;
  for (const file of ['telegrams.json', 'permissive.json']) {
    for (const one of load(file)) {
      if (!one.ref_ok || one.full_crc_ok === false) continue;
      for (const telegram of one.telegrams.slice(0, -1)) c.decode(telegram, one.key);
      const got = c.decode(one.telegrams.at(-1)!, one.key).records;
      for (const [i, want] of (one.records ?? []).entries()) {
        count++;
        if (got[i] && difference(got[i], want).length === 0) exact++;
      }
    }
  }
  return all('records', exact, count);
}

interface Case {
  telegrams: string[];
  key: string;
  ref_ok: boolean;
  fields: Record<string, { c: string }>;
  expected: Record<string, unknown>;
}

/** Expected fields have units of their own: equal is equal in one of them. */
const SCALES = [1, 1e3, 1e6, 1e9, 3.6e6, 3.6e9, 1e-3, 60, 3600, 24, 1 / 24, 365.2425, 365, 30.436875, 0.01, 100];

function fields(c: Codec): Row[] {
  const count = { std: [0, 0], mfct: [0, 0] } as Record<string, [number, number]>;
  for (const one of read<Case[]>('telegrams.json')) {
    if (!one.ref_ok) continue;
    for (const telegram of one.telegrams.slice(0, -1)) c.decode(telegram, one.key === 'NOKEY' ? '' : one.key);
    const got = c.decode(one.telegrams.at(-1)!, one.key === 'NOKEY' ? '' : one.key).records;
    for (const [name, { c: kind }] of Object.entries(one.fields)) {
      const sum = count[kind];
      if (!sum) continue;
      sum[0]++;
      if (got.some(({ value }) => same(value, one.expected[name]))) sum[1]++;
    }
  }
  return [
    all('standard numbers and dates', count.std![1], count.std![0]),
    all('fields of vendors’ payloads', count.mfct![1], count.mfct![0], 0.8),
  ];
}

function same(value: number | string | null, want: unknown): boolean {
  if (typeof want === 'number' && typeof value === 'number') {
    const near = 1e-6 * Math.max(1, Math.abs(want)) + 1e-6;
    return SCALES.some((scale) => Math.abs(value / scale - want) <= near);
  }
  if (typeof want !== 'string' || typeof value !== 'string') return want === value;
  return want.startsWith(value.replace('T', ' ')) || value.replace('T', ' ').startsWith(want);
}

function encrypted(c: Codec): Row {
  const cases = read<{ key: string; telegram: string; plain_telegram: string }[]>('encrypted.json');
  const good = cases.filter(({ key, telegram, plain_telegram }) => {
    const got = c.decode(telegram, key);
    const wrong = c.decode(telegram, `${key.slice(2)}${key.slice(0, 2) === '5A' ? 'A5' : '5A'}`);
    return (
      got.security?.encrypted &&
      JSON.stringify(got.records) === JSON.stringify(c.decode(plain_telegram).records) &&
      wrong.records.length === 0 &&
      c.decode(telegram).error?.code === 'no-key'
    );
  });
  return all('encrypted telegrams, nothing under a wrong key', good.length, cases.length);
}

type Rendered = Record<'dll' | 'frame_a' | 'frame_b' | 't1_3of6' | 's1_manchester', string | undefined>;

function links(c: Codec): Row {
  let renderings = 0;
  let exact = 0;
  const body = (hex: string): string => {
    const { link, error, ...rest } = c.decode(hex);
    return JSON.stringify({ ...rest, link: { ...link, format: '' }, code: error?.code });
  };
  for (const one of read<Rendered[]>('link-layer.json')) {
    const want = body(one.dll!);
    for (const hex of [one.frame_a, one.frame_b, one.t1_3of6, one.s1_manchester]) {
      if (!hex) continue;
      renderings++;
      if (body(hex) === want) exact++;
    }
  }
  return all('renderings of the link layer', exact, renderings);
}

/** As many as in CI; test/fuzz/wmbus.test.ts runs ten million on demand. */
const MUTANTS = 200_000;
const FORMAT_AUTO = 0;
const FORMAT_B = 3;

interface Probe {
  memory: WebAssembly.Memory;
  input(): number;
  runAs(length: number, format: number): number;
  mutants(length: number, count: number, seed: number): void;
  broken(): number;
}

/** Every bit of every frame: format A is recognised, of format B the receiver knows. Then mutants. */
async function damage(): Promise<Row[]> {
  const { wasm } = await compileAssembly(join(root, 'test/fuzz/assembly/wmbus-probe.ts'));
  const p = (await WebAssembly.instantiate(wasm as BufferSource, {})).instance.exports as unknown as Probe;
  let flips = 0;
  let refused = 0;
  for (const one of read<Rendered[]>('link-layer.json')) {
    for (const [hex, format] of [
      [one.frame_a, FORMAT_AUTO],
      [one.frame_b, FORMAT_B],
    ] as const) {
      if (!hex) continue;
      const frame = new Uint8Array(p.memory.buffer, p.input(), hex.length / 2);
      frame.set(bytes(hex));
      for (let bit = 0; bit < 8 * frame.length; bit++) {
        frame[bit >> 3]! ^= 1 << (bit & 7);
        flips++;
        if (!p.runAs(frame.length, format)) refused++;
        frame[bit >> 3]! ^= 1 << (bit & 7);
      }
    }
  }

  const telegrams = load('telegrams.json').map(({ telegrams }) => bytes(telegrams.at(-1)!));
  const each = Math.ceil(MUTANTS / telegrams.length);
  let survived = 0;
  for (const [i, data] of telegrams.entries()) {
    new Uint8Array(p.memory.buffer).set(data, p.input());
    const before = p.broken();
    p.mutants(data.length, each, 77 + i * 2654435761);
    survived += each - (p.broken() - before);
  }
  return [
    all('flipped bits of frames with CRCs refused', refused, flips),
    all('mutants without a trap or a broken answer', survived, each * telegrams.length),
  ];
}
