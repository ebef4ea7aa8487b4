// DEFLATE against zlib: every kind of block, dictionaries, and streams that are damaged.
import { randomBytes, randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { constants, deflateSync, inflateSync } from 'node:zlib';
import { beforeAll, expect, test } from 'vitest';
import { compile, root } from '../../modules/lib/pqc-builds.mjs';

interface Probe {
  memory: WebAssembly.Memory;
  input(): number;
  dictionary(): number;
  room(): number;
  inflate(length: number, dictionaryLength: number, most: number): number;
}

let probe: Probe;
beforeAll(async () => {
  const module = new WebAssembly.Module(await compile('test/unit/assembly/inflate-probe.ts'));
  probe = new WebAssembly.Instance(module).exports as unknown as Probe;
});

const NONE = new Uint8Array();

/** What it gives, or null. */
function inflate(stream: Uint8Array, dictionary: Uint8Array = NONE, most = probe.room()): Buffer | null {
  const memory = new Uint8Array(probe.memory.buffer);
  memory.set(stream, probe.input());
  memory.set(dictionary, probe.dictionary());
  const length = probe.inflate(stream.length, dictionary.length, most);
  const start = probe.dictionary() + dictionary.length;
  return length < 0 ? null : Buffer.from(memory.slice(start, start + length));
}

const TEXT = readFileSync(join(root, 'modules/lib/assembly/inflate.ts'));
const samples: [string, Uint8Array][] = [
  ['nothing', NONE],
  ['one byte', Uint8Array.of(7)],
  ['text', TEXT],
  ['zeros', new Uint8Array(100_000)],
  ['noise', randomBytes(70_000)],
  ['few values', Uint8Array.from({ length: 50_000 }, () => randomInt(3))],
];

test.each(samples)('%s, at every level and strategy of zlib', (_, data) => {
  const { Z_DEFAULT_STRATEGY, Z_FILTERED, Z_FIXED, Z_HUFFMAN_ONLY, Z_RLE } = constants;
  for (const strategy of [Z_DEFAULT_STRATEGY, Z_FILTERED, Z_HUFFMAN_ONLY, Z_RLE, Z_FIXED]) {
    for (const level of [0, 1, 6, 9]) {
      if (!inflate(deflateSync(data, { level, strategy }))?.equals(data)) expect.fail(`level ${level}, ${strategy}`);
    }
  }
});

test('with a preset dictionary; not without it, and not with another', () => {
  const dictionary = TEXT.subarray(0, 5000);
  const stream = deflateSync(TEXT, { dictionary, level: 9 });
  expect(inflate(stream, dictionary)).toEqual(TEXT);
  expect(inflate(stream)).toBeNull();
  expect(inflate(stream, TEXT.subarray(0, 4999))).toBeNull();
  expect(inflate(deflateSync(TEXT), dictionary)).toBeNull();
  const whole = randomBytes(32_768);
  expect(inflate(deflateSync(whole, { dictionary: whole, level: 9 }), whole)).toEqual(whole);
});

test('no byte more than there is room for', () => {
  const stream = deflateSync(TEXT);
  expect(inflate(stream, NONE, TEXT.length)).toEqual(TEXT);
  expect(inflate(stream, NONE, TEXT.length - 1)).toBeNull();
});

test('every prefix is refused', () => {
  const stream = deflateSync(TEXT.subarray(0, 3000), { level: 9 });
  for (let length = 0; length < stream.length; length++) {
    if (inflate(stream.subarray(0, length)) !== null) expect.fail(`${length} of ${stream.length} bytes`);
  }
});

test('a damaged stream is refused, or gives what zlib makes of it', () => {
  const sources = [deflateSync(TEXT.subarray(0, 2000)), deflateSync(samples[5]![1].subarray(0, 2000), { level: 9 })];
  let refused = 0;
  for (let round = 0; round < 20_000; round++) {
    const stream = Uint8Array.from(sources[round % 2]!);
    for (let n = randomInt(1, 4); n > 0; n--) stream[randomInt(stream.length)]! ^= 1 << randomInt(8);
    const ours = inflate(stream);
    let theirs: Buffer | null = null;
    try {
      theirs = inflateSync(stream, { maxOutputLength: probe.room() });
    } catch {}
    if (ours === null) refused++;
    if (ours?.toString('latin1') !== theirs?.toString('latin1')) expect.fail(Buffer.from(stream).toString('hex'));
  }
  expect(refused).toBeGreaterThan(19_000);
});
