// Parts of modules/ml-kem behind flat exports, for tests that try every input.
import { ByteDecode12, ByteEncode12, Compression } from '../../../modules/ml-kem/assembly/encode';
import { SHOUP_ZETAS, ZETAS } from '../../../modules/ml-kem/assembly/generated/zetas';
import { inverseNTT, NTT } from '../../../modules/ml-kem/assembly/ntt';
import { Pair, Zq } from '../../../modules/ml-kem/assembly/zq';

const F: usize = memory.data(512, 16);

export function polynomial(): usize {
  return F;
}
export function ntt(): void {
  NTT(F);
}
export function inverse(): void {
  inverseNTT(F);
}
export function compress(a: i32, d: i32): u32 {
  return Compression.compress(a, d);
}
/** Compress_d of all coefficients of the polynomial, by vectors. */
export function compressAll(d: i32): void {
  if (ASC_FEATURE_SIMD) {
    for (let p = F; p < F + 512; p += 16) v128.store(p, Compression.compress8(v128.load(p), d));
  } else {
    for (let p = F; p < F + 512; p += 2) store<i16>(p, <i16>Compression.compress(Zq.canonical(load<i16>(p)), d));
  }
}
export function decompress(y: u32, d: i32): i32 {
  return Compression.decompress(y, d);
}
export function reduce(a: i32): i32 {
  return Zq.reduce(a);
}
export function canonical(a: i32): i32 {
  return Zq.canonical(a);
}
/** The scalar build's reduction of a sum. */
export function plantard(a: i32): i32 {
  return Zq.plantard(a);
}
/** The scalar build's product with the factor zeta^BitRev7(i). */
export function timesZeta(a: i32, i: i32): i32 {
  return Zq.multiply(a, load<i32>(ZETAS + (i << 2)));
}
/** The scalar build's reduction of a sum to one of its representatives. */
export function reduceSum(a: i32): i32 {
  return Zq.reduceSum(a);
}
/** Lane by lane: the pair's product with zeta^BitRev7(i). */
export function pairTimesZeta(a: u64, i: i32): u64 {
  const zeta = SHOUP_ZETAS + (i << 2);
  return Pair.multiply(a, <u64>load<u16>(zeta), <u64>load<u16>(zeta, 2));
}
/** The polynomial's first two coefficients as a pair. */
export function loadPair(): u64 {
  return Pair.load(F);
}
/** A pair to the polynomial's first two coefficients. */
export function storePair(a: u64): void {
  Pair.store(F, a);
}
/** The SIMD build's reduction of a sum. */
export function montgomery(a: i32): i32 {
  if (!ASC_FEATURE_SIMD) return 0;
  else return i16x8.extract_lane_s(Zq.montgomery8(i32x4.splat(a), i32x4.splat(a)), 0);
}
const BYTES: usize = memory.data(384, 16);
/** ByteDecode_12(ByteEncode_12(f)). */
export function recode(): void {
  ByteEncode12(F, BYTES);
  ByteDecode12(BYTES, F);
}
