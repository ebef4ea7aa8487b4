import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileFlash, FLASH_LAYOUT, type FlashOperation, NorFlash, PowerCut } from '../../host-shim/board/flash.ts';
import { ErrorCode, FlashRegion } from '../../runtime/abi/generated/contract.ts';

const { journal, slots } = FlashRegion;
const SECTOR = 4096;
const IMAGE = 2 * SECTOR + 2 * 128 * 1024 + 16 * SECTOR;
const word = (...bytes: number[]) => Uint8Array.from(bytes);

function read(flash: NorFlash, region: number, offset: number, length: number): number[] {
  const out = new Uint8Array(length);
  expect(flash.read(region, offset, out)).toBe(0);
  return [...out];
}

describe('NOR flash in memory', () => {
  it('has the regions of the contract, in its order', () => {
    expect(FLASH_LAYOUT.map(({ name }) => name)).toEqual(Object.keys(FlashRegion));
    const flash = new NorFlash();
    expect(flash.describe(journal)).toMatchObject({ size: 2 * SECTOR, sector: SECTOR, align: 4, erased: 0xff });
    expect(flash.describe(slots)).toMatchObject({ size: 2 * 128 * 1024 });
    expect(flash.describe(3)).toBeUndefined();
  });

  it('is erased when new, keeps what is programmed, and forgets it by sectors', () => {
    const flash = new NorFlash();
    expect(flash.dump(slots).every((byte) => byte === 0xff)).toBe(true);
    expect(flash.program(slots, SECTOR - 4, word(1, 2, 3, 4, 5, 6, 7, 8))).toBe(0);
    expect(read(flash, slots, SECTOR - 5, 10)).toEqual([0xff, 1, 2, 3, 4, 5, 6, 7, 8, 0xff]);
    expect(flash.erase(slots, SECTOR, SECTOR)).toBe(0);
    expect(read(flash, slots, SECTOR - 4, 8)).toEqual([1, 2, 3, 4, 0xff, 0xff, 0xff, 0xff]);
    expect(flash.counters).toEqual({ reads: 2, programs: 1, erases: 1 });
  });

  it('keeps its regions apart', () => {
    const flash = new NorFlash();
    flash.program(journal, 2 * SECTOR - 4, word(1, 1, 1, 1));
    flash.program(slots, 0, word(2, 2, 2, 2));
    flash.erase(journal, 0, 2 * SECTOR);
    expect(read(flash, slots, 0, 4)).toEqual([2, 2, 2, 2]);
  });

  it.each([
    ['the same bytes', word(0, 0, 0, 0)],
    ['bytes that would clear no bit', word(0xff, 0xff, 0xff, 0xff)],
  ])('refuses a second program of a unit without an erase: %s', (_, second) => {
    const flash = new NorFlash();
    expect(flash.program(journal, 8, word(0xff, 0xff, 0xff, 0xff))).toBe(0);
    expect(flash.program(journal, 8, second)).toBe(ErrorCode.io);
    // The whole call is refused, also where units of it are free.
    expect(flash.program(journal, 4, word(1, 2, 3, 4, 5, 6, 7, 8))).toBe(ErrorCode.io);
    expect(read(flash, journal, 4, 8)).toEqual(Array(8).fill(0xff));
    expect(flash.erase(journal, 0, SECTOR)).toBe(0);
    expect(flash.program(journal, 8, second)).toBe(0);
  });

  it.each<[string, (flash: NorFlash) => number]>([
    ['read over the end', (f) => f.read(journal, 2 * SECTOR - 1, new Uint8Array(2))],
    ['read of nothing', (f) => f.read(journal, 0, new Uint8Array(0))],
    ['read before the start', (f) => f.read(journal, -1, new Uint8Array(1))],
    ['read of an unknown region', (f) => f.read(3, 0, new Uint8Array(1))],
    ['program off the unit', (f) => f.program(journal, 2, word(1, 2, 3, 4))],
    ['program of half a unit', (f) => f.program(journal, 0, word(1, 2))],
    ['program of nothing', (f) => f.program(journal, 0, word())],
    ['program over the end', (f) => f.program(slots, 2 * 128 * 1024 - 4, new Uint8Array(8))],
    ['program of an unknown region', (f) => f.program(3, 0, word(1, 2, 3, 4))],
    ['erase off the sector', (f) => f.erase(slots, 4, SECTOR)],
    ['erase of half a sector', (f) => f.erase(slots, 0, SECTOR / 2)],
    ['erase over the end', (f) => f.erase(journal, SECTOR, 2 * SECTOR)],
    ['erase of an unknown region', (f) => f.erase(3, 0, SECTOR)],
    ['offset near 2^32', (f) => f.read(journal, 0xffffffff, new Uint8Array(2))],
  ])('refuses: %s', (_, call) => {
    const flash = new NorFlash();
    flash.onOperation = () => expect.unreachable('a refused operation was announced');
    expect(call(flash)).toBe(ErrorCode.invalid);
    expect(flash.counters).toEqual({ reads: 0, programs: 0, erases: 0 });
    expect(flash.dump(journal).every((byte) => byte === 0xff)).toBe(true);
  });
});

