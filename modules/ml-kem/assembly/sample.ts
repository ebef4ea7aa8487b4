// Sampling (FIPS 203, 4.2.2): uniform polynomials from the public rho, small ones from secret seeds.

import { keccakF1600 } from '../../lib/assembly/generated/keccak-f1600';
import { keccakF1600x2 } from '../../lib/assembly/generated/keccak-f1600-x2';
import { SHAKE128_RATE, SHAKE256_RATE, SHAKE_SUFFIX } from '../../lib/assembly/keccak';
import { addProduct } from './multiply';
import { POLY } from './ntt';
import { K, Q } from './params';
import { SAMPLE, SAMPLE_BYTES, STATE, SUMS } from './workspace';

/** The last byte of a block ends the padding (FIPS 202, pad10*1). */
const PAD_END: u8 = 0x80;

/** Starts SHAKE on 32 bytes and `tail`: what follows them, and the suffix. */
function seed(bytes: usize, tail: u32, rate: usize): void {
  memory.fill(STATE + 32, 0, 168);
  memory.copy(STATE, bytes, 32);
  store<u32>(STATE, tail, 32);
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

/** Row i of A-hat, or of its transpose, times the vector: left in the sums. A-hat[i, j] = SampleNTT(rho || j || i). */
export function multiplyRow(rho: usize, i: i32, transposed: bool): void {
  const suffix = (<u32>SHAKE_SUFFIX) << 16;
  for (let j = 0; j < K; j++) {
    const tail = transposed ? i | (j << 8) : j | (i << 8);
    if (ASC_FEATURE_SIMD && j + 1 < K) {
      SampleNTTPair(rho, tail | suffix, (transposed ? tail + 256 : tail + 1) | suffix);
      addProduct(SAMPLE, j);
      j++;
      addProduct(SAMPLE + SAMPLE_BYTES, j);
    } else {
      SampleNTT(rho, tail | suffix);
      addProduct(SAMPLE, j);
    }
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
    // Two candidates in three bytes: as many as are still wanted, or as the block has left.
    const wanted = p + 3 * ((end - a + 3) >> 2);
    const stop = wanted < blockEnd ? wanted : blockEnd;
    do {
      const d = load<u32>(p);
      a = Candidate.put(d, a);
      a = Candidate.put(d >> 12, a);
      p += 3;
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

function SampleNTTPair(rho: usize, tail0: u32, tail1: u32): void {
  seedPair(rho, tail0, tail1, SHAKE128_RATE);
  let a = SAMPLE,
    b = SAMPLE + SAMPLE_BYTES;
  const aEnd = a + POLY,
    bEnd = b + POLY;
  while (a < aEnd || b < bEnd) {
    keccakF1600x2(STATE);
    // Three lanes are 24 bytes: 16 candidates.
    for (let p = STATE, stop = STATE + 2 * SHAKE128_RATE; p < stop; p += 48) {
      if (a < aEnd) a = sixteen(load<u64>(p), load<u64>(p, 16), load<u64>(p, 32), a);
      if (b < bEnd) b = sixteen(load<u64>(p, 8), load<u64>(p, 24), load<u64>(p, 40), b);
    }
  }
}

function sixteen(w0: u64, w1: u64, w2: u64, a: usize): usize {
  a = Candidate.put(<u32>w0, a);
  a = Candidate.put(<u32>(w0 >> 12), a);
  a = Candidate.put(<u32>(w0 >> 24), a);
  a = Candidate.put(<u32>(w0 >> 36), a);
  a = Candidate.put(<u32>(w0 >> 48), a);
  a = Candidate.put(<u32>((w0 >> 60) | (w1 << 4)), a);
  a = Candidate.put(<u32>(w1 >> 8), a);
  a = Candidate.put(<u32>(w1 >> 20), a);
  a = Candidate.put(<u32>(w1 >> 32), a);
  a = Candidate.put(<u32>(w1 >> 44), a);
  a = Candidate.put(<u32>((w1 >> 56) | (w2 << 8)), a);
  a = Candidate.put(<u32>(w2 >> 4), a);
  a = Candidate.put(<u32>(w2 >> 16), a);
  a = Candidate.put(<u32>(w2 >> 28), a);
  a = Candidate.put(<u32>(w2 >> 40), a);
  return Candidate.put(<u32>(w2 >> 52), a);
}

/** SamplePolyCBD_eta(PRF_eta(s, n)) to `f`; the sums are overwritten. Secret. */
export function sampleNoise(s: usize, n: i32, eta: i32, f: usize): void {
  seed(s, n | ((<u32>SHAKE_SUFFIX) << 8), SHAKE256_RATE);
  keccakF1600(STATE);
  if (eta == 2) {
    for (let p = STATE, end = STATE + 128; p < end; p += 4, f += 16) eightOfEta2(load<u32>(p), f);
    return;
  }
  // 192 bytes of PRF_3: a block and a part of the next.
  memory.copy(SUMS, STATE, SHAKE256_RATE);
  keccakF1600(STATE);
  memory.copy(SUMS + SHAKE256_RATE, STATE, 192 - SHAKE256_RATE);
  for (let p = SUMS, end = SUMS + 192; p < end; p += 3, f += 8) fourOfEta3(load<u32>(p), f);
}

/** Two polynomials with eta = 2 for n and n + 1, one after the other at `f`. */
export function sampleNoisePair(s: usize, n: i32, f: usize): void {
  const suffix = (<u32>SHAKE_SUFFIX) << 8;
  seedPair(s, n | suffix, (n + 1) | suffix, SHAKE256_RATE);
  keccakF1600x2(STATE);
  for (let p = STATE, end = STATE + 256; p < end; p += 16, f += 32) {
    eightOfEta2(load<u32>(p), f);
    eightOfEta2(load<u32>(p, 4), f + 16);
    eightOfEta2(load<u32>(p, 8), f + POLY);
    eightOfEta2(load<u32>(p, 12), f + POLY + 16);
  }
}

/** Algorithm 8, SamplePolyCBD, eta = 2: each 2 bits become their sum, then neighbours are subtracted. */
function eightOfEta2(bits: u32, f: usize): void {
  const d = (bits & 0x55555555) + ((bits >> 1) & 0x55555555);
  store<i16>(f, <i32>(d & 3) - <i32>((d >> 2) & 3));
  store<i16>(f, <i32>((d >> 4) & 3) - <i32>((d >> 6) & 3), 2);
  store<i16>(f, <i32>((d >> 8) & 3) - <i32>((d >> 10) & 3), 4);
  store<i16>(f, <i32>((d >> 12) & 3) - <i32>((d >> 14) & 3), 6);
  store<i16>(f, <i32>((d >> 16) & 3) - <i32>((d >> 18) & 3), 8);
  store<i16>(f, <i32>((d >> 20) & 3) - <i32>((d >> 22) & 3), 10);
  store<i16>(f, <i32>((d >> 24) & 3) - <i32>((d >> 26) & 3), 12);
  store<i16>(f, <i32>((d >> 28) & 3) - <i32>(d >> 30), 14);
}

/** The same, eta = 3, for 24 bits. */
function fourOfEta3(bits: u32, f: usize): void {
  const d = (bits & 0x249249) + ((bits >> 1) & 0x249249) + ((bits >> 2) & 0x249249);
  store<i16>(f, <i32>(d & 7) - <i32>((d >> 3) & 7));
  store<i16>(f, <i32>((d >> 6) & 7) - <i32>((d >> 9) & 7), 2);
  store<i16>(f, <i32>((d >> 12) & 7) - <i32>((d >> 15) & 7), 4);
  store<i16>(f, <i32>((d >> 18) & 7) - <i32>((d >> 21) & 7), 6);
}
