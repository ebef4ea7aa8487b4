// Pointwise products in the transform's domain, Montgomery-reduced for the inverse transform.

import { Q_INVERSE } from './generated/zetas';
import { POLY } from './ntt';
import { Q } from './params';
import { Zq } from './zq';

/** w = (sums - c w) 2^-32: |sums| < 2^50 and |c w| <= 11 q 11 q, so the result is in [-q, q]. */
export function subtractProductAndReduce(sums: usize, c: usize, w: usize): void {
  const end = w + POLY;
  if (ASC_FEATURE_SIMD) {
    const q = i32x4.splat(Q),
      qInverse = i32x4.splat(Q_INVERSE);
    for (; w < end; w += 16, c += 16, sums += 32) {
      const x = v128.load(c),
        y = v128.load(w);
      const low = i64x2.sub(v128.load(sums), i64x2.extmul_low_i32x4_s(x, y));
      const high = i64x2.sub(v128.load(sums, 16), i64x2.extmul_high_i32x4_s(x, y));
      v128.store(w, Zq.montgomery4(low, high, q, qInverse));
    }
    return;
  }
  do {
    store<i32>(w, Zq.montgomery(load<i64>(sums) - <i64>load<i32>(w) * <i64>load<i32>(c)));
    w += 4;
    c += 4;
    sums += 8;
  } while (w < end);
}

/** w = sums 2^-32. */
export function reduceSums(sums: usize, w: usize): void {
  const end = w + POLY;
  if (ASC_FEATURE_SIMD) {
    const q = i32x4.splat(Q),
      qInverse = i32x4.splat(Q_INVERSE);
    for (; w < end; w += 16, sums += 32)
      v128.store(w, Zq.montgomery4(v128.load(sums), v128.load(sums, 16), q, qInverse));
    return;
  }
  do {
    store<i32>(w, Zq.montgomery(load<i64>(sums)));
    w += 4;
    sums += 8;
  } while (w < end);
}

/** w = (c w + y) 2^-32, with y = 0 where the address `y` is 0. */
export function multiplyAndReduce(c: usize, w: usize, y: usize): void {
  const end = w + POLY;
  if (ASC_FEATURE_SIMD) {
    const q = i32x4.splat(Q),
      qInverse = i32x4.splat(Q_INVERSE);
    for (; w < end; w += 16, c += 16) {
      const a = v128.load(c),
        b = v128.load(w);
      let low = i64x2.extmul_low_i32x4_s(a, b),
        high = i64x2.extmul_high_i32x4_s(a, b);
      if (y) {
        const addend = v128.load(y);
        low = i64x2.add(low, i64x2.extend_low_i32x4_s(addend));
        high = i64x2.add(high, i64x2.extend_high_i32x4_s(addend));
        y += 16;
      }
      v128.store(w, Zq.montgomery4(low, high, q, qInverse));
    }
    return;
  }
  do {
    let product = <i64>load<i32>(c) * <i64>load<i32>(w);
    if (y) {
      product += <i64>load<i32>(y);
      y += 4;
    }
    store<i32>(w, Zq.montgomery(product));
    w += 4;
    c += 4;
  } while (w < end);
}
