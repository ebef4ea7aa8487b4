/** Hostile bytes: every prefix and every change of one byte of every telegram, and mutants. Nothing may trap. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { EXPORT, instrument } from '../../host-shim/engine/instrument.ts';
import { compileAssembly } from '../../runtime/guest/compiler/index.ts';
import { ell, fragmentsOf, frameOf, hex, KEY, mode5, mode7, mode9, mode10 } from '../unit/wmbus-encoder.ts';
import { bytes, haveVectors, load, root } from '../vectors/wmbus-harness.ts';

interface Probe {
  memory: WebAssembly.Memory;
  input(): number;
  key(): number;
  output(): number;
  useKey(yes: number): void;
  prefixes(length: number): number;
  changes(length: number): number;
  mutants(length: number, count: number, seed: number): void;
  broken(): number;
  run(length: number, what: number): number;
  written(): number;
}

interface Telegram {
  hex: string;
  key: string;
}

const own = (JSON.parse(readFileSync(join(root, 'test/fixtures/wmbus/telegrams.json'), 'utf8')) as Telegram[]).map(
  ({ hex, key = '' }) => ({ hex, key }),
);
const shared: Telegram[] = haveVectors
  ? ['telegrams.json', 'permissive.json']
      .flatMap((file) => load(file))
      .flatMap((v) => v.telegrams.map((hex) => ({ hex, key: v.key })))
  : [];
/** Each security mode, and a message in three fragments that come one after the other. */
const secured: Telegram[] = [
  ...[
    mode5(),
    mode7(),
    mode7({ ml: true }),
    mode9(),
    mode9({ long: true, derived: true }),
    mode10(),
    mode10({ size: 16 }),
  ],
  ell(0x8d, Buffer.from('780C1343658700', 'hex')),
  ell(0x8f, Buffer.from('780C1343658700', 'hex')),
].map(({ frame }) => ({ hex: hex(frame), key: hex(KEY) }));
const volumes = Buffer.concat(Array.from({ length: 38 }, (_, n) => Buffer.from([0x04, 0x13, n, 1, 0, 0])));
const fragments = fragmentsOf(volumes, 100).frames.map((frame) => ({ hex: hex(frame), key: hex(KEY) }));
/** 200,000 by default; MOTE_FUZZ=10000000 for the long run. */
const MUTANTS = Number(process.env.MOTE_FUZZ ?? 200_000);
/** Mutants whose fuel is counted, one by one: all in the long run. */
const COUNTED = process.env.MOTE_FUZZ ? MUTANTS : 20_000;
/** Loop heads and function entries for one telegram of at most 300 bytes: decoded, to SenML and to JSON. */
const FUEL = 80_000;

let p: Probe;
let counting: { probe: Probe; fuel: WebAssembly.Global<'i32'> };
const put = ({ hex, key }: Telegram, into = p): number => {
  const data = bytes(hex);
  const heap = new Uint8Array(into.memory.buffer);
  heap.set(data, into.input());
  heap.set(bytes(key).subarray(0, 16), into.key());
  into.useKey(key.length === 32 ? 1 : 0);
  return data.length;
};

beforeAll(async () => {
  const { wasm } = await compileAssembly(join(root, 'test/fuzz/assembly/wmbus-probe.ts'));
  const { instance } = await WebAssembly.instantiate(wasm as BufferSource, {});
  p = instance.exports as unknown as Probe;

  const counted = await WebAssembly.instantiate(instrument(wasm, 65_536).wasm as BufferSource, {});
  const exports = counted.instance.exports as unknown as Probe & Record<string, unknown>;
  const fuel = exports[EXPORT.fuel] as WebAssembly.Global<'i32'>;
  (exports[EXPORT.depth] as WebAssembly.Global<'i32'>).value = 1000;
  fuel.value = 2 ** 31 - 1;
  (exports[EXPORT.start] as (() => void) | undefined)?.();
  counting = { probe: exports, fuel };
});

