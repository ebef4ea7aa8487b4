// Pseudorandom sampling from public seeds (FIPS 204, 7.3): the challenge, and A-hat. Verification never stores A-hat: a
// row is multiplied while it is sampled. Signing, which uses it several times, stores it packed.

import { keccakF1600 } from '../../lib/assembly/generated/keccak-f1600';
import { keccakF1600x2 } from '../../lib/assembly/generated/keccak-f1600-x2';
import {
  SHAKE128_RATE,
  SHAKE256_RATE,
  SHAKE_SUFFIX,
  spongeAbsorb,
  spongeFinish,
  spongeInit,
} from '../../lib/assembly/keccak';
import { POLY } from './ntt';
import { C_TILDE_BYTES, L, Q, TAU } from './params';

/** Bytes of a vector of 256 i64. */
export const ACCUMULATOR: usize = 2048;
/** Bytes of a polynomial of A-hat as it is sampled: 3 a coefficient, of which 23 bits count. */
export const PACKED: usize = 768;
/** Where the row sampler may write: a state (a pair with SIMD), 64-byte aligned, then two packed polynomials with SIMD. */
export const ROW_WORK: usize = ASC_FEATURE_SIMD ? 448 + 2 * (PACKED + 64) : 256;
const PAIR: usize = 448;
/** A packed polynomial, and room for what `eight` writes past its end. */
const SAMPLE: usize = PACKED + 64;

/** The last byte of a SHAKE128 block ends the padding (pad10*1). */
const PAD_END: u8 = 0x80;

abstract class Candidate {
  /** s and r of Algorithm 32, step 3, as bytes 32 and 33 of the input, then SHAKE's suffix. */
  @inline
  static indices(r: i32, s: i32): u32 {
    return <u32>(s | (r << 8)) | ((<u32>SHAKE_SUFFIX) << 16);
  }

  /** Stores a candidate packed at `a`; the next one overwrites it unless it is below q (Algorithm 14). */
  @inline
  static put(candidate: u32, a: usize): usize {
    candidate &= 0x7fffff;
    store<u32>(a, candidate);
    return a + 3 * usize(candidate < <u32>Q);
  }
}

/** Algorithm 29, SampleInBall: c with tau coefficients of +-1, from c~ at `seed`. `sponge`: SPONGE_BYTES to work in. */
export function SampleInBall(seed: usize, c: usize, sponge: usize): void {
  memory.fill(c, 0, POLY);
  spongeInit(sponge, SHAKE256_RATE);
  spongeAbsorb(sponge, seed, C_TILDE_BYTES);
  spongeFinish(sponge, SHAKE_SUFFIX);
  let h = load<u64>(sponge);
  let position: usize = 8;
  for (let i: usize = 256 - TAU; i < 256; i++) {
    let j: usize;
    do {
      if (position == SHAKE256_RATE) {
        keccakF1600(sponge);
        position = 0;
      }
      j = load<u8>(sponge + position++);
    } while (j > i);
    const cj = c + (j << 2);
    store<i32>(c + (i << 2), load<i32>(cj));
    store<i32>(cj, 1 - 2 * <i32>(h & 1));
    h >>= 1;
  }
}

/**
 * Row r of Algorithm 32 (ExpandA) times the vector at `v` (L polynomials in the transform's domain, |a| <= 11 q),
 * added to the 256 i64 at `accumulator`: |sum| < 2^23 11 q 7 < 2^50.
 */
export function addRowProduct(rho: usize, r: i32, v: usize, accumulator: usize, work: usize): void {
  if (ASC_FEATURE_SIMD) {
    for (let s = 0; s < L; s += 2, v += 2 * POLY) {
      const a = work + PAIR;
      RejNTTPolyPair(rho, Candidate.indices(r, s), Candidate.indices(r, s + 1), work);
      addProduct(a, v, accumulator);
      if (s + 1 < L) addProduct(a + SAMPLE, v + POLY, accumulator);
    }
  } else {
    for (let s = 0; s < L; s++, v += POLY) addRejNTTPolyProduct(rho, Candidate.indices(r, s), v, accumulator, work);
  }
}

/** SHAKE128 of rho and two bytes, up to the first permutation. */
function absorbSeed(rho: usize, index: u32, state: usize): void {
  memory.fill(state + 32, 0, 168);
  memory.copy(state, rho, 32);
  store<u32>(state, index, 32);
  store<u8>(state, PAD_END, SHAKE128_RATE - 1);
}

/** Algorithm 30, RejNTTPoly, each coefficient multiplied and added as it comes out of the sponge. */
function addRejNTTPolyProduct(rho: usize, index: u32, v: usize, accumulator: usize, state: usize): void {
  absorbSeed(rho, index, state);
  const end = v + POLY;
  const blockEnd = state + SHAKE128_RATE;
  let p = blockEnd;
  while (v < end) {
    if (p == blockEnd) {
      keccakF1600(state);
      p = state;
    }
    // As many candidates as are still wanted, or as the block has left.
    const wanted = p + 3 * ((end - v) >> 2);
    const stop = wanted < blockEnd ? wanted : blockEnd;
    do {
      const a = load<u32>(p) & 0x7fffff; // Algorithm 14, CoeffFromThreeBytes
      p += 3;
      if (a < <u32>Q) {
        store<i64>(accumulator, load<i64>(accumulator) + <i64>a * <i64>load<i32>(v));
        accumulator += 8;
        v += 4;
      }
    } while (p < stop);
  }
}

