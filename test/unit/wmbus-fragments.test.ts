/** Messages in fragments (EN 13757-7 clause 6.3.2): in every order, twice, missing, of several meters, with lies. */
import { beforeEach, describe, expect, it } from 'vitest';
import { type Codec, codec, type JsonTelegram } from '../vectors/wmbus-harness.ts';
import { afl, frameOf, KEY, METER, mode7Message } from './wmbus-encoder.ts';

const OTHER = Buffer.from('AE0C111111110107', 'hex');
const THIRD = Buffer.from('AE0C222222220107', 'hex');
/** As much as mode 7 can encrypt: 39 volumes. */
const RECORDS = Buffer.concat(
  Array.from({ length: 39 }, (_, n) => Buffer.from([0x04 | (n & 1 ? 0x40 : 0), 0x13, n, 1, 0, 0])),
);

let c: Codec;
beforeEach(async () => {
  c = await codec();
});
const read = (frame: Uint8Array, key: Uint8Array = KEY): JsonTelegram => JSON.parse(c.text(frame, key)) as JsonTelegram;

/** A message under mode 7 in pieces of `size`; the MAC stands in the last one, as its fields in the first. */
function pieces(
  size: number,
  { meter = METER, records = RECORDS as Buffer, counter = 0x1234, ml = true, lie = 0 } = {},
): Buffer[] {
  const message = plain(records);
  const { message: secured, mcl, mac } = mode7Message(records, { counter, ml, key: KEY });
  const whole = meter === METER ? secured : message;
  const count = Math.ceil(whole.length / size);
  return Array.from({ length: count }, (_, n) => {
    const more = n < count - 1;
    const layer =
      meter === METER
        ? afl(n + 1, {
            more,
            ...(n === 0 ? { mcl, counter, ...(ml ? { ml: whole.length + lie } : {}) } : {}),
            ...(more ? {} : { mac }),
          })
        : afl(n + 1, { more, ...(n === 0 ? { mcl: 0x40, ml: whole.length + lie } : {}) });
    return frameOf(Buffer.concat([layer, whole.subarray(n * size, n * size + size)]), meter);
  });
}
const plain = (records: Buffer): Buffer => Buffer.concat([Buffer.from([0x7a, 0x2a, 0, 0, 0]), records]);

const whole = (got: JsonTelegram, count = 39): void => {
  expect(got.error).toBeUndefined();
  expect(got.records.length).toBe(count);
  for (const [n, record] of got.records.entries())
    expect(record).toMatchObject({ quantity: 'volume', value: (n + 256) / 1000 });
};
const waits = (got: JsonTelegram): void => {
  expect(got.error).toMatchObject({ code: 'fragment', layer: 'afl', offset: 12 });
  expect(got.records).toEqual([]);
};

