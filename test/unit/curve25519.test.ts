// The arithmetic below Ed25519 and X25519 against BigInt, at its bounds and at random; SHA-512 against Node.
import { createHash, randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { L, little, loadProbe, mod, number, P, type Probe } from './curve25519-probe.ts';

let probe: Probe;
beforeAll(async () => {
  probe = await loadProbe();
});

const power = (base: bigint, exponent: bigint): bigint => {
  let result = 1n;
  for (let square = base; exponent > 0n; exponent >>= 1n, square = mod(square * square, P))
    if (exponent & 1n) result = mod(result * square, P);
  return result;
};
const EDGES = [0n, 1n, 2n, 18n, 19n, 20n, P - 2n, P - 1n, P, P + 1n, P + 18n, 2n ** 254n, 2n ** 232n - 1n, 2n ** 29n];
const random = () => number(randomBytes(32)) & (2n ** 255n - 1n);
const elements = () => [...EDGES, ...Array.from({ length: 60 }, random)];

describe('modulo p', () => {
  test('unpack and pack reduce, for every value near a multiple of p and at random', () => {
    for (const a of elements()) expect(probe.field('pack', a)).toBe(mod(a, P));
    for (let a = 0n; a < 40n; a++) {
      expect(probe.field('pack', a)).toBe(a);
      if (a < 19n) expect(probe.field('pack', P + a)).toBe(a);
      expect(probe.field('pack', P - 1n - a)).toBe(P - 1n - a);
    }
  });

  test('bit 255 is not read', () => {
    expect(probe.field('pack', 2n ** 255n + 5n)).toBe(5n);
  });

  test('add, subtract, multiply, square', () => {
    const some = elements();
    for (const a of some) {
      for (const b of some.slice(0, 30)) {
        expect(probe.field('add', a, b)).toBe(mod(a + b, P));
        expect(probe.field('subtract', a, b)).toBe(mod(a - b, P));
        expect(probe.field('multiply', a, b)).toBe(mod(a * b, P));
      }
      expect(probe.field('square', a)).toBe(mod(a * a, P));
    }
  });

  test('invert, (p - 5) / 8, seven squarings', () => {
    for (const a of elements()) {
      const inverse = probe.field('invert', a);
      expect(mod(inverse * a, P)).toBe(mod(a, P) === 0n ? 0n : 1n);
      expect(probe.field('power58', a)).toBe(power(mod(a, P), (P - 5n) / 8n));
      expect(probe.field('square7', a)).toBe(power(mod(a, P), 128n));
    }
  });

  // The contract of `multiply`: limbs below u 2^28 and v 2^28 with u v < 13. The worst is all limbs at the bound.
  test.each([
    [1, 12.99],
    [2, 6.49],
    [3, 4.33],
    [3.6, 3.6],
  ])('products at the bound, %f times %f', (u, v) => {
    const value = (limbs: number[]) => limbs.reduceRight((n, limb) => n * 2n ** 29n + BigInt(limb), 0n);
    for (const [s, t] of [
      [1, 1],
      [1, -1],
      [-1, 1],
      [-1, -1],
    ]) {
      for (const alternate of [false, true]) {
        // The last limb has 23 bits: 2^22 once reduced.
        const full = (sign: number, factor: number) =>
          Array.from(
            { length: 9 },
            (_, i) => (alternate && i % 2 ? -1 : 1) * sign * Math.floor(factor * 2 ** (i === 8 ? 22 : 28)),
          );
        const a = full(s!, Math.min(u, 7.99));
        const b = full(t!, Math.min(v, 7.99));
        const product = probe.limbs('multiply', a, b);
        expect(product.value).toBe(mod(value(a) * value(b), P));
        for (const limb of product.limbs) expect(Math.abs(limb)).toBeLessThanOrEqual(2 ** 28 + 2 ** 15);
        if (u === v) expect(probe.limbs('square', a).value).toBe(mod(value(a) ** 2n, P));
      }
    }
  });

  test('pack takes sums of many elements, and negative ones', () => {
    const value = (limbs: number[]) => limbs.reduceRight((n, limb) => n * 2n ** 29n + BigInt(limb), 0n);
    for (const limb of [2 ** 31 - 1, -(2 ** 31), 1, -1, 0]) {
      const all = Array<number>(9).fill(limb);
      expect(probe.limbs('pack', all).value).toBe(mod(value(all), P));
      const first = [limb, 0, 0, 0, 0, 0, 0, 0, 0];
      expect(probe.limbs('pack', first).value).toBe(mod(BigInt(limb), P));
      const last = [0, 0, 0, 0, 0, 0, 0, 0, limb];
      expect(probe.limbs('pack', last).value).toBe(mod(value(last), P));
    }
  });
});

describe('modulo L', () => {
  test('S is below L, at each edge and in each word', () => {
    for (const s of [0n, 1n, L - 1n, L - 2n ** 32n, 2n ** 252n - 1n, 2n ** 252n])
      expect(probe.isReduced(little(s))).toBe(true);
    for (const s of [L, L + 1n, 2n * L, L + 2n ** 32n, 2n ** 253n, 2n ** 255n, 2n ** 256n - 1n])
      expect(probe.isReduced(little(s))).toBe(false);
    for (let bit = 0n; bit < 256n; bit++) {
      const s = L ^ (1n << bit);
      expect(probe.isReduced(little(s)), `bit ${bit}`).toBe(s < L);
    }
  });

  test('64 bytes reduce, at the edges and at random', () => {
    const top = 2n ** 512n - 1n;
    const near = [L, 2n * L, L * L, L << 32n, (L << 256n) + L, (2n ** 252n) << 32n, L * (2n ** 259n - 1n), top].flatMap(
      (n) => [n - 1n, n, n + 1n].filter((m) => m <= top),
    );
    for (const n of [0n, 1n, ...near, ...Array.from({ length: 1000 }, () => number(randomBytes(64)))])
      expect(probe.reduce(little(n, 64))).toBe(mod(n, L));
  });

  test('digits are odd, small, far apart, and add up', () => {
    const some = [0n, 1n, 15n, 16n, 31n, L - 1n, 2n ** 252n - 1n, 2n ** 253n - 1n];
    for (const scalar of [...some, ...Array.from({ length: 300 }, () => mod(number(randomBytes(32)), L))]) {
      const digits = probe.digits(scalar);
      expect(digits.reduceRight((n, digit) => 2n * n + BigInt(digit), 0n)).toBe(scalar);
      let last = -5;
      digits.forEach((digit, i) => {
        if (digit === 0) return;
        expect(Math.abs(digit) % 2).toBe(1);
        expect(Math.abs(digit)).toBeLessThan(16);
        expect(i - last).toBeGreaterThanOrEqual(5);
        last = i;
      });
    }
  });
});

describe('SHA-512', () => {
  const reference = (data: Uint8Array) => createHash('sha512').update(data).digest('hex');

  test('"abc" (FIPS 180-4 examples) and every length up to 400 bytes', () => {
    expect(probe.sha512(Buffer.from('abc')).toString('hex')).toBe(
      'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
    );
    for (let length = 0; length <= 400; length++) {
      const data = randomBytes(length);
      expect(probe.sha512(data).toString('hex')).toBe(reference(data));
    }
  });

  test('pieces of every size', () => {
    const data = randomBytes(600);
    for (let piece = 1; piece < 300; piece++) expect(probe.sha512(data, piece).toString('hex')).toBe(reference(data));
  });
});
