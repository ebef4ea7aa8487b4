/** Data types, coding and chains of EN 13757-3 at their bounds: what is a value, what is none, and what is refused. */
import { beforeAll, describe, expect, it } from 'vitest';
import { type Codec, codec, type JsonRecord, type JsonTelegram } from '../vectors/wmbus-harness.ts';
import { frameOf } from './wmbus-encoder.ts';

let c: Codec;
beforeAll(async () => {
  c = await codec();
});

const read = (records: string): JsonTelegram =>
  JSON.parse(c.text(frameOf(Buffer.from(`78${records.replaceAll(' ', '')}`, 'hex')))) as JsonTelegram;
const one = (record: string): JsonRecord => {
  const got = read(record);
  expect(got.error, record).toBeUndefined();
  expect(got.records).toHaveLength(1);
  return got.records[0]!;
};
const le = (value: bigint, size: number): string => {
  const out = Buffer.alloc(8);
  out.writeBigUInt64LE(BigInt.asUintN(64, value));
  return out.toString('hex', 0, size);
};

describe('integers, by the size of the DIF and the type of the VIF', () => {
  const SIZES: [string, number][] = [
    ['01', 1],
    ['02', 2],
    ['03', 3],
    ['04', 4],
    ['06', 6],
    ['07', 8],
  ];
  it.each(SIZES)('DIF %s: %i bytes', (dif, size) => {
    const bits = BigInt(8 * size);
    const lowest = -(1n << (bits - 1n));
    // Type B (energy in Wh) is signed, types C (access number) and D (error flags) are not. The lowest is a number, too.
    for (const value of [0n, 1n, -1n, lowest, -lowest - 1n]) {
      expect(one(`${dif}03${le(value, size)}`).value).toBe(Number(value));
      const unsigned = Number(BigInt.asUintN(8 * size, value));
      expect(one(`${dif}FD08${le(value, size)}`).value).toBe(unsigned);
      expect(one(`${dif}FD17${le(value, size)}`).value).toBe(unsigned);
      // VIFE 7Ch 11h makes an energy unsigned.
      expect(one(`${dif}83FC11${le(value, size)}`).value).toBe(unsigned);
      // The same numbers with a variable length.
      expect(one(`0D03${(0xe0 + size).toString(16)}${le(value, size)}`).value).toBe(Number(value));
      expect(one(`0DFD08${(0xe0 + size).toString(16)}${le(value, size)}`).value).toBe(unsigned);
    }
  });

  it.each([0, 1, 5, 7, 8])('variable length: %i bytes in binary', (size) => {
    const value = size ? -(1n << BigInt(8 * size - 1)) : 0n;
    expect(one(`0D03E${size}${le(value, size)}`).value).toBe(Number(value));
  });
});

describe('BCD, data type A', () => {
  it.each<[string, string, number | null]>([
    ['two digits', '0903 99', 99],
    ['two digits, negative: one is left', '0903 F9', -9],
    ['four digits, negative', '0A03 34F2', -234],
    ['twelve digits', '0E03 563412907856', 567_890_123_456],
    ['twelve digits, negative', '0E03 5634129078F6', -67_890_123_456],
    ['minus nothing', '0C03 000000F0', 0],
    ['variable length, with a sign of its own', '0D03 D2 3412', -1234],
    ['variable length, two signs', '0D03 D2 34F2', 234],
    ['variable length, as long as the standard has it', '0D03 C9 998877665544332211', 112_233_445_566_778_900],
  ])('%s: %s', (_name, record, want) => {
    // JSON reads the last one into a double.
    expect(one(record).value).toBe(want);
  });

  it('a digit A to E is no value, wherever it stands; F is a sign at the top alone', () => {
    for (let digit = 10; digit < 16; digit++) {
      for (let place = 0; place < 8; place++) {
        const digits = [...'12345678'];
        digits[place] = digit.toString(16);
        // Two digits in a byte, the least significant byte first.
        const bytes = [3, 2, 1, 0].map((i) => digits.slice(2 * i, 2 * i + 2).join('')).join('');
        const want = digit === 15 && place === 0 ? -2_345_678 : null;
        expect(one(`0C03${bytes}`).value, bytes).toBe(want);
      }
    }
  });
});

