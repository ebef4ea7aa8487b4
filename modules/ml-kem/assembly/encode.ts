// Bytes and bits of polynomials (FIPS 203, 4.2.1). No branch on a coefficient and no division.

import { POLY } from './ntt';
import { Q } from './params';
import { Zq } from './zq';

/** Algorithm 5, ByteEncode_12, of coefficients in [0, q), or |f| < 2^15 with SIMD. */
export function ByteEncode12(f: usize, bytes: usize): void {
  const end = f + POLY;
  if (ASC_FEATURE_SIMD) {
    const q = i16x8.splat(<i16>Q);
    const pair = i32x4.splat(0x10000001); // (1, 2^12)
    for (; f < end; f += 16, bytes += 12) {
      const r = Zq.reduce8(v128.load(f), q);
      const joined = i32x4.dot_i16x8_s(i16x8.add(r, v128.and(i16x8.shr_s(r, 15), q)), pair);
      const packed = i8x16.shuffle(joined, joined, 0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 3, 7, 11, 15);
      v128.store64_lane(bytes, packed, 0);
      v128.store32_lane(bytes, packed, 2, 8);
    }
    return;
  }
  do {
    const four = load<u64>(f);
    const pairs = (four & 0x00000fff00000fff) | ((four >> 4) & 0x00fff00000fff000);
    const six = (pairs & 0xffffff) | ((pairs >> 8) & 0xffffff000000);
    store<u32>(bytes, <u32>six);
    store<u16>(bytes, <u16>(six >> 32), 4);
    f += 8;
    bytes += 6;
  } while (f < end);
}

/** Algorithm 6, ByteDecode_12, not reduced: 12 bits as they are. With SIMD, 4 bytes after the last are read, too. */
export function ByteDecode12(bytes: usize, f: usize): void {
  const end = f + POLY;
  if (ASC_FEATURE_SIMD) {
    for (; f < end; f += 16, bytes += 12) {
      const v = v128.load(bytes);
      const a = i8x16.shuffle(v, v, 0, 1, 1, 2, 3, 4, 4, 5, 6, 7, 7, 8, 9, 10, 10, 11);
      v128.store(f, v128.bitselect(v128.and(a, i32x4.splat(0xfff)), i16x8.shr_u(a, 4), i32x4.splat(0xffff)));
    }
    return;
  }
  do {
    const a = <u32>load<u16>(bytes) | ((<u32>load<u8>(bytes, 2)) << 16);
    store<u16>(f, <u16>(a & 0xfff));
    store<u16>(f, <u16>(a >> 12), 2);
    f += 4;
    bytes += 3;
  } while (f < end);
}

export abstract class Compression {
  /** (4.7), Compress_d for a in [0, q): 10321339 / 2^35 is 1 / q, exact for d <= 11 (the tests try all). */
  @inline
  static compress(a: i32, d: i32): u32 {
    return <u32>((((<u64>a) << d) * 10321339 + (1 << 34)) >> 35) & ((1 << d) - 1);
  }

  /** The same for eight a with |a| < 2^15, which become canonical first. */
  @inline
  static compress8(a: v128, d: i32): v128 {
    const q = i16x8.splat(<i16>Q);
    const r = Zq.reduce8(a, q);
    const x = i16x8.add(r, v128.and(i16x8.shr_s(r, 15), q));
    const low = i32x4.shl(i32x4.extend_low_i16x8_u(x), d);
    const high = i32x4.shl(i32x4.extend_high_i16x8_u(x), d);
    // Four quotients of 64 bits are below 2^12, so their lower halves hold them.
    const even = Compression.quotients(low);
    const odd = Compression.quotients(high);
    const y = i8x16.shuffle(even, odd, 0, 1, 4, 5, 8, 9, 12, 13, 16, 17, 20, 21, 24, 25, 28, 29);
    const mask = (1 << d) - 1;
    return v128.and(y, i16x8.splat(<i16>mask));
  }

