// Arithmetic modulo q on i32 and on eight i16 lanes, without branch or division. No result is canonical unless it says so.

import { Q } from './params';
import { Q_INVERSE } from './generated/zetas';
import { Q_INVERSE as Q_INVERSE_16 } from './generated/zetas-simd';

export abstract class Zq {
  /**
   * Plantard's multiplication: a z mod q in [-q/2, q/2], for |a| < 2^19 and the factor z (generated/zetas.ts). With
   * p = a z mod 2^32, p q / 2^32 lies next to the result; 8 puts the floor of its upper halves' product right.
   */
  @inline
  static multiply(a: i32, z: i32): i32 {
    return ((((a * z) >> 16) + 8) * Q) >> 16;
  }

  /** a mod q in [-q/2, q/2], for |a| < 2^16: 20159 / 2^26 is 1 / q. */
  @inline
  static reduce(a: i32): i32 {
    return a - ((a * 20159 + (1 << 25)) >> 26) * Q;
  }

  /** -a 2^-32 mod q in [-q/2, q/2], for |a| < 2^30. */
  @inline
  static plantard(a: i32): i32 {
    return Zq.multiply(a, Q_INVERSE);
  }

  /**
   * The representative in [0, q), for |a| < 2^16. 20159 / 2^26 is 1 / q and a little; the 10066 keeps multiples of q from
   * falling below their quotient.
   */
  @inline
  static canonical(a: i32): i32 {
    return a - ((a * 20159 + 10066) >> 26) * Q;
  }

  /** a z mod q in [-q, q], for |a| < 2^15 and a constant z with `quotient` = round(z 2^15 / q). */
  @inline
  static multiply8(a: v128, z: v128, quotient: v128, q: v128): v128 {
    return i16x8.sub(i16x8.mul(a, z), i16x8.mul(i16x8.q15mulr_sat_s(a, quotient), q));
  }

  /** a mod q with an absolute value below q, for any a: 10 is round(2^15 / q). */
  @inline
  static reduce8(a: v128, q: v128): v128 {
    return i16x8.sub(a, i16x8.mul(i16x8.q15mulr_sat_s(a, i16x8.splat(10)), q));
  }

  /** a 2^-16 mod q of eight |a| < 2^15 q, even lanes and odd lanes: absolute values below q. */
  @inline
  static montgomery8(even: v128, odd: v128): v128 {
    const q = i32x4.splat(Q),
      qInverse = i32x4.splat(Q_INVERSE_16);
    const t = i32x4.shr_s(i32x4.shl(i32x4.mul(even, qInverse), 16), 16);
    const u = i32x4.shr_s(i32x4.shl(i32x4.mul(odd, qInverse), 16), 16);
    const low = i32x4.shr_u(i32x4.sub(even, i32x4.mul(t, q)), 16);
    return v128.bitselect(low, i32x4.sub(odd, i32x4.mul(u, q)), i32x4.splat(0xffff));
  }
}
