/** `mote wmbus explain`: every byte of every telegram has one name, and the names agree with the decoder. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Explainable, type Explanation, explain } from '../../host-shim/codec/explain.ts';
import { crc, ell, fragmentsOf, frameOf, hex, KEY, mode9, mode10, RECORDS } from '../unit/wmbus-encoder.ts';
import { bytes, type Codec, codec, haveVectors, root, vectors } from './wmbus-harness.ts';

interface Given {
  hex: string;
  key: string;
}

const own = (JSON.parse(readFileSync(join(root, 'test/fixtures/wmbus/telegrams.json'), 'utf8')) as Given[]).map(
  ({ hex, key = '' }) => ({ hex, key }),
);

/** Every telegram of the shared files, in every rendering; encrypted ones with their key and without. */
function shared(): Given[] {
  const read = (file: string) => JSON.parse(readFileSync(join(vectors, file), 'utf8')) as Record<string, string>[];
  const plain = ['telegrams.json', 'permissive.json'].flatMap((file) =>
    read(file).flatMap(({ telegrams, telegram, key }) =>
      ((telegrams as unknown as string[]) ?? [telegram]).map((hex) => ({
        hex,
        key: key === 'NOKEY' ? '' : (key ?? ''),
      })),
    ),
  );
  const encrypted = read('encrypted.json').flatMap(({ telegram, key }) => [
    { hex: telegram!, key: key! },
    { hex: telegram!, key: '' },
  ]);
  const rendered = read('link-layer.json').flatMap((one) =>
    ['frame_a', 'frame_b', 't1_3of6', 's1_manchester'].flatMap((name) =>
      one[name] ? [{ hex: one[name], key: '' }] : [],
    ),
  );
  return [...plain, ...encrypted, ...rendered];
}

let c: Codec;
let decoder: Explainable;
beforeAll(async () => {
  c = await codec();
  decoder = { decode: (telegram, key) => c.text(telegram, key), places: (telegram, key) => c.places(telegram, key) };
});

/** What no standard lays down: what a receiver or a manufacturer adds, and what was not read. */
const NO_CLAUSE = ['surplus', 'not read', 'manufacturer', 'encrypted'];

/** What is wrong with an explanation; empty when nothing is. */
function faults({ hex, key }: Given): string[] {
  const wrong: string[] = [];
  const found = explain(decoder, bytes(hex), bytes(key));
  const answer = c.decode(hex, key);
  if (found.ok !== answer.ok) wrong.push('another verdict');
  let at = 0;
  for (const { offset, length, bytes: digits, layer, field, clause } of found.parts) {
    if (offset !== at || length < 1 || digits.length !== 2 * length) wrong.push(`gap or overlap at ${at}`);
    if (!layer || !field) wrong.push(`byte ${offset} has no name`);
    if (found.ok && field === 'not read') wrong.push(`byte ${offset} was not read, but the telegram is good`);
    if (!clause && !NO_CLAUSE.includes(field.replace(' (continued)', '')))
      wrong.push(`byte ${offset}, ${field}, has no clause`);
    at += length;
  }
  const whole = found.parts.map((part) => part.bytes).join('');
  if (!found.coding && whole !== hex.toUpperCase()) wrong.push('other bytes');
  const compact = ['73', '79', '7B'].includes(String(answer.link?.ci)) && answer.link?.format !== 'wired';
  if (found.ok && !compact) wrong.push(...missing(found, answer.records));
  if (answer.error && answer.error.offset < at && !found.parts.some(({ refused }) => refused)) wrong.push('no refusal');
  return wrong.map((text) => `${hex}: ${text}`);
}

/** The records' own bytes, in order, are those that are called DIF to data. */
function missing(
  { parts }: Explanation,
  records: { dib: string; vib: string; raw: string; derived?: boolean }[],
): string[] {
  const names = /^(DIF|DIFE|VIF|VIFE|data|LVAR|value)\b/;
  const said = parts
    .filter(({ field }) => names.test(field))
    .map(({ plain, bytes: digits }) => plain ?? digits)
    .join('');
  let at = 0;
  for (const { dib, vib, raw, derived } of records) {
    if (derived || dib === '') continue;
    const head = `${dib}${vib}`;
    const found = said.indexOf(head, at);
    if (found < 0) return [`record ${head}${raw} is not there`];
    at = found + head.length;
  }
  return [];
}

it.each([
  ['own', own],
  [haveVectors ? 'shared' : 'shared (SKIPPED: ../shared/vectors/wmbus is missing)', haveVectors ? shared() : []],
])('every byte of all %s telegrams once', (_name, given) => {
  expect(given.flatMap(faults)).toEqual([]);
  if (given.length) expect(given.length).toBeGreaterThanOrEqual(24);
});

