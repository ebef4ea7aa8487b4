/** The build of kernel.wasm: wasm3 is edited where the text is the known one, and nowhere else. */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  AnchorError,
  buildKernel,
  EDITS,
  editWasm3,
  isCore,
  readSources,
  versionOf,
  wasm3Folder,
} from '../../runtime/kernel/build/index.ts';

const original = await readSources(wasm3Folder(), isCore);
const applied = EDITS.filter(({ versions }) => versions.includes(versionOf(original)));

describe("wasm3's source", () => {
  test('is the version that the edits are written for', () => {
    expect(versionOf(original)).toBe('0.5');
    expect(applied.length).toBeGreaterThan(10);
  });

  test('is edited in the files that the edits name, and only there', () => {
    const edited = editWasm3(original);
    const changed = Object.keys(original).filter((file) => edited[file] !== original[file]);
    expect(changed.sort()).toEqual([...new Set(applied.map(({ file }) => file))].sort());
    for (const { file, replace } of applied) expect(edited[file]).toContain(replace);
  });

  test('has no WASI, libc or C++ in it', () => {
    expect(Object.keys(original).filter((file) => /api|cpp|react/.test(file))).toEqual([]);
    expect(Object.keys(original)).toContain('m3_compile.c');
  });

  test.each(applied.map((edit) => [edit.name, edit] as const))(
    'without the anchor of "%s" is refused',
    (name, edit) => {
      const text = original[edit.file]!;
      const { times = 1 } = edit;
      const gone = { ...original, [edit.file]: text.replace(edit.find, () => '\n') };
      expect(() => editWasm3(gone)).toThrow(AnchorError);
      expect(() => editWasm3(gone)).toThrow(`"${name}" was found ${times - 1} times`);
      const more = { ...original, [edit.file]: text.replace(edit.find, () => edit.find + edit.find) };
      expect(() => editWasm3(more)).toThrow(`"${name}" was found ${times + 1} times`);
    },
  );

  test('of another version is refused', () => {
    const other = original['wasm3.h']!.replace('"0.5.0"', '"0.7.1"');
    expect(() => editWasm3({ ...original, 'wasm3.h': other })).toThrow('wasm3 0.7 is not known to this build');
    expect(() => editWasm3({ ...original, 'wasm3.h': '' })).toThrow('M3_VERSION');
  });
});

test('kernel.wasm is built once for the same inputs', async () => {
  const first = await buildKernel();
  const said: string[] = [];
  const started = performance.now();
  const second = await buildKernel({ log: (line) => said.push(line) });
  expect(performance.now() - started).toBeLessThan(2000);
  expect(second).toEqual({ ...first, cached: true });
  expect(said).toEqual([]);
  expect((await readFile(second.file)).length).toBe(second.bytes);
  expect(await readFile(join(dirname(second.file), 'wasm3', 'm3_exec.h'), 'utf8')).toContain('mote_meter_fuel');
}, 120_000);
