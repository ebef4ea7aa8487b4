// What is committed is what the sources make, and it is as small as modules/lib/pqc-sizes.json says.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BUILDS, compileBuild, embedded, root } from '../../modules/lib/pqc-builds.mjs';
import { stale } from '../../modules/lib/tables/pqc.mjs';
import { createMlDsa, loadMlDsa, type MlDsaSet, type MlDsaWasm } from '../../modules/ml-dsa/host/index.ts';
import { createMlKem, loadMlKem, type MlKemSet, type MlKemWasm } from '../../modules/ml-kem/host/index.ts';

const sizes: Record<string, { goal: number; bytes: number; memory: number; memoryGoal?: number }> = JSON.parse(
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

test('every build has its size', () => {
  expect(Object.keys(sizes)).toEqual(Object.keys(BUILDS));
});

describe.each(Object.entries(sizes))('%s', (name, { goal, bytes, memory, memoryGoal = Infinity }) => {
  test(`has ${bytes} bytes, of ${goal}, and uses ${memory} bytes of memory`, async () => {
    const wasm = await compileBuild(name);
    const exports = new WebAssembly.Instance(new WebAssembly.Module(wasm)).exports as Record<string, () => number>;
    expect({ bytes: wasm.length, memory: exports.memoryBytes!() }).toEqual({ bytes, memory });
    expect(bytes).toBeLessThanOrEqual(goal);
    expect(memory).toBeLessThanOrEqual(memoryGoal);
  });
});

describe('a build of one set', () => {
  const instance = async (name: string) =>
    new WebAssembly.Instance(new WebAssembly.Module(await compileBuild(name))).exports;
  const names = (pattern: RegExp) => Object.keys(BUILDS).filter((name) => pattern.test(name));
  const setOf = (name: string) => Number(/\d+$/.exec(name)![0]);
  const seed = new Uint8Array(64).fill(3);
  const message = new Uint8Array(32).fill(5);

  test.each(names(/^ml-kem-\d+$/))('%s does what the whole library does', async (name) => {
    const set = setOf(name) as MlKemSet;
    const one = (await instance(name)) as unknown as MlKemWasm;
    const [all, own] = [loadMlKem('scalar'), one].map((wasm) => createMlKem(set, () => wasm));
    const keys = own!.keygen(seed);
    expect(keys).toEqual(all!.keygen(seed));
    const made = own!.encapsulate(keys.publicKey, message);
    expect(made).toEqual(all!.encapsulate(keys.publicKey, message));
    expect(own!.decapsulate(made.cipherText, keys.secretKey)).toEqual(made.sharedSecret);
    expect([512, 768, 1024].filter((other) => one.select(other))).toEqual([set]);
  });

  test.each(names(/^ml-dsa-\d+$/))('%s and its verifier do what the whole library does', async (name) => {
    const set = setOf(name) as MlDsaSet;
    const one = (await instance(name)) as unknown as MlDsaWasm;
    const only = (await instance(`ml-dsa-verify-${set}`)) as unknown as MlDsaWasm;
    const [all, own, verifier] = [loadMlDsa('scalar'), one, { ...only, wipeAll: () => {} }].map((wasm) =>
      createMlDsa(set, () => wasm),
    );
    const keys = own!.keygen(message);
    expect(keys).toEqual(all!.keygen(message));
    const signature = own!.sign(message, keys.secretKey, { extraEntropy: false });
    expect(signature).toEqual(all!.sign(message, keys.secretKey, { extraEntropy: false }));
    for (const ml of [own!, verifier!]) {
      expect(ml.verify(signature, message, keys.publicKey)).toBe(true);
      expect(ml.verify(signature, seed, keys.publicKey)).toBe(false);
    }
    for (const wasm of [one, only]) expect([44, 65, 87].filter((other) => wasm.select(other))).toEqual([set]);
  });
});
