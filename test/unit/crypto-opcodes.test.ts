// The Wasm that handles the secrets of X25519, HKDF and AES-256-GCM holds no division, and only the branches and selects
// listed here. Addresses are the business of the code's shape: no table is read in any of it.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compile, root } from '../../modules/lib/pqc-builds.mjs';
import { functionsOf, isDivision, isSelect } from '../conformance/pqc-opcodes.ts';

/** What a function may have: branches beyond one for each loop, and selects. The text is what they look at: public facts. */
type Allowed = Record<string, [branches: number, selects: number, why: string]>;

const RUNTIME: Allowed = { '~lib/rt/stub/__new': [5, 1, 'sizes'], '~start': [1, 0, 'once'] };
const SCANNED: Record<string, { entry: string; allowed: Allowed }> = {
  x25519: { entry: 'test/unit/assembly/x25519-probe.ts', allowed: {} },
  gcm: {
    entry: 'test/unit/assembly/gcm-probe.ts',
    allowed: {
      ...RUNTIME,
      'modules/lib/assembly/aes256/aes256ExpandKey': [2, 0, 'which word of the schedule'],
      'modules/lib/assembly/gcm/Aes256GcmDecryption#pad': [1, 0, 'lengths'],
      'modules/lib/assembly/gcm/Aes256GcmDecryption#absorb': [2, 0, 'lengths'],
      'modules/lib/assembly/gcm/Aes256GcmDecryption#authenticate': [3, 0, 'order of calls, lengths'],
      'test/unit/assembly/gcm-probe/authenticateData': [1, 0, 'order of calls'],
      'test/unit/assembly/gcm-probe/verify': [1, 0, 'whether the tag is right'],
      'test/unit/assembly/gcm-probe/decrypt': [4, 0, 'order of calls, lengths'],
    },
  },
  hkdf: {
    entry: 'test/unit/assembly/hkdf-probe.ts',
    allowed: {
      ...RUNTIME,
      'modules/lib/assembly/sha256/Sha256#updateRaw': [2, 1, 'lengths'],
      'modules/lib/assembly/sha256/Sha256#digestRaw': [1, 0, 'lengths'],
      'modules/lib/assembly/hkdf/hmacBegin': [1, 0, "the key's length"],
      'test/unit/assembly/hkdf-probe/hmac': [0, 1, 'lengths'],
      'test/unit/assembly/hkdf-probe/expand': [2, 1, 'lengths'],
    },
  },
};
const [LOOP, IF, BR_IF, BR_TABLE, CALL_INDIRECT] = [0x03, 0x04, 0x0d, 0x0e, 0x11];

/** A line for each division, each function with more branches or selects than allowed, and each table's jump. */
async function findings(name: string, replace: Record<string, string> = {}): Promise<string[]> {
  const { entry, allowed } = SCANNED[name]!;
  const functions = functionsOf(await compile(entry, { flags: ['--debug'], replace }));
  expect(functions.length).toBeGreaterThan(5);
  return functions.flatMap(({ name: where, opcodes }) => {
    const count = (...wanted: (number | undefined)[]) => opcodes.filter((opcode) => wanted.includes(opcode)).length;
    const [branches, selects] = allowed[where] ?? [0, 0];
    return [
      ...(opcodes.some(isDivision) ? [`${where}: division`] : []),
      ...(opcodes.filter(isSelect).length > selects ? [`${where}: select`] : []),
      ...(count(IF, BR_IF) - count(LOOP) > branches ? [`${where}: branch`] : []),
      ...(count(BR_TABLE, CALL_INDIRECT) > 0 ? [`${where}: table`] : []),
    ];
  });
}

describe.each(Object.keys(SCANNED))('%s', (name) => {
  test('has no division, and no branch and no select but the listed ones', async () => {
    expect(await findings(name)).toEqual([]);
  });
});

describe('the scan sees', () => {
  const path = 'modules/x25519/assembly/x25519.ts';
  const from = 'const mask = -(<u64>bit);';
  test.each([
    ['division', '-(<u64>bit) / <u64>(load<u8>(X2) | 1)'],
    ['select', '(load<u8>(X1) > 7 ? 3 : bit ? 5 : 9)'],
    ['branch', '-(<u64>bit); if (bit) step()'],
  ])('a planted %s', async (what, planted) => {
    const source = readFileSync(`${root}${path}`, 'utf8');
    expect(source).toContain(from);
    const found = await findings('x25519', { [path]: source.replace(from, `const mask: u64 = ${planted};`) });
    expect(found.some((line) => line.endsWith(what))).toBe(true);
  });
});
