// The one place in memory where ML-KEM works. What it holds may be secret: `wipe` after each operation.

import { K_MAX } from './params';

/** Bytes of a polynomial's cache: see multiply.ts. */
export const CACHE_BYTES: usize = ASC_FEATURE_SIMD ? 512 : 256;
/** Bytes of a sampled polynomial with room for what the sampler writes past its end. */
export const SAMPLE_BYTES: usize = 576;

/** Polynomials of noise that are kept: with SIMD all 2k + 1, for they are sampled in pairs. */
const NOISES: usize = ASC_FEATURE_SIMD ? 2 * K_MAX + 1 : K_MAX;
const SAMPLES: usize = ASC_FEATURE_SIMD ? 2 : 1;

const SIZE: usize = 448 + 256 + NOISES * 512 + K_MAX * CACHE_BYTES + SAMPLES * SAMPLE_BYTES + 2 * 512 + 1024 + 128;
const WORK: usize = memory.data(<i32>SIZE, 64);

/** A Keccak state for sampling, or a pair with SIMD. */
export const STATE: usize = WORK;
/** The sponge of G, H and J. */
export const SPONGE: usize = STATE + 448;
/** A vector of at most k polynomials (the other noises after it), and their caches. */
export const VECTOR: usize = SPONGE + 256;
export const CACHES: usize = VECTOR + NOISES * 512;
/** One sampled polynomial, or two with SIMD. */
export const SAMPLE: usize = CACHES + K_MAX * CACHE_BYTES;
/** Two polynomials. */
export const POLY_1: usize = SAMPLE + SAMPLES * SAMPLE_BYTES;
export const POLY_2: usize = POLY_1 + 512;
/** 256 i32; between sums, the bytes of PRF. */
export const SUMS: usize = POLY_2 + 512;
/** G's output: 64 bytes. */
export const SEEDS: usize = SUMS + 1024;
/** G's input: 64 bytes. */
export const MESSAGE: usize = SEEDS + 64;

/** Overwrites all of it. */
export function wipe(): void {
  memory.fill(WORK, 0, SIZE);
}
