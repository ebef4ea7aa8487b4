// The Wasm that handles secrets holds no division, and no select but those listed here with what they choose by.
import { describe, expect, test } from 'vitest';
import { BUILDS, compile, compileBuild } from '../../modules/lib/pqc-builds.mjs';
import { functionsOf, isDivision, isSelect } from './pqc-opcodes.ts';

/** Function -> the most selects it may have, and the public fact that each of them looks at. */
const ALLOWED: Record<string, Record<string, [number, string]>> = {
  'ml-kem': {
    'modules/lib/assembly/keccak/spongeAbsorb': [1, 'lengths: what is left of the input and of the block'],
    'sample/multiplyRow': [3, 'transposed or not; how many bytes of the SHAKE128 block of the public rho are left'],
    'sample/sampleVector': [1, 'n < k'],
  },
  'ml-dsa': {
    'modules/lib/assembly/keccak/spongeAbsorb': [1, 'lengths: what is left of the input and of the block'],
    'index/secretKeyIsValid': [2, 'eta'],
    'keygen/KeyGen_internal': [2, 'eta'],
    'keygen/computeT': [2, 'eta'],
    'keygen/secretKeyBytes': [1, 'eta'],
    'sample/addRowProduct': [1, 'bytes left of the SHAKE128 block of the public rho'],
    'sample/sampleMatrix': [1, 'bytes left of the SHAKE128 block of the public rho'],
    'sign/Sign_internal': [1, 'k l'],
    'sign/commit': [1, 'whether a polynomial of A-hat is cached; gamma2'],
    'sign/respond': [3, 'eta; gamma2'],
    'verify/verifyMu': [4, 'nothing here is secret'],
  },
};

describe.each(['ml-kem', 'ml-kem-simd', 'ml-dsa', 'ml-dsa-simd'])('%s', (build) => {
  const algorithm = build.replace('-simd', '');
  const functions = async () => {
    const { entry, simd } = BUILDS[build]!;
    return functionsOf(await compile(entry, { simd, flags: ['--debug'] }));
  };

  test('has no division and no remainder', async () => {
    const found = (await functions()).filter(({ opcodes }) => opcodes.some(isDivision)).map(({ name }) => name);
    expect(found).toEqual([]);
  });

  test('has no select but the listed ones', async () => {
    const prefix = `modules/${algorithm}/assembly/`;
    for (const { name, opcodes } of await functions()) {
      const count = opcodes.filter(isSelect).length;
      const allowed = ALLOWED[algorithm]![name.replace(prefix, '')]?.[0] ?? 0;
      expect(count, name).toBeLessThanOrEqual(allowed);
    }
  });
});

test.each(['ml-kem', 'ml-dsa'])('%s for one set has no division, and no more selects than for all', async (whole) => {
  const opcodes = async (name: string) => functionsOf(await compileBuild(name)).flatMap(({ opcodes }) => opcodes);
  const most = (await opcodes(whole)).filter(isSelect).length;
  const names = Object.keys(BUILDS).filter((name) => new RegExp(`^${whole}-\\d+$`).test(name));
  expect(names).toHaveLength(3);
  for (const name of names) {
    const found = await opcodes(name);
    expect(found.length, name).toBeGreaterThan(1000);
    expect(found.filter(isDivision), name).toEqual([]);
    expect(found.filter(isSelect).length, name).toBeLessThanOrEqual(most);
  }
});

test('the scan sees a planted division and a planted select', async () => {
  const planted = 'modules/ml-kem/assembly/encode.ts';
  const { readFileSync } = await import('node:fs');
  const { root } = await import('../../modules/lib/pqc-builds.mjs');
  const source = readFileSync(`${root}${planted}`, 'utf8');
  const leak = 'const byte = <i32>load<u8>(m++)';
  expect(source).toContain(leak);
  const text = source.replace(leak, `${leak} / <i32>(load<u8>(m) | 1) + (load<u8>(m) > 7 ? 3 : f ? 5 : 9)`);
  const { entry } = BUILDS['ml-kem']!;
  const functions = functionsOf(await compile(entry, { flags: ['--debug'], replace: { [planted]: text } }));
  expect(functions.some(({ opcodes }) => opcodes.some(isDivision))).toBe(true);
  const selects = functions.flatMap(({ opcodes }) => opcodes.filter(isSelect)).length;
  expect(selects).toBeGreaterThan(2);
});
