import { beforeAll, describe, expect, test } from 'vitest';
import { loadX25519, type X25519 } from '../unit/x25519-probe.ts';
import { missing, wycheproof } from './crypto-wycheproof.ts';

const hex = (text: string) => Buffer.from(text, 'hex');
const text = (bytes: Uint8Array | null) => bytes && Buffer.from(bytes).toString('hex');

let x: X25519;
beforeAll(async () => {
  x = await loadX25519();
});

describe('RFC 7748', () => {
  test.each([
    [
      'a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4',
      'e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c',
      'c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552',
    ],
    [
      '4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d',
      'e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493',
      '95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957',
    ],
  ])('5.2: k = %s', (k, u, expected) => {
    expect(text(x.agree(hex(k), hex(u)))).toBe(expected);
    expect(text(x.agreeInPlace(hex(k), hex(u)))).toBe(expected);
  });

  test('5.2: one and a thousand iterations', () => {
    let k: Uint8Array = Uint8Array.from([9, ...new Uint8Array(31)]);
    let u = k;
    for (let i = 1; i <= 1000; i++) {
      [k, u] = [x.agree(k, u)!, k];
      if (i === 1) expect(text(k)).toBe('422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079');
    }
    expect(text(k)).toBe('684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51');
  });

  test('6.1: Alice and Bob', () => {
    const a = hex('77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a');
    const b = hex('5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb');
    const [A, B] = [x.publicKey(a), x.publicKey(b)];
    expect(text(A)).toBe('8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a');
    expect(text(B)).toBe('de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f');
    const shared = '4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742';
    expect(text(x.agree(a, B))).toBe(shared);
    expect(text(x.agree(b, A))).toBe(shared);
  });
});

describe(`Wycheproof${missing}`, () => {
  test.skipIf(missing !== '')('x25519_test.json', () => {
    let [agreed, zero] = [0, 0];
    for (const { tests } of wycheproof('x25519_test')) {
      for (const { tcId, comment, shared, ...t } of tests) {
        const ours = x.agree(hex(t.private!), hex(t.public!));
        if (/^0+$/.test(shared!)) {
          expect(ours, `tcId ${tcId}: ${comment}`).toBe(null);
          zero++;
        } else {
          expect(text(ours), `tcId ${tcId}: ${comment}`).toBe(shared);
          agreed++;
        }
      }
    }
    expect(agreed).toBeGreaterThan(400);
    expect(zero).toBeGreaterThan(20);
  });
});
