/** Security modes of EN 13757-7 against telegrams of an independent encoder: right key, wrong key, every flipped bit. */
import { beforeAll, describe, expect, it } from 'vitest';
import { type Codec, codec, type JsonTelegram } from '../vectors/wmbus-harness.ts';
import { ell, frameOf, hex, KEY, mode4, mode5, mode7, mode9, mode10, type Secured } from './wmbus-encoder.ts';

let c: Codec;
beforeAll(async () => {
  c = await codec();
});

const WRONG = Buffer.from('FF'.repeat(16), 'hex');
const read = (frame: Uint8Array, keys: Uint8Array = KEY): JsonTelegram =>
  JSON.parse(c.text(frame, keys)) as JsonTelegram;
const flipped = (frame: Buffer, bit: number): Buffer => {
  const copy = Buffer.from(frame);
  copy[bit >> 3]! ^= 1 << (bit & 7);
  return copy;
};

const records = Buffer.from('0C1343658700', 'hex');
const CASES: [string, Secured, number, boolean][] = [
  ['mode 4', mode4(), 4, false],
  ['mode 5', mode5(), 5, false],
  ...[2, 4, 8, 12, 16].map((size): [string, Secured, number, boolean] => [
    `mode 7, MAC of ${size}`,
    mode7({ size }),
    7,
    true,
  ]),
  ['mode 7, message length', mode7({ ml: true }), 7, true],
  ['mode 9', mode9(), 9, true],
  ['mode 9, derived key', mode9({ derived: true }), 9, true],
  ['mode 9, long header', mode9({ long: true }), 9, true],
  ...[4, 8, 12, 16].map((size): [string, Secured, number, boolean] => [
    `mode 10, tag of ${size}`,
    mode10({ size }),
    10,
    true,
  ]),
  ['mode 10, key itself', mode10({ derived: false }), 10, true],
  ['mode 10, long header', mode10({ long: true }), 10, true],
  ['mode 10, version of the key', mode10({ version: true }), 10, true],
  ['mode 10, length told', mode10({ exact: true }), 10, true],
  ['extended link layer II', ell(0x8d, Buffer.concat([Buffer.from([0x78]), records])), 0, false],
  ['extended link layer IV', ell(0x8f, Buffer.concat([Buffer.from([0x78]), records])), 0, false],
];

describe.each(CASES)('%s', (_name, { frame, text, tag }, mode, authenticated) => {
  it('is decrypted with its key, also when others are tried before', () => {
    for (const keys of [KEY, Buffer.concat([WRONG, WRONG, KEY])]) {
      const got = read(frame, keys);
      expect(got.error).toBeUndefined();
      expect(got.security).toMatchObject({ mode, encrypted: true, payload: 'decrypted', authenticated });
      expect(got.records[0]).toMatchObject({ quantity: 'volume', unit: 'm3', value: 876.543 });
    }
  });

  it('is refused without key and under a wrong one, by names that differ', () => {
    expect(read(frame, Buffer.alloc(0)).error).toMatchObject({ code: 'no-key' });
    const wrong = read(frame, WRONG);
    expect(wrong.error).toMatchObject({ code: 'wrong-key' });
    expect(wrong.records).toEqual([]);
    expect(c.senml(frame, WRONG).length).toBe(0);
  });

  it('gives nothing when a bit of the text or the tag is flipped, where something authenticates', () => {
    for (let bit = 8 * tag[0]; bit < 8 * tag[1]; bit++) {
      const got = read(flipped(frame, bit));
      expect(got.records, `bit ${bit}`).toEqual([]);
      // The text is whole: the key is right, and the tag is wrong. In the extended link layer the CRC is encrypted.
      expect(got.error!.code, `bit ${bit}`).toBe(authenticated ? 'mac' : 'wrong-key');
    }
    if (!authenticated && mode !== 0) return;
    const codes = new Set<string>();
    for (let bit = 8 * text[0]; bit < 8 * text[1]; bit++) {
      const got = read(flipped(frame, bit));
      expect(got.ok, `bit ${bit}`).toBe(false);
      expect(got.records, `bit ${bit}`).toEqual([]);
      codes.add(got.error!.code);
    }
    for (const code of codes) expect(['mac', 'wrong-key']).toContain(code);
    if (authenticated) expect(codes).toContain('mac');
  });

  it('is refused, wherever it is cut', () => {
    for (let n = text[0]; n < frame.length; n++) {
      const cut = Buffer.from(frame.subarray(0, n));
      cut[0] = n - 1;
      const got = read(cut);
      if (!authenticated && mode !== 0) continue;
      expect(got.ok, `${n} bytes`).toBe(false);
      expect(got.records).toEqual([]);
    }
  });
});

