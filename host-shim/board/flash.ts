/**
 * NOR flash, stricter than the part: a unit takes one program between two erases, even one that would clear no bit
 * (with hardware encryption on, the ESP32-C6 cannot do better), and nothing outside of units and sectors is touched.
 * All regions stand in one image, in the order of the layout.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { ErrorCode, type FlashGeometry } from '../../runtime/abi/generated/contract.ts';
import { fault } from '../errors.ts';
import { codeOf, readBounded, writeWhole } from '../files.ts';
import type { FlashPort } from './ports.ts';

export interface Region extends FlashGeometry {
  name: string;
}

/** Regions by their number in the contract (`flash.region`). Sector and unit are those of the ESP32-C6 under Zephyr. */
export const FLASH_LAYOUT: readonly Region[] = [
  { name: 'journal', size: 2 * 4096, sector: 4096, align: 4, erased: 0xff },
  { name: 'slots', size: 2 * 128 * 1024, sector: 4096, align: 4, erased: 0xff },
  { name: 'delivery', size: 16 * 4096, sector: 4096, align: 4, erased: 0xff },
];

export interface FlashOperation {
  kind: 'read' | 'program' | 'erase';
  region: string;
  offset: number;
  length: number;
  /** Programs and erases so far, this one included: the same run has the same numbers. */
  write: number;
}

/**
 * Thrown by `onOperation` to cut the power at that operation. `tear` says what the cells hold then, given what they
 * held and what they should have become; by default nothing was written.
 */
export class PowerCut extends Error {
  readonly tear: (before: Uint8Array, after: Uint8Array) => Uint8Array;
  constructor(tear: PowerCut['tear'] = (before) => before) {
    super('power cut');
    this.name = 'PowerCut';
    this.tear = tear;
  }
}

export interface FlashOptions {
  layout?: readonly Region[];
  image?: Uint8Array;
  persist?: (offset: number, bytes: Uint8Array) => void;
}

export class NorFlash implements FlashPort {
  /** Operations that were carried out. */
  readonly counters = { reads: 0, programs: 0, erases: 0 };
  /** The same for each region of the layout. */
  readonly regionCounters: { reads: number; programs: number; erases: number }[];
  /** Sees each operation that keeps the rules, before it takes effect; may throw a `PowerCut`. */
  onOperation: ((operation: FlashOperation) => void) | undefined;

  readonly #layout: readonly Region[];
  /** Where each region begins in the image. */
  readonly #starts: readonly number[];
  readonly #image: Uint8Array;
  /** One byte for each unit of the image: 1 when it was programmed since its erase, in this life. Of those before the cells tell. */
  readonly #used: Uint8Array[];
  readonly #persist: (offset: number, bytes: Uint8Array) => void;

