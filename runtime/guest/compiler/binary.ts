/** Reads and writes the binary format's primitives (WebAssembly 2.0, section 5). Every read is bounded by the bytes there are. */

/** The bytes are not a Wasm module that mote reads. The message begins with the offset. */
export class WasmFormatError extends Error {
  readonly offset: number;

  constructor(offset: number, message: string) {
    super(`not a readable Wasm module: at byte ${offset}: ${message}`);
    this.name = 'WasmFormatError';
    this.offset = offset;
  }
}

export interface Section {
  id: number;
  /** A custom section's own name, else the standard's. */
  name: string;
  /** Where the header begins; where the contents begin and end. */
  start: number;
  begin: number;
  end: number;
}

const SECTIONS = [
  'custom',
  'type',
  'import',
  'function',
  'table',
  'memory',
  'global',
  'export',
  'start',
  'element',
  'code',
  'data',
  'data count',
  'tag',
];
const PREAMBLE = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

export class WasmReader {
  readonly #bytes: Uint8Array;
  #end: number;
  position: number;

  constructor(bytes: Uint8Array, begin = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.position = begin;
    this.#end = end;
  }

  get done(): boolean {
    return this.position >= this.#end;
  }

  fail(message: string, offset = this.position): never {
    throw new WasmFormatError(offset, message);
  }

  u8(): number {
    if (this.done) this.fail('unexpected end');
    return this.#bytes[this.position++]!;
  }

  /** LEB128, at most five bytes. */
  u32(): number {
    const start = this.position;
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.u8();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) {
        if (value > 0xffff_ffff) break;
        return value;
      }
    }
    this.fail('a number does not fit 32 bits', start);
  }

  s32(): number {
    const start = this.position;
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.u8();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return shift < 28 && byte & 0x40 ? value | (-1 << (shift + 7)) : value;
    }
    this.fail('a number does not fit 32 bits', start);
  }

  /** A count of items that take at least one byte each. */
  count(): number {
    const start = this.position;
    const value = this.u32();
    if (value > this.#end - this.position) this.fail(`${value} items cannot fit`, start);
    return value;
  }

  name(): string {
    const start = this.position;
    const length = this.count();
    const bytes = this.#bytes.subarray(this.position, this.position + length);
    this.position += length;
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      this.fail('a name is not UTF-8', start);
    }
  }

  skip(length: number): void {
    if (length > this.#end - this.position) this.fail('unexpected end');
    this.position += length;
  }
}

/** The sections of a module in their order; checks the preamble. */
export function sectionsOf(bytes: Uint8Array): Section[] {
  if (PREAMBLE.some((byte, index) => bytes[index] !== byte)) {
    throw new WasmFormatError(0, 'the header of a core module, version 1, is missing');
  }
  const reader = new WasmReader(bytes, PREAMBLE.length);
  const sections: Section[] = [];
  while (!reader.done) {
    const start = reader.position;
    const id = reader.u8();
    const name = SECTIONS[id] ?? reader.fail(`unknown section ${id}`, start);
    const size = reader.u32();
    const begin = reader.position;
    reader.skip(size);
    const end = reader.position;
    sections.push({ id, name: id === 0 ? new WasmReader(bytes, begin, end).name() : name, start, begin, end });
  }
  return sections;
}

export function leb(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; ) {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest ? low | 0x80 : low);
    if (!rest) return bytes;
  }
}

export function nameBytes(name: string): number[] {
  const bytes = new TextEncoder().encode(name);
  return [...leb(bytes.length), ...bytes];
}
