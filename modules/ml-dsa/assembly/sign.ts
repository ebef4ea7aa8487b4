// ML-DSA.Sign_internal (FIPS 204, Algorithm 7) for the set in force, from mu on.
//
// What may be known about a run: how often it began anew, and in which polynomial a check failed. No coefficient, no
// secret and nothing of a rejected attempt but its challenge shows in a branch, an address or the time.
//
// Memory: `work` holds SIGN_WORK bytes, 64-byte aligned with SIMD. The signature is made in its first SIGNATURE_ROOM
// bytes, where y-hat was; the rest is wiped. A-hat is needed once in each attempt: CACHED of its polynomials are kept,
// packed, and the others sampled again, so that ML-DSA-87 needs 56 KB in all.

import { wipeScratch } from '../../lib/assembly/generated/keccak-f1600-x2';
import { Public } from '../../lib/assembly/declassify';
import { SHAKE256_RATE, SHAKE_SUFFIX, spongeAbsorb, spongeFinish, spongeInit } from '../../lib/assembly/keccak';
import { w1Encode } from './encode';
import { SK_K, SK_S1, SK_TR, skS2, skT0 } from './keygen';
import { inverseNTT, NTT, POLY } from './ntt';
import {
  BETA,
  C_TILDE_BYTES,
  ETA,
  GAMMA1_BITS,
  GAMMA2,
  K,
  K_MAX,
  L,
  L_MAX,
  OMEGA,
  Q,
  signatureBytes,
  zBytes,
} from './params';
import { ACCUMULATOR, addProduct, PACKED, ROW_WORK, SampleInBall, sampleMatrix } from './sample';
import { centreAndCheck, expandMask, lowBitsAreBelow, MakeHint, pack, sBits, sBytes, T0_BYTES, unpack } from './secret';
import { multiplyAndReduce, reduceSums } from './sums';

/** Polynomials of A-hat that are kept; ML-DSA-65 has 30, ML-DSA-87 has 56. */
const CACHED: i32 = ASC_FEATURE_SIMD || K_MAX * L_MAX < 36 ? <i32>(K_MAX * L_MAX) : 36;

/** y-hat, then z packed in its place: z_j ends before y-hat_(j+1) begins. */
const Y: usize = 0;
export const SIGNATURE_ROOM: usize = L_MAX * POLY;
const W: usize = Y + L_MAX * POLY;
const C: usize = W + K_MAX * POLY;
const T: usize = C + POLY;
const SUMS: usize = T + POLY;
const MU: usize = SUMS + ACCUMULATOR;
const RHO2: usize = MU + 64;
const C_TILDE: usize = RHO2 + 64;
const H: usize = C_TILDE + 64;
const ROW: usize = H + 256;
const A: usize = ROW + ROW_WORK;
const EXTRA: usize = A + CACHED * <i32>PACKED;
export const SIGN_WORK: usize = EXTRA + PACKED + 16;

/** Step 6: mu = H(tr || M', 64) begins. M' follows by `updateMu`. */
export function beginMu(sk: usize, work: usize): void {
  spongeInit(work + H, SHAKE256_RATE);
  spongeAbsorb(work + H, sk + SK_TR, 64);
}

/** The next bytes of M'. */
export function updateMu(bytes: usize, length: usize, work: usize): void {
  spongeAbsorb(work + H, bytes, length);
}

/** M' is complete: the 64 bytes of mu to `mu`. */
export function finishMu(mu: usize, work: usize): void {
  spongeFinish(work + H, SHAKE_SUFFIX);
  memory.copy(mu, work + H, 64);
}

/** Algorithm 7 from step 7 on, with the 64 bytes at `mu` and the 32 at `rnd`; the signature at the begin of `work`. */
export function Sign_internal(sk: usize, mu: usize, rnd: usize, work: usize): void {
  const sponge = work + H;
  const cached = K * L < CACHED ? K * L : CACHED;
  memory.copy(work + MU, mu, 64);
  // rho'' = H(K || rnd || mu, 64)
  spongeInit(sponge, SHAKE256_RATE);
  spongeAbsorb(sponge, sk + SK_K, 32);
  spongeAbsorb(sponge, rnd, 32);
  spongeAbsorb(sponge, work + MU, 64);
  spongeFinish(sponge, SHAKE_SUFFIX);
  memory.copy(work + RHO2, sponge, 64);
  sampleMatrix(sk, 0, cached, work + A, work + ROW);

  let kappa = 0;
  do {
    commit(sk, kappa, cached, work);
    kappa += L;
  } while (!respond(sk, work));

  memory.fill(work + signatureBytes(), 0, SIGN_WORK - signatureBytes());
  if (ASC_FEATURE_SIMD) wipeScratch();
}

