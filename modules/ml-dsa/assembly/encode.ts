// Bit packing of what is public: keys' t1, signatures' z, hints, and w1 (FIPS 204, 7.1 and 7.2).

import { BETA, D, GAMMA1_BITS, GAMMA2, K, OMEGA } from './params';
import { POLY } from './ntt';
import { GAMMA2_32, Rounding } from './rounding';

/** A polynomial of t1 (Algorithm 18, SimpleBitUnpack, 10 bits), times 2^d as Algorithm 8, step 9, wants it. */
export function unpackT1(bytes: usize, t1: usize): void {
  const end = t1 + POLY;
  do {
    const v = load<u64>(bytes);
    store<i32>(t1, (<i32>v & 0x3ff) << D);
    store<i32>(t1, (<i32>(v >> 10) & 0x3ff) << D, 4);
    store<i32>(t1, (<i32>(v >> 20) & 0x3ff) << D, 8);
    store<i32>(t1, (<i32>(v >> 30) & 0x3ff) << D, 12);
    bytes += 5;
    t1 += 16;
  } while (t1 < end);
}

/**
 * A polynomial of z (Algorithm 19, BitUnpack with b = gamma1).
 * @returns whether all |z| < gamma1 - beta (Algorithm 8, step 13)
 */
export function unpackZ(bytes: usize, z: usize): bool {
  const gamma1 = 1 << GAMMA1_BITS;
  const bound = gamma1 - BETA - 1;
  const end = z + POLY;
  let over = 0; // negative once a coefficient is out of bounds
  if (GAMMA1_BITS == 19) {
    do {
      const v = load<u64>(bytes);
      const a = gamma1 - (<i32>v & 0xfffff);
      const b = gamma1 - (<i32>(v >> 20) & 0xfffff);
      over |= (bound - a) | (bound + a) | (bound - b) | (bound + b);
      store<i32>(z, a);
      store<i32>(z, b, 4);
      bytes += 5;
      z += 8;
    } while (z < end);
  } else {
    do {
      const v = load<u64>(bytes);
      const a = gamma1 - (<i32>v & 0x3ffff);
      const b = gamma1 - (<i32>(v >> 18) & 0x3ffff);
      const c = gamma1 - (<i32>(v >> 36) & 0x3ffff);
      const d = gamma1 - <i32>(load<u32>(bytes, 5) >> 14);
      over |= (bound - a) | (bound + a) | (bound - b) | (bound + b);
      over |= (bound - c) | (bound + c) | (bound - d) | (bound + d);
      store<i32>(z, a);
      store<i32>(z, b, 4);
      store<i32>(z, c, 8);
      store<i32>(z, d, 12);
      bytes += 9;
      z += 16;
    } while (z < end);
  }
  return over >= 0;
}

/**
 * Whether the omega + k bytes at `y` are what Algorithm 21, HintBitUnpack, accepts: positions that rise strictly in
 * each polynomial, counts that do not fall nor pass omega, and zeros after the last position.
 */
export function hintIsWellFormed(y: usize): bool {
  let index = 0;
  for (let i = 0; i < K; i++) {
    const count = <i32>load<u8>(y + OMEGA + i);
    if (count < index || count > OMEGA) return false;
    for (let j = index + 1; j < count; j++) {
      if (load<u8>(y + j) <= load<u8>(y + j - 1)) return false;
    }
    index = count;
  }
  for (let j = index; j < OMEGA; j++) {
    if (load<u8>(y + j)) return false;
  }
  return true;
}

/**
 * The high bits of the polynomial at `w` (in [0, q); overwritten with SIMD), packed as Algorithm 28, w1Encode.
 * @returns their bytes: 128 or 192
 */
export function w1Encode(w: usize, out: usize): usize {
  const end = w + POLY;
  if (GAMMA2 == GAMMA2_32) {
    if (ASC_FEATURE_SIMD) {
      const pair = i32x4.splat(0x00100001);
      for (; w < end; w += 32, out += 4) {
        // Eight values of 4 bits: a dot product with (1, 16) joins neighbours into bytes.
        const a = Rounding.highBits32x4(v128.load(w)),
          b = Rounding.highBits32x4(v128.load(w, 16));
        const bytes = i32x4.dot_i16x8_s(i16x8.narrow_i32x4_s(a, b), pair);
        const packed = i16x8.narrow_i32x4_s(bytes, bytes);
        v128.store32_lane(out, i8x16.narrow_i16x8_u(packed, packed), 0);
      }
    } else {
      do {
        store<u8>(out, <u8>(Rounding.highBits32(load<i32>(w)) | (Rounding.highBits32(load<i32>(w, 4)) << 4)));
        out++;
        w += 8;
      } while (w < end);
    }
    return 128;
  }
  if (ASC_FEATURE_SIMD) {
    for (let p = w; p < end; p += 16) v128.store(p, Rounding.highBits88x4(v128.load(p)));
  }
  do {
    let v: i32;
    if (ASC_FEATURE_SIMD) {
      v = load<i32>(w) | (load<i32>(w, 4) << 6) | (load<i32>(w, 8) << 12) | (load<i32>(w, 12) << 18);
    } else {
      v = Rounding.highBits88(load<i32>(w)) | (Rounding.highBits88(load<i32>(w, 4)) << 6);
      v |= (Rounding.highBits88(load<i32>(w, 8)) << 12) | (Rounding.highBits88(load<i32>(w, 12)) << 18);
    }
    store<u16>(out, <u16>v);
    store<u8>(out, <u8>(v >> 16), 2);
    out += 3;
    w += 16;
  } while (w < end);
  return 192;
}