/**
 * Algorithm 30, RejNTTPoly, of the `count` polynomials from number `first` on, in row-major order, packed to `a`. 16
 * bytes after the last are overwritten, too.
 */
export function sampleMatrix(rho: usize, first: i32, count: i32, a: usize, work: usize): void {
  // Numbers to rows and columns, without a division: the opcode test wants none in the module.
  let r = 0;
  let s = first;
  for (; s >= L; s -= L) r++;
  for (let n = 0; n < count; n++, a += PACKED) {
    const index = Candidate.indices(r, s);
    if (++s == L) {
      s = 0;
      r++;
    }
    if (ASC_FEATURE_SIMD) {
      RejNTTPolyPair(rho, index, Candidate.indices(r, s), work);
      memory.copy(a, work + PAIR, PACKED);
      if (++n == count) return;
      a += PACKED;
      memory.copy(a, work + PAIR + SAMPLE, PACKED);
      if (++s == L) {
        s = 0;
        r++;
      }
    } else RejNTTPoly(rho, index, a, work);
  }
}

/** Algorithm 30, packed to `a`. */
function RejNTTPoly(rho: usize, index: u32, a: usize, state: usize): void {
  absorbSeed(rho, index, state);
  const end = a + PACKED;
  const blockEnd = state + SHAKE128_RATE;
  let p = blockEnd;
  while (a < end) {
    if (p == blockEnd) {
      keccakF1600(state);
      p = state;
    }
    const wanted = p + (end - a);
    const stop = wanted < blockEnd ? wanted : blockEnd;
    do {
      a = Candidate.put(load<u32>(p), a);
      p += 3;
    } while (p < stop);
  }
}

/** Algorithm 30 for two polynomials at once, packed to `work` + PAIR and one SAMPLE further. */
function RejNTTPolyPair(rho: usize, index0: u32, index1: u32, work: usize): void {
  memory.fill(work, 0, 400);
  for (let i: usize = 0; i < 4; i++) v128.store(work + (i << 4), v128.load64_splat(rho + (i << 3)));
  store<u32>(work, index0, 64);
  store<u32>(work, index1, 72);
  store<u8>(work, PAD_END, 16 * (SHAKE128_RATE / 8 - 1) + 7);
  store<u8>(work, PAD_END, 16 * (SHAKE128_RATE / 8 - 1) + 15);
  let a = work + PAIR,
    b = a + SAMPLE;
  const aEnd = a + PACKED,
    bEnd = b + PACKED;
  while (a < aEnd || b < bEnd) {
    keccakF1600x2(work);
    // Three lanes are 24 bytes: eight candidates.
    for (let p = work, stop = work + 2 * SHAKE128_RATE; p < stop; p += 48) {
      if (a < aEnd) a = eight(load<u64>(p), load<u64>(p, 16), load<u64>(p, 32), a);
      if (b < bEnd) b = eight(load<u64>(p, 8), load<u64>(p, 24), load<u64>(p, 40), b);
    }
  }
}

function eight(w0: u64, w1: u64, w2: u64, a: usize): usize {
  a = Candidate.put(<u32>w0, a);
  a = Candidate.put(<u32>(w0 >> 24), a);
  a = Candidate.put(<u32>((w0 >> 48) | (w1 << 16)), a);
  a = Candidate.put(<u32>(w1 >> 8), a);
  a = Candidate.put(<u32>(w1 >> 32), a);
  a = Candidate.put(<u32>((w1 >> 56) | (w2 << 8)), a);
  a = Candidate.put(<u32>(w2 >> 16), a);
  return Candidate.put(<u32>(w2 >> 40), a);
}

/** The packed polynomial at `a` times `v`, added to the 256 i64 at `accumulator`. */
export function addProduct(a: usize, v: usize, accumulator: usize): void {
  const end = v + POLY;
  if (ASC_FEATURE_SIMD) {
    const mask = i32x4.splat(0x7fffff);
    for (; v < end; v += 16, a += 12, accumulator += 32) {
      const packed = v128.load(a);
      const x = v128.and(i8x16.shuffle(packed, packed, 0, 1, 2, 3, 3, 4, 5, 6, 6, 7, 8, 9, 9, 10, 11, 12), mask);
      const y = v128.load(v);
      v128.store(accumulator, i64x2.add(v128.load(accumulator), i64x2.extmul_low_i32x4_s(x, y)));
      v128.store(accumulator, i64x2.add(v128.load(accumulator, 16), i64x2.extmul_high_i32x4_s(x, y)), 16);
    }
  } else {
    do {
      store<i64>(accumulator, load<i64>(accumulator) + <i64>(load<u32>(a) & 0x7fffff) * <i64>load<i32>(v));
      a += 3;
      accumulator += 8;
      v += 4;
    } while (v < end);
  }
}
