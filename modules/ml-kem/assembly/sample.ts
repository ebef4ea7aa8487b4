// Sampling (FIPS 203, 4.2.2): uniform polynomials from the public rho, small ones from secret seeds.

import { keccakF1600 } from '../../lib/assembly/generated/keccak-f1600';
import { keccakF1600x2 } from '../../lib/assembly/generated/keccak-f1600-x2';
import { SHAKE128_RATE, SHAKE256_RATE, SHAKE_SUFFIX } from '../../lib/assembly/keccak';
import { addProduct } from './multiply';
import { POLY } from './ntt';
import { ETA1, K, Q } from './params';
import { POLY_2, SAMPLE, SAMPLE_BYTES, STATE, SUMS, VECTOR } from './workspace';

/** The last byte of a block ends the padding (FIPS 202, pad10*1). */
const PAD_END: u8 = 0x80;

/** Starts SHAKE on 32 bytes and `tail`: what follows them, and the suffix. */
function seed(bytes: usize, tail: u32, rate: usize): void {
  for (let i: usize = 0; i < 32; i += 8) store<u64>(STATE + i, load<u64>(bytes + i));
  for (let p = STATE + 40; p < STATE + 200; p += 8) store<u64>(p, 0);
  store<u64>(STATE, tail, 32);
  store<u8>(STATE + rate - 1, PAD_END);
}

/** The same for two interleaved states. */
function seedPair(bytes: usize, tail0: u32, tail1: u32, rate: usize): void {
  memory.fill(STATE, 0, 400);
  for (let i: usize = 0; i < 4; i++) v128.store(STATE + (i << 4), v128.load64_splat(bytes + (i << 3)));
  store<u32>(STATE, tail0, 64);
  store<u32>(STATE, tail1, 72);
  store<u8>(STATE + 2 * rate - 9, PAD_END);
  store<u8>(STATE + 2 * rate - 1, PAD_END);
}

/**
 * Row i of A-hat, or of its transpose, times the vector: left in the sums. A-hat[i, j] = SampleNTT(rho || j || i). Rows come in
 * order from 0 on: with SIMD, two polynomials are sampled at once, and the second may be the next row's first.
 */
export function multiplyRow(rho: usize, i: i32, transposed: bool): void {
  const shift = transposed ? 0 : 8;
  for (let j = 0; j < K; j++) {
    if (ASC_FEATURE_SIMD) {
      const n = i * K + j;
      if (n & 1) {
        addProduct(SAMPLE + SAMPLE_BYTES, j);
        continue;
      }
      if (n + 1 < K * K) {
        const next = j + 1 < K ? Tail.of(i, j + 1, shift) : Tail.of(i + 1, 0, shift);
        SampleNTTPair(rho, Tail.of(i, j, shift), next);
        addProduct(SAMPLE, j);
        continue;
      }
    }
    SampleNTT(rho, Tail.of(i, j, shift));
    addProduct(SAMPLE, j);
  }
}

abstract class Tail {
  /** What follows rho for row i and column j: two bytes, i in those from bit `shift` (0 or 8) on, and SHAKE's suffix. */
  @inline
  static of(i: i32, j: i32, shift: i32): u32 {
    return (i << shift) | (j << (8 - shift)) | ((<u32>SHAKE_SUFFIX) << 16);
  }
}

/** Algorithm 7, SampleNTT. rho is public, so time may depend on it. */
function SampleNTT(rho: usize, tail: u32): void {
  seed(rho, tail, SHAKE128_RATE);
  let a = SAMPLE;
  const end = SAMPLE + POLY;
  const blockEnd = STATE + SHAKE128_RATE;
  let p = blockEnd;
  while (a < end) {
    if (p == blockEnd) {
      keccakF1600(STATE);
      p = STATE;
    }
    // Four candidates in six bytes: as many as are still wanted, or as the block has left.
    const wanted = p + 6 * ((end - a + 7) >> 3);
    const stop = wanted < blockEnd ? wanted : blockEnd;
    do {
      const d = load<u64>(p);
      a = Candidate.put(<u32>d, a);
      a = Candidate.put(<u32>d >> 12, a);
      a = Candidate.put(<u32>(d >> 24), a);
      a = Candidate.put(<u32>(d >> 36), a);
      p += 6;
    } while (p < stop);
  }
}

abstract class Candidate {
  /** Stores 12 bits at `a`; the next candidate overwrites them unless they are below q. */
  @inline
  static put(d: u32, a: usize): usize {
    d &= 0xfff;
    store<u16>(a, <u16>d);
    return a + (usize(d < <u32>Q) << 1);
  }
}

