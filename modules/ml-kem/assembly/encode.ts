// Bytes and bits of polynomials (FIPS 203, 4.2.1). No branch on a coefficient and no division.

import { POLY } from './ntt';
import { Q } from './params';
import { Zq } from './zq';

/** Algorithm 5, ByteEncode_12, of coefficients |f| < 2^15. */
export function ByteEncode12(f: usize, bytes: usize): void {
  const end = f + POLY;
  do {
    const a = Zq.canonical(load<i16>(f)) | (Zq.canonical(load<i16>(f, 2)) << 12);
    store<u16>(bytes, <u16>a);
    store<u8>(bytes, <u8>(a >> 16), 2);
    f += 4;
    bytes += 3;
  } while (f < end);
}

/** Algorithm 6, ByteDecode_12, not reduced: 12 bits as they are. */
export function ByteDecode12(bytes: usize, f: usize): void {
  const end = f + POLY;
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

  /** (4.8), Decompress_d. */
  @inline
  static decompress(y: u32, d: i32): i32 {
    return <i32>((y * Q + (1 << (d - 1))) >> d);
  }
}

/**
 * ByteEncode_d(Compress_d(f)) to `bytes`, or, when `compare`, only compared with what is there.
 * @returns 0, or with `compare`: not 0 when a bit differs
 */
export function compressTo(f: usize, bytes: usize, d: i32, compare: bool): u32 {
  let pending: u64 = 0;
  let bits = 0;
  let difference: u32 = 0;
  const end = f + POLY;
  do {
    pending |= (<u64>Compression.compress(Zq.canonical(load<i16>(f)), d)) << bits;
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