describe('real numbers, data type H', () => {
  it.each<[string, number | null]>([
    ['0000C03F', 1.5],
    ['0000C0BF', -1.5],
    ['00000000', 0],
    ['00000080', 0],
    ['FFFF7F7F', 3.4028234663852886e38],
    ['01000000', 1.401298464324817e-45],
    ['CDCCCC3D', 0.10000000149011612],
    ['0000807F', null],
    ['000080FF', null],
    ['0000C07F', null],
    ['0100807F', null],
    ['FFFFFFFF', null],
  ])('%s is %s', (data, want) => {
    expect(one(`0503${data}`).value).toBe(want);
  });

  it('is no date', () => {
    expect(one('056D0000C03F').value).toBeNull();
    expect(one('056C0000C03F').value).toBeNull();
  });
});

describe('dates and times, data types F, G, I, J', () => {
  it.each<[string, string, string | null]>([
    ['G', '026C 0101', '2000-01-01'],
    ['G: year 80 is this century', '026C 0FA1', '2080-01-15'],
    ['G: year 81 is the last one', '026C 2FA1', '1981-01-15'],
    ['G: day 0, every day', '026C E02C', null],
    ['G: month 15, every month', '026C FF2F', null],
    ['G: month 13', '026C E12D', null],
    ['G: 29 February of no leap year', '026C 7D12', null],
    ['G: 29 February', '026C 9D12', '2012-02-29'],
    ['F', '046D 3B171E2C', '2016-12-30T23:59'],
    ['F: summer time stands in the hour already', '046D 3B971E2C', '2016-12-30T23:59'],
    ['F: marked as invalid', '046D BB171E2C', null],
    ['F: minute 63, every minute', '046D 3F171E2C', null],
    ['F: hour 31, every hour', '046D 3B1F1E2C', null],
    ['F: hour 24', '046D 3B181E2C', null],
    ['F: no date', '046D 3B170000', null],
    ['I', '066D 1E1E150D3900', '2024-09-13T21:30:30'],
    ['I: marked as invalid', '066D 1E9E150D3900', null],
    ['I: second 60', '066D 3C1E150D3900', null],
    ['I: no month', '066D 1E1E150D3000', null],
    ['J', '036D 3B3B17', '23:59:59'],
    ['J: hour 31', '036D 00001F', null],
    ['J: minute 60', '036D 003C00', null],
    ['one byte is no date', '016D 01', null],
    ['eight bytes are none', '076D 0101010101010101', null],
  ])('%s: %s', (_name, record, want) => {
    expect(one(record).value).toBe(want);
  });

  it('F: bits 14 and 15 count hundreds of years from 1900 on', () => {
    // Hours have five bits, and these two stand above them.
    const year = (hundreds: number): unknown => one(`046D 3B ${(0x17 | (hundreds << 5)).toString(16)} 1E2C`).value;
    expect([0, 1, 2, 3].map(year)).toEqual([
      '2016-12-30T23:59',
      '2016-12-30T23:59',
      '2116-12-30T23:59',
      '2216-12-30T23:59',
    ]);
  });

  it('daylight saving (type K) and listening windows (type L) are numbers, unsigned, and their bytes', () => {
    expect(one('04FD72 FFFFFFFF')).toMatchObject({
      quantity: 'daylight_saving',
      value: 4_294_967_295,
      raw: 'FFFFFFFF',
    });
    expect(one('01FD73 FF')).toMatchObject({ quantity: 'listening_window', value: 255, raw: 'FF' });
    const window = `EB${'11'.repeat(11)}`;
    expect(one(`0DFD73 ${window}`)).toMatchObject({ quantity: 'listening_window', value: null, raw: window });
  });
});

describe('texts', () => {
  it.each([
    ['0D78 00', ''],
    ['0D78 03 434241', 'ABC'],
    ['0D78 04 22 5C 0A E4', 'ä\n\\"'],
    [`0D78 BF ${'41'.repeat(191)}`, 'A'.repeat(191)],
  ])('%s', (record, want) => {
    expect(one(record).value).toBe(want);
  });
});

describe('storage, tariff and subunit', () => {
  it('as far as ten DIFEs go', () => {
    // DIF with its storage bit, ten DIFEs with all bits, the last without extension.
    const record = one(`C4${'FF'.repeat(9)}7F 13 01000000`);
    expect(record).toMatchObject({ storage: 2 ** 41 - 1, tariff: 2 ** 20 - 1, subunit: 2 ** 10 - 1, value: 0.001 });
  });

  it.each([
    ['44', 1, 0, 0],
    ['C401', 3, 0, 0],
    ['8411', 2, 1, 0],
    ['8440', 0, 0, 1],
    ['848040', 0, 0, 2],
    ['849010', 0, 5, 0],
    [`84${'80'.repeat(8)}01`, 2 ** 33, 0, 0],
    [`84${'80'.repeat(9)}08`, 2 ** 40, 0, 0],
  ])('DIB %s', (dib, storage, tariff, subunit) => {
    expect(one(`${dib}1301000000`)).toMatchObject({ storage, tariff, subunit });
  });

  it.each([
    ['04', 'instantaneous'],
    ['14', 'maximum'],
    ['24', 'minimum'],
    ['34', 'error'],
  ])('DIF %s: %s', (dif, name) => {
    expect(one(`${dif}1301000000`).function).toBe(name);
  });
});