describe('what modes 9 and 10 authenticate', () => {
  it.each([
    ['mode 9', mode9()],
    ['mode 10', mode10()],
  ])('%s: status, access number and every other byte of the header', (_name, { frame, text }) => {
    for (let bit = 80; bit < 8 * text[0]; bit++) expect(read(flipped(frame, bit)).records, `bit ${bit}`).toEqual([]);
    for (const bit of [88, 97]) expect(read(flipped(frame, bit)).error).toMatchObject({ code: 'mac', layer: 'tpl' });
  });

  it('the meter: another address makes another nonce', () => {
    for (let bit = 16; bit < 80; bit++) expect(read(flipped(mode10().frame, bit)).ok).toBe(false);
  });

  it('a readable text is no proof: 2F2F does not take the place of a tag', () => {
    const { frame, text } = mode10({ records: Buffer.from('2F2F0C1343658700', 'hex') });
    const plain = Buffer.from(frame);
    plain.set(Buffer.from('2F2F0C1343658700', 'hex'), text[0]);
    expect(read(plain).ok).toBe(false);
    expect(read(frame).records[0]).toMatchObject({ value: 876.543 });
  });

  it('an empty message is its tag', () => {
    const { frame, tag } = mode10({ records: Buffer.alloc(0) });
    expect(read(frame)).toMatchObject({ ok: true, records: [], security: { authenticated: true } });
    expect(read(flipped(frame, 8 * tag[0])).ok).toBe(false);
  });

  it.each([1, 15, 16, 17, 31, 32, 33, 160])('%i bytes of text', (length) => {
    const text = Buffer.alloc(length, 0x2f);
    for (const { frame } of [mode10({ records: text }), mode9({ records: text })]) expect(read(frame).ok).toBe(true);
  });

  it('tells a wrong key from a wrong tag nearly always', () => {
    const { frame } = mode10();
    let mac = 0;
    for (let i = 0; i < 400; i++) {
      const key = Buffer.alloc(16, i & 255);
      key[15] = i >> 8;
      const { error } = read(frame, key);
      if (error!.code === 'mac') mac++;
      else expect(error!.code).toBe('wrong-key');
    }
    expect(mac).toBeLessThan(16);
  });
});

describe('what is refused by its name', () => {
  const short = (low: number, high: number): Buffer =>
    frameOf(Buffer.from([0x7a, 0x2a, 0, low, high, ...Buffer.alloc(40, 0x55)]));
  it.each([
    [0x10, 1, 'security-mode'],
    [0x10, 3, 'security-mode'],
    [0x10, 6, 'security-mode'],
    [0x10, 8, 'security-mode'],
    [0x10, 11, 'security-mode'],
    [0x10, 13, 'tls'],
    [0x10, 15, 'security-mode'],
    [0x01, 0x09, 'security-mode'],
    [0x41, 0x29, 'security-mode'],
    [0x08, 0x2a, 'security-mode'],
    [0xff, 0x0a, 'security-mode'],
  ])('configuration %i, %i: %s at byte 13', (low, high, code) => {
    expect(read(short(low, high)).error).toMatchObject({ code, layer: 'tpl', offset: 13 });
  });

  it('the variable extended link layer (86h)', () => {
    const frame = frameOf(Buffer.from('86202A00780C1343658700', 'hex'));
    expect(read(frame).error).toMatchObject({ code: 'ell', layer: 'ell', offset: 10 });
  });

  it.each([
    ['51', 'command'],
    ['5A', 'command'],
    ['5B', 'command'],
    ['5F', 'tls'],
    ['9E', 'tls'],
    ['9F', 'tls'],
    ['00', 'cosem'],
    ['1F', 'cosem'],
    ['54', 'reset'],
    ['66', 'reset'],
    ['84', 'command'],
  ])('CI field %s: %s', (ci, code) => {
    const frame = frameOf(Buffer.from(`${ci}2A000000`, 'hex'));
    expect(read(frame).error).toMatchObject({ code, layer: 'tpl', offset: 10 });
  });

  it('every other CI field is known or refused by a name, never by a trap', () => {
    for (let ci = 0; ci < 256; ci++) {
      const got = read(frameOf(Buffer.from([ci, ...Buffer.alloc(20)])));
      if (!got.ok) expect(got.error!.code.length, hex(Buffer.from([ci]))).toBeGreaterThan(0);
    }
  });

  it.each([1, 3, 6, 8, 11, 12, 13, 14, 15])('mode %i is refused although it names no encrypted block', (mode) => {
    const got = read(frameOf(Buffer.from([0x7a, 1, 0, 0, mode, 0x0c, 0x13, 1, 0, 0, 0])));
    expect(got.error?.code).toBe(mode === 13 ? 'tls' : 'security-mode');
    expect(got.records).toHaveLength(0);
  });
});
