// High bits and hints (FIPS 204, 7.4). Input coefficients are in [0, q). No branch and no division: signing uses
// these on secrets.

import { GAMMA2, Q } from './params';

/** gamma2 = (q - 1) / 32 in sets 65 and 87, (q - 1) / 88 in set 44. */
export const GAMMA2_32: i32 = (Q - 1) / 32;

export abstract class Rounding {
  /**
   * r1 of Algorithm 36, Decompose, for gamma2 = (q - 1) / 32. ceil(r / 2^7) times 1025 / 2^22 is r / (2 gamma2) to
   * the nearest; the mask is step 3, where r - r0 = q - 1 makes it 0. Exact for every r: the tests try them all.
   */
  @inline
  static highBits32(r: i32): i32 {
    return ((((r + 127) >> 7) * 1025 + (1 << 21)) >> 22) & 15;
  }

  /** The same for gamma2 = (q - 1) / 88: 44 becomes 0. */
  @inline
  static highBits88(r: i32): i32 {
    const r1 = (((r + 127) >> 7) * 11275 + (1 << 23)) >> 24;
    return r1 & ~((43 - r1) >> 31);
  }

  @inline
  static highBits32x4(r: v128): v128 {
    const t = i32x4.mul(i32x4.shr_s(i32x4.add(r, i32x4.splat(127)), 7), i32x4.splat(1025));
    return v128.and(i32x4.shr_s(i32x4.add(t, i32x4.splat(1 << 21)), 22), i32x4.splat(15));
  }

  @inline
  static highBits88x4(r: v128): v128 {
    const t = i32x4.mul(i32x4.shr_s(i32x4.add(r, i32x4.splat(127)), 7), i32x4.splat(11275));
    const r1 = i32x4.shr_s(i32x4.add(t, i32x4.splat(1 << 23)), 24);
    return v128.andnot(r1, i32x4.shr_s(i32x4.sub(i32x4.splat(43), r1), 31));
  }
}

/** Algorithm 40, UseHint, with h = 1: the high bits next to r's, on the side of r0's sign. For public r. */
export function UseHint(r: i32): i32 {
  const wide = GAMMA2 == GAMMA2_32;
  const m = wide ? 16 : 44;
  const r1 = wide ? Rounding.highBits32(r) : Rounding.highBits88(r);
  let r0 = r - r1 * 2 * GAMMA2;
  if (r0 > (Q - 1) / 2) r0 -= Q; // r1 became 0 in Decompose
  if (r0 > 0) return r1 + 1 == m ? 0 : r1 + 1;
  return r1 == 0 ? m - 1 : r1 - 1;
}
