/**
 * What a core module asks for and offers, read from its headers. Node's own WebAssembly tells names but neither
 * signatures nor limits, and Binaryen (13 MB) takes a second to load.
 */
import { type Section, sectionsOf, WasmReader } from './binary.ts';

export { WasmFormatError } from './binary.ts';

export type ExternKind = 'func' | 'table' | 'memory' | 'global' | 'tag';

export interface WasmImport {
  module: string;
  field: string;
  kind: ExternKind;
  /** Of a function, in wasm3's notation: `v(ii)`. Empty otherwise. */
  signature: string;
}

export interface WasmExport {
  field: string;
  kind: ExternKind;
  signature: string;
}

export interface WasmInfo {
  bytes: number;
  imports: WasmImport[];
  exports: WasmExport[];
  /** In pages of 64 KiB; null when the module has none. */
  memory: { min: number; max: number | null; imported: boolean } | null;
  /** In the module's order; `bytes` without the header. */
  sections: { name: string; bytes: number }[];
  /** Functions with a body. */
  functions: number;
  /** End of the data that the module brings along, in linear memory; 0 without. Room of zeros may follow. */
  dataEnd: number;
  /** Whether a start section runs code when the module is instantiated. */
  startSection: boolean;
}

const VALUE_TYPES: Record<number, string> = { 127: 'i', 126: 'I', 125: 'f', 124: 'F', 123: 'V', 112: 'r', 111: 'e' };
const KINDS: ExternKind[] = ['func', 'table', 'memory', 'global', 'tag'];

/**
 * Reads the headers of `bytes`. It does not validate code (`WebAssembly.validate` does).
 * Throws WasmFormatError, with the offset, for anything that is no core module or uses types beyond WebAssembly 2.0.
 */
export function inspectWasm(bytes: Uint8Array): WasmInfo {
  return new Inspector(bytes).info;
}

class Inspector {
  readonly info: WasmInfo;
  readonly #types: string[] = [];
  /** Type index of each function, imports first. */
  readonly #functions: number[] = [];

  constructor(bytes: Uint8Array) {
    const sections = sectionsOf(bytes);
    this.info = {
      bytes: bytes.length,
      imports: [],
      exports: [],
      memory: null,
      sections: sections.map(({ name, begin, end }) => ({ name, bytes: end - begin })),
      functions: 0,
      dataEnd: 0,
      startSection: false,
    };
    for (const section of sections) this.#section(section, new WasmReader(bytes, section.begin, section.end));
  }

  #section({ id }: Section, reader: WasmReader): void {
    switch (id) {
      case 1:
        each(reader, () => this.#type(reader));
        break;
      case 2:
        each(reader, () => this.#import(reader));
        break;
      case 3:
        this.info.functions = each(reader, () => this.#functions.push(reader.u32()));
        break;
      case 5:
        each(reader, () => this.#memory(reader, false));
        break;
      case 7:
        each(reader, () => this.#export(reader));
        break;
      case 8:
        this.info.startSection = true;
        break;
      case 11:
        each(reader, () => this.#data(reader));
    }
  }

  #type(reader: WasmReader): void {
    const form = reader.u8();
    if (form !== 0x60) reader.fail(`a type of form 0x${form.toString(16)} is not supported`, reader.position - 1);
    const parameters = valueTypes(reader);
    const results = valueTypes(reader);
    this.#types.push(`${results || 'v'}(${parameters})`);
  }

  #import(reader: WasmReader): void {
    const module = reader.name();
    const field = reader.name();
    const kind = externKind(reader);
    let signature = '';
    if (kind === 'func') {
      const type = reader.u32();
      signature = this.#signature(reader, type);
      this.#functions.push(type);
    } else if (kind === 'memory') {
      this.#memory(reader, true);
    } else {
      skipExtern(reader, kind);
    }
    this.info.imports.push({ module, field, kind, signature });
  }

  #export(reader: WasmReader): void {
    const field = reader.name();
    const kind = externKind(reader);
    const index = reader.u32();
    let signature = '';
    if (kind === 'func') {
      const type = this.#functions[index];
      if (type === undefined) reader.fail(`export '${field}' names function ${index}, which is not there`);
      signature = this.#signature(reader, type);
    }
    this.info.exports.push({ field, kind, signature });
  }

  #signature(reader: WasmReader, type: number): string {
    return this.#types[type] ?? reader.fail(`type ${type} is not there`);
  }

  #memory(reader: WasmReader, imported: boolean): void {
    const { min, max } = limits(reader);
    if (this.info.memory) reader.fail('more than one memory');
    this.info.memory = { min, max, imported };
  }

  #data(reader: WasmReader): void {
    const flags = reader.u32();
    if (flags > 2) reader.fail(`a data segment of kind ${flags} is not supported`);
    if (flags === 2) reader.u32();
    let offset: number | null = null;
    if (flags !== 1) {
      const opcode = reader.u8();
      if (opcode === 0x41) offset = reader.s32() >>> 0;
      else if (opcode === 0x23) reader.u32();
      else reader.fail(`a data segment's offset is neither a constant nor a global`);
      if (reader.u8() !== 0x0b) reader.fail(`a data segment's offset does not end`);
    }
    const length = reader.u32();
    reader.skip(length);
    if (offset !== null) this.info.dataEnd = Math.max(this.info.dataEnd, offset + length);
  }
}

function each(reader: WasmReader, item: () => void): number {
  const count = reader.count();
  for (let index = 0; index < count; index++) item();
  return count;
}

function valueTypes(reader: WasmReader): string {
  let text = '';
  each(reader, () => {
    const type = reader.u8();
    const letter = VALUE_TYPES[type];
    if (!letter) reader.fail(`value type 0x${type.toString(16)} is not supported`, reader.position - 1);
    text += letter;
  });
  return text;
}

function externKind(reader: WasmReader): ExternKind {
  const kind = reader.u8();
  return KINDS[kind] ?? reader.fail(`unknown kind ${kind}`, reader.position - 1);
}

function skipExtern(reader: WasmReader, kind: ExternKind): void {
  reader.u8();
  if (kind === 'table') limits(reader);
  else reader.u32();
}

function limits(reader: WasmReader): { min: number; max: number | null } {
  const flags = reader.u8();
  if (flags > 3) reader.fail(`limits of kind ${flags} are not supported`, reader.position - 1);
  const min = reader.u32();
  return { min, max: flags & 1 ? reader.u32() : null };
}
