/**
 * Gives imports and exports of a core module other names, byte for byte: everything else stays as it was. On a device the
 * names are short; a component's are long, and AssemblyScript cannot spell them.
 */
import { leb, nameBytes, sectionsOf, WasmReader } from './binary.ts';

export interface Renaming {
  /** The new name of an import; default: its own. */
  import?: (module: string, field: string) => [module: string, field: string];
  /** The new names of an export: none drops it, several make aliases. Default: its own. */
  export?: (field: string) => string[];
}

/** Throws WasmFormatError when `wasm` is not a core module. */
export function renameWasm(wasm: Uint8Array, renaming: Renaming): Uint8Array {
  const parts: Uint8Array[] = [wasm.subarray(0, 8)];
  for (const section of sectionsOf(wasm)) {
    const reader = new WasmReader(wasm, section.begin, section.end);
    if (section.id === 2 && renaming.import) {
      parts.push(sectionOf(2, imports(wasm, reader, renaming.import)));
    } else if (section.id === 7 && renaming.export) {
      parts.push(sectionOf(7, exports(wasm, reader, renaming.export)));
    } else {
      parts.push(wasm.subarray(section.start, section.end));
    }
  }
  return concat(parts);
}

function imports(wasm: Uint8Array, reader: WasmReader, rename: NonNullable<Renaming['import']>): number[][] {
  return Array.from({ length: reader.count() }, () => {
    const [module, field] = rename(reader.name(), reader.name());
    const from = reader.position;
    const kind = reader.u8();
    if (kind !== 0) reader.fail('only functions can be imported by a component', from);
    reader.u32();
    return [...nameBytes(module), ...nameBytes(field), ...wasm.subarray(from, reader.position)];
  });
}

function exports(wasm: Uint8Array, reader: WasmReader, rename: NonNullable<Renaming['export']>): number[][] {
  return Array.from({ length: reader.count() }, () => {
    const names = rename(reader.name());
    const from = reader.position;
    reader.u8();
    reader.u32();
    return names.map((name) => [...nameBytes(name), ...wasm.subarray(from, reader.position)]);
  }).flat();
}

function sectionOf(id: number, items: number[][]): Uint8Array {
  const count = leb(items.length);
  const size = items.reduce((sum, item) => sum + item.length, count.length);
  return concat([Uint8Array.of(id, ...leb(size), ...count), ...items.map((item) => Uint8Array.from(item))]);
}

function concat(parts: Uint8Array[]): Uint8Array {
  const made = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    made.set(part, at);
    at += part.length;
  }
  return made;
}
