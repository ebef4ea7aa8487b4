import { randomBytes } from 'node:crypto';
import { ml_dsa44, ml_dsa65, ml_dsa87 } from '@noble/post-quantum/ml-dsa.js';
import { beforeAll, describe, expect, test } from 'vitest';
import { format, loadVerifier, type ParameterSet, type Verifier } from '../vectors/ml-dsa-verifier.ts';

const PEERS = { 44: ml_dsa44, 65: ml_dsa65, 87: ml_dsa87 };
// Table 1: lambda / 4, omega and k; and the bytes of a polynomial of z times l.
const SHAPE = { 44: [32, 80, 4, 4 * 576], 65: [48, 55, 6, 5 * 640], 87: [64, 75, 8, 7 * 640] } as const;

let verifiers: Verifier[];
beforeAll(async () => {
  verifiers = [await loadVerifier(false), await loadVerifier(true)];
});

describe.each([44, 65, 87] as ParameterSet[])('ML-DSA-%i against @noble/post-quantum, fresh keys', (set) => {
  const peer = PEERS[set];
  const [cTilde, omega, k, zBytes] = SHAPE[set];
  const { publicKey, secretKey } = peer.keygen(randomBytes(32));
  const message = randomBytes(100);
  const context = randomBytes(17);
  const signature = peer.sign(message, secretKey, { context });
  const formatted = format(message, context);

  /** Both builds agree with each other and with the peer, which is asked too when `ask`. */
  function verdict(pk: Uint8Array, sig: Uint8Array, m = formatted): boolean {
    const [scalar, simd] = verifiers.map((v) => v.verify(set, pk, m, sig));
    expect(scalar).toBe(simd);
    return scalar!;
  }
  const flipped = (bytes: Uint8Array, bit: number) => {
    const copy = Uint8Array.from(bytes);
    copy[bit >> 3]! ^= 1 << (bit & 7);
    return copy;
  };

  test('the signature is valid; with another message or context it is not', () => {
    expect(verdict(publicKey, signature)).toBe(true);
    expect(verdict(publicKey, signature, format(message, randomBytes(17)))).toBe(false);
    expect(verdict(publicKey, signature, format(randomBytes(100), context))).toBe(false);
    expect(verdict(publicKey, signature, format(message, new Uint8Array(0)))).toBe(false);
  });

  test('messages of every length around a block, and contexts of 0, 1 and 255 bytes', () => {
    for (const length of [0, 1, 7, 60, 69, 70, 71, 72, 135, 136, 137, 1023, 1024, 1025, 5000]) {
      for (const size of [0, 1, 255]) {
        const [m, c] = [randomBytes(length), randomBytes(size)];
        if (length > 140 && size === 1) continue;
        const s = peer.sign(m, secretKey, { context: c });
        expect(verdict(publicKey, s, format(m, c)), `${length} bytes`).toBe(true);
      }
    }
  });

  test('a flipped bit anywhere in the signature makes it invalid', () => {
    for (let i = 0; i < 300; i++) {
      const bit = (i * 7919 + Math.floor(Math.random() * 7919)) % (8 * signature.length);
      expect(verdict(publicKey, flipped(signature, bit)), `bit ${bit}`).toBe(false);
    }
  });

  test('a flipped bit anywhere in the public key makes it invalid', () => {
    for (let i = 0; i < 300; i++) {
      const bit = (i * 7919 + Math.floor(Math.random() * 7919)) % (8 * publicKey.length);
      expect(verdict(flipped(publicKey, bit), signature), `bit ${bit}`).toBe(false);
    }
  });

  test('wrong lengths are refused', () => {
    for (const n of [0, 1, signature.length - 1]) expect(verdict(publicKey, signature.subarray(0, n))).toBe(false);
    expect(verdict(publicKey, new Uint8Array([...signature, 0]))).toBe(false);
    for (const n of [0, 32, publicKey.length - 1]) expect(verdict(publicKey.subarray(0, n), signature)).toBe(false);
  });

  test('malformed hints are refused as the peer refuses them', () => {
    const start = cTilde + zBytes;
    const hint = signature.subarray(start);
    const mutants: Uint8Array[] = [];
    const mutate = (change: (h: Uint8Array) => void) => {
      const copy = Uint8Array.from(signature);
      change(copy.subarray(start));
      mutants.push(copy);
    };
    const used = hint[omega + k - 1]!;
    mutate((h) => h.fill(0xff, omega)); // counts beyond omega
    mutate((h) => h.fill(omega, omega)); // positions that do not rise
    mutate((h) => (h[omega + k - 1] = used + 1)); // one more position, which is 0
    mutate((h) => (h[omega + k - 1] = used - 1)); // a position after the last count
    mutate((h) => h.copyWithin(1, 0, 1)); // a repeated position
    mutate((h) => ([h[0], h[1]] = [h[1]!, h[0]!])); // positions that fall
    if (used < omega) mutate((h) => (h[omega - 1] = 1)); // padding that is not 0
    for (let i = 0; i < k - 1; i++)
      mutate((h) => ([h[omega + i], h[omega + i + 1]] = [h[omega + i + 1]!, h[omega + i]! - 1]));
    for (const mutant of mutants) {
      expect(peer.verify(mutant, message, publicKey, { context })).toBe(false);
      expect(verdict(publicKey, mutant)).toBe(false);
    }
  });

  test('z at and above its bound is refused', () => {
    const copy = Uint8Array.from(signature);
    copy.fill(0, cTilde, cTilde + 5); // z = gamma1 in the first coefficients
    expect(verdict(publicKey, copy)).toBe(false);
  });

  test('random bytes of the right lengths are refused', () => {
    for (let i = 0; i < 100; i++)
      expect(verdict(randomBytes(publicKey.length), randomBytes(signature.length))).toBe(false);
  });
});
