// ML-DSA.Verify (FIPS 204, Algorithms 3 and 8) for the set in force, on bytes where they lie.
//
// Memory: `work` holds verifyWork() bytes, 64-byte aligned with SIMD; nothing else is written. Everything here is public, so time
// may depend on the data. Lengths are the caller's duty: publicKeyBytes() and signatureBytes().

import { SHAKE256_RATE, SHAKE_SUFFIX, spongeAbsorb, spongeFinish, spongeInit } from '../../lib/assembly/keccak';
import { hintIsWellFormed, unpackT1, unpackZ, w1Encode } from './encode';
import { inverseNTT, NTT, POLY } from './ntt';
import { C_TILDE_BYTES, GAMMA2, K, L, L_MAX, OMEGA, publicKeyBytes, zBytes } from './params';
import { UseHint } from './rounding';
import { ACCUMULATOR, addRowProduct, ROW_WORK, SampleInBall } from './sample';
import { subtractProductAndReduce } from './sums';

// The workspace: mu, a sponge, the row sampler's memory, c-hat, one polynomial, a row's sums, z-hat.
const MU: usize = 0;
const H: usize = 64;
const ROW: usize = 320;
const C: usize = ROW + ROW_WORK;
const W: usize = C + POLY;
const SUMS: usize = W + POLY;
const Z: usize = SUMS + ACCUMULATOR;

/** Bytes of workspace for any set. */
export const VERIFY_WORK: usize = Z + L_MAX * POLY;

/** Bytes of workspace for the set in force. */
export function verifyWork(): usize {
  return Z + L * POLY;
}

/** Algorithm 3, ML-DSA.Verify: `message` signed with the context string `context`. */
export function verify(
  publicKey: usize,
  message: usize,
  messageLength: usize,
  signature: usize,
  context: usize,
  contextLength: usize,
  work: usize,
): bool {
  if (contextLength > 255) return false;
  beginMu(publicKey, work);
  // M' = 0 || |ctx| || ctx || M
  store<u16>(work, <u16>(contextLength << 8), W);
  updateMu(work + W, 2, work);
  updateMu(context, contextLength, work);
  updateMu(message, messageLength, work);
  finishMu(work);
  return verifyMu(publicKey, signature, work);
}

/** Step 6 of Algorithm 8 begins: mu = H(tr || M', 64), with tr = H(pk, 64). M' follows by `updateMu`. */
export function beginMu(publicKey: usize, work: usize): void {
  const sponge = work + H;
  spongeInit(sponge, SHAKE256_RATE);
  spongeAbsorb(sponge, publicKey, publicKeyBytes());
  spongeFinish(sponge, SHAKE_SUFFIX);
  memory.copy(work + MU, sponge, 64);
  spongeInit(sponge, SHAKE256_RATE);
  spongeAbsorb(sponge, work + MU, 64);
}

/** The next bytes of M'. */
export function updateMu(bytes: usize, length: usize, work: usize): void {
  spongeAbsorb(work + H, bytes, length);
}

/** M' is complete: mu is the first 64 bytes of `work`. */
export function finishMu(work: usize): void {
  spongeFinish(work + H, SHAKE_SUFFIX);
  memory.copy(work + MU, work + H, 64);
}

/** Algorithm 8, ML-DSA.Verify_internal, from its step 7 on, for the mu in the first 64 bytes of `work`. */
export function verifyMu(publicKey: usize, signature: usize, work: usize): bool {
  const cHat = work + C;
  const w = work + W;
  const sums = work + SUMS;
  const sponge = work + H;

  // Steps 2 to 4 and 13: the signature's parts; a malformed hint or a large z is refused before the costly steps.
  const z = signature + C_TILDE_BYTES;
  const hint = z + zBytes() * L;
  if (!hintIsWellFormed(hint)) return false;
  for (let j = 0; j < L; j++) {
    const zHat = work + Z + j * <i32>POLY;
    if (!unpackZ(z + j * zBytes(), zHat)) return false;
    NTT(zHat);
  }
  SampleInBall(signature, cHat, sponge);
  NTT(cHat);

  // Steps 9 to 12, a row at a time: w'_approx = NTT^-1(A-hat z-hat - c-hat NTT(t1 2^d)), its hinted high bits hashed.
  spongeInit(sponge, SHAKE256_RATE);
  spongeAbsorb(sponge, work + MU, 64);
  let index: usize = 0;
  for (let i = 0; i < K; i++) {
    memory.fill(sums, 0, ACCUMULATOR);
    addRowProduct(publicKey, i, work + Z, sums, work + ROW);
    unpackT1(publicKey + 32 + 320 * i, w);
    NTT(w);
    subtractProductAndReduce(sums, cHat, w);
    inverseNTT(w);
    for (const end: usize = load<u8>(hint + OMEGA + i); index < end; index++) {
      // A multiple of 2 gamma2 has exactly the high bits that the hint asks for.
      const r = w + ((<usize>load<u8>(hint + index)) << 2);
      store<i32>(r, UseHint(load<i32>(r)) * 2 * GAMMA2);
    }
    spongeAbsorb(sponge, sums, w1Encode(w, sums));
  }
  spongeFinish(sponge, SHAKE_SUFFIX);
  return memory.compare(sponge, signature, C_TILDE_BYTES) == 0;
}
