// The unpacking actor on the emulator's NOR flash, which takes one program for a unit between two erases.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { NorFlash, type Region } from '../../host-shim/board/flash.ts';
import { root } from '../../modules/lib/pqc-builds.mjs';
import { compileModule } from '../../runtime/guest/compiler/index.ts';

const MAIL = 4;
const [DONE, MALFORMED, FLASH] = [0, 1, 2];
const SLOTS = 1;
const SIZE = 128 * 1024;

interface Exports {
  memory: WebAssembly.Memory;
  start(): void;
  cabi_realloc(old: number, oldSize: number, align: number, size: number): number;
  handle(message: number, a: number, b: number, c: number, d: number): void;
}

let module: WebAssembly.Module;
let limit: number;
beforeAll(async () => {
  const built = await compileModule(join(root, 'modules', 'inflate'));
  module = new WebAssembly.Module(Uint8Array.from(built.wasm));
  limit = built.memory.limit;
});

const region = (align: number, erased: number): Region[] => [
  { name: 'journal', size: 8192, sector: 4096, align, erased },
  { name: 'slots', size: SIZE, sector: 4096, align, erased },
];

/** One letter to a new actor over this flash; the verdict. */
function ask(flash: NorFlash, letter: Uint8Array): number {
  let reply = new Uint8Array();
  const bytes = () => new Uint8Array(actor.memory.buffer);
  const view = () => new DataView(actor.memory.buffer);
  const actor = new WebAssembly.Instance(module, {
    mail: {
      reply(ptr: number, length: number) {
        reply = bytes().slice(ptr, ptr + length);
      },
    },
    flash: {
      describe(region: number, ret: number) {
        const { size, sector, align, erased } = flash.describe(region)!;
        view().setUint8(ret, 0);
        [size, sector, align].forEach((value, at) => void view().setUint32(ret + 4 + 4 * at, value, true));
        view().setUint8(ret + 16, erased);
      },
      read(region: number, offset: number, length: number, ret: number) {
        const data = new Uint8Array(length);
        const error = flash.read(region, offset, data);
        view().setUint8(ret, error ? 1 : 0);
        if (error) return view().setUint8(ret + 4, 0);
        const ptr = actor.cabi_realloc(0, 0, 1, length);
        bytes().set(data, ptr);
        view().setUint32(ret + 4, ptr, true);
        view().setUint32(ret + 8, length, true);
      },
      program(region: number, offset: number, ptr: number, length: number, ret: number) {
        view().setUint8(ret, flash.program(region, offset, bytes().slice(ptr, ptr + length)) ? 1 : 0);
      },
    },
  }).exports as unknown as Exports;
  actor.start();
  const ptr = actor.cabi_realloc(0, 0, 1, letter.length);
  bytes().set(letter, ptr);
  actor.handle(MAIL, 7, ptr, letter.length, 0);
  // Beyond its budget the kernel would have stopped it.
  expect(
    bytes()
      .subarray(limit)
      .some((byte) => byte !== 0),
  ).toBe(false);
  return reply.length === 1 ? reply[0]! : -1;
}

const letterOf = (...fields: number[]) => new Uint8Array(Uint32Array.from(fields).buffer);

interface Setting {
  flash: NorFlash;
  letter: Uint8Array;
  result(): Uint8Array;
}

/** The stream behind the target, the base at the end of the region. */
function prepare(wanted: Uint8Array, base: Uint8Array, stream: Uint8Array, align = 4, erased = 0xff): Setting {
  const flash = new NorFlash({ layout: region(align, erased) });
  const whole = (data: Uint8Array) => {
    const padded = new Uint8Array(Math.ceil(data.length / align) * align).fill(erased);
    padded.set(data);
    return padded;
  };
  const wireAt = Math.ceil(wanted.length / 4096) * 4096;
  const baseAt = SIZE - Math.ceil(base.length / 4096) * 4096;
  if (stream.length > 0) expect(flash.program(SLOTS, wireAt, whole(stream))).toBe(0);
  if (base.length > 0) expect(flash.program(SLOTS, baseAt, whole(base))).toBe(0);
  const letter = letterOf(0, wanted.length, wireAt, stream.length, base.length ? baseAt : 0, base.length);
  return { flash, letter, result: () => flash.dump(SLOTS).slice(0, wanted.length) };
}

const OLD = readFileSync(join(root, 'modules/lib/assembly/inflate.ts'));
const NEW = Buffer.concat([OLD.subarray(0, 3000), randomBytes(100), OLD.subarray(2800), OLD.subarray(50, 700)]);
const LONG = Buffer.concat([randomBytes(20_000), OLD, randomBytes(10_000)]);

describe.each([
  [1, 0xff],
  [4, 0xff],
  [32, 0xff],
  [16, 0x00],
])('units of %d bytes, erased to %d', (align, erased) => {
  test('unpacks a whole module, and one that differs from the base', () => {
    for (const [wanted, base] of [
      [NEW, Buffer.alloc(0)],
      [NEW, OLD],
      [LONG, Buffer.concat([randomBytes(9000), LONG.subarray(100)])],
      [OLD.subarray(0, 512), OLD],
      [Buffer.of(1), OLD],
    ] as const) {
      const dictionary = base.subarray(Math.max(0, base.length - 32_768));
      const stream = deflateSync(wanted, { level: 9, ...(base.length > 0 && { dictionary }) });
      const { flash, letter, result } = prepare(wanted, base, stream, align, erased);
      expect(ask(flash, letter)).toBe(DONE);
      expect(Buffer.compare(result(), wanted)).toBe(0);
    }
  });
});

test('another base, another size, a cut or damaged stream: malformed', () => {
  const stream = deflateSync(NEW, { dictionary: OLD });
  const verdict = (base: Uint8Array, wanted: Uint8Array, bytes: Uint8Array) => {
    const { flash, letter } = prepare(wanted, base, bytes);
    return ask(flash, letter);
  };
  expect(verdict(OLD, NEW, stream)).toBe(DONE);
  expect(verdict(OLD.subarray(1), NEW, stream)).toBe(MALFORMED);
  expect(verdict(Buffer.alloc(0), NEW, stream)).toBe(MALFORMED);
  expect(verdict(OLD, NEW.subarray(1), stream)).toBe(MALFORMED);
  expect(verdict(OLD, Buffer.concat([NEW, Buffer.of(0)]), stream)).toBe(MALFORMED);
  expect(verdict(OLD, NEW, stream.subarray(0, -1))).toBe(MALFORMED);
  expect(verdict(OLD, NEW, Buffer.alloc(0))).toBe(MALFORMED);
});

test('letters that lie: places outside of the region, other lengths', () => {
  const { flash } = prepare(NEW, OLD, deflateSync(NEW));
  const outside = 0xffff_f000;
  for (const fields of [
    [SIZE, 1, 0, 10, 0, 0],
    [0, SIZE + 1, 0, 10, 0, 0],
    [0, 10, outside, 0x2000, 0, 0],
    [0, 10, 4096, SIZE, 0, 0],
    [0, 10, 4096, 10, outside, 0x1000],
    [0, 10, 4096, 10, 0],
    [],
  ]) {
    expect(ask(flash, letterOf(...fields))).toBe(MALFORMED);
  }
});

test('a target that is not erased is the flash speaking', () => {
  const { flash, letter } = prepare(NEW, Buffer.alloc(0), deflateSync(NEW));
  expect(flash.program(SLOTS, 512, new Uint8Array(4))).toBe(0);
  expect(ask(flash, letter)).toBe(FLASH);
});
