/** What modules share, against published vectors and against Node. */
import { createCipheriv, randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as cborg from 'cborg';
import { beforeAll, describe, expect, it } from 'vitest';
import { compileAssembly } from '../../runtime/guest/compiler/index.ts';

const IN = 4096;
const OUT = 8192;
type Exports = Record<string, (...args: (number | bigint | boolean)[]) => number> & { memory: WebAssembly.Memory };
let x: Exports;

const put = (hex: string | Uint8Array, at = IN): number => {
  const data = typeof hex === 'string' ? Buffer.from(hex.replaceAll(' ', ''), 'hex') : hex;
  new Uint8Array(x.memory.buffer).set(data, at);
  return data.length;
};
const get = (at: number, length: number): string => Buffer.from(x.memory.buffer, at, length).toString('hex');
const written = (): Buffer => {
  const n = x.length!();
  expect(n).toBeGreaterThanOrEqual(0);
  return Buffer.from(x.memory.buffer.slice(OUT, OUT + n));
};

beforeAll(async () => {
  const here = dirname(fileURLToPath(import.meta.url));
  const { wasm } = await compileAssembly(join(here, 'assembly', 'lib-probe.ts'), { asc: { memoryBase: 16384 } });
  const { instance } = await WebAssembly.instantiate(wasm as BufferSource, {});
  x = instance.exports as unknown as Exports;
});

describe('AES-128', () => {
  it('FIPS 197 appendix C.1', () => {
    put('000102030405060708090a0b0c0d0e0f');
    x.key!(IN);
    put('00112233445566778899aabbccddeeff');
    x.encrypt!(IN);
    expect(get(IN, 16)).toBe('69c4e0d86a7b0430d8cdb78070b4c55a');
    x.decrypt!(IN);
    expect(get(IN, 16)).toBe('00112233445566778899aabbccddeeff');
  });

  // NIST SP 800-38A appendix F: one key and plaintext for all modes.
  const KEY = '2b7e151628aed2a6abf7158809cf4f3c';
  const PLAIN =
    '6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710';

  it('CBC, SP 800-38A F.2.1 and F.2.2', () => {
    put(KEY);
    x.key!(IN);
    put('000102030405060708090a0b0c0d0e0f', 5000);
    put(PLAIN);
    x.cbcE!(5000, IN, 4);
    expect(get(IN, 64)).toBe(
      '7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b273bed6b8e3c1743b7116e69e222295163ff1caa1681fac09120eca307586e1a7',
    );
    x.cbcD!(5000, IN, 4);
    expect(get(IN, 64)).toBe(PLAIN);
  });

  it('CTR, SP 800-38A F.5.1, also where the text ends within a block', () => {
    put(KEY);
    x.key!(IN);
    put('f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff', 5000);
    put(PLAIN);
    x.counter!(5000, IN, 61);
    expect(get(IN, 61)).toBe(
      '874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff5ae4df3edbd5d35e5b4f09020db03eab1e031dda2fbe03d1792170a0f3',
    );
  });

  it('CTR carries through the counter as OpenSSL does', () => {
    const key = randomBytes(16);
    const iv = Buffer.from('00ffffffffffffffffffffffffffffff', 'hex');
    const text = randomBytes(100);
    put(key);
    x.key!(IN);
    put(iv, 5000);
    put(text);
    x.counter!(5000, IN, text.length);
    const cipher = createCipheriv('aes-128-ctr', key, iv);
    expect(get(IN, text.length)).toBe(cipher.update(text).toString('hex'));
  });

  it.each([
    ['', 'bb1d6929e95937287fa37d129b756746'],
    ['6bc1bee22e409f96e93d7e117393172a', '070a16b46b4d4144f79bdd9dd04a287c'],
    [PLAIN.slice(0, 80), 'dfa66747de9ae63030ca32611497c827'],
    [PLAIN, '51f0bebf7e3b9d92fc49741779363cfe'],
  ])('CMAC, RFC 4493 section 4: %s', (text, tag) => {
    put(KEY);
    x.key!(IN);
    x.mac!(IN, put(text), OUT);
    expect(get(OUT, 16)).toBe(tag);
  });
});

it('DES-CBC decrypts what OpenSSL encrypts (three equal keys make triple DES single)', () => {
  for (let i = 0; i < 20; i++) {
    const key = randomBytes(8);
    const text = randomBytes(40);
    const cipher = createCipheriv('des-ede3-cbc', Buffer.concat([key, key, key]), Buffer.alloc(8));
    cipher.setAutoPadding(false);
    put(key, 5000);
    put(cipher.update(text));
    x.des!(5000, IN, 5);
    expect(get(IN, 40)).toBe(text.toString('hex'));
  }
});

describe('bytes', () => {
  it('reads little-endian integers of 0 to 8 bytes', () => {
    put('feffffffffffffff');
    expect(x.little!(0, true)).toBe(0n);
    expect(x.little!(1, true)).toBe(-2n);
    expect(x.little!(3, false)).toBe(0xfffffen);
    expect(x.little!(3, true)).toBe(-2n);
    expect(BigInt.asUintN(64, x.little!(8, false) as unknown as bigint)).toBe(0xfffffffffffffffen);
  });

  it('reads and writes hexadecimal, and refuses what is none', () => {
    x.begin!(100);
    put('00ff1a');
    x.hex!(3);
    expect(written().toString()).toBe('00FF1A');
    put(Buffer.from('00fF1a'));
    expect(x.unhex!(3)).toBe(1);
    expect(get(OUT, 3)).toBe('00ff1a');
    for (const bad of ['0g', '/0', '0:', '@0', '0`', 'G0']) {
      put(Buffer.from(bad));
      expect(x.unhex!(1), bad).toBe(0);
    }
  });

  it('orders bytewise and compares', () => {
    put('0102 01');
    expect(x.compare!(2, 1)).toBeGreaterThan(0);
    put('01 0102');
    expect(x.compare!(1, 2)).toBeLessThan(0);
    put('0201 0109');
    expect(x.compare!(2, 2)).toBeGreaterThan(0);
    put('aabb aabb');
    expect([x.same!(2, false), x.same!(2, true)]).toEqual([1, 1]);
    put('aabb aabc');
    expect([x.same!(2, false), x.same!(2, true)]).toEqual([0, 0]);
  });

  it('drops what does not fit, whole, and says so', () => {
    expect(x.plainWriter!(27)).toBe(27);
    expect(Buffer.from(x.memory.buffer, OUT, 27).toString('latin1')).toBe('abc\x01\x02\x03\x0412345678901234567890');
    expect(x.plainWriter!(26)).toBe(-1);
  });
});

describe('decimals', () => {
  const text = (mantissa: bigint, exponent: number, unsigned = false): string => {
    x.begin!(200);
    x.decimal!(mantissa, exponent, unsigned);
    return written().toString();
  };

  it.each([
    [0n, -3, '0'],
    [-230n, -2, '-2.3'],
    [5n, 3, '5000'],
    [1n, -1, '0.1'],
    [123456n, -3, '123.456'],
    [100n, -2, '1'],
    [-1n, -25, '-0.0000000000000000000000001'],
    [123n, -20, '0.00000000000000000123'],
    [123n, -19, '0.0000000000000000123'],
    [9223372036854775807n, -19, '0.9223372036854775807'],
    [-9223372036854775808n, -18, '-9.223372036854775808'],
  ])('%s × 10^%s', (mantissa, exponent, want) => {
    expect(text(mantissa, exponent)).toBe(want);
  });

  it('reads the mantissa as unsigned when told', () => {
    expect(text(-1n, -1, true)).toBe('1844674407370955161.5');
  });

  const real = (value: number): string => {
    const view = new DataView(new ArrayBuffer(4));
    view.setFloat32(0, value);
    x.begin!(400);
    return x.real!(view.getUint32(0)) ? written().toString() : 'none';
  };

  it('binary32 is exact', () => {
    expect(real(0.5)).toBe('0.5');
    expect(real(-0)).toBe('0');
    expect(real(16777216)).toBe('16777216');
    expect(real(232.39329528808594)).toBe('232.3932952880859375');
    expect(real(-1e30)).toBe('-1000000015047466220000000000000');
    expect(real(Number.NaN)).toBe('none');
    expect(real(Number.NEGATIVE_INFINITY)).toBe('none');
  });

  it('every decimal of a binary32 reads as that binary32', () => {
    const view = new DataView(new ArrayBuffer(4));
    let bits = 1;
    for (let i = 0; i < 3000; i++) {
      bits = (Math.imul(bits, 1664525) + 1013904223) >>> 0;
      view.setUint32(0, i < 40 ? (i < 20 ? i : 0x7f7ffff0 + i - 20) : bits);
      const value = view.getFloat32(0);
      if (Number.isFinite(value))
        expect(Number(real(value)), view.getUint32(0).toString(16)).toBe(value === 0 ? 0 : value);
    }
  });
});

it('JSON strings of ISO 8859-1 text', () => {
  const all = Uint8Array.from({ length: 256 }, (_, i) => i);
  for (const reversed of [false, true]) {
    x.begin!(2000);
    put(all);
    x.latin1!(256, reversed);
    const chars = [...all].map((c) => String.fromCharCode(c));
    expect(JSON.parse(written().toString('utf8'))).toBe((reversed ? chars.reverse() : chars).join(''));
  }
});

describe('CBOR', () => {
  // RFC 8949 appendix A: what deterministic encoding without floating point may hold.
  const EXAMPLES = [
    '00',
    '01',
    '0a',
    '17',
    '1818',
    '1819',
    '1864',
    '1903e8',
    '1a000f4240',
    '1b000000e8d4a51000',
    '20',
    '29',
    '3863',
    '3903e7',
    'f4',
    'f5',
    'f6',
    'c074323031332d30332d32315432303a30343a30305a',
    'c11a514b67b0',
    'd74401020304',
    'd818456449455446',
    'd82076687474703a2f2f7777772e6578616d706c652e636f6d',
    '40',
    '4401020304',
    '60',
    '6161',
    '6449455446',
    '62225c',
    '62c3bc',
    '63e6b0b4',
    '64f0908591',
    '80',
    '83010203',
    '8301820203820405',
    '98190102030405060708090a0b0c0d0e0f101112131415161718181819',
    'a0',
    'a201020304',
    'a26161016162820203',
    '826161a161626163',
    'a56161614161626142616361436164614461656145',
  ];

  it('reads and writes the examples of RFC 8949 appendix A', () => {
    for (const hex of EXAMPLES) {
      expect(x.check!(put(hex), 8), hex).toBe(0);
      x.begin!(200);
      expect(x.copy!(), hex).toBe(0);
      expect(written().toString('hex')).toBe(hex);
    }
  });

  it('refuses every prefix and every longer one', () => {
    for (const hex of EXAMPLES) {
      for (let n = 0; n < hex.length / 2; n++)
        expect(x.check!(put(hex.slice(0, 2 * n)), 8) & 0xffff, `${hex} cut at ${n}`).toBe(1);
      expect(x.check!(put(`${hex}00`), 8), `${hex} and more`).toBe(1 | ((hex.length / 2) << 16));
    }
  });

  const LENGTH = 1;
  const FORM = 2;
  const KEYS = 3;
  const DEPTH = 4;
  const UTF8 = 6;
  it.each([
    ['1800', FORM, 'a head longer than needed'],
    ['1817', FORM, 'a head longer than needed'],
    ['190018', FORM, 'a head longer than needed'],
    ['1a0000ffff', FORM, 'a head longer than needed'],
    ['1b00000000ffffffff', FORM, 'a head longer than needed'],
    ['580100', FORM, 'a length longer than needed'],
    ['5f41004100ff', FORM, 'an indefinite byte string'],
    ['9f00ff', FORM, 'an indefinite array'],
    ['bf0000ff', FORM, 'an indefinite map'],
    ['1c', FORM, 'a reserved head'],
    ['f7', FORM, 'undefined'],
    ['e0', FORM, 'an unassigned simple value'],
    ['f820', FORM, 'a simple value of two bytes'],
    ['f97e00', FORM, 'floating point'],
    ['fb3ff199999999999a', FORM, 'floating point'],
    ['a203040102', KEYS, 'keys out of order'],
    ['a201020102', KEYS, 'a key twice'],
    ['a2616201616102', KEYS, 'text keys out of order'],
    ['a220011818 02', KEYS, 'keys in the order of length'],
    ['9b7fffffffffffffff', LENGTH, 'an array that cannot be there'],
    ['bbffffffffffffffff', LENGTH, 'a map that cannot be there'],
    ['5bffffffffffffffff', LENGTH, 'a byte string that cannot be there'],
    ['81818181818181818100', DEPTH, 'nesting'],
    ['c1c1c1c1c1c1c1c1c100', DEPTH, 'nested tags'],
    ['61ff', UTF8, 'text that is not UTF-8'],
    ['62c080', UTF8, 'overlong UTF-8'],
    ['63eda080', UTF8, 'a surrogate'],
    ['64f4908080', UTF8, 'beyond U+10FFFF'],
  ])('%s: error %s, %s', (hex, error) => {
    expect(x.check!(put(hex), 8) & 0xffff).toBe(error);
  });

  it('writes the shortest float that is exact, and reads that form alone', () => {
    // Every binary16 by another decoder; the key tells 0 from -0.
    const keyOf = (value: number) => (Object.is(value, -0) ? '-0' : String(value));
    const halves = new Map<string, string>();
    for (let bits = 0; bits < 65_536; bits++) {
      const hex = `f9${bits.toString(16).padStart(4, '0')}`;
      const value = cborg.decode(Buffer.from(hex, 'hex')) as number;
      if (!Number.isNaN(value)) halves.set(keyOf(value), hex);
    }
    halves.set('NaN', 'f97e00');
    const values = [
      0,
      -0,
      0.5,
      65_504,
      65_505,
      65_520,
      2 ** -24,
      2 ** -25,
      6.1e-5,
      0.1,
      1 / 3,
      1e300,
      5e-324,
      Number.NaN,
      Infinity,
    ];
    const view = new DataView(new ArrayBuffer(8));
    for (let i = 0; i < 4_000; i++) {
      view.setUint32(0, i * 2654435761);
      view.setUint32(4, i * 40503 * 65537);
      values.push(view.getFloat64(0), view.getFloat32(0), (i % 2048) / 16);
      // Near the edges of binary16: its exponents, and one bit too many.
      values.push((1 + (i % 2048) / 2048) * 2 ** (-30 + (i % 50)));
    }
    x.floats!(1);
    for (const value of values) {
      view.setFloat32(0, value);
      const single = `fa${view.getUint32(0).toString(16).padStart(8, '0')}`;
      view.setFloat64(0, value);
      const double = `fb${view.getBigUint64(0).toString(16).padStart(16, '0')}`;
      const wanted = halves.get(keyOf(value)) ?? (Math.fround(value) === value ? single : double);
      x.begin!(200);
      x.float!(value);
      const bytes = Buffer.from(written());
      expect(bytes.toString('hex'), String(value)).toBe(wanted);
      expect(x.check!(put(bytes), 1), wanted).toBe(0);
      x.begin!(200);
      x.number64!(value);
      const isWhole = Number.isInteger(value) && Math.abs(value) <= 2 ** 53;
      const made = written().toString('hex');
      expect(made, String(value)).toBe(
        isWhole ? Buffer.from(cborg.encode(value === 0 ? 0 : value)).toString('hex') : wanted,
      );
    }
    const longer = [
      'fa3fc00000',
      'fb3ff8000000000000',
      'fb40091eb860000000',
      'fa7fc00000',
      'f97e01',
      'fb7ff0000000000000',
    ];
    for (const hex of [...longer, 'f820']) expect(x.check!(put(hex), 1) & 0xffff, hex).toBe(2);
    for (const hex of ['f97c00', 'f93800', 'fa47c35000', 'fb3fb999999999999a'])
      expect(x.check!(put(hex), 1), hex).toBe(0);
    x.floats!(0);
  });

  it('accepts what another encoder of RFC 8949 makes', () => {
    const value = new Map<unknown, unknown>([
      [1, new Uint8Array(300)],
      [1000, ['ä', -1, true, null, 2 ** 40]],
      [
        -1,
        new Map([
          ['a', 1],
          ['bb', 2],
        ]),
      ],
    ]);
    const bytes = cborg.encode(value, cborg.rfc8949EncodeOptions);
    expect(x.check!(put(bytes), 4)).toBe(0);
    x.begin!(1000);
    expect(x.copy!()).toBe(0);
    expect(written().equals(Buffer.from(bytes))).toBe(true);
  });

  it('random bytes never pass for what they are not', () => {
    let passed = 0;
    for (let i = 0; i < 20000; i++) {
      const bytes = randomBytes(1 + (i % 24));
      if (x.check!(put(bytes), 8) !== 0) continue;
      passed++;
      x.begin!(200);
      if (x.copy!() === 0) expect(written().equals(bytes)).toBe(true);
    }
    expect(passed).toBeGreaterThan(0);
  });

  it.each([
    [27315n, -2, 'c48221196ab3'],
    [2500n, -2, '1819'],
    [5n, 3, '191388'],
    [0n, -7, '00'],
    [-15n, -1, 'c482202e'],
    [1n, 30, 'c4820d1b016345785d8a0000'],
  ])('decimal fraction %s × 10^%s', (mantissa, exponent, hex) => {
    x.begin!(50);
    x.fraction!(mantissa, exponent);
    const got = written().toString('hex');
    if (exponent === 30) expect(got.startsWith('c482')).toBe(true);
    else expect(got).toBe(hex);
  });
});
