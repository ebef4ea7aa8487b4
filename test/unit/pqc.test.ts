// What is committed is what the sources make, and it is as small as modules/lib/pqc-sizes.json says.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compileBuild, embedded, root } from '../../modules/lib/pqc-builds.mjs';
import { stale } from '../../modules/lib/tables/pqc.mjs';

const sizes: Record<string, { goal: number; bytes: number; memory: number }> = JSON.parse(
  readFileSync(join(root, 'modules', 'lib', 'pqc-sizes.json'), 'utf8'),
);

test('generated tables and permutations are fresh (node modules/lib/tables/pqc.mjs)', () => {
  expect(stale()).toEqual([]);
});

test('embedded Wasm is fresh (node modules/lib/pqc-builds.mjs)', async () => {
  for (const [path, text] of Object.entries(await embedded())) {
    expect(readFileSync(join(root, path), 'utf8') === text, path).toBe(true);
  }
});

describe.each(Object.entries(sizes))('%s', (name, { goal, bytes, memory }) => {
  test(`has ${bytes} bytes, of ${goal}, and uses ${memory} bytes of memory`, async () => {
    const wasm = await compileBuild(name);
    const exports = new WebAssembly.Instance(new WebAssembly.Module(wasm)).exports as Record<string, () => number>;
    expect({ bytes: wasm.length, memory: exports.memoryBytes!() }).toEqual({ bytes, memory });
    expect(bytes).toBeLessThanOrEqual(goal);
  });
});
