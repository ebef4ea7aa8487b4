import { describe, expect, test } from 'vitest';
import { ERRORS, type ErrorKey, errorReference, fault, findError, MoteError } from '../../host-shim/errors.ts';

const rows = Object.entries(ERRORS);

describe('the error table', () => {
  test('codes are unique and well formed, exit codes are those that are promised', () => {
    const codes = rows.map(([, { code }]) => code);
    expect(new Set(codes).size).toBe(codes.length);
    for (const [key, { code, exit, message, help, about }] of rows) {
      expect([key, code]).toEqual([key, expect.stringMatching(/^MOTE-[1-9]\d{3}$/)]);
      expect([1, 2, 3, 4, 5]).toContain(exit);
      for (const text of [message, help, about]) expect(text.length).toBeGreaterThan(0);
    }
  });

  test('a message names the offending value, and no placeholder is left in it', () => {
    const error = fault('key-missing', { name: 'release', folder: '.mote/keys' });
    expect(error).toBeInstanceOf(MoteError);
    expect(error).toMatchObject({ code: 'MOTE-3001', exit: 3, message: 'there is no key "release" in .mote/keys' });
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      code: 'MOTE-3001',
      message: 'there is no key "release" in .mote/keys',
      help: 'mote keys list --keys .mote/keys',
    });
    for (const [key, { message, help }] of rows) {
      const details = Object.fromEntries(
        [...`${message} ${help}`.matchAll(/\{(\w+)\}/g)].map(([, name]) => [name, 'X']),
      );
      const made = new MoteError(key as ErrorKey, details);
      expect(`${made.message} ${made.help}`).not.toMatch(/\{\w+\}/);
    }
  });

  test('a value with braces is not filled again', () => {
    expect(fault('file-missing', { path: '{path}{x}' }).message).toBe('{path}{x} does not exist');
  });

  test('codes are found however they are written', () => {
    for (const code of ['MOTE-2001', 'mote-2001', '2001', ' 2001 '])
      expect(findError(code)?.key).toBe('bundle-foreign');
    for (const code of ['', 'MOTE-9999', '200', 'x', 'MOTE-MOTE-2001', '__proto__'])
      expect(findError(code)).toBeUndefined();
  });

  test('docs/errors.md is made from it (vitest run test/unit/errors.test.ts -u writes it)', async () => {
    await expect(errorReference()).toMatchFileSnapshot('../../docs/errors.md');
  });
});
