// The number-theoretic transform (FIPS 203, 4.3) on 256 i16 in place: one layer, then two in each pass over memory.
//
// Bounds. A layer of NTT adds at most q / 2 to a coefficient's absolute value: |a| <= q becomes |a| <= 4.5 q < 2^15.
// Everything here handles secrets: no branch, address or time depends on a coefficient.

import { F, F_ZETA, ZETAS } from './generated/zetas';
import { inverseNTT8, NTT8 } from './ntt-simd';
import { Zq } from './zq';

/** Bytes of a polynomial. */
export const POLY: usize = 512;

/** Algorithm 9, NTT. In: |a| <= q. Out: |a| <= 4.5 q, or below q with SIMD. */
export function NTT(f: usize): void {
  if (ASC_FEATURE_SIMD) {
    NTT8(f);
    return;
  }
  const end = f + POLY;
  {
    const z = load<i32>(ZETAS, 4);
    for (let p = f, stop = f + POLY / 2; p < stop; p += 2) {
      const t = Zq.multiply(load<i16>(p, 256), z);
      const a = <i32>load<i16>(p);
      store<i16>(p, a - t, 256);
      store<i16>(p, a + t);
    }
  }
  // len: bytes between the halves of the pass's second layer. i: the standard's counter before the pass.
  for (let len: usize = 64, i: usize = 2; len >= 4; len >>= 2, i <<= 2) {
    let outer = ZETAS + (i << 2);
    let inner = ZETAS + (i << 3);
    for (let start = f; start < end; start += len << 2) {
      const z1 = load<i32>(outer);
      const z2 = load<i32>(inner);
      const z3 = load<i32>(inner, 4);
      outer += 4;
      inner += 8;
      let p = start;
      const stop = start + len;
      do {
        const b = p + len,
          c = b + len,
          d = c + len;
        const t2 = Zq.multiply(load<i16>(c), z1);
        const t3 = Zq.multiply(load<i16>(d), z1);
        const a0 = <i32>load<i16>(p),
          a1 = <i32>load<i16>(b);
        const a2 = a0 - t2;
        const u1 = Zq.multiply(a1 + t3, z2);
        const u3 = Zq.multiply(a1 - t3, z3);
        store<i16>(p, a0 + t2 + u1);
        store<i16>(b, a0 + t2 - u1);
        store<i16>(c, a2 + u3);
        store<i16>(d, a2 - u3);
        p += 2;
      } while (p < stop);
    }
  }
}

/**
 * Algorithm 10, NTT^-1, of a sum that `reduceSums` reduced: the factor that the reduction took away is put back here.
 * In: |a| <= q / 2, or below q with SIMD. Out: |a| <= q / 2, or at most q with SIMD.
 */
export function inverseNTT(f: usize): void {
  if (ASC_FEATURE_SIMD) {
    inverseNTT8(f);
    return;
  }
  const end = f + POLY;
  for (let len: usize = 4, i: usize = 32; len <= 64; len <<= 2, i >>= 2) {
    // Both layers walk their zetas backwards. (a - b)(-zeta) is computed as (b - a) zeta.
    let outer = ZETAS + (i << 3) - 4;
    let inner = ZETAS + (i << 4) - 8;
    for (let start = f; start < end; start += len << 2) {
      const z1 = load<i32>(outer);
      const z2 = load<i32>(inner, 4);
      const z3 = load<i32>(inner);
      outer -= 4;
      inner -= 8;
      let p = start;
      const stop = start + len;
      do {
        const b = p + len,
          c = b + len,
          d = c + len;
        const a0 = <i32>load<i16>(p),
          a1 = <i32>load<i16>(b),
          a2 = <i32>load<i16>(c),
          a3 = <i32>load<i16>(d);
        const s0 = a0 + a1,
          d0 = Zq.multiply(a1 - a0, z2);
        const s1 = a2 + a3,
          d1 = Zq.multiply(a3 - a2, z3);
        store<i16>(p, Zq.reduce(s0 + s1));
        store<i16>(b, d0 + d1);
        store<i16>(c, Zq.multiply(s1 - s0, z1));
        store<i16>(d, Zq.multiply(d1 - d0, z1));
        p += 2;
      } while (p < stop);
    }
  }
  for (let p = f, stop = f + POLY / 2; p < stop; p += 2) {
    const a = <i32>load<i16>(p),
      b = <i32>load<i16>(p, 256);
    store<i16>(p, Zq.multiply(a + b, F));
    store<i16>(p, Zq.multiply(b - a, F_ZETA), 256);
  }
}