  /** a / q to the nearest, for four u32 below 2^23. */
  @inline
  static quotients(a: v128): v128 {
    const inverse = i32x4.splat(10321339),
      half = i64x2.splat(1 << 34);
    const low = i64x2.shr_u(i64x2.add(i64x2.extmul_low_i32x4_u(a, inverse), half), 35);
    const high = i64x2.shr_u(i64x2.add(i64x2.extmul_high_i32x4_u(a, inverse), half), 35);
    return i8x16.shuffle(low, high, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
  }

  /** (4.8), Decompress_d. */
  @inline
  static decompress(y: u32, d: i32): i32 {
    return <i32>((y * Q + (1 << (d - 1))) >> d);
  }
}

/**
 * ByteEncode_d(Compress_d(f)) to `bytes` (f is overwritten with SIMD), or, when `compare`, only compared with what is there.
 * @returns 0, or with `compare`: not 0 when a bit differs
 */
export function compressTo(f: usize, bytes: usize, d: i32, compare: bool): u32 {
  let pending: u64 = 0;
  let bits = 0;
  let difference: u32 = 0;
  const end = f + POLY;
  if (ASC_FEATURE_SIMD) {
    for (let p = f; p < end; p += 16) v128.store(p, Compression.compress8(v128.load(p), d));
  }
  do {
    if (ASC_FEATURE_SIMD) pending |= (<u64>load<u16>(f)) << bits;
    else pending |= (<u64>Compression.compress(Zq.canonical(load<i16>(f)), d)) << bits;
    f += 2;
    bits += d;
    if (bits >= 32) {
      if (compare) difference |= load<u32>(bytes) ^ <u32>pending;
      else store<u32>(bytes, <u32>pending);
      bytes += 4;
      pending >>= 32;
      bits -= 32;
    }
  } while (f < end);
  return difference;
}

/** Decompress_d(ByteDecode_d(bytes)) to `f`. */
export function decompressFrom(bytes: usize, f: usize, d: i32): void {
  let pending: u64 = 0;
  let bits = 0;
  const mask: u32 = (1 << d) - 1;
  const end = f + POLY;
  do {
    if (bits < d) {
      pending |= (<u64>load<u32>(bytes)) << bits;
      bytes += 4;
      bits += 32;
    }
    store<u16>(f, <u16>Compression.decompress(<u32>pending & mask, d));
    pending >>= d;
    bits -= d;
    f += 2;
  } while (f < end);
}

/** f + Decompress_1(ByteDecode_1(m)): (q + 1) / 2 for each bit that is set. */
export function addMessage(m: usize, f: usize): void {
  const end = f + POLY;
  do {
    const byte = <i32>load<u8>(m++);
    for (let i = 0; i < 8; i++, f += 2) store<i16>(f, <i32>load<i16>(f) + (-((byte >> i) & 1) & ((Q + 1) / 2)));
  } while (f < end);
}

/** m = ByteEncode_1(Compress_1(v - w)), 32 bytes. */
export function messageOf(v: usize, w: usize, m: usize): void {
  const end = v + POLY;
  do {
    let byte: u32 = 0;
    for (let i = 0; i < 8; i++, v += 2, w += 2) {
      byte |= Compression.compress(Zq.canonical(<i32>load<i16>(v) - <i32>load<i16>(w)), 1) << i;
    }
    store<u8>(m++, <u8>byte);
  } while (v < end);
}

/** f + g, to f. */
export function add(f: usize, g: usize): void {
  const end = f + POLY;
  if (ASC_FEATURE_SIMD) {
    for (; f < end; f += 16, g += 16) v128.store(f, i16x8.add(v128.load(f), v128.load(g)));
  } else {
    do {
      store<i16>(f, load<i16>(f) + load<i16>(g));
      f += 2;
      g += 2;
    } while (f < end);
  }
}
