/** What a description of a part can say, and how one that is wrong is refused. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { packageRoot } from '../../host-shim/files.ts';
import { tmp117 } from '../../host-shim/parts/catalog/tmp117.ts';
import { definePart } from '../../host-shim/parts/define.ts';
import type { Description } from '../../host-shim/parts/description.ts';
import { bench, READ, WRITE } from './parts-bench.ts';

describe('a description that is wrong is refused by name', () => {
  test.each<[string, object]>([
    [
      "the part x: no knob 'nothing'",
      { registers: { 0: { name: 'a', value: { knob: 'nothing', bits: 8, scale: 1 } } } },
    ],
    ['register b lies in the one before it', { registers: { 0: { name: 'a', bytes: 2 }, 1: { name: 'b' } } }],
    ['addresses: an I2C part has at least one', { addresses: undefined }],
    ['trim: 1 values do not fit BB', { blocks: { 0: { name: 'trim', layout: 'BB', values: [1] } } }],
    ['is a struct of b B h H x', { blocks: { 0: { name: 'trim', layout: 'Q' } } }],
    ['there is no register 0x7', { resets: { register: 7, mask: 1, equals: 1 } }],
    ['there is no register 0x9', { conversion: { micros: 1, ready: { register: 9, mask: 1 } } }],
    ['knobs.k: 0 <= 5 <= 1 does not hold', { knobs: { k: { unit: '1', min: 0, max: 1, start: 5 } } }],
    ['Unrecognized key', { colour: 'red' }],
  ])('%s', (message, changes) => {
    const right = { ...tmp117, name: 'x', burst: 'bytes', bytes: 1, knobs: {}, registers: {}, conversion: undefined };
    expect(() => definePart({ ...right, ...changes } as Description)).toThrow(message);
  });

  test.each([
    ['spi0:1', 'its bus is i2c'],
    ['i2c0', 'needs an address'],
    ['i2c0:0x48 ', 'cannot be at'],
  ])('and so is a place: %s', (at, message) => {
    expect(() => bench({ part: tmp117, at })).toThrow(message);
  });
});

test('blocks of numbers, formulas that are sought backwards, modes that fall back, a reset that is written', () => {
  const part = definePart({
    name: 'formulas',
    datasheet: 'none',
    kind: 'registers',
    bus: 'i2c',
    addresses: [0x11],
    startMicros: 0,
    knobs: { a: { unit: '1', min: 0, max: 100, start: 10 }, b: { unit: '1', min: 0, max: 1e6, start: 2500 } },
    order: 'little',
    blocks: {
      16: { name: 'trim', layout: 'H b x h 2B', values: [0x1234, -1, -2, 7, 8] },
      32: { name: 'ram', layout: '2B H', writable: true },
    },
    registers: {
      0: { name: 'mode', writable: 0x0f },
      1: { name: 'status' },
      2: {
        name: 'a',
        bytes: 2,
        order: 'big',
        value: { knob: 'a', low: 0, high: 255, shift: 4, reading: (raw) => 100 - raw / 2 },
      },
      4: {
        name: 'b',
        bytes: 2,
        reset: 0x8000,
        enabled: (state) => (state.register(0) & 8) > 0,
        // Needs what `a` is in the same conversion: 180, so b is 2500 / 180 = 13.9.
        value: { knob: 'b', low: 0, high: 1000, reading: (raw, state) => raw * (state.sample(2) >> 4) },
      },
      6: { name: 'reset' },
    },
    conversion: {
      micros: 5000,
      modes: { register: 0, mask: 3, once: [1], always: [3], rest: 0 },
      ready: { register: 1, mask: 1 },
    },
    resets: { register: 6, mask: 0xff, equals: 0xb6 },
  });
  const { i2c, wiring, clock } = bench({ part, at: 'i2c0:0x11' });
  const all = () => i2c(0x11, [WRITE, 1, 0, READ, 6], 6);
  expect(i2c(0x11, [WRITE, 1, 0x10, READ, 8], 8)).toBe('3412ff00feff0708');
  expect(i2c(0x11, [WRITE, 5, 0x20, 1, 2, 3, 4, WRITE, 1, 0x20, READ, 4], 4)).toBe('01020304');
  // Before a conversion; then one with `b` left out, whose mode falls back.
  expect(all()).toBe('000000000080');
  expect(i2c(0x11, [WRITE, 2, 0, 1])).toBe('');
  expect(all()).toBe('010000000080');
  clock.advance(5);
  expect(all()).toBe('00010b400080');
  // Again and again, both: 13.9 is 14.
  i2c(0x11, [WRITE, 2, 0, 0x0b]);
  clock.advance(5);
  expect(all()).toBe('0b010b400e00');
  wiring.part('formulas').turn('a', 50);
  clock.advance(5);
  expect(all()).toBe('0b0106401900');
  // A mode that does not measure: what was sampled stays.
  i2c(0x11, [WRITE, 2, 0, 0]);
  wiring.part('formulas').turn('a', 0);
  clock.advance(10);
  expect(all()).toBe('000106401900');
  i2c(0x11, [WRITE, 2, 6, 0xb6]);
  expect(all()).toBe('000000000080');
});

test("what repeats is the language's: a part is at most some thirty lines", async () => {
  const folder = join(packageRoot(), 'host-shim', 'parts', 'catalog');
  const long: string[] = [];
  for (const file of (await readdir(folder)).filter((name) => name !== 'index.ts')) {
    const text = await readFile(join(folder, file), 'utf8');
    for (const [definition] of text.matchAll(/^export const \w+ = definePart\(\{[\s\S]*?^\}\);/gm))
      if (definition.split('\n').length > 36) long.push(`${file}: ${definition.split('\n').length} lines`);
  }
  expect(long).toEqual([]);
});
