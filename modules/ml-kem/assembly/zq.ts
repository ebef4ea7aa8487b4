// Arithmetic modulo q on i32, on pairs in a u64 and on eight i16 lanes, without branch or division. No result is canonical unless it says so.

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

  /** a mod q in [0, 2q), for 0 <= a < 2^30: 1290167 / 2^32 is 1 / q and too little less to miss by more than one q. */
  @inline
  static reduceSum(a: i32): i32 {
    return a - <i32>((<u64>a * 1290167) >> 32) * Q;
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

/** Two coefficients at once in a u64, a lane of 32 bits each, unsigned and below 2^16. */
export abstract class Pair {
  /** The lower half of each lane. */
  @inline static readonly LANES: u64 = 0x0000ffff0000ffff;
  /** 2q in each lane: added before a product is taken away. */
  @inline static readonly TWO_Q: u64 = 2 * <u64>Q * 0x0000000100000001;

  /** The i16 at `p` and after it, |a| <= q, plus q: in [0, 2q]. */
  @inline
  static load(p: usize): u64 {
    const bits = <u64>((load<u32>(p) ^ 0x80008000) - (0x8000 - Q) * 0x10001);
    return (bits | (bits << 16)) & Pair.LANES;
  }

  /** Shoup's multiplication: a z mod q in [0, 2q) for z in [0, q) and `quotient` = floor(z 2^16 / q). */
  @inline
  static multiply(a: u64, z: u64, quotient: u64): u64 {
    return a * z - (((a * quotient) >> 16) & Pair.LANES) * Q;
  }

  /** Both mod q in [0, q), as two u16 at `p`: 20159 / 2^26 is 1 / q and too little more to matter below 2^16. */
  @inline
  static store(p: usize, a: u64): void {
    const r = a - (((a * 20159) >> 26) & 0x0000003f0000003f) * Q;
    store<u32>(p, <u32>(r | (r >> 16)));
  }
}
