// The number-theoretic transform (FIPS 203, 4.3) on 256 i16. Everything here handles secrets: no branch, address or time
// depends on a coefficient.

import { F, F_ZETA, SHOUP_ZETAS, ZETAS } from './generated/zetas';
import { inverseNTT8, NTT8 } from './ntt-simd';
import { Q } from './params';
import { SUMS } from './workspace';
import { Pair, Zq } from './zq';

/** Bytes of a polynomial. */
export const POLY: usize = 512;

/**
 * Algorithm 9, NTT. In: |a| <= q. Out: in [0, q), or |a| < q with SIMD. Scalar: the sums are overwritten, where pairs of
 * coefficients are; a layer adds at most 2q to a coefficient, and 2q becomes 16q < 2^16.
 */
export function NTT(f: usize): void {
  if (ASC_FEATURE_SIMD) {
    NTT8(f);
    return;
  }
  const end = SUMS + 1024;
  {
    const z = <u64>load<u16>(SHOUP_ZETAS, 4),
      quotient = <u64>load<u16>(SHOUP_ZETAS, 6);
    for (let p = f, out = SUMS, stop = SUMS + 512; out < stop; p += 4, out += 8) {
      const a = Pair.load(p);
      const t = Pair.multiply(Pair.load(p + 256), z, quotient);
      store<u64>(out, a + t);
      store<u64>(out, a + Pair.TWO_Q - t, 512);
    }
  }
  let zeta = SHOUP_ZETAS + 8;
  for (let len: usize = 256; len > 8; len >>= 1) {
    for (let start = SUMS; start < end; start += len << 1) {
      const z = <u64>load<u16>(zeta),
        quotient = <u64>load<u16>(zeta, 2);
      zeta += 4;
      let p = start;
      const stop = start + len;
      do {
        const t = Pair.multiply(load<u64>(p + len), z, quotient);
        const a = load<u64>(p);
        store<u64>(p, a + t);
        store<u64>(p + len, a + Pair.TWO_Q - t);
        p += 8;
      } while (p < stop);
    }
  }
  for (let p = SUMS; p < end; p += 16, f += 8, zeta += 4) {
    const t = Pair.multiply(load<u64>(p, 8), <u64>load<u16>(zeta), <u64>load<u16>(zeta, 2));
    const a = load<u64>(p);
    Pair.store(f, a + t);
    Pair.store(f + 4, a + Pair.TWO_Q - t);
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