/** The two of a pair: each has its place, and what is left of it to fill. */
function SampleNTTPair(rho: usize, tail0: u32, tail1: u32): void {
  if (!load<u8>(COMPACTION, 17)) fillCompaction();
  seedPair(rho, tail0, tail1, SHAKE128_RATE);
  let a = SAMPLE,
    b = SAMPLE + SAMPLE_BYTES;
  const aEnd = a + POLY,
    bEnd = b + POLY;
  while (a < aEnd || b < bEnd) {
    keccakF1600x2(STATE);
    // Three lanes are 24 bytes: 16 candidates. In a vector are the first state's lane and the second's.
    for (let p = STATE, stop = STATE + 2 * SHAKE128_RATE; p < stop; p += 48) {
      const x = v128.load(p),
        y = v128.load(p, 16),
        z = v128.load(p, 32);
      if (a < aEnd) {
        a = eight(i8x16.shuffle(x, y, 0, 1, 1, 2, 3, 4, 4, 5, 6, 7, 7, 16, 17, 18, 18, 19), a);
        a = eight(i8x16.shuffle(y, z, 4, 5, 5, 6, 7, 16, 16, 17, 18, 19, 19, 20, 21, 22, 22, 23), a);
      }
      if (b < bEnd) {
        b = eight(i8x16.shuffle(x, y, 8, 9, 9, 10, 11, 12, 12, 13, 14, 15, 15, 24, 25, 26, 26, 27), b);
        b = eight(i8x16.shuffle(y, z, 12, 13, 13, 14, 15, 24, 24, 25, 26, 27, 27, 28, 29, 30, 30, 31), b);
      }
    }
  }
}

/** For each set of accepted lanes, as a byte's bits: which bytes move to the front. */
const COMPACTION: usize = ASC_FEATURE_SIMD ? memory.data(256 * 16, 16) : 0;

function fillCompaction(): void {
  for (let set: usize = 0; set < 256; set++) {
    let p = COMPACTION + (set << 4);
    for (let lane: u32 = 0; lane < 8; lane++) {
      if (!((set >> lane) & 1)) continue;
      store<u16>(p, <u16>(lane * 0x0202 + 0x0100));
      p += 2;
    }
  }
}

/** Stores those of eight candidates that are below q at `a`; `pairs` has the three bytes of each two as 0, 1, 1, 2. */
function eight(pairs: v128, a: usize): usize {
  const odd = i32x4.splat(<i32>0xffff0000);
  const candidates = v128.bitselect(i16x8.shr_u(pairs, 4), v128.and(pairs, i32x4.splat(0x0fff)), odd);
  const below = i16x8.bitmask(i16x8.lt_s(candidates, i16x8.splat(<i16>Q)));
  v128.store(a, i8x16.swizzle(candidates, v128.load(COMPACTION + ((<usize>below) << 4))));
  return a + ((<usize>popcnt(below)) << 1);
}

/**
 * The vector becomes noise: SamplePolyCBD_eta(PRF_eta(s, n)) for n < k, with eta1; with SIMD also the polynomials up to
 * `count`, with eta2 (`eta` of Algorithm 13 is always eta1). Secret, as all that follows.
 */
export function sampleVector(s: usize, count: i32, eta2: i32): void {
  if (ASC_FEATURE_SIMD) {
    for (let n = 0; n < count; n += 2) {
      const f = VECTOR + n * <i32>POLY;
      // k is even where eta1 and eta2 differ, so a pair has one eta.
      const eta = n < K ? ETA1 : eta2;
      if (n + 1 < count) sampleNoisePair(s, n, eta, f);
      else sampleNoise(s, n, eta, f);
    }
  } else {
    for (let n = 0; n < K; n++) sampleNoise(s, n, ETA1, VECTOR + n * <i32>POLY);
  }
}

/** Where noise n >= k is: with SIMD it was sampled with the vector, otherwise it is sampled now. */
export function noise(s: usize, n: i32, eta: i32): usize {
  if (ASC_FEATURE_SIMD) return VECTOR + n * <i32>POLY;
  sampleNoise(s, n, eta, POLY_2);
  return POLY_2;
}

