// The transforms of ntt.ts on four lanes: the same layers, bounds and results. Layers of length 2 and 1 work inside a
// pair of vectors, with tables laid out as the lanes are.

import { F, F_QUOTIENT, ZETAS } from './generated/zetas';
import { INVERSE_ZETAS, INVERSE_ZETAS_LAST, ZETAS_LAST } from './generated/zetas-simd';
import { Q } from './params';
import { Zq } from './zq';

const POLY: usize = 1024;

/** Algorithm 41. */
export function NTT4(w: usize): void {
  const q = i32x4.splat(Q);
  const end = w + POLY;
  for (let len: usize = 256, m: usize = 1; len >= 16; len >>= 2, m <<= 2) {
    let outer = ZETAS + (m << 3);
    let inner = ZETAS + (m << 4);
    for (let start = w; start < end; start += len << 2) {
      const z1 = v128.load32_splat(outer),
        q1 = v128.load32_splat(outer, 4);
      const z2 = v128.load32_splat(inner),
        q2 = v128.load32_splat(inner, 4);
      const z3 = v128.load32_splat(inner, 8),
        q3 = v128.load32_splat(inner, 12);
      outer += 8;
      inner += 16;
      for (let p = start, stop = start + len; p < stop; p += 16) {
        const b = p + len,
          c = b + len,
          d = c + len;
        let a0 = v128.load(p),
          a1 = v128.load(b);
        const t2 = Zq.multiply4(v128.load(c), z1, q1, q);
        const t3 = Zq.multiply4(v128.load(d), z1, q1, q);
        const a2 = i32x4.sub(a0, t2),
          a3 = i32x4.sub(a1, t3);
        a0 = i32x4.add(a0, t2);
        a1 = i32x4.add(a1, t3);
        const u1 = Zq.multiply4(a1, z2, q2, q),
          u3 = Zq.multiply4(a3, z3, q3, q);
        v128.store(p, i32x4.add(a0, u1));
        v128.store(b, i32x4.sub(a0, u1));
        v128.store(c, i32x4.add(a2, u3));
        v128.store(d, i32x4.sub(a2, u3));
      }
    }
  }
  let z = ZETAS_LAST;
  for (let p = w; p < end; p += 32, z += 64) {
    const v0 = v128.load(p),
      v1 = v128.load(p, 16);
    // len 2: [0 1 4 5] with [2 3 6 7]
    let low = i8x16.shuffle(v0, v1, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
    let high = i8x16.shuffle(v0, v1, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
    let t = Zq.multiply4(high, v128.load(z), v128.load(z, 16), q);
    high = i32x4.sub(low, t);
    low = i32x4.add(low, t);
    // len 1: [0 2 4 6] with [1 3 5 7]
    let even = i8x16.shuffle(low, high, 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27);
    let odd = i8x16.shuffle(low, high, 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31);
    t = Zq.multiply4(odd, v128.load(z, 32), v128.load(z, 48), q);
    odd = i32x4.sub(even, t);
    even = i32x4.add(even, t);
    v128.store(p, i8x16.shuffle(even, odd, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23));
    v128.store(p, i8x16.shuffle(even, odd, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31), 16);
  }
}

/** Algorithm 42. */
export function inverseNTT4(w: usize): void {
  const q = i32x4.splat(Q);
  const end = w + POLY;
  let z = INVERSE_ZETAS_LAST;
  for (let p = w; p < end; p += 32, z += 64) {
    const v0 = v128.load(p),
      v1 = v128.load(p, 16);
    // len 1: [0 2 4 6] with [1 3 5 7]
    const even = i8x16.shuffle(v0, v1, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
    let odd = i8x16.shuffle(v0, v1, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
    const sum = i32x4.add(even, odd);
    odd = Zq.multiply4(i32x4.sub(even, odd), v128.load(z, 32), v128.load(z, 48), q);
    // len 2: [0 1 4 5] with [2 3 6 7]
    const low = i8x16.shuffle(sum, odd, 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27);
    let high = i8x16.shuffle(sum, odd, 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31);
    const u = i32x4.add(low, high);
    high = Zq.multiply4(i32x4.sub(low, high), v128.load(z), v128.load(z, 16), q);
    v128.store(p, i8x16.shuffle(u, high, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23));
    v128.store(p, i8x16.shuffle(u, high, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31), 16);
  }
  for (let len: usize = 16, m: usize = 16; len <= 256; len <<= 2, m >>= 2) {
    let outer = INVERSE_ZETAS + (m << 3);
    let inner = INVERSE_ZETAS + (m << 4);
    for (let start = w; start < end; start += len << 2) {
      const z1 = v128.load32_splat(outer),
        q1 = v128.load32_splat(outer, 4);
      const z2 = v128.load32_splat(inner),
        q2 = v128.load32_splat(inner, 4);
      const z3 = v128.load32_splat(inner, 8),
        q3 = v128.load32_splat(inner, 12);
      outer += 8;
      inner += 16;
      for (let p = start, stop = start + len; p < stop; p += 16) {
        const b = p + len,
          c = b + len,
          d = c + len;
        const a0 = v128.load(p),
          a1 = v128.load(b),
          a2 = v128.load(c),
          a3 = v128.load(d);
        const s0 = i32x4.add(a0, a1),
          d0 = Zq.multiply4(i32x4.sub(a0, a1), z2, q2, q);
        const s1 = i32x4.add(a2, a3),
          d1 = Zq.multiply4(i32x4.sub(a2, a3), z3, q3, q);
        v128.store(p, i32x4.add(s0, s1));
        v128.store(b, i32x4.add(d0, d1));
        v128.store(c, Zq.multiply4(i32x4.sub(s0, s1), z1, q1, q));
        v128.store(d, Zq.multiply4(i32x4.sub(d0, d1), z1, q1, q));
      }
    }
  }
  const f = i32x4.splat(F),
    fQuotient = i32x4.splat(F_QUOTIENT);
  for (let p = w; p < end; p += 16) v128.store(p, Zq.canonical4(Zq.multiply4(v128.load(p), f, fQuotient, q), q));
}
