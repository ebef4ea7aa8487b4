/** Every code of tables/errors.txt: a telegram that is refused with it, in its layer and at its byte, without a value. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { bytes, type Codec, codec, root } from '../vectors/wmbus-harness.ts';
import { afl, crc, frameOf, hex, KEY, mode5, mode7 } from './wmbus-encoder.ts';

let c: Codec;
beforeAll(async () => {
  c = await codec();
});

const body = (text: string): string => hex(frameOf(Buffer.from(text.replaceAll(' ', ''), 'hex')));
const signatureOf = (text: string): string => {
  const value = crc(Buffer.from(text, 'hex'));
  return Buffer.from([value & 255, value >> 8]).toString('hex');
};
const wrongMac = (): string => {
  const { frame, tag } = mode7();
  frame[tag[0]]! ^= 1;
  return hex(frame);
};

/** Code, layer, byte; the telegram, and its key. */
const REFUSALS: [string, string, number, () => string, string?][] = [
  ['empty', 'link', 0, () => ''],
  ['length', 'link', 0, () => '0544AE0C7856'],
  ['truncated', 'apl', 15, () => body('78 0413 0100')],
  ['crc', 'link', 20, () => '1444AE0C7856341201078C2027780B134365877AC4'],
  ['checksum', 'link', 8, () => '68040468080170047E16'],
  ['stop', 'link', 9, () => '68040468080170047D17'],
  ['c-field', 'link', 1, () => body('78 011301').replace(/^(..)44/, '$1E4')],
  ['ci-field', 'tpl', 10, () => body('D0 011301')],
  ['no-key', 'tpl', 15, () => hex(mode5().frame)],
  ['wrong-key', 'tpl', 15, () => hex(mode5().frame), 'FF'.repeat(16)],
  ['mac', 'afl', 19, wrongMac, hex(KEY)],
  ['security-mode', 'tpl', 13, () => body(`7A 2A 00 1003 ${'55'.repeat(16)}`)],
  ['dif', 'apl', 14, () => body('78 011301 3F')],
  ['dife', 'apl', 22, () => body(`78 84${'80'.repeat(10)}00 13 01000000`)],
  ['vife', 'apl', 23, () => body(`78 0493${'A8'.repeat(10)}28 01000000`)],
  ['lvar', 'apl', 13, () => body('78 0D13F7 00')],
  ['records', 'apl', 139, () => body(`78 ${'0003'.repeat(65)}`)],
  ['format', 'apl', 15, () => body('7B 2A000000 3412 0000 01020304')],
  ['meter', 'apl', 11, () => body('70 00')],
  ['fragment', 'afl', 12, () => hex(frameOf(Buffer.concat([afl(1, { more: true }), Buffer.from('7A2A0000', 'hex')])))],
  ['key', 'link', 0, () => body('78 011301'), '0011'],
  ['signature', 'apl', 13, () => body(`79 ${signatureOf('02FF2004134413')} 0000 0000 01000000 02000000`)],
  ['cosem', 'tpl', 10, () => body('7C 00')],
  ['obis', 'tpl', 10, () => body('64 00')],
  ['network', 'tpl', 10, () => body('87 00')],
  ['image', 'tpl', 10, () => body('C2 00')],
  ['key-transfer', 'tpl', 10, () => body('C5 00')],
  ['clock', 'tpl', 10, () => body('6C 00')],
  ['reset', 'tpl', 10, () => body('50 00')],
  ['baud-rate', 'tpl', 10, () => body('BB 00')],
  ['tls', 'tpl', 13, () => body(`7A 2A 00 100D ${'55'.repeat(16)}`)],
  ['command', 'tpl', 10, () => body('5A 00')],
  ['ell', 'ell', 10, () => body('86 20 2A 00 78')],
];

describe('each code', () => {
  it.each(REFUSALS)('%s, in %s at byte %i', (code, layer, offset, telegram, key = '') => {
    const text = telegram();
    const got = c.decode(text, key);
    expect(got.ok).toBe(false);
    expect(got.error).toMatchObject({ code, layer, offset });
    expect(got.error!.message).not.toBe('');
    expect(got.records).toEqual([]);
    // A meter's report of an error is told as it came.
    expect(got.specific).toBe(code === 'meter' ? '00' : undefined);
    expect(c.senml(bytes(text), bytes(key))).toHaveLength(0);
  });

  it('of the table is among them', () => {
    const table = readFileSync(join(root, 'modules/wmbus/tables/errors.txt'), 'utf8')
      .split('\n')
      .filter((line) => /^\d/.test(line))
      .map((line) => line.split(/ {2,}/)[1]!);
    expect(REFUSALS.map(([code]) => code).sort()).toEqual(table.sort());
  });
});
