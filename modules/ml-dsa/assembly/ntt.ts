// The number-theoretic transform (FIPS 204, 7.5) on 256 i32 in place, two layers in one pass over memory.
//
// Bounds. A layer adds at most 5q/4 to a coefficient's absolute value (`Zq.multiply`), so NTT maps |a| <= B to
// |a| <= B + 10 q. The inverse doubles it in each layer; with |a| <= q it stays below 2^8 q < 2^31.

import { F, F_QUOTIENT, ZETAS } from './generated/zetas';
import { Zq } from './zq';
import { inverseNTT4, NTT4 } from './ntt-simd';

/** Bytes of a polynomial. */
export const POLY: usize = 1024;

/** Algorithm 41, NTT. In: |a| < 2^31 - 10 q. Out: as above, not reduced, in the standard's order. */
export function NTT(w: usize): void {
  if (ASC_FEATURE_SIMD) {
    NTT4(w);
    return;
  }
  const end = w + POLY;
  // len: bytes between the halves of the pass's second layer. m: the standard's counter before the pass: zetas[m..2m)
  // serve its first layer, zetas[2m..4m) its second.
  for (let len: usize = 256, m: usize = 1; len >= 4; len >>= 2, m <<= 2) {
    let outer = ZETAS + (m << 3);
    let inner = ZETAS + (m << 4);
    for (let start = w; start < end; start += len << 2) {
      const z1 = load<i32>(outer),
        q1 = load<i32>(outer, 4);
      const z2 = load<i32>(inner),
        q2 = load<i32>(inner, 4);
      const z3 = load<i32>(inner, 8),
        q3 = load<i32>(inner, 12);
      outer += 8;
      inner += 16;
      let p = start;
      const stop = start + len;
      do {
        const b = p + len,
          c = b + len,
          d = c + len;
        const t2 = Zq.multiply(load<i32>(c), z1, q1);
        const t3 = Zq.multiply(load<i32>(d), z1, q1);
        const a0 = load<i32>(p),
          a1 = load<i32>(b);
        const a2 = a0 - t2,
          a3 = a1 - t3;
        const u1 = Zq.multiply(a1 + t3, z2, q2);
        const u3 = Zq.multiply(a3, z3, q3);
        store<i32>(p, a0 + t2 + u1);
        store<i32>(b, a0 + t2 - u1);
        store<i32>(c, a2 + u3);
        store<i32>(d, a2 - u3);
        p += 4;
      } while (p < stop);
    }
  }
}

/**
 * Algorithm 42, NTT^-1, of a Montgomery-reduced product: the factor 2^32 that the reduction took away is put back
 * here. In: |a| <= q. Out: [0, q).
 */
export function inverseNTT(w: usize): void {
  if (ASC_FEATURE_SIMD) {
    inverseNTT4(w);
    return;
  }
  const end = w + POLY;
  for (let len: usize = 4, m: usize = 64; len <= 256; len <<= 2, m >>= 2) {
    // Both layers walk their zetas backwards. (a - b)(-zeta) is computed as (b - a) zeta.
    let outer = ZETAS + (m << 4) - 8;
    let inner = ZETAS + (m << 5) - 16;
    for (let start = w; start < end; start += len << 2) {
      const z1 = load<i32>(outer),
        q1 = load<i32>(outer, 4);
      const z2 = load<i32>(inner, 8),
        q2 = load<i32>(inner, 12);
      const z3 = load<i32>(inner),
        q3 = load<i32>(inner, 4);
      outer -= 8;
      inner -= 16;
      let p = start;
      const stop = start + len;
      do {
        const b = p + len,
          c = b + len,
          d = c + len;
        const a0 = load<i32>(p),
          a1 = load<i32>(b),
          a2 = load<i32>(c),
          a3 = load<i32>(d);
        const s0 = a0 + a1,
          d0 = Zq.multiply(a1 - a0, z2, q2);
        const s1 = a2 + a3,
          d1 = Zq.multiply(a3 - a2, z3, q3);
        store<i32>(p, s0 + s1);
        store<i32>(b, d0 + d1);
        store<i32>(c, Zq.multiply(s1 - s0, z1, q1));
        store<i32>(d, Zq.multiply(d1 - d0, z1, q1));
        p += 4;
      } while (p < stop);
    }
  }
  do {
    store<i32>(w, Zq.canonical(Zq.multiply(load<i32>(w), F, F_QUOTIENT)));
    w += 4;
  } while (w < end);
}
