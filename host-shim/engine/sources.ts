/**
 * Source maps of the modules that a board runs, found by what they do: the same module compiled here with a map has the
 * same sections but for the custom ones, however it came to the board.
 */
import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { compileModule } from '../../runtime/guest/compiler/index.ts';
import { sectionsOf } from '../../runtime/guest/compiler/binary.ts';
import { packageRoot } from '../files.ts';

/** The folders below `folder` that hold a module. */
export async function moduleFolders(folder = join(packageRoot(), 'modules')): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const found = await Promise.all(
    entries
      .filter((entry) => entry.isDirectory())
      .map(async ({ name }) => {
        const files = await readdir(join(folder, name));
        return files.includes('module.json') ? [join(folder, name)] : [];
      }),
  );
  return found.flat().sort();
}

/**
 * Compiles the modules in `folders` with maps, results in `out`, and answers with the map of a module by its bytes.
 * Throws what compileModule() throws.
 */
export async function sourceMaps(folders: string[], out: string): Promise<(wasm: Uint8Array) => string | undefined> {
  const known = new Map<string, string>();
  for (const folder of folders) {
    const { wasm, sourceMap } = await compileModule(folder, { out, sourceMap: true });
    if (sourceMap !== null) known.set(essence(wasm), sourceMap);
  }
  return (wasm) => known.get(essence(wasm));
}

/** Everything but custom sections. */
function essence(wasm: Uint8Array): string {
  const hash = createHash('sha256');
  for (const { id, start, end } of sectionsOf(wasm)) if (id !== 0) hash.update(wasm.subarray(start, end));
  return hash.digest('hex');
}
