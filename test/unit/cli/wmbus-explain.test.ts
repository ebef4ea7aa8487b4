import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { explanationText } from '../../../cli/explanation.ts';
import { packageRoot } from '../../../host-shim/files.ts';
import { fragmentsOf, hex, KEY, RECORDS } from '../wmbus-encoder.ts';
import { mote } from './harness.ts';

const built = existsSync(join(packageRoot(), 'build', 'modules', 'wmbus.wasm'));
const PLAIN = '1244AE0C7856341201078C2027780B13436587';

test('text has colours for a terminal alone, and takes no control characters from a telegram', () => {
  const found = {
    ok: false,
    error: { code: 'lvar', layer: 'apl', offset: 1, message: 'reserved LVAR' },
    parts: [
      { offset: 0, length: 9, bytes: '00'.repeat(9), layer: 'link', field: 'L', meaning: '\x1b[2Jx', clause: 'c' },
      {
        offset: 9,
        length: 1,
        bytes: 'FF',
        plain: '2F',
        layer: 'apl',
        field: 'data',
        meaning: 'm',
        clause: '',
        refused: 'lvar',
      },
    ],
  };
  const text = explanationText(found);
  expect(text).not.toContain('\x1b');
  expect(text.split('\n').map((line) => line.trimEnd())).toEqual([
    'offset  bytes                    layer  field  meaning   clause',
    '0       00 00 00 00 00 00 00 00  link   L      \\x1b[2Jx  c',
    '        00',
    '9       FF                       apl    data   m [lvar]',
    '        → 2F',
    'refused: reserved LVAR (lvar, layer apl, byte 1)',
  ]);
  const coloured = explanationText(found, true);
  expect(coloured).toContain('\x1b[31m');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what colours are made of
  expect(coloured.replace(/\x1b\[\d+m/g, '').split('\n').length).toBe(text.split('\n').length);
});

describe.skipIf(!built)(`mote wmbus explain${built ? '' : ' (SKIPPED: npm run build has not made wmbus.wasm)'}`, () => {
  test('a telegram, its digits in any number of words', async () => {
    const { exit, stdout } = await mote('wmbus', 'explain', PLAIN.slice(0, 10), PLAIN.slice(10));
    expect(exit).toBe(0);
    expect(stdout).toMatch(/^16 +43 65 87 +apl +data +volume = 876\.543 m3 +EN 13757-3, table 4$/m);
    expect(stdout).not.toContain('\x1b');
  });

  test('as JSON', async () => {
    const { json } = await mote('wmbus', 'explain', '--json', PLAIN);
    expect(json).toMatchObject({ ok: true });
    expect(json.parts.map(({ bytes }: { bytes: string }) => bytes).join('')).toBe(PLAIN);
    expect(json.parts[9]).toMatchObject({ offset: 13, layer: 'tpl', field: 'CI' });
  });

  test('a refused one is shown as far as it was read, with exit code 1', async () => {
    const { exit, json } = await mote('wmbus', 'explain', '--json', PLAIN.slice(0, -2));
    expect(exit).toBe(1);
    expect(json.error).toMatchObject({ code: 'truncated', layer: 'link', offset: 18 });
    expect(json.parts[1]).toMatchObject({ field: 'C' });
  });

  test('the last fragment with what was heard before it: the message below the frame', async () => {
    const pieces = fragmentsOf(RECORDS, 20).frames.map(hex);
    const alone = await mote('wmbus', 'explain', '--key', hex(KEY), pieces[1]!);
    expect(alone.exit).toBe(1);
    expect(alone.stdout).toContain('(fragment, layer afl, byte 12)');
    const { exit, stdout } = await mote('wmbus', 'explain', '--key', hex(KEY), '--before', pieces[0]!, pieces[1]!);
    expect(exit).toBe(0);
    const [frame, joined] = stdout.split('the message out of its fragments, decrypted:');
    expect(frame).toMatch(/^12 +02 04 +afl +fragmentation control +fragment 2, the last +EN 13757-7, 6\.3\.2$/m);
    expect(joined).toMatch(/^10 +43 65 87 00 +apl +data +volume = 876\.543 m3 /m);
  });

  test('what is no telegram', async () => {
    expect((await mote('wmbus', 'explain', 'xyz')).exit).not.toBe(0);
    expect((await mote('wmbus', 'explain', '--key', '00', PLAIN)).exit).not.toBe(0);
  });
});
