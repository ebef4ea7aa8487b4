// The Wasm that handles the secrets of X25519 and AES-256-GCM holds no division, and only the selects listed here.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compile, root } from '../../modules/lib/pqc-builds.mjs';
import { functionsOf, isDivision, isSelect } from '../conformance/pqc-opcodes.ts';

/** The probe, and by function the most selects it may have and the public fact that each looks at. */
const SCANNED: Record<string, { entry: string; selects: Record<string, [number, string]> }> = {
  x25519: { entry: 'test/unit/assembly/x25519-probe.ts', selects: {} },
};

/** The names of functions with a division, and of those with more selects than allowed. */
async function findings(name: string, replace: Record<string, string> = {}): Promise<string[]> {
  const { entry, selects } = SCANNED[name]!;
  const functions = functionsOf(await compile(entry, { flags: ['--debug'], replace }));
  expect(functions.length).toBeGreaterThan(5);
  return functions.flatMap(({ name: function_, opcodes }) => [
    ...(opcodes.some(isDivision) ? [`${function_}: division`] : []),
    ...(opcodes.filter(isSelect).length > (selects[function_]?.[0] ?? 0) ? [`${function_}: select`] : []),
  ]);
}

describe.each(Object.keys(SCANNED))('%s', (name) => {
  test('has no division, and no select but the listed ones', async () => {
    expect(await findings(name)).toEqual([]);
  });
});

test('the scan sees a planted division and a planted select', async () => {
  const path = 'modules/x25519/assembly/x25519.ts';
  const source = readFileSync(`${root}${path}`, 'utf8');
  const from = 'const mask = -(<u64>bit);';
  expect(source).toContain(from);
  const planted = source.replace(
    from,
    'const mask = -(<u64>bit) / <u64>(load<u8>(X2) | 1) + (load<u8>(X1) > 7 ? 3 : bit ? 5 : 9);',
  );
  const found = await findings('x25519', { [path]: planted });
  expect(found.some((text) => text.endsWith('division'))).toBe(true);
  expect(found.some((text) => text.endsWith('select'))).toBe(true);
});
