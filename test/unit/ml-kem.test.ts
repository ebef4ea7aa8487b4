// Every input of ML-KEM's arithmetic against the standard's definitions.
import { beforeAll, describe, expect, test } from 'vitest';
import { compile } from '../../modules/lib/pqc-builds.mjs';

const Q = 3329;
const mod = (a: number) => ((a % Q) + Q) % Q;
const power = (base: number, exponent: number) => {
  let r = 1;
  for (let i = 0; i < exponent; i++) r = (r * base) % Q;
  return r;
};
const bitRev7 = (i: number) => Number.parseInt(i.toString(2).padStart(7, '0').split('').reverse().join(''), 2);

interface Parts {
  memory: WebAssembly.Memory;
  polynomial(): number;
  ntt(): void;
  inverse(): void;
  recode(): void;
  compress(a: number, d: number): number;
  compressAll(d: number): void;
  decompress(y: number, d: number): number;
  reduce(a: number): number;
  canonical(a: number): number;
  montgomery(a: number): number;
  plantard(a: number): number;
  timesZeta(a: number, i: number): number;
  reduceSum(a: number): number;
  pairTimesZeta(a: bigint, i: number): bigint;
  loadPair(): bigint;
  storePair(a: bigint): void;
}

describe.each([
  ['scalar', false],
  ['SIMD', true],
])('%s', (_, simd) => {
  let m: Parts;
  let f: Int16Array;
  beforeAll(async () => {
    const module = new WebAssembly.Module(await compile('test/unit/assembly/ml-kem-parts.ts', { simd }));
    m = new WebAssembly.Instance(module).exports as unknown as Parts;
    f = new Int16Array(m.memory.buffer, m.polynomial(), 256);
  });

  test('Compress_d is round(2^d / q x) mod 2^d, and Decompress_d its inverse, for every input (4.7, 4.8)', () => {
    for (const d of [1, 4, 5, 10, 11]) {
      for (let x = 0; x < Q; x++) {
        const exact = Math.floor((2 ** (d + 1) * x + Q) / (2 * Q)) % 2 ** d;
        if (m.compress(x, d) !== exact) expect.fail(`Compress_${d}(${x})`);
      }
      for (let y = 0; y < 2 ** d; y++) {
        if (m.decompress(y, d) !== Math.floor((2 * Q * y + 2 ** d) / 2 ** (d + 1)))
          expect.fail(`Decompress_${d}(${y})`);
        if (m.compress(m.decompress(y, d), d) !== y) expect.fail(`Compress_${d}(Decompress_${d}(${y}))`);
      }
    }
  });

  test('Compress_d of any representative, a polynomial at a time', () => {
    for (const d of [1, 4, 5, 10, 11]) {
      for (let start = -32768; start < 32768; start += 256) {
        for (let i = 0; i < 256; i++) f[i] = start + i;
        m.compressAll(d);
        for (let i = 0; i < 256; i++)
          if (f[i] !== m.compress(mod(start + i), d)) expect.fail(`Compress_${d}(${start + i})`);
      }
    }
  });

  test('reductions are exact over their whole ranges', () => {
    for (let a = -65535; a < 65536; a++) {
      const r = m.reduce(a);
      if (mod(r) !== mod(a) || Math.abs(r) > Q / 2) expect.fail(`reduce(${a}) = ${r}`);
      if (m.canonical(a) !== mod(a)) expect.fail(`canonical(${a})`);
    }
    if (!simd) {
      const inverse = power(mod(-(2 ** 32)), Q - 2);
      for (let a = -(2 ** 30) + 1; a < 2 ** 30; a += 4999) {
        const r = m.plantard(a);
        if (mod(r) !== mod(mod(a) * inverse) || Math.abs(r) > Q / 2) expect.fail(`plantard(${a}) = ${r}`);
      }
      for (let a = 0; a < 2 ** 30; a += 4999) {
        const r = m.reduceSum(a);
        if (r % Q !== a % Q || r < 0 || r >= 2 * Q) expect.fail(`reduceSum(${a}) = ${r}`);
      }
      return;
    }
    const inverse = power(mod(2 ** 16), Q - 2);
    for (let a = -(2 ** 15) * Q + 1; a < 2 ** 15 * Q; a += 997) {
      const r = m.montgomery(a);
      if (mod(r) !== mod(mod(a) * inverse) || Math.abs(r) >= Q) expect.fail(`montgomery(${a}) = ${r}`);
    }
  });

  if (!simd) {
    test('products with every zeta are exact in [-q/2, q/2]', () => {
      for (let i = 0; i < 128; i++) {
        const zeta = power(17, bitRev7(i));
        for (let a = -(2 ** 19) + 1; a < 2 ** 19; a += Math.abs(a) < 2 ** 15 ? 7 : 499) {
          const r = m.timesZeta(a, i);
          if (mod(r) !== (mod(a) * zeta) % Q || Math.abs(r) > Q / 2) expect.fail(`${a} zeta^BitRev7(${i}) = ${r}`);
        }
      }
    });

    test('pairs: products with every zeta are in [0, 2q), and no lane touches the other', () => {
      for (let i = 0; i < 128; i++) {
        const zeta = power(17, bitRev7(i));
        for (let a = 0; a < 2 ** 16; a += a < 2 ** 16 - 64 ? 61 : 1) {
          const b = 2 ** 16 - 1 - a;
          const r = m.pairTimesZeta(BigInt(a) | (BigInt(b) << 32n), i);
          const [low, high] = [Number(BigInt.asUintN(32, r)), Number(BigInt.asUintN(64, r) >> 32n)];
          if (low % Q !== (a * zeta) % Q || low >= 2 * Q) expect.fail(`${a} zeta^BitRev7(${i}) = ${low}`);
          if (high % Q !== (b * zeta) % Q || high >= 2 * Q) expect.fail(`${b} zeta^BitRev7(${i}) = ${high}`);
        }
      }
    });

    test('pairs: what is loaded is a + q, what is stored is canonical', () => {
      for (let a = -Q; a <= Q; a++) {
        f.set([a, -a]);
        expect(m.loadPair()).toBe(BigInt(a + Q) | (BigInt(Q - a) << 32n));
      }
      for (let a = 0; a < 2 ** 16; a++) {
        m.storePair(BigInt(a) | (BigInt(2 ** 16 - 1 - a) << 32n));
        if (f[0] !== a % Q || f[1] !== (2 ** 16 - 1 - a) % Q) expect.fail(`${a}: ${f[0]}, ${f[1]}`);
      }
    });
  }

  test('NTT is evaluation at the roots of X^256 + 1 in pairs (4.3)', () => {
    for (const [at, value] of [
      [0, 1],
      [1, 1],
      [2, Q - 1],
      [255, 1234],
      [128, 3328],
    ] as const) {
      f.fill(0);
      f[at] = value;
      m.ntt();
      for (let i = 0; i < 128; i++) {
        // X^at mod (X^2 - gamma): gamma^(at / 2) X^(at mod 2)
        const gamma = power(17, 2 * bitRev7(i) + 1);
        const expected = (value * power(gamma, at >> 1)) % Q;
        expect(mod(f[2 * i + (at & 1)]!)).toBe(expected);
        expect(mod(f[2 * i + 1 - (at & 1)]!)).toBe(0);
      }
    }
  });

  test('the extremes stay in bounds, there and back', () => {
    const back = mod(simd ? 2 ** 16 : -(2 ** 32)); // what the inverse puts back
    for (const make of [
      () => Q,
      () => -Q,
      (i: number) => (i & 1 ? Q : -Q),
      () => Math.floor(Math.random() * 2 * Q) - Q,
    ]) {
      const values = Array.from({ length: 256 }, (_, i) => make(i));
      f.set(values);
      m.ntt();
      expect(Math.max(...f.map(Math.abs))).toBeLessThan(Q);
      if (!simd) expect(Math.min(...f)).toBeGreaterThanOrEqual(0);
      // The inverse takes what `reduceSums` gives.
      f.forEach((v, i) => {
        if (!simd) f[i] = mod(v) > Q / 2 ? mod(v) - Q : mod(v);
      });
      m.inverse();
      f.forEach((v, i) => {
        expect(Math.abs(v)).toBeLessThanOrEqual(simd ? Q : Q / 2);
        expect(mod(v)).toBe((mod(values[i]!) * back) % Q);
      });
    }
  });

  test(`ByteEncode_12 and ByteDecode_12 of ${simd ? 'any' : 'every canonical'} coefficient`, () => {
    for (let start = simd ? -32768 : 0; start < (simd ? 32768 : Q); start += 256) {
      for (let i = 0; i < 256; i++) f[i] = simd ? start + i : (start + i) % Q;
      m.recode();
      for (let i = 0; i < 256; i++) if (f[i] !== mod(start + i)) expect.fail(`${start + i}`);
    }
  });
});
