/** The arena, compiled as for a device and run in the engine of Node. */
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { compileAssembly } from '../../../runtime/guest/compiler/index.ts';

interface Arena {
  memory: WebAssembly.Memory;
  heapBase(): number;
  alloc(size: number): number;
  realloc(pointer: number, size: number): number;
  create(size: number, id: number): number;
  renew(object: number, size: number): number;
  trim(end: number): void;
  mark(): void;
  reset(): void;
  peak(): number;
  chain(length: number): number;
  words(count: number): number;
  keep(count: number): void;
  keptLength(): number;
}

const LIMIT = 8192;
let compiled: WebAssembly.Module;
let arena: Arena;
let memory: DataView;

beforeAll(async () => {
  const { wasm } = await compileAssembly(join(import.meta.dirname, 'assembly', 'arena.ts'), { memory: LIMIT });
  compiled = new WebAssembly.Module(Uint8Array.from(wasm));
});

beforeEach(() => {
  arena = new WebAssembly.Instance(compiled).exports as unknown as Arena;
  memory = new DataView(arena.memory.buffer);
});

test('blocks stand one behind the other, aligned to 8', () => {
  const first = arena.alloc(1);
  expect(first % 8).toBe(0);
  expect(arena.alloc(0)).toBe(first + 8);
  expect(arena.alloc(9)).toBe(first + 8);
  expect(arena.alloc(1)).toBe(first + 24);
});

test('an object carries its class and size in the 8 bytes before it, and begins as zeros', () => {
  arena.mark();
  new Uint8Array(arena.memory.buffer).fill(0xff, arena.alloc(0));
  const object = arena.create(12, 77);
  expect(memory.getUint32(object - 8, true)).toBe(77);
  expect(memory.getUint32(object - 4, true)).toBe(12);
  expect([...new Uint8Array(arena.memory.buffer, object, 12)]).toEqual(new Array(12).fill(0));
  expect(memory.getUint8(object + 16)).toBe(0xff); // the next block
});

test('reset drops what came after the mark, and only that', () => {
  const base = arena.alloc(8);
  arena.reset();
  expect(arena.alloc(8)).toBe(base);
  arena.keep(5);
  arena.mark();
  const length = arena.keptLength();
  arena.reset();
  const next = arena.alloc(8);
  arena.reset();
  for (let message = 0; message < 1000; message++) {
    expect(arena.words(20)).toBe(20 + 10 + 19);
    arena.reset();
  }
  expect(arena.alloc(8)).toBe(next);
  arena.reset();
  expect(arena.keptLength()).toBe(length);
});

test('peak is the highest address ever used, whatever was dropped since', () => {
  const start = arena.alloc(0);
  arena.alloc(1000);
  expect(arena.peak()).toBe(start + 1000);
  arena.reset();
  arena.alloc(16);
  expect(arena.peak()).toBe(start + 1000);
  const end = arena.alloc(2000) + 2000;
  arena.trim(end - 1992);
  expect(arena.peak()).toBe(end);
});

test('trim gives the end of the newest block back', () => {
  const block = arena.alloc(300);
  arena.trim(block + 5);
  expect(arena.alloc(1)).toBe(block + 8);
});

describe('renew', () => {
  test('grows and shrinks the newest object where it stands', () => {
    const object = arena.create(4, 9);
    memory.setUint32(object, 0x01020304, true);
    expect(arena.renew(object, 100)).toBe(object);
    expect(memory.getUint32(object - 4, true)).toBe(100);
    expect(memory.getUint32(object, true)).toBe(0x01020304);
    expect(memory.getUint32(object + 4, true)).toBe(0);
    expect(arena.renew(object, 2)).toBe(object);
    expect(arena.alloc(0)).toBe(object + 8);
  });

  test('zeros what it grows into, even where a dropped object stood', () => {
    const object = arena.create(8, 9);
    arena.renew(object, 64);
    new Uint8Array(arena.memory.buffer).fill(0xff, object, object + 64);
    arena.renew(object, 8);
    arena.renew(object, 64);
    expect([...new Uint8Array(arena.memory.buffer, object + 8, 56)]).toEqual(new Array(56).fill(0));
  });

  test('moves an object that is not the newest, with its class and contents', () => {
    const object = arena.create(4, 9);
    memory.setUint32(object, 0x01020304, true);
    arena.alloc(8);
    const moved = arena.renew(object, 8);
    expect(moved).toBeGreaterThan(object);
    expect(memory.getUint32(moved - 8, true)).toBe(9);
    expect(memory.getUint32(moved - 4, true)).toBe(8);
    expect(memory.getUint32(moved, true)).toBe(0x01020304);
    expect(memory.getUint32(moved + 4, true)).toBe(0);
  });

  test('keeps the beginning when an object moves and shrinks', () => {
    const object = arena.create(8, 9);
    memory.setUint32(object, 5, true);
    arena.alloc(8);
    expect(memory.getUint32(arena.renew(object, 4), true)).toBe(5);
  });
});

test('realloc copies', () => {
  const block = arena.alloc(8);
  memory.setUint32(block, 42, true);
  expect(memory.getUint32(arena.realloc(block, 64), true)).toBe(42);
});

describe('the end of the arena is the budget:', () => {
  test('the last byte can be used, the next is a trap', () => {
    const room = LIMIT - arena.alloc(0);
    expect(arena.alloc(room) + room).toBe(LIMIT);
    expect(() => arena.alloc(1)).toThrow(WebAssembly.RuntimeError);
    expect(arena.alloc(0)).toBe(LIMIT);
  });

  test.each([
    ['alloc', (a: Arena) => a.alloc(LIMIT)],
    ['alloc of 4 GiB - 1', (a: Arena) => a.alloc(-1)],
    ['create', (a: Arena) => a.create(LIMIT, 1)],
    ['create of 4 GiB - 1: the header must not wrap it round', (a: Arena) => a.create(-1, 1)],
    ['create of 4 GiB - 8', (a: Arena) => a.create(-8, 1)],
    ['renew in place', (a: Arena) => a.renew(a.create(8, 1), LIMIT)],
    ['renew in place of 4 GiB - 8', (a: Arena) => a.renew(a.create(8, 1), -8)],
    ['a list that does not fit', (a: Arena) => a.chain(1000)],
    ['text that does not fit', (a: Arena) => a.words(2000)],
  ])('%s traps', (_what, exhaust) => {
    expect(() => exhaust(arena)).toThrow(WebAssembly.RuntimeError);
    expect(arena.peak()).toBeLessThanOrEqual(LIMIT);
  });

  test('after a reset there is room again', () => {
    expect(() => arena.chain(1000)).toThrow(WebAssembly.RuntimeError);
    arena.reset();
    expect(arena.chain(100)).toBe(4950);
  });
});
