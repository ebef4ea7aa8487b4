// The component scheme K-PKE (FIPS 203, 5). Not to be used by itself: ml-kem.ts makes the KEM of it.

import { Public } from '../../lib/assembly/declassify';
import { add, addMessage, ByteDecode12, ByteEncode12, compressTo, decompressFrom, messageOf } from './encode';
import { G } from './hashes';
import { addProduct, addToSums, fillCache, reduceSums } from './multiply';
import { inverseNTT, NTT, POLY } from './ntt';
import { DU, DV, ETA1, ETA2, K, vectorBytes } from './params';
import { multiplyRow, noise, sampleVector } from './sample';
import { POLY_1, POLY_2, SAMPLE, SEEDS, VECTOR } from './workspace';

/** Algorithm 13, K-PKE.KeyGen, from the 32 bytes at `d` and the byte k after them. */
export function KeyGen(d: usize, ek: usize, dk: usize): void {
  const rho = ek + vectorBytes();
  const sigma = SEEDS + 32;
  G(d, 33, SEEDS);
  Public.bytes(SEEDS, 32);
  memory.copy(rho, SEEDS, 32);

  sampleVector(sigma, 2 * K, ETA1);
  transformVector(); // s-hat
  for (let i = 0; i < K; i++) {
    ByteEncode12(VECTOR + i * <i32>POLY, dk + 384 * i);
    // t-hat = A-hat s-hat + e-hat
    const e = noise(sigma, K + i, ETA1);
    NTT(e);
    multiplyRow(rho, i, false);
    addToSums(e, POLY_1);
    ByteEncode12(POLY_1, ek + 384 * i);
  }
}

/**
 * Algorithm 14, K-PKE.Encrypt, of the 32 bytes at `m` with the randomness `r`: to `c`, or, when `compare`, compared
 * with what is there.
 * @returns 0, or with `compare`: not 0 when a bit differs
 */
export function Encrypt(ek: usize, m: usize, r: usize, c: usize, compare: bool): u32 {
  const rho = ek + vectorBytes();
  const polyBytes = 32 * DU;
  let difference: u32 = 0;
  sampleVector(r, 2 * K + 1, ETA2);
  transformVector(); // y-hat
  for (let i = 0; i < K; i++) {
    // u = NTT^-1(A-hat^T y-hat) + e1
    multiplyRow(rho, i, true);
    reduceSums(POLY_1);
    inverseNTT(POLY_1);
    add(POLY_1, noise(r, K + i, ETA2));
    difference |= compressTo(POLY_1, c + polyBytes * i, DU, compare);
  }
  // v = NTT^-1(t-hat^T y-hat) + e2 + mu
  for (let j = 0; j < K; j++) {
    ByteDecode12(ek + 384 * j, SAMPLE);
    addProduct(SAMPLE, j);
  }
  reduceSums(POLY_1);
  inverseNTT(POLY_1);
  add(POLY_1, noise(r, 2 * K, ETA2));
  addMessage(m, POLY_1);
  return difference | compressTo(POLY_1, c + polyBytes * K, DV, compare);
}

/** Algorithm 15, K-PKE.Decrypt: 32 bytes to `m`. */
export function Decrypt(dk: usize, c: usize, m: usize): void {
  const polyBytes = 32 * DU;
  for (let j = 0; j < K; j++) decompressFrom(c + polyBytes * j, VECTOR + j * <i32>POLY, DU);
  transformVector();
  for (let j = 0; j < K; j++) {
    ByteDecode12(dk + 384 * j, SAMPLE);
    addProduct(SAMPLE, j);
  }
  reduceSums(POLY_1);
  inverseNTT(POLY_1);
  decompressFrom(c + polyBytes * K, POLY_2, DV);
  messageOf(POLY_2, POLY_1, m);
}

/** The vector in the transform's domain, and its caches. */
function transformVector(): void {
  for (let i = 0; i < K; i++) {
    NTT(VECTOR + i * <i32>POLY);
    fillCache(i);
  }
}
