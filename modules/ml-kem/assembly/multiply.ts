// Products in the transform's domain (FIPS 203, 4.3.1) as sums over a vector: 256 i32 collect a row of a matrix times
// a vector and are reduced once.
//
// A vector's polynomial is used in k rows, so what Algorithm 12 (BaseCaseMultiply) needs of it is computed once, in a
// cache: b1 gamma of each pair; with SIMD, vectors of (b0, b1 gamma) for a dot product.

import { CACHE_BYTES, CACHES, SUMS, VECTOR } from './workspace';
import { ZETAS } from './generated/zetas';
import { ODD_GAMMAS, R, R_QUOTIENT } from './generated/zetas-simd';
import { POLY } from './ntt';
import { Q } from './params';
import { Pair, Zq } from './zq';

/** Fills the cache of the vector's polynomial `j`. */
export function fillCache(j: i32): void {
  let b = VECTOR + j * <i32>POLY;
  let cache = CACHES + j * <i32>CACHE_BYTES;
  const end = b + POLY;
  if (ASC_FEATURE_SIMD) {
    const q = i16x8.splat(<i16>Q);
    for (let gamma = ODD_GAMMAS; b < end; b += 16, cache += 16, gamma += 32) {
      const pairs = v128.load(b);
      const products = Zq.multiply8(pairs, v128.load(gamma), v128.load(gamma, 16), q);
      v128.store(cache, v128.bitselect(pairs, products, i32x4.splat(0xffff)));
    }
  } else {
    // gamma of pair 2i is zeta^BitRev7(64 + i); that of pair 2i + 1 is its negative.
    for (let gamma = ZETAS + 256; b < end; b += 8, cache += 4, gamma += 4) {
      const z = load<i32>(gamma);
      store<u16>(cache, Q + Zq.multiply(load<u16>(b, 2), z));
      store<u16>(cache, Q - Zq.multiply(load<u16>(b, 6), z), 2);
    }
  }
}

/** The sums become a times the vector's polynomial `j` for j = 0, and grow by it for others (Algorithm 11). */
export function addProduct(a: usize, j: i32): void {
  let b = VECTOR + j * <i32>POLY;
  let cache = CACHES + j * <i32>CACHE_BYTES;
  let sum = SUMS;
  const end = b + POLY;
  if (j == 0) memory.fill(SUMS, 0, 1024);
  if (ASC_FEATURE_SIMD) {
    for (; b < end; a += 16, b += 16, cache += 16, sum += 32) {
      const x = v128.load(a);
      const y = v128.load(b);
      const swapped = i8x16.shuffle(y, y, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13);
      v128.store(sum, i32x4.add(v128.load(sum), i32x4.dot_i16x8_s(x, v128.load(cache))));
      v128.store(sum, i32x4.add(v128.load(sum, 16), i32x4.dot_i16x8_s(x, swapped)), 16);
    }
  } else {
    do {
      const x = <u64>load<u32>(a),
        y = <u64>load<u32>(b);
      const b01 = (y | (y << 16)) & Pair.LANES; // b0 and b1, then b1 gamma and b0
      const swapped = <u64>load<u16>(cache) | (b01 << 32);
      store<u64>(sum, load<u64>(sum) + (x & 0xffff) * b01 + (x >> 16) * swapped);
      a += 4;
      b += 4;
      cache += 2;
      sum += 8;
    } while (b < end);
  }
}

/**
 * The sums, reduced, to the polynomial `f`. Scalar: times -2^-32, |f| <= q / 2; sums < 4 2 2^12 1.5 q < 2^28. SIMD: times
 * 2^-16, |f| < q; |sums| < 4 2 2^12 q < 2^15 q.
 */
export function reduceSums(f: usize): void {
  const end = f + POLY;
  let sum = SUMS;
  if (ASC_FEATURE_SIMD) {
    // The sums of even coefficients are in one vector, those of odd ones in the next.
    for (; f < end; f += 16, sum += 32) v128.store(f, Zq.montgomery8(v128.load(sum), v128.load(sum, 16)));
  } else {
    do {
      store<i16>(f, Zq.plantard(load<i32>(sum)));
      f += 2;
      sum += 4;
    } while (f < end);
  }
}

/** The sums and the polynomial `g`, to `f`. In: |g| <= q. Out: in [0, q), or |f| <= 2q with SIMD. */
export function addToSums(g: usize, f: usize): void {
  if (ASC_FEATURE_SIMD) {
    reduceSums(f);
    const q = i16x8.splat(<i16>Q),
      r = i16x8.splat(<i16>R),
      quotient = i16x8.splat(<i16>R_QUOTIENT);
    for (const end = f + POLY; f < end; f += 16, g += 16) {
      v128.store(f, i16x8.add(Zq.multiply8(v128.load(f), r, quotient, q), v128.load(g)));
    }
  } else {
    let sum = SUMS;
    for (const end = f + POLY; f < end; f += 2, g += 2, sum += 4) {
      store<u16>(f, Zq.canonical(Zq.reduceSum(load<i32>(sum)) + <i32>load<u16>(g)));
    }
  }
}
