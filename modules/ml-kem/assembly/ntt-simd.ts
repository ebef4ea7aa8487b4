// The transforms of ntt.ts on eight lanes: the same layers and results modulo q. A layer adds at most q to an absolute
// value: |a| <= q becomes |a| <= 8 q < 2^15. Layers of length 4 and 2 work inside a pair of vectors.

import { F, F_QUOTIENT, INVERSE_ZETAS, INVERSE_ZETAS_LAST, ZETAS, ZETAS_LAST } from './generated/zetas-simd';
import { Q } from './params';
import { Zq } from './zq';

const POLY: usize = 512;

/** Algorithm 9. */
export function NTT8(f: usize): void {
  const q = i16x8.splat(<i16>Q);
  const end = f + POLY;
  {
    const z = v128.load16_splat(ZETAS, 4),
      zQuotient = v128.load16_splat(ZETAS, 6);
    for (let p = f, stop = f + POLY / 2; p < stop; p += 16) {
      const t = Zq.multiply8(v128.load(p, 256), z, zQuotient, q),
        a = v128.load(p);
      v128.store(p, i16x8.sub(a, t), 256);
      v128.store(p, i16x8.add(a, t));
    }
  }
  for (let len: usize = 64, i: usize = 2; len >= 16; len >>= 2, i <<= 2) {
    let outer = ZETAS + (i << 2);
    let inner = ZETAS + (i << 3);
    for (let start = f; start < end; start += len << 2) {
      const z1 = v128.load16_splat(outer),
        q1 = v128.load16_splat(outer, 2);
      const z2 = v128.load16_splat(inner),
        q2 = v128.load16_splat(inner, 2);
      const z3 = v128.load16_splat(inner, 4),
        q3 = v128.load16_splat(inner, 6);
      outer += 4;
      inner += 8;
      for (let p = start, stop = start + len; p < stop; p += 16) {
        const b = p + len,
          c = b + len,
          d = c + len;
        let a0 = v128.load(p),
          a1 = v128.load(b);
        const t2 = Zq.multiply8(v128.load(c), z1, q1, q);
        const t3 = Zq.multiply8(v128.load(d), z1, q1, q);
        const a2 = i16x8.sub(a0, t2),
          a3 = i16x8.sub(a1, t3);
        a0 = i16x8.add(a0, t2);
        a1 = i16x8.add(a1, t3);
        const u1 = Zq.multiply8(a1, z2, q2, q),
          u3 = Zq.multiply8(a3, z3, q3, q);
        v128.store(p, i16x8.add(a0, u1));
        v128.store(b, i16x8.sub(a0, u1));
        v128.store(c, i16x8.add(a2, u3));
        v128.store(d, i16x8.sub(a2, u3));
      }
    }
  }
  let z = ZETAS_LAST;
  for (let p = f; p < end; p += 32, z += 64) {
    const v0 = v128.load(p),
      v1 = v128.load(p, 16);
    // len 4: coefficients 0..3 and 8..11 with 4..7 and 12..15
    let low = i8x16.shuffle(v0, v1, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
    let high = i8x16.shuffle(v0, v1, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
    let t = Zq.multiply8(high, v128.load(z), v128.load(z, 16), q);
    high = i16x8.sub(low, t);
    low = i16x8.add(low, t);
    // len 2: the even pairs with the odd pairs
    let even = i8x16.shuffle(low, high, 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27);
    let odd = i8x16.shuffle(low, high, 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31);
    t = Zq.multiply8(odd, v128.load(z, 32), v128.load(z, 48), q);
    odd = Zq.reduce8(i16x8.sub(even, t), q);
    even = Zq.reduce8(i16x8.add(even, t), q);
    v128.store(p, i8x16.shuffle(even, odd, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23));
    v128.store(p, i8x16.shuffle(even, odd, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31), 16);
  }
}

/** Algorithm 10. */
export function inverseNTT8(f: usize): void {
  const q = i16x8.splat(<i16>Q);
  const end = f + POLY;
  let z = INVERSE_ZETAS_LAST;
  for (let p = f; p < end; p += 32, z += 64) {
    const v0 = v128.load(p),
      v1 = v128.load(p, 16);
    // len 2: the even pairs with the odd pairs
    const even = i8x16.shuffle(v0, v1, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
    let odd = i8x16.shuffle(v0, v1, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
    const sum = i16x8.add(even, odd);
    odd = Zq.multiply8(i16x8.sub(even, odd), v128.load(z, 32), v128.load(z, 48), q);
    // len 4: coefficients 0..3 and 8..11 with 4..7 and 12..15
    const low = i8x16.shuffle(sum, odd, 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27);
    let high = i8x16.shuffle(sum, odd, 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31);
    const u = Zq.reduce8(i16x8.add(low, high), q);
    high = Zq.multiply8(i16x8.sub(low, high), v128.load(z), v128.load(z, 16), q);
    v128.store(p, i8x16.shuffle(u, high, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23));
    v128.store(p, i8x16.shuffle(u, high, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31), 16);
  }
  for (let len: usize = 16, i: usize = 8; len <= 64; len <<= 2, i >>= 2) {
    let outer = INVERSE_ZETAS + (i << 2);
    let inner = INVERSE_ZETAS + (i << 3);
    for (let start = f; start < end; start += len << 2) {
      const z1 = v128.load16_splat(outer),
        q1 = v128.load16_splat(outer, 2);
      const z2 = v128.load16_splat(inner),
        q2 = v128.load16_splat(inner, 2);
      const z3 = v128.load16_splat(inner, 4),
        q3 = v128.load16_splat(inner, 6);
      outer += 4;
      inner += 8;
      for (let p = start, stop = start + len; p < stop; p += 16) {
        const b = p + len,
          c = b + len,
          d = c + len;
        const a0 = v128.load(p),
          a1 = v128.load(b),
          a2 = v128.load(c),
          a3 = v128.load(d);
        const s0 = i16x8.add(a0, a1),
          d0 = Zq.multiply8(i16x8.sub(a0, a1), z2, q2, q);
        const s1 = i16x8.add(a2, a3),
          d1 = Zq.multiply8(i16x8.sub(a2, a3), z3, q3, q);
        v128.store(p, Zq.reduce8(i16x8.add(s0, s1), q));
        v128.store(b, i16x8.add(d0, d1));
        v128.store(c, Zq.multiply8(i16x8.sub(s0, s1), z1, q1, q));
        v128.store(d, Zq.multiply8(i16x8.sub(d0, d1), z1, q1, q));
      }
    }
  }
  const z1 = v128.load16_splat(INVERSE_ZETAS, 4),
    q1 = v128.load16_splat(INVERSE_ZETAS, 6);
  const f1 = i16x8.splat(<i16>F),
    f1Quotient = i16x8.splat(<i16>F_QUOTIENT);
  for (let p = f, stop = f + POLY / 2; p < stop; p += 16) {
    const a = v128.load(p),
      b = v128.load(p, 256);
    v128.store(p, Zq.multiply8(i16x8.add(a, b), f1, f1Quotient, q));
    v128.store(p, Zq.multiply8(Zq.multiply8(i16x8.sub(a, b), z1, q1, q), f1, f1Quotient, q), 256);
  }
}