describe('operations and power cuts', () => {
  it('announces each operation before it takes effect, and numbers the writes', () => {
    const flash = new NorFlash();
    const seen: FlashOperation[] = [];
    flash.onOperation = (operation) => {
      seen.push(operation);
      expect(flash.dump(journal)[0]).toBe(0xff);
    };
    flash.erase(journal, SECTOR, SECTOR);
    read(flash, journal, 0, 2);
    flash.program(journal, 0, word(1, 2, 3, 4));
    expect(seen).toEqual([
      { kind: 'erase', region: 'journal', offset: SECTOR, length: SECTOR, write: 1 },
      { kind: 'read', region: 'journal', offset: 0, length: 2, write: 1 },
      { kind: 'program', region: 'journal', offset: 0, length: 4, write: 2 },
    ]);
  });

  it('cut before a program: nothing was written, and the unit can be programmed after the restart', () => {
    const flash = new NorFlash();
    flash.onOperation = () => {
      throw new PowerCut();
    };
    expect(() => flash.program(journal, 0, word(1, 2, 3, 4))).toThrow(PowerCut);
    flash.onOperation = undefined;
    expect(read(flash, journal, 0, 4)).toEqual([0xff, 0xff, 0xff, 0xff]);
    expect(flash.program(journal, 0, word(1, 2, 3, 4))).toBe(0);
  });

  it('cut within a program: the units that were reached need an erase, the others do not', () => {
    const flash = new NorFlash();
    flash.onOperation = () => {
      throw new PowerCut((before, after) => Uint8Array.of(...after.subarray(0, 5), ...before.subarray(5)));
    };
    expect(() => flash.program(journal, 0, word(1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 9))).toThrow(PowerCut);
    flash.onOperation = undefined;
    expect(read(flash, journal, 0, 12)).toEqual([1, 2, 3, 4, 5, ...Array(7).fill(0xff)]);
    expect(flash.program(journal, 4, word(5, 6, 7, 8))).toBe(ErrorCode.io);
    expect(flash.program(journal, 8, word(9, 9, 9, 9))).toBe(0);
    expect(flash.counters.programs).toBe(1);
  });
});

describe('flash in a file', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mote-flash-'));
    path = join(folder, 'flash.bin');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is made erased, and alone in its folder', async () => {
    (await FileFlash.open(path)).close();
    expect(readFileSync(path).equals(Buffer.alloc(IMAGE, 0xff))).toBe(true);
    expect(readdirSync(folder)).toEqual(['flash.bin']);
  });

  it('outlives the process: contents, and which units are programmed', async () => {
    const before = await FileFlash.open(path);
    before.program(slots, 128 * 1024, word(1, 2, 3, 4));
    before.program(journal, 0, word(5, 6, 7, 8));
    before.erase(journal, 0, SECTOR);
    before.close();
    const after = await FileFlash.open(path);
    expect(read(after, slots, 128 * 1024, 4)).toEqual([1, 2, 3, 4]);
    expect(after.program(slots, 128 * 1024, word(0, 0, 0, 0))).toBe(ErrorCode.io);
    expect(after.program(journal, 0, word(9, 9, 9, 9))).toBe(0);
    after.close();
    expect([...readFileSync(path).subarray(0, 4)]).toEqual([9, 9, 9, 9]);
  });

  it('keeps a torn write as it was torn', async () => {
    const flash = await FileFlash.open(path);
    flash.onOperation = () => {
      throw new PowerCut((before, after) => before.map((byte, i) => (i < 2 ? after[i]! : byte)));
    };
    expect(() => flash.program(journal, 0, word(1, 2, 3, 4))).toThrow(PowerCut);
    flash.close();
    expect([...readFileSync(path).subarray(0, 4)]).toEqual([1, 2, 0xff, 0xff]);
  });

  it.each([0, 1, IMAGE - 1, IMAGE + 1])('refuses a file of %i bytes and leaves it alone', async (size) => {
    writeFileSync(path, Buffer.alloc(size, 7));
    await expect(FileFlash.open(path)).rejects.toMatchObject({ key: 'flash-size', details: { size, expected: IMAGE } });
    expect(readFileSync(path).equals(Buffer.alloc(size, 7))).toBe(true);
  });

  it('names a folder that does not exist', async () => {
    await expect(FileFlash.open(join(folder, 'no', 'flash.bin'))).rejects.toMatchObject({ key: 'file-unwritable' });
  });
});