  /** `image` (erased by default) is taken over, not copied; `persist` is called with each change of it. */
  constructor({ layout = FLASH_LAYOUT, image = blankImage(layout), persist = () => {} }: FlashOptions = {}) {
    if (image.length !== imageSize(layout)) throw wrongSize('the image', image.length, layout);
    this.#image = image;
    this.#persist = persist;
    this.#layout = layout;
    let start = 0;
    this.#starts = layout.map(({ size }) => {
      start += size;
      return start - size;
    });
    this.regionCounters = layout.map(() => ({ reads: 0, programs: 0, erases: 0 }));
    this.#used = layout.map((region) => new Uint8Array(region.size / region.align));
  }

  describe(region: number): FlashGeometry | undefined {
    return this.#layout[region];
  }

  /** A region's bytes as they are now, for tests and tools; not counted. */
  dump(region: number): Uint8Array {
    return this.#cells(region, 0, this.#layout[region]?.size ?? 0).slice();
  }

  read(region: number, offset: number, out: Uint8Array): number {
    if (!this.#inside(region, offset, out.length, 1)) return ErrorCode.invalid;
    this.#announce('read', region, offset, out.length);
    out.set(this.#cells(region, offset, out.length));
    this.#count(region, 'reads');
    return 0;
  }

  /** `ErrorCode.io` when a unit was programmed since its erase. */
  program(region: number, offset: number, data: Uint8Array): number {
    const { align = 0, erased } = this.#layout[region] ?? {};
    if (!this.#inside(region, offset, data.length, align)) return ErrorCode.invalid;
    const used = this.#used[region]!.subarray(offset / align, (offset + data.length) / align);
    if (used.includes(1)) return ErrorCode.io;
    for (const cell of this.#cells(region, offset, data.length)) if (cell !== erased) return ErrorCode.io;
    this.#change('program', region, offset, data.slice());
    used.fill(1);
    this.#count(region, 'programs');
    return 0;
  }

  erase(region: number, offset: number, length: number): number {
    const geometry = this.#layout[region];
    if (!geometry || !this.#inside(region, offset, length, geometry.sector)) return ErrorCode.invalid;
    this.#change('erase', region, offset, new Uint8Array(length).fill(geometry.erased));
    this.#used[region]!.fill(0, offset / geometry.align, (offset + length) / geometry.align);
    this.#count(region, 'erases');
    return 0;
  }

  #count(region: number, kind: 'reads' | 'programs' | 'erases'): void {
    this.counters[kind]++;
    this.regionCounters[region]![kind]++;
  }

  #inside(region: number, offset: number, length: number, unit: number): boolean {
    const size = this.#layout[region]?.size ?? -1;
    return length > 0 && offset >= 0 && offset + length <= size && offset % unit === 0 && length % unit === 0;
  }

  #announce(kind: FlashOperation['kind'], region: number, offset: number, length: number): void {
    const { programs, erases } = this.counters;
    const write = programs + erases + (kind === 'read' ? 0 : 1);
    this.onOperation?.({ kind, region: this.#layout[region]!.name, offset, length, write });
  }

  #change(kind: 'program' | 'erase', region: number, offset: number, after: Uint8Array): void {
    const cells = this.#cells(region, offset, after.length);
    try {
      this.#announce(kind, region, offset, after.length);
      cells.set(after);
    } catch (error) {
      if (!(error instanceof PowerCut)) throw error;
      cells.set(error.tear(cells.slice(), after));
      // After a restart only the cells themselves can tell which units were programmed.
      const { align } = this.#layout[region]!;
      this.#used[region]!.fill(0, offset / align, (offset + after.length) / align);
      throw error;
    } finally {
      this.#persist(cells.byteOffset - this.#image.byteOffset, cells);
    }
  }

  #cells(region: number, offset: number, length: number): Uint8Array {
    const start = this.#starts[region]! + offset;
    return this.#image.subarray(start, start + length);
  }
}

/** Flash that is also in a file, so that it outlives the process. */
export class FileFlash extends NorFlash {
  readonly #file: number;

  /**
   * Opens the image, or makes an erased one where there is none.
   * Throws flash-size for a file of another size, which stays as it is; file-unreadable, file-unwritable.
   */
  static async open(path: string, layout: readonly Region[] = FLASH_LAYOUT): Promise<FileFlash> {
    try {
      await writeWhole(path, blankImage(layout), { exclusive: true });
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
    }
    const image = await readBounded(path);
    if (image.length !== imageSize(layout)) throw wrongSize(path, image.length, layout);
    return new FileFlash(path, image, layout);
  }

  private constructor(path: string, image: Uint8Array, layout: readonly Region[]) {
    const file = openSync(path, 'r+');
    super({ layout, image, persist: (offset, bytes) => writeAll(file, bytes, offset) });
    this.#file = file;
  }

  close(): void {
    closeSync(this.#file);
  }
}

/** An erased image. */
export function blankImage(layout: readonly Region[] = FLASH_LAYOUT): Uint8Array {
  const image = new Uint8Array(imageSize(layout));
  let start = 0;
  for (const { size, erased } of layout) {
    image.fill(erased, start, start + size);
    start += size;
  }
  return image;
}

function imageSize(layout: readonly Region[]): number {
  return layout.reduce((sum, region) => sum + region.size, 0);
}

function writeAll(file: number, bytes: Uint8Array, offset: number): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done, bytes.length - done, offset + done);
}

function wrongSize(path: string, size: number, layout: readonly Region[]): Error {
  return fault('flash-size', { path, size, expected: imageSize(layout) });
}
