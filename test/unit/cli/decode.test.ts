import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { decodeAll } from '../../../cli/decode.ts';
import { boundedLines } from '../../../host-shim/lines.ts';
import { parseLine, WmbusDecoder } from '../../../host-shim/codec/wmbus.ts';
import { MoteError } from '../../../host-shim/errors.ts';
import { packageRoot } from '../../../host-shim/files.ts';
import { mote } from './harness.ts';

async function lines(chunks: (string | Buffer)[], limit?: number): Promise<(string | null)[]> {
  const found: (string | null)[] = [];
  for await (const line of boundedLines(Readable.from(chunks), limit)) found.push(line);
  return found;
}

describe('lines of a stream', () => {
  test('however they are cut', async () => {
    const text = 'one\ntwo\r\n\nfour ä€\nlast';
    const expected = ['one', 'two', '', 'four ä€', 'last'];
    expect(await lines([text])).toEqual(expected);
    expect(await lines([...Buffer.from(text)].map((byte) => Buffer.from([byte])))).toEqual(expected);
    expect(await lines([])).toEqual([]);
    expect(await lines(['a\n'])).toEqual(['a']);
  });

  test('one that is too long is left out and the next is read', async () => {
    expect(await lines(['12345678', '9\nok\n', '1234567890'], 8)).toEqual([null, 'ok', null]);
    expect(await lines(['12345678\n'], 8)).toEqual(['12345678']);
  });
});

test('a line of JSON Lines', () => {
  expect(parseLine('{"telegram":"00","key":"11","more":1}')).toEqual({ telegram: '00', key: '11' });
  expect(parseLine('{"telegram":"","key":null}')).toEqual({ telegram: '', key: null });
  for (const line of ['', 'x', '{', 'null', '[]', '"00"', '{}', '{"telegram":1}', '{"telegram":"00","key":1}']) {
    expect(() => parseLine(line)).toThrow(MoteError);
  }
});

test('a decoder that has not been built', async () => {
  await expect(WmbusDecoder.load('/nowhere/wmbus.wasm')).rejects.toMatchObject({ key: 'not-built', exit: 3 });
});

const built = existsSync(join(packageRoot(), 'build', 'modules', 'wmbus.wasm'));
const why = built ? '' : ' (SKIPPED: build/modules/wmbus.wasm is missing, run npm run build)';

