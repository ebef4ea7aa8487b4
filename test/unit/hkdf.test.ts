// HKDF-SHA-256 and HMAC-SHA-256: RFC 5869's examples, bounds, 1000 random derivations against Node.
import { createHmac, hkdfSync, randomBytes, randomInt } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { missing, wycheproof } from '../vectors/crypto-wycheproof.ts';
import { type Hkdf, loadHkdf } from './hkdf-probe.ts';

const hex = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'));
const text = (bytes: Uint8Array | null) => bytes && Buffer.from(bytes).toString('hex');
const run = (from: number, to: number) => Uint8Array.from({ length: to - from }, (_, i) => from + i);

let hkdf: Hkdf;
beforeAll(async () => {
  hkdf = await loadHkdf();
});

// RFC 5869, appendix A.1 to A.3: IKM, salt, info, PRK, OKM.
test.each([
  [
    'A.1',
    hex('0b'.repeat(22)),
    run(0, 13),
    run(0xf0, 0xfa),
    '077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5',
    '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865',
  ],
  [
    'A.2',
    run(0, 0x50),
    run(0x60, 0xb0),
    run(0xb0, 0x100),
    '06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244',
    'b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87',
  ],
  [
    'A.3',
    hex('0b'.repeat(22)),
    new Uint8Array(0),
    new Uint8Array(0),
    '19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04',
    '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8',
  ],
])('RFC 5869, %s', (_, ikm, salt, info, prk, okm) => {
  expect(text(hkdf.extract(salt, ikm))).toBe(prk);
  expect(text(hkdf.expand(hex(prk), info, okm.length / 2))).toBe(okm);
});

test('HMAC with keys and data of every length around a block, in pieces, as Node makes it', () => {
  for (const keyLength of [0, 1, 31, 32, 63, 64, 65, 100, 200]) {
    for (const length of [0, 1, 55, 56, 63, 64, 65, 500]) {
      const [key, data] = [randomBytes(keyLength), randomBytes(length)];
      const expected = createHmac('sha256', key).update(data).digest('hex');
      expect(text(hkdf.hmac(key, data))).toBe(expected);
      expect(text(hkdf.hmac(key, data, 7))).toBe(expected);
    }
  }
});

describe('the length of the output', () => {
  const [prk, info, none] = [randomBytes(32), randomBytes(10), new Uint8Array(0)];

  test('0 to 100 bytes and the most: each a prefix of the longer', () => {
    const longest = hkdf.expand(prk, info, 255 * 32)!;
    for (let length = 0; length <= 100; length++)
      expect(hkdf.expand(prk, info, length)).toEqual(longest.slice(0, length));
    const ikm = randomBytes(20);
    const expected = Buffer.from(hkdfSync('sha256', ikm, none, info, 255 * 32)).toString('hex');
    expect(text(hkdf.derive(ikm, none, info, 255 * 32))).toBe(expected);
  });

  test('255 blocks and a byte, and less than none, are refused', () => {
    expect(hkdf.expand(prk, info, 255 * 32 + 1)).toBe(null);
    expect(hkdf.expand(prk, info, -1)).toBe(null);
  });
});

test('1000 random derivations as Node derives them; a damaged input gives another key', () => {
  for (let i = 0; i < 1000; i++) {
    const inputs = [
      randomBytes(randomInt(1, 100)),
      randomBytes(randomInt(1, 100)),
      randomBytes(randomInt(1, 100)),
    ] as const;
    const length = randomInt(16, 130);
    const okm = hkdf.derive(...inputs, length);
    expect(text(okm)).toBe(Buffer.from(hkdfSync('sha256', ...inputs, length)).toString('hex'));
    const damaged = inputs.map((bytes) => Uint8Array.from(bytes)) as [Uint8Array, Uint8Array, Uint8Array];
    const part = damaged[i % 3]!;
    part[randomInt(part.length)]! ^= 1 << randomInt(8);
    expect(hkdf.derive(...damaged, length)).not.toEqual(okm);
  }
});

test('wiping leaves neither the key nor what came of it', () => {
  const ikm = randomBytes(48);
  const prk = hkdf.extract(randomBytes(16), ikm);
  const okm = hkdf.expand(prk, randomBytes(8), 32)!;
  for (const secret of [ikm, prk, okm]) expect(hkdf.leaves(secret)).toBe(false);
});

describe(`Wycheproof${missing}`, () => {
  test.skipIf(missing !== '')('hkdf_sha256_test.json', () => {
    let count = 0;
    for (const { tests } of wycheproof('hkdf_sha256_test')) {
      for (const { tcId, comment, result, ...t } of tests) {
        const okm = hkdf.derive(hex(t.ikm!), hex(t.salt!), hex(t.info!), t.size!);
        expect(text(okm), `tcId ${tcId}: ${comment}`).toBe(result === 'valid' ? t.okm! : null);
        count++;
      }
    }
    expect(count).toBeGreaterThan(50);
  });
});