describe.each([
  ['own', own],
  ['secured', secured],
  ['fragmented', fragments],
  [haveVectors ? 'shared' : 'shared (skipped: ../shared/vectors/wmbus is missing)', shared],
])('%s telegrams', (_name, telegrams) => {
  it.skipIf(telegrams.length === 0)('every prefix', () => {
    for (const one of telegrams) {
      const length = put(one);
      // Up to three bytes behind a frame are a receiver's own: without them it is still whole.
      const wired = one.hex.startsWith('68') && one.hex.slice(6, 8) === '68';
      const surplus = wired ? 0 : length - bytes(one.hex)[0]! - 1;
      expect(p.prefixes(length), one.hex).toBeLessThanOrEqual(surplus > 0 && surplus <= 3 ? surplus : 0);
    }
    expect(p.broken()).toBe(0);
  });

  it.skipIf(telegrams.length === 0)(
    'every change of one byte',
    () => {
      let decoded = 0;
      for (const one of telegrams) decoded += p.changes(put(one));
      expect(p.broken()).toBe(0);
      expect(decoded).toBe(telegrams.reduce((sum, { hex }) => sum + (255 * hex.length) / 2, 0));
    },
    600_000,
  );

  it.skipIf(telegrams.length === 0)(
    `${MUTANTS} mutants`,
    () => {
      const each = Math.ceil(MUTANTS / telegrams.length);
      for (const [i, one] of telegrams.entries()) p.mutants(put(one), each, i * 2654435761 + 1);
      expect(p.broken()).toBe(0);
    },
    60_000 + MUTANTS / 5,
  );

  it.skipIf(telegrams.length === 0)(
    `${COUNTED} mutants stay within their fuel`,
    () => {
      const { probe, fuel } = counting;
      const each = Math.ceil(COUNTED / telegrams.length);
      let most = 0;
      for (const [i, one] of telegrams.entries()) {
        const length = put(one, probe);
        for (let k = 0; k < each; k++) {
          fuel.value = FUEL;
          probe.mutants(length, 1, (i * each + k) * 2654435761 + 1);
          most = Math.max(most, FUEL - fuel.value);
        }
      }
      expect(probe.broken()).toBe(0);
      // A bound that is far from what is needed would notice nothing.
      expect(most).toBeGreaterThan(FUEL / 20);
      expect(most).toBeLessThan(FUEL);
    },
    60_000 + COUNTED / 5,
  );

  it.skipIf(telegrams.length === 0)('mutants give well-formed JSON', () => {
    for (const one of telegrams.slice(0, 120)) {
      const data = bytes(one.hex);
      for (let i = 0; i < data.length; i++) {
        const heap = new Uint8Array(p.memory.buffer);
        put(one);
        heap[p.input() + i]! ^= 0x55;
        p.run(data.length, 1);
        const text = Buffer.from(p.memory.buffer, p.output(), p.written()).toString('utf8');
        expect(() => JSON.parse(text)).not.toThrow();
      }
    }
  });
});

describe('telegrams made to cost as much as they can', () => {
  const record = (text: string, times: number): Buffer => Buffer.from(`78${text.repeat(times)}`, 'hex');
  const profile = `046D00000101${'441300000000'}8D04931F`;
  it.each<[string, Buffer]>([
    ['records at the end of the last table', record('00FB7F', 64)],
    ['as many VIFEs as there may be', record('00939393939393939393936F', 20)],
    ['as many DIFEs as there may be', record('80808080808080808080001300', 18)],
    ['plain text', record(`0DFC0141${'BF'}${'FF'.repeat(60)}`, 1)],
    ['records with decimals of reals', record('055B01000000', 40)],
    ['reals with the longest digits', record('0513FFFF7F00', 40)],
    ['profiles of single bytes', Buffer.from(`78${profile}BF01FD${'01'.repeat(180)}`, 'hex')],
    ['dates of type M', record('0D6DE5A100E1F505', 28)],
    ['times of day and dates by turns', record('066D1E1E150D3900', 28)],
    ['all the text that fits', record(`0D78BF${'80'.repeat(191)}`, 1)],
  ])('%s', (_name, body) => {
    const { probe, fuel } = counting;
    const frame = frameOf(body.subarray(0, 246));
    for (const what of [0, 1, 2]) {
      put({ hex: hex(frame), key: '' }, probe);
      fuel.value = FUEL;
      probe.run(frame.length, what);
      expect(FUEL - fuel.value, `${what}`).toBeLessThan(FUEL);
    }
  });

  it('the longest messages of modes 5, 9 and 10 under one key', () => {
    const { probe, fuel } = counting;
    const records = Buffer.concat(Array.from({ length: 34 }, (_, n) => Buffer.from([0x04, 0x13, n, 1, 0, 0])));
    for (const { frame } of [mode5(records), mode7({}, records), mode9({ records }), mode10({ records })]) {
      put({ hex: hex(frame), key: hex(KEY) }, probe);
      fuel.value = FUEL;
      probe.run(frame.length, 1);
      expect(FUEL - fuel.value).toBeLessThan(FUEL);
    }
  });
});
