import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { compileAssembly } from '../../../runtime/guest/compiler/index.ts';
import { inspectWasm, WasmFormatError } from '../../../runtime/guest/compiler/inspect.ts';
import { renameWasm } from '../../../runtime/guest/compiler/rename.ts';

let wasm: Uint8Array;

beforeAll(async () => {
  ({ wasm } = await compileAssembly(join(import.meta.dirname, 'assembly', 'shapes.ts')));
});

const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
const module = (...sections: number[]) => Uint8Array.from([...HEADER, ...sections]);

test('tells imports and exports as the engine does, and their signatures', () => {
  const info = inspectWasm(wasm);
  const engine = new WebAssembly.Module(Uint8Array.from(wasm));
  const names = (item: { module?: string; name: string; kind: string }) => [item.module, item.name, item.kind];
  expect(info.imports.map((item) => [item.module, item.field, item.kind.replace('func', 'function')])).toEqual(
    WebAssembly.Module.imports(engine).map(names),
  );
  expect(info.exports.map((item) => [undefined, item.field, item.kind.replace('func', 'function')])).toEqual(
    WebAssembly.Module.exports(engine).map(names),
  );
  expect(info.imports).toContainEqual({ module: 'shapes', field: 'away', kind: 'func', signature: 'I(ifF)' });
  expect(info.exports).toContainEqual({ field: 'nothing', kind: 'func', signature: 'v()' });
  expect(info.exports).toContainEqual({ field: 'mixed', kind: 'func', signature: 'F(iI)' });
});

test('tells memory, static data and the size of sections', () => {
  const info = inspectWasm(wasm);
  expect(info.memory).toEqual({ min: 1, max: 1, imported: false });
  expect(info.dataEnd).toBe(16 + 8);
  expect(info.functions).toBe(2);
  expect(info.bytes).toBe(wasm.length);
  const headers = info.sections.reduce((sum, section) => sum + 1 + Math.ceil(Math.log2(section.bytes + 1) / 7), 8);
  expect(headers + info.sections.reduce((sum, section) => sum + section.bytes, 0)).toBe(wasm.length);
});

describe('refuses with the offset:', () => {
  test.each([
    ['nothing', new Uint8Array(), 'at byte 0: the header of a core module, version 1, is missing'],
    [
      'a component',
      Uint8Array.of(0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0),
      'at byte 0: the header of a core module, version 1, is missing',
    ],
    [
      'a picture',
      Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10),
      'at byte 0: the header of a core module, version 1, is missing',
    ],
    ['an unknown section', module(99, 0), 'at byte 8: unknown section 99'],
    ['a section without its size', module(1), 'at byte 9: unexpected end'],
    ['a type that stops', module(1, 2, 1, 0x60), 'at byte 12: unexpected end'],
    ['a section beyond the end', module(1, 200, 1, 0), 'at byte 11: unexpected end'],
    ['a number of six bytes', module(1, 0x80, 0x80, 0x80, 0x80, 0x80, 0), 'at byte 9: a number does not fit 32 bits'],
    ['a number above 2^32 - 1', module(1, 0xff, 0xff, 0xff, 0xff, 0x7f), 'at byte 9: a number does not fit 32 bits'],
    ['four billion types', module(1, 5, 0xff, 0xff, 0xff, 0xff, 0x0f), 'at byte 10: 4294967295 items cannot fit'],
    ['a garbage-collected type', module(1, 2, 1, 0x5f), 'at byte 11: a type of form 0x5f is not supported'],
    ['an unknown value type', module(1, 5, 1, 0x60, 1, 0x40, 0), 'at byte 13: value type 0x40 is not supported'],
    [
      'an export of no function',
      module(7, 5, 1, 1, 0x61, 0, 7),
      "at byte 15: export 'a' names function 7, which is not there",
    ],
    ['a name that is not UTF-8', module(7, 5, 1, 1, 0xff, 0, 0), 'at byte 11: a name is not UTF-8'],
    ['two memories', module(5, 5, 2, 0, 1, 0, 1), 'at byte 15: more than one memory'],
  ])('%s', (_what, bytes, message) => {
    expect(() => inspectWasm(bytes)).toThrow(WasmFormatError);
    expect(() => inspectWasm(bytes)).toThrow(`not a readable Wasm module: ${message}`);
  });
});

/** Deterministic: a failure can be repeated. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function readOrRefuse(bytes: Uint8Array): void {
  try {
    inspectWasm(bytes);
    renameWasm(bytes, { import: (module, field) => [module, field], export: (field) => [field] });
  } catch (error) {
    expect(error).toBeInstanceOf(WasmFormatError);
  }
}

test('a module cut at any byte is read or refused', () => {
  for (let length = 0; length < wasm.length; length++) readOrRefuse(wasm.subarray(0, length));
});

test('a module with any bytes changed is read or refused', () => {
  const random = generator(7);
  for (let round = 0; round < 5_000; round++) {
    const bytes = Uint8Array.from(wasm);
    for (let changes = 1 + Math.floor(random() * 4); changes > 0; changes--) {
      const value = random() < 0.3 ? [0, 0x7f, 0x80, 0xff][Math.floor(random() * 4)]! : Math.floor(random() * 256);
      bytes[8 + Math.floor(random() * (bytes.length - 8))] = value;
    }
    readOrRefuse(bytes);
  }
});

describe('renaming', () => {
  test('changes names and nothing else, and the engine takes the result', () => {
    const renamed = renameWasm(wasm, {
      import: (module, field) => [`a:b/${module}@1`, `${field}-long-name`.repeat(20)],
      export: (field) => (field === 'nothing' ? [] : [field, `${field}#2`]),
    });
    const info = inspectWasm(renamed);
    const before = inspectWasm(wasm);
    expect(info.imports[0]).toMatchObject({
      module: 'a:b/shapes@1',
      field: 'away-long-name'.repeat(20),
      signature: 'I(ifF)',
    });
    expect(info.exports.map((item) => item.field)).toEqual(
      before.exports.filter(({ field }) => field !== 'nothing').flatMap(({ field }) => [field, `${field}#2`]),
    );
    expect(info.sections.find(({ name }) => name === 'code')).toEqual(
      before.sections.find(({ name }) => name === 'code'),
    );
    expect(WebAssembly.validate(Uint8Array.from(renamed))).toBe(true);
  });

  test('with no new names gives the same bytes', () => {
    expect(renameWasm(wasm, {})).toEqual(wasm);
    expect(renameWasm(wasm, { import: (module, field) => [module, field], export: (field) => [field] })).toEqual(wasm);
  });
});