/** SamplePolyCBD_eta(PRF_eta(s, n)) to `f`; the sums are overwritten. */
function sampleNoise(s: usize, n: i32, eta: i32, f: usize): void {
  seed(s, n | ((<u32>SHAKE_SUFFIX) << 8), SHAKE256_RATE);
  keccakF1600(STATE);
  if (eta == 2) {
    if (ASC_FEATURE_SIMD) {
      for (let p = STATE, end = STATE + 128; p < end; p += 16, f += 64) eta2(v128.load(p), f, f + 32);
    } else {
      for (let p = STATE, end = STATE + 128; p < end; p += 4, f += 16) eightOfEta2(load<u32>(p), f);
    }
    return;
  }
  // 192 bytes of PRF_3: a block and a part of the next.
  memory.copy(SUMS, STATE, SHAKE256_RATE);
  keccakF1600(STATE);
  memory.copy(SUMS + SHAKE256_RATE, STATE, 192 - SHAKE256_RATE);
  for (let p = SUMS, end = SUMS + 192; p < end; p += 3, f += 8) fourOfEta3(load<u32>(p), f);
}

/** The same for n and n + 1, one polynomial after the other at `f`. */
function sampleNoisePair(s: usize, n: i32, eta: i32, f: usize): void {
  const suffix = (<u32>SHAKE_SUFFIX) << 8;
  seedPair(s, n | suffix, (n + 1) | suffix, SHAKE256_RATE);
  keccakF1600x2(STATE);
  if (eta == 2) {
    for (let p = STATE, end = STATE + 256; p < end; p += 16, f += 32) eta2(v128.load(p), f, f + POLY);
    return;
  }
  separate(SUMS, SHAKE256_RATE);
  keccakF1600x2(STATE);
  separate(SUMS + SHAKE256_RATE, 192 - SHAKE256_RATE);
  for (let p = SUMS, end = SUMS + 192; p < end; p += 3, f += 8) {
    fourOfEta3(load<u32>(p), f);
    fourOfEta3(load<u32>(p, 192), f + POLY);
  }
}

/** `length` bytes of either state, the second's 192 bytes after the first's. */
function separate(out: usize, length: usize): void {
  for (let p = STATE, end = STATE + 2 * length; p < end; p += 16, out += 8) {
    store<u64>(out, load<u64>(p));
    store<u64>(out, load<u64>(p, 8), 192);
  }
}

/** Algorithm 8, SamplePolyCBD, eta = 2: each 2 bits become their sum, then neighbours are subtracted, four at once. */
function eightOfEta2(bits: u32, f: usize): void {
  const d = (bits & 0x55555555) + ((bits >> 1) & 0x55555555);
  fourOfEta2(d & 0xffff, f);
  fourOfEta2(d >> 16, f + 8);
}

/** Four half-bytes of two sums each. */
function fourOfEta2(sums: u64, f: usize): void {
  let d = (sums | (sums << 24)) & 0x000000ff000000ff;
  d = (d | (d << 12)) & 0x000f000f000f000f;
  // The upper bit of each lane keeps the subtraction in it.
  store<u64>(
    f,
    (((d & 0x0003000300030003) | 0x8000800080008000) - ((d >> 2) & 0x0003000300030003)) ^ 0x8000800080008000,
  );
}

/** The same with a table of the 16 half-bytes in a vector: 16 coefficients of each half of `bits`. */
function eta2(bits: v128, f: usize, g: usize): void {
  const table = i8x16(0, 1, 1, 2, -1, 0, 0, 1, -1, 0, 0, 1, -2, -1, -1, 0);
  const low = v128.and(bits, i8x16.splat(15));
  const high = i8x16.shr_u(bits, 4);
  const first = i8x16.shuffle(low, high, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  const second = i8x16.shuffle(low, high, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
  const a = i8x16.swizzle(table, first);
  const b = i8x16.swizzle(table, second);
  v128.store(f, i16x8.extend_low_i8x16_s(a));
  v128.store(f, i16x8.extend_high_i8x16_s(a), 16);
  v128.store(g, i16x8.extend_low_i8x16_s(b));
  v128.store(g, i16x8.extend_high_i8x16_s(b), 16);
}

/** The same, eta = 3, for 24 bits. */
function fourOfEta3(bits: u32, f: usize): void {
  const d = (bits & 0x249249) + ((bits >> 1) & 0x249249) + ((bits >> 2) & 0x249249);
  store<i16>(f, <i32>(d & 7) - <i32>((d >> 3) & 7));
  store<i16>(f, <i32>((d >> 6) & 7) - <i32>((d >> 9) & 7), 2);
  store<i16>(f, <i32>((d >> 12) & 7) - <i32>((d >> 15) & 7), 4);
  store<i16>(f, <i32>((d >> 18) & 7) - <i32>((d >> 21) & 7), 6);
}
