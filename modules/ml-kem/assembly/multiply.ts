// Products in the transform's domain (FIPS 203, 4.3.1) as sums over a vector: 256 i32 collect a row of a matrix times
// a vector and are reduced once.
//
// A vector's polynomial is used in k rows, so what Algorithm 12 (BaseCaseMultiply) needs of it is computed once, in a
// cache: b1 gamma of each pair; with SIMD, vectors of (b0, b1 gamma) for a dot product.

import { CACHE_BYTES, CACHES, SUMS, VECTOR } from './workspace';
import { ZETAS } from './generated/zetas';
import { ODD_GAMMAS } from './generated/zetas-simd';
import { POLY } from './ntt';
import { Q } from './params';
import { Zq } from './zq';

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
      store<i16>(cache, Zq.multiply(load<i16>(b, 2), z));
      store<i16>(cache, -Zq.multiply(load<i16>(b, 6), z), 2);
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
      const a0 = <i32>load<i16>(a),
        a1 = <i32>load<i16>(a, 2);
      const b0 = <i32>load<i16>(b),
        b1 = <i32>load<i16>(b, 2);
      store<i32>(sum, load<i32>(sum) + a0 * b0 + a1 * <i32>load<i16>(cache));
      store<i32>(sum, load<i32>(sum, 4) + a0 * b1 + a1 * b0, 4);
      a += 4;
      b += 4;
      cache += 2;
      sum += 8;
    } while (b < end);
  }
}

/**
 * The sums, reduced, to the polynomial `f`. Scalar: times -2^-32, |f| <= q / 2; |sums| < 4 2 2^12 4.5 q < 2^30. SIMD: times
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