describe.skipIf(!built)(`mote wmbus decode${why}`, () => {
  // EN 13757-3 annex: a wired long frame (EN 13757-2) of a water meter, volume 54.321 m3.
  const good =
    '683C3C680808727803491177040E160A0000000C7878034911041331D40000426C0000441300000000046D0B0BCD130227000009FD0E0209FD0F060F00017513D316';

  async function decode(telegrams: string[], input = '', key?: string) {
    const output = new PassThrough();
    const count = await decodeAll(telegrams, Readable.from([input]), output, key);
    output.end();
    const printed = (await output.toArray()).join('');
    return {
      count,
      answers: printed
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line)),
    };
  }

  test('one line for each argument, in order; one that fails stops no other', async () => {
    const { count, answers } = await decode([good, 'ABC', 'XY', good.toLowerCase().replace(/../g, '$& '), '']);
    expect(count).toEqual({ total: 5, failed: 3 });
    expect(answers.map(({ ok }) => ok)).toEqual([true, false, false, true, false]);
    expect(answers[0].meter).toMatchObject({ id: '11490378', manufacturer: 'ACW' });
    expect(answers[0].records).toContainEqual(
      expect.objectContaining({ quantity: 'volume', unit: 'm3', value: 54.321 }),
    );
    expect(answers[1]).toEqual({
      ok: false,
      error: { code: 'MOTE-6001', message: expect.any(String), help: expect.any(String) },
    });
    expect(answers[1].error.message).toContain('3 digits');
    expect(answers[2].error.message).toContain('"X" at digit 1');
    expect(answers[3]).toEqual(answers[0]);
  });

  test('the same from JSON Lines; blank lines are none', async () => {
    const input = [{ telegram: good }, { telegram: 'ABC' }].map((line) => JSON.stringify(line));
    const { count, answers } = await decode([], [input[0], '', 'nonsense', ' ', input[1], input[0]].join('\r\n'));
    expect(count).toEqual({ total: 4, failed: 2 });
    expect(answers.map(({ ok, error }) => [ok, error?.code])).toEqual([
      [true, undefined],
      [false, 'MOTE-6003'],
      [false, 'MOTE-6001'],
      [true, undefined],
    ]);
    expect(answers[0]).toEqual((await decode([good])).answers[0]);
  });

  test('lines of digits alone, between others', async () => {
    const input = [good, `  ${good.toLowerCase()} `, 'ABC', '12 3G', JSON.stringify({ telegram: good })].join('\n');
    const { count, answers } = await decode([], input);
    expect(count).toEqual({ total: 5, failed: 2 });
    expect(answers.map(({ ok, error }) => [ok, error?.code])).toEqual([
      [true, undefined],
      [true, undefined],
      [false, 'MOTE-6001'],
      [false, 'MOTE-6003'],
      [true, undefined],
    ]);
    expect(answers[1]).toEqual(answers[0]);
  });

  test('a huge file: a line of 64 MB is left out, and nothing of it kept', async () => {
    async function* stream() {
      const piece = Buffer.alloc(1 << 20, '0');
      for (let n = 0; n < 64; n++) yield piece;
      yield Buffer.from(`\n${good}\n`);
      // No line at all, and bytes that are no text.
      yield Buffer.alloc(1 << 16, 0xff);
    }
    const before = process.memoryUsage().arrayBuffers;
    const output = new PassThrough();
    const count = await decodeAll([], stream(), output);
    output.end();
    const answers = (await output.toArray())
      .join('')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(count).toEqual({ total: 3, failed: 2 });
    expect(answers.map(({ ok, error }) => [ok, error?.code])).toEqual([
      [false, 'MOTE-6003'],
      [true, undefined],
      [false, 'MOTE-6003'],
    ]);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 << 20);
  });

  test('a key is 16 bytes, and what is wrong with it does not repeat it', async () => {
    const { answers } = await decode([good], '', '00112233445566778899aabbccddee');
    expect(answers[0].error).toMatchObject({ code: 'MOTE-6002', message: expect.stringContaining('15 bytes') });
    const [bad] = (await decode([], JSON.stringify({ telegram: good, key: 'S3CR3T' }))).answers;
    expect(bad.error.code).toBe('MOTE-6002');
    expect(JSON.stringify(bad)).not.toMatch(/S3CR3T|"S\\?"/);
  });

  test('telegrams beyond any size, and 3,000 random ones, give an answer each', async () => {
    const { answers } = await decode(['00'.repeat(1025), '00'.repeat(1024)]);
    expect(answers.map(({ error }) => error.code)).toEqual(['MOTE-6001', expect.any(String)]);
    let state = 13_757;
    const random = (below: number) => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    const decoder = await WmbusDecoder.load();
    for (let round = 0; round < 3000; round++) {
      const bytes = Buffer.from(good, 'hex');
      for (let n = random(4); n >= 0; n--) bytes[random(bytes.length)] = random(256);
      const answer = JSON.parse(
        decoder.decode(bytes.subarray(0, random(8) === 0 ? random(bytes.length) : bytes.length)),
      );
      expect(answer.ok === true || typeof answer.error.code === 'string').toBe(true);
    }
  });

  test('the command: nothing but the lines on stdout, exit code 1 when one failed', async () => {
    const fine = await mote('wmbus', 'decode', good);
    expect([fine.exit, fine.stderr, fine.stdout.split('\n').length]).toEqual([0, '', 2]);
    const failed = await mote('wmbus', 'decode', good, 'ABC');
    expect(failed.exit).toBe(1);
    for (const line of failed.stdout.trimEnd().split('\n')) expect(JSON.parse(line)).toHaveProperty('ok');
    expect(failed.stderr).toContain('error MOTE-6004: 1 of 2 telegrams');
  });
});