it('every prefix of a telegram, refused or not', () => {
  const wrong = own
    .slice(0, 6)
    .flatMap(({ hex, key }) =>
      Array.from({ length: hex.length / 2 }, (_, n) => faults({ hex: hex.slice(0, 2 * n + 2), key })).flat(),
    );
  expect(wrong).toEqual([]);
});

it('3,000 mutants', () => {
  let seed = 1;
  const below = (n: number): number => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed % n;
  };
  const given = haveVectors ? shared() : own;
  const wrong = Array.from({ length: 3000 }, () => {
    const { hex, key } = given[below(given.length)]!;
    const data = bytes(hex);
    for (let n = below(4); n >= 0; n--) data[below(data.length)] = below(256);
    const cut = below(3) ? data : data.slice(0, 1 + below(data.length));
    return faults({ hex: Buffer.from(cut).toString('hex').toUpperCase(), key });
  }).flat();
  expect(wrong).toEqual([]);
});

describe('in words', () => {
  const GAS =
    '2E44931578563412330333637A2A0020255923C95AAA26D1B2E7493BC2AD013EC4A6F6D3529B520EDFF0EA6DEFC955B29D6D69EBF3EC8A';
  const told = (hex: string, key = '') =>
    explain(decoder, bytes(hex), bytes(key)).parts.map((part) => [
      part.offset,
      part.plain ?? part.bytes,
      part.field,
      part.meaning,
    ]);

  it('an encrypted telegram with its key', () => {
    const parts = told(GAS, '0102030405060708090A0B0C0D0E0F11');
    expect(parts).toContainEqual([0, '2E', 'L', '46 bytes follow, CRCs not counted']);
    expect(parts).toContainEqual([9, '03', 'device type', '03h gas']);
    expect(parts).toContainEqual([
      15,
      '2025',
      'configuration',
      'security mode 5 (AES-128-CBC), synchronous, 2 blocks, payload decrypted',
    ]);
    expect(parts).toContainEqual([17, '2F2F', 'filler', 'idle']);
    expect(parts).toContainEqual([20, '14', 'VIF', 'volume, m3']);
    expect(parts).toContainEqual([21, '27048502', 'data', 'volume = 28504.27 m3']);
    expect(parts).toContainEqual([30, '371F15', 'data (continued)', 'datetime = 2008-05-31T23:50']);
    expect(parts.at(-1)).toEqual([53, 'EC8A', 'CRC', 'over the block before it']);
  });

  it('without it', () => {
    const { error, parts } = explain(decoder, bytes(GAS));
    expect(error).toMatchObject({ code: 'no-key', layer: 'tpl', offset: 17 });
    expect(parts.find(({ refused }) => refused)).toMatchObject({ offset: 17, field: 'encrypted', refused: 'no-key' });
  });

  it('a telegram that is refused in its third record: the first two are read', () => {
    const parts = told('1744AE0C78563412010778041301000000023B0500043B01');
    expect(parts).toContainEqual([13, '01000000', 'data', 'volume = 0.001 m3']);
    expect(parts).toContainEqual([19, '0500', 'data', 'volume_flow = 0.005 m3/h']);
    expect(parts.at(-1)![2]).toBe('not read');
  });

  it("a manufacturer's payload by what was read out of it", () => {
    const parts = told('1744B4097856341213077A2A0000000C13341200000F010E');
    expect(parts).toContainEqual([23, '0E', 'voltage', 'voltage = 3.7 V']);
  });

  it('a message in three fragments: each of them, and what they make', () => {
    const records = Buffer.concat(Array.from({ length: 38 }, (_, n) => Buffer.from([0x04, 0x13, n, 1, 0, 0])));
    const { frames: pieces, message, mac } = fragmentsOf(records, 100);
    const first = explain(decoder, pieces[0]!, KEY);
    expect(first.joined).toBeUndefined();
    expect(first.parts.find(({ refused }) => refused)).toMatchObject({
      offset: 12,
      field: 'fragmentation control',
      meaning: 'fragment 1, more follow',
      refused: 'fragment',
    });
    expect(first.parts.at(-1)).toMatchObject({ layer: 'afl', field: 'fragment', length: 100, clause: /6.3.2$/ });

    const { ok, parts, joined } = explain(decoder, pieces[2]!, KEY, pieces.slice(0, 2));
    expect(ok).toBe(true);
    // The frame as it came: nothing in it is decrypted, and its MAC has the size that the first fragment told.
    expect(parts.map((part) => part.bytes).join('')).toBe(hex(pieces[2]!));
    expect(parts.every(({ plain }) => plain === undefined)).toBe(true);
    expect(parts.find(({ field }) => field === 'MAC')).toMatchObject({ offset: 14, length: 8, bytes: hex(mac) });
    expect(parts.at(-1)).toMatchObject({ field: 'fragment', length: message.length - 200 });
    expect(joined!.reduce((at, { offset, length }) => (offset === at ? at + length : -1), 0)).toBe(message.length);
    expect(joined![0]).toMatchObject({ offset: 0, layer: 'tpl', field: 'CI', bytes: '7A' });
    const values = joined!.filter(({ field }) => field === 'data').map(({ meaning }) => meaning);
    expect(values).toEqual(Array.from({ length: 38 }, (_, n) => `volume = ${(256 + n) / 1000} m3`));
  });

  it('a message that is fragmented, in an encrypted extended link layer', () => {
    const pieces = fragmentsOf(RECORDS, 20).frames.map((frame) => ell(0x8d, frame.subarray(10)).frame);
    const { ok, parts, joined } = explain(decoder, pieces.at(-1)!, KEY, pieces.slice(0, -1));
    expect(ok).toBe(true);
    expect(parts.at(-1)).toMatchObject({ layer: 'ell', field: 'encrypted', offset: 19, clause: 'EN 13757-4, 13.3' });
    expect(joined!.some(({ meaning }) => meaning === 'volume = 876.543 m3')).toBe(true);
  });

  it('an extended link layer without its key: nothing is read out of what is encrypted', () => {
    const { frame } = ell(0x8d, Buffer.from('780C1343658700', 'hex'));
    const { error, parts } = explain(decoder, frame);
    expect(error).toMatchObject({ code: 'no-key', layer: 'ell' });
    expect(parts.at(-1)).toMatchObject({ layer: 'ell', field: 'encrypted', offset: 19, length: 7 });
    expect(explain(decoder, frame, KEY).parts.at(-1)).toMatchObject({ field: 'data', meaning: 'volume = 876.543 m3' });
  });

  it.each([
    ['9', mode9(), 12, ['11 00: 17 bytes encrypted, 0 plain', '04 03 02 01: 16909060']],
    ['10', mode10(), 8, ['10 01: key 0, derivation 1, tag of 8 bytes', '04 03 02 01: 16909060']],
  ])('security mode %s: what its configuration says, and its tag', (_mode, { frame }, size, says) => {
    const { parts } = explain(decoder, frame, KEY);
    const extension = parts.filter(({ offset }) => offset >= 15 && offset < 21);
    expect(extension.map(({ bytes: digits, meaning }) => `${digits.replace(/..(?=.)/g, '$& ')}: ${meaning}`)).toEqual(
      says,
    );
    expect(parts.at(-1)).toMatchObject({ layer: 'tpl', field: 'tag', length: size, offset: frame.length - size });
    expect(parts.some(({ layer, field }) => layer === 'apl' && field === 'manufacturer')).toBe(false);
  });

  it('a compact frame after the full one whose format it has', () => {
    const le = (sum: number): Buffer => Buffer.from([sum & 255, sum >> 8]);
    const be = (sum: number): Buffer => le(sum).reverse();
    const full = frameOf(bytes('780C13436587000413E8030000'));
    // Format A: a CRC behind ten bytes, and one behind the rest. Without one nothing is learned.
    const [first, rest] = [full.subarray(0, 10), full.subarray(10)];
    const heard = Buffer.concat([first, be(crc(first)), rest, be(crc(rest))]);
    const [one, other] = [bytes('44658700'), bytes('E9030000')];
    const whole = Buffer.concat([bytes('0C13'), one, bytes('0413'), other]);
    const head = Buffer.concat([bytes('79'), le(crc(bytes('0C130413'))), le(crc(whole))]);
    const compact = frameOf(Buffer.concat([head, one, other]));
    const { ok, parts } = explain(decoder, compact, undefined, [heard]);
    expect(ok).toBe(true);
    expect(parts.slice(-4).map(({ offset, field, meaning }) => [offset, field, meaning])).toEqual([
      [11, 'format signature', expect.stringMatching(/^[0-9A-F]{4}h$/)],
      [13, 'full-frame CRC', expect.stringMatching(/^[0-9A-F]{4}h$/)],
      [15, 'data', 'volume = 876.544 m3'],
      [19, 'data', 'volume = 1.001 m3'],
    ]);
    expect(parts.at(-1)!.clause).toBe('EN 13757-3, annex G: 04 13');
  });
});