describe('a message in pieces', () => {
  it.each([40, 60, 100, 200])('of %i bytes is read with the last one, decrypted and authenticated', (size) => {
    const all = pieces(size);
    expect(all.length).toBeGreaterThan(1);
    for (const piece of all.slice(0, -1)) waits(read(piece));
    const got = read(all.at(-1)!);
    whole(got);
    expect(got.security).toMatchObject({ mode: 7, encrypted: true, authenticated: true });
  });

  it('in any order', () => {
    const [a, b, d] = pieces(100) as [Buffer, Buffer, Buffer];
    for (const order of [
      [a, d, b],
      [b, a, d],
      [b, d, a],
      [d, a, b],
      [d, b, a],
    ]) {
      const counter = Math.floor(order.indexOf(a) * 7 + order.indexOf(b));
      // Another message each time: what is known already is no longer waited for.
      const renewed = pieces(100, { counter: 0x2000 + counter });
      const mapped = order.map((piece) => renewed[[a, b, d].indexOf(piece)]!);
      for (const piece of mapped.slice(0, -1)) waits(read(piece));
      whole(read(mapped.at(-1)!));
    }
  });

  it('heard twice by a repeater', () => {
    const [a, b, d] = pieces(100) as [Buffer, Buffer, Buffer];
    for (const piece of [a, a, b, a, b]) waits(read(piece));
    whole(read(d));
    // The message as a whole again, for the caller's duplicates to drop, and first without a key.
    expect(read(d, Buffer.alloc(0)).error).toMatchObject({ code: 'no-key' });
    whole(read(d));
  });

  it('of which one is missing stays unread', () => {
    const [a, , d] = pieces(100) as [Buffer, Buffer, Buffer];
    waits(read(a));
    waits(read(d));
    waits(read(a));
  });

  it('of another message of the same meter is not joined to it', () => {
    const [a, b] = pieces(100) as [Buffer, Buffer];
    const next = pieces(100, { counter: 0x9999 }) as [Buffer, Buffer, Buffer];
    waits(read(a));
    waits(read(b));
    for (const piece of next.slice(0, -1)) waits(read(piece));
    whole(read(next[2]));
  });

  it('of which the last is of another message: the MAC tells', () => {
    const [a, b] = pieces(100) as [Buffer, Buffer];
    const [, , last] = pieces(100, { counter: 0x9999 }) as [Buffer, Buffer, Buffer];
    waits(read(a));
    waits(read(b));
    const got = read(last);
    expect(got.ok).toBe(false);
    expect(got.error!.code).toBe('mac');
    expect(got.records).toEqual([]);
  });

  it('of two meters at a time', () => {
    const mine = pieces(100);
    const theirs = pieces(100, { meter: OTHER });
    expect(theirs.length).toBe(mine.length);
    for (let n = 0; n < mine.length - 1; n++) {
      waits(read(mine[n]!));
      waits(read(theirs[n]!));
    }
    const a = read(mine.at(-1)!);
    const b = read(theirs.at(-1)!);
    whole(a);
    whole(b);
    expect(a.meter).toMatchObject({ id: '12345678' });
    expect(b.meter).toMatchObject({ id: '11111111' });
    expect(b.security).toMatchObject({ authenticated: false });
  });

  it('a third meter makes room: what was begun first is given up, and nothing is mixed', () => {
    const mine = pieces(100);
    const theirs = pieces(100, { meter: OTHER });
    const third = pieces(100, { meter: THIRD });
    for (const all of [mine, theirs, third]) for (const piece of all.slice(0, -1)) waits(read(piece));
    whole(read(third.at(-1)!));
    whole(read(theirs.at(-1)!));
    waits(read(mine.at(-1)!));
  });

  it.each([
    ['in time', 1000, 61_000, true],
    ['too late', 1000, 61_001, false],
    ['in time although the clock wraps', 0xffff_fff0, 59_000, true],
    ['too late although the clock wraps', 0xffff_fff0, 60_001, false],
  ])('whose last piece comes %s', (_name, begun, ended, inTime) => {
    const [a, b, last] = pieces(100) as [Buffer, Buffer, Buffer];
    c.setNow(begun);
    waits(read(a));
    waits(read(b));
    c.setNow(ended);
    if (inTime) return whole(read(last));
    waits(read(last));
    // The late piece is the first of a new message: the others may come again.
    waits(read(a));
    whole(read(b));
  });

  it.each([1, -1, 100])('whose length is told wrong by %i is refused', (lie) => {
    const all = pieces(100, { lie });
    for (const piece of all.slice(0, -1)) waits(read(piece));
    expect(read(all.at(-1)!).error).toMatchObject({ code: 'length', layer: 'afl' });
  });

  it('every flipped bit in any of them: never a wrong value', () => {
    const all = pieces(120, { records: RECORDS.subarray(0, 210) });
    let counter = 0;
    for (const [n, piece] of all.entries()) {
      for (let bit = 80; bit < 8 * piece.length; bit += 3) {
        counter++;
        const damaged = Buffer.from(piece);
        damaged[bit >> 3]! ^= 1 << (bit & 7);
        for (const [i, one] of all.entries()) {
          const got = read(i === n ? damaged : one);
          // A header that is damaged around a piece that was whole before: the message is as it was.
          if (got.records.length === 0) continue;
          whole(got, 35);
          expect(got.security!.authenticated).toBe(true);
          if (i === n) expect(bit >> 3, `piece ${n}`).toBeLessThan(one.length - (one.length - 12 - one[11]!));
        }
      }
    }
    expect(counter).toBeGreaterThan(500);
  });

  it('that is too long, or of too many pieces, is refused', () => {
    const long = Buffer.concat([RECORDS, RECORDS]);
    for (const piece of pieces(150, { meter: OTHER, records: long })) waits(read(piece));
    for (const piece of pieces(20, { meter: OTHER })) waits(read(piece));
    expect(read(frameOf(Buffer.concat([afl(0, { more: true }), plain(RECORDS.subarray(0, 60))]))).error!.code).toBe(
      'fragment',
    );
  });

  it('one fragment alone is a message', () => {
    const layer = afl(1, {});
    whole(read(frameOf(Buffer.concat([layer, plain(RECORDS.subarray(0, 60))]))), 10);
  });
});
