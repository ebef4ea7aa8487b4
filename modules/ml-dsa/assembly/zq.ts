// Arithmetic modulo q on i32 and on four i32 lanes. No result is canonical unless it says so.

import { Q } from './params';
import { Q_INVERSE } from './generated/zetas';

export abstract class Zq {
  /**
   * a z mod q in (-q/4, 5q/4), for any a and a constant z with `quotient` = round(z 2^32 / q): one high product less
   * than Montgomery's.
   */
  @inline
  static multiply(a: i32, z: i32, quotient: i32): i32 {
    return a * z - <i32>((<i64>a * <i64>quotient) >> 32) * Q;
  }

  /** a 2^-32 mod q, for |a| < 2^31 q; the result's absolute value is below |a| / 2^32 + q / 2. */
  @inline
  static montgomery(a: i64): i32 {
    return <i32>((a - <i64>(<i32>a * Q_INVERSE) * <i64>Q) >> 32);
  }

  /** The representative in [0, q), for a in [-q, 2q). No branch. */
  @inline
  static canonical(a: i32): i32 {
    a += (a >> 31) & Q;
    a -= Q;
    return a + ((a >> 31) & Q);
  }

  @inline
  static multiply4(a: v128, z: v128, quotient: v128, q: v128): v128 {
    const low = i64x2.extmul_low_i32x4_s(a, quotient);
    const high = i64x2.extmul_high_i32x4_s(a, quotient);
    return i32x4.sub(i32x4.mul(a, z), i32x4.mul(Zq.upperHalves(low, high), q));
  }

  /** The Montgomery reduction of four i64. */
  @inline
  static montgomery4(low: v128, high: v128, q: v128, qInverse: v128): v128 {
    const t = i32x4.mul(Zq.lowerHalves(low, high), qInverse);
    const product = Zq.upperHalves(i64x2.extmul_low_i32x4_s(t, q), i64x2.extmul_high_i32x4_s(t, q));
    return i32x4.sub(Zq.upperHalves(low, high), product);
  }

  @inline
  static canonical4(a: v128, q: v128): v128 {
    a = i32x4.sub(i32x4.add(a, v128.and(i32x4.shr_s(a, 31), q)), q);
    return i32x4.add(a, v128.and(i32x4.shr_s(a, 31), q));
  }

  @inline
  static lowerHalves(low: v128, high: v128): v128 {
    return i8x16.shuffle(low, high, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
  }

  @inline
  static upperHalves(low: v128, high: v128): v128 {
    return i8x16.shuffle(low, high, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
  }
}