/** Steps 11 to 16: y, w = A y and the challenge of w's high bits. Leaves y-hat, w and c-hat. */
function commit(sk: usize, kappa: i32, cached: i32, work: usize): void {
  const sponge = work + H;
  const sums = work + SUMS;
  for (let j = 0; j < L; j++) {
    const y = work + Y + j * <i32>POLY;
    expandMask(work + RHO2, kappa + j, y, work + T, sponge);
    NTT(y);
  }
  spongeInit(sponge, SHAKE256_RATE);
  spongeAbsorb(sponge, work + MU, 64);
  let n = 0;
  for (let i = 0; i < K; i++) {
    const w = work + W + i * <i32>POLY;
    memory.fill(sums, 0, ACCUMULATOR);
    for (let j = 0; j < L; j++, n++) {
      let a = work + A + n * <i32>PACKED;
      if (n >= cached) {
        a = work + EXTRA;
        sampleMatrix(sk, n, 1, a, work + ROW);
      }
      addProduct(a, work + Y + j * <i32>POLY, sums);
    }
    reduceSums(sums, w);
    inverseNTT(w);
    memory.copy(work + T, w, POLY);
    spongeAbsorb(sponge, sums, w1Encode(work + T, sums));
  }
  spongeFinish(sponge, SHAKE_SUFFIX);
  memory.copy(work + C_TILDE, sponge, 64);
  Public.bytes(work + C_TILDE, 64);
  SampleInBall(work + C_TILDE, work + C, sponge);
  NTT(work + C);
}

/** Steps 17 to 32: the signature, unless a check says to begin anew. */
function respond(sk: usize, work: usize): bool {
  const c = work + C;
  const t = work + T;
  const gamma1 = 1 << GAMMA1_BITS;
  const z = work + Y + C_TILDE_BYTES;

  // z = y + c s1, computed as NTT^-1(y-hat + c-hat s1-hat).
  for (let j = 0; j < L; j++) {
    unpack(sk + SK_S1 + j * sBytes(), t, sBits(), ETA);
    NTT(t);
    multiplyAndReduce(c, t, work + Y + j * <i32>POLY);
    inverseNTT(t);
    if (!centreAndCheck(t, gamma1 - BETA)) return false;
    pack(t, z + j * zBytes(), GAMMA1_BITS + 1, -1, gamma1);
  }

  // r0 = LowBits(w - c s2); w - c s2 replaces w.
  for (let i = 0; i < K; i++) {
    const w = work + W + i * <i32>POLY;
    unpack(skS2(sk) + i * sBytes(), t, sBits(), ETA);
    NTT(t);
    multiplyAndReduce(c, t, 0);
    inverseNTT(t);
    subtract(w, t);
    if (!lowBitsAreBelow(w, GAMMA2 - BETA)) return false;
  }

  // h = MakeHint(-c t0, w - c s2 + c t0); the hints replace w.
  let ones = 0;
  for (let i = 0; i < K; i++) {
    unpack(skT0(sk) + i * T0_BYTES, t, 13, 1 << 12);
    NTT(t);
    multiplyAndReduce(c, t, 0);
    inverseNTT(t);
    if (!centreAndCheck(t, GAMMA2)) return false;
    ones += MakeHint(t, work + W + i * <i32>POLY);
  }
  if (Public.value(ones) > OMEGA) return false;

  // Algorithm 26, sigEncode. From here on, all of it is public.
  memory.copy(work + Y, work + C_TILDE, C_TILDE_BYTES);
  Public.bytes(work + W, K_MAX * POLY);
  HintBitPack(work + W, z + L * zBytes());
  return true;
}

/** Algorithm 20, HintBitPack, of k polynomials of 0 and 1. */
function HintBitPack(h: usize, y: usize): void {
  memory.fill(y, 0, OMEGA + K);
  let index = 0;
  for (let i = 0; i < K; i++) {
    for (let j = 0; j < 256; j++, h += 4) {
      if (load<i32>(h)) store<u8>(y + index++, <u8>j);
    }
    store<u8>(y + OMEGA + i, <u8>index);
  }
}

/** w - t, in [0, q), for both in [0, q). */
function subtract(w: usize, t: usize): void {
  const end = w + POLY;
  do {
    const d = load<i32>(w) - load<i32>(t);
    store<i32>(w, d + ((d >> 31) & Q));
    w += 4;
    t += 4;
  } while (w < end);
}