describe('chains at their bound', () => {
  it.each([
    ['ten DIFEs', `84${'80'.repeat(9)}00 13 01000000`, undefined],
    ['eleven', `84${'80'.repeat(10)}00 13 01000000`, 'dife'],
    ['ten VIFEs', `04 93${'A8'.repeat(9)}28 01000000`, undefined],
    ['eleven', `04 93${'A8'.repeat(10)}28 01000000`, 'vife'],
    ['ten behind FDh, with its own', `04 FDC8${'A8'.repeat(8)}28 01000000`, undefined],
    ['eleven', `04 FDC8${'A8'.repeat(9)}28 01000000`, 'vife'],
    ['ten behind a plain text', `04 FC0141${'A8'.repeat(9)}28 01000000`, undefined],
    ['ten behind FFh', `04 FF${'FF'.repeat(9)}7F 01000000`, undefined],
    ['eleven', `04 FF${'FF'.repeat(10)}7F 01000000`, 'vife'],
  ])('%s: %s', (_name, record, code) => {
    const got = read(record);
    expect(got.error?.code).toBe(code);
    if (code) expect(got.error).toMatchObject({ layer: 'apl', offset: expect.any(Number) });
    else expect(got.records).toHaveLength(1);
  });
});

describe('VIFs that are no quantity', () => {
  it('7Fh and FFh: the manufacturer’s, whatever follows', () => {
    expect(one('047F 01000000')).toMatchObject({ quantity: 'manufacturer_specific', unit: '', value: 1 });
    expect(one('04FF75 E8030000')).toMatchObject({ quantity: 'manufacturer_specific', value: 1000 });
    expect(one('04FF75 E8030000').modifiers).toBeUndefined();
  });

  it('7Eh: any; EFh, 6Fh and 7Bh: reserved', () => {
    expect(one('047E 01000000')).toMatchObject({ quantity: 'any', value: 1 });
    expect(one('046F 01000000')).toMatchObject({ quantity: 'reserved', value: 1 });
    expect(one('047B 01000000')).toMatchObject({ quantity: 'reserved', value: 1 });
    expect(one('04EF7F 01000000')).toMatchObject({ quantity: 'reserved', value: 1 });
  });

  it('7Ch: plain text, with and without VIFEs', () => {
    expect(one('027C03485225 0A00')).toMatchObject({ quantity: 'plaintext:%RH', unit: '', value: 10 });
    expect(one('02FC0348522574 0A00')).toMatchObject({ quantity: 'plaintext:%RH', value: 0.1 });
    expect(one('02FC03485225F53B 0A00')).toMatchObject({ value: 1, modifiers: ['forward'] });
    expect(read('027CFF41').error).toMatchObject({ code: 'truncated', layer: 'apl', offset: 15 });
  });
});

describe('special DIFs', () => {
  it('2Fh fills between and behind records', () => {
    const got = read('2F2F 011301 2F 011302 2F2F2F');
    expect(got.records.map(({ value }) => value)).toEqual([0.001, 0.002]);
    expect(got.specific).toBeUndefined();
  });

  it('0Fh: the rest is the manufacturer’s; 1Fh: and more telegrams follow', () => {
    expect(read('011301 0F 2F13AA')).toMatchObject({ specific: '2F13AA' });
    expect(read('011301 0F 2F13AA')).not.toHaveProperty('more');
    expect(read('011301 1F')).toMatchObject({ more: true, records: [{ value: 0.001 }] });
    expect(read('011301 1F AABB')).toMatchObject({ more: true, specific: 'AABB' });
  });

  it.each(['3F', '4F', '5F', '6F', '7F', '8F', 'FF'])('%s is refused: reserved, or a request', (dif) => {
    expect(read(`011301 ${dif} 00`).error).toMatchObject({ code: 'dif', layer: 'apl', offset: 14 });
  });
});
