// ML-DSA.KeyGen_internal (FIPS 204, Algorithm 6) for the set in force, and the public key of a private key.
//
// Memory: `work` holds KEYGEN_WORK bytes, 64-byte aligned with SIMD, wiped on return.

import { wipeScratch } from '../../lib/assembly/generated/keccak-f1600-x2';
import { Public } from '../../lib/assembly/declassify';
import { SHAKE256_RATE, SHAKE_SUFFIX, spongeAbsorb, spongeFinish, spongeInit } from '../../lib/assembly/keccak';
import { inverseNTT, NTT, POLY } from './ntt';
import { ETA, K, L, L_MAX, publicKeyBytes } from './params';
import { ACCUMULATOR, addRowProduct, ROW_WORK } from './sample';
import { pack, Power2Round, RejBoundedPoly, sBits, sBytes, T0_BYTES, unpack } from './secret';
import { reduceSums } from './sums';
import { Zq } from './zq';

const SEEDS: usize = 0;
const H: usize = 128;
const ROW: usize = 384;
const T: usize = ROW + ROW_WORK;
const S: usize = T + POLY;
const SUMS: usize = S + POLY;
const S1: usize = SUMS + ACCUMULATOR;
export const KEYGEN_WORK: usize = S1 + L_MAX * POLY;

/** Offsets in a private key (Algorithm 24, skEncode): rho, K, tr, s1, s2, t0. */
export const SK_K: usize = 32;
export const SK_TR: usize = 64;
export const SK_S1: usize = 128;

export function skS2(sk: usize): usize {
  return sk + SK_S1 + L * sBytes();
}
export function skT0(sk: usize): usize {
  return skS2(sk) + K * sBytes();
}
export function secretKeyBytes(): i32 {
  return <i32>skT0(0) + K * T0_BYTES;
}

/** Algorithm 6, ML-DSA.KeyGen_internal, from the 32 bytes at `xi`. */
export function KeyGen_internal(xi: usize, pk: usize, sk: usize, work: usize): void {
  const sponge = work + H;
  const seeds = work + SEEDS;
  // (rho, rho', K) = H(xi || k || l, 128)
  spongeInit(sponge, SHAKE256_RATE);
  spongeAbsorb(sponge, xi, 32);
  store<u16>(seeds, <u16>(K | (L << 8)));
  spongeAbsorb(sponge, seeds, 2);
  spongeFinish(sponge, SHAKE_SUFFIX);
  memory.copy(seeds, sponge, 128);
  Public.bytes(seeds, 32);
  memory.copy(sk, seeds, 32);
  memory.copy(sk + SK_K, seeds + 96, 32);

  // (s1, s2) = ExpandS(rho')
  const s = work + S;
  for (let r = 0; r < L + K; r++) {
    RejBoundedPoly(seeds + 32, r, s, sponge);
    pack(s, sk + SK_S1 + r * sBytes(), sBits(), -1, ETA);
  }
  computeT(pk, sk, skT0(sk), work);

  // tr = H(pk, 64)
  spongeInit(sponge, SHAKE256_RATE);
  spongeAbsorb(sponge, pk, publicKeyBytes());
  spongeFinish(sponge, SHAKE_SUFFIX);
  memory.copy(sk + SK_TR, sponge, 64);
  wipe(work);
}

/** The public key that belongs to a private key. */
export function publicKeyOf(sk: usize, pk: usize, work: usize): void {
  computeT(pk, sk, 0, work);
  wipe(work);
}

/** pk = rho || t1 of t = A s1 + s2, a row at a time; t0 goes to `t0`, unless that is 0. */
function computeT(pk: usize, sk: usize, t0: usize, work: usize): void {
  const t = work + T;
  const s = work + S;
  const sums = work + SUMS;
  for (let j = 0; j < L; j++) {
    const s1 = work + S1 + j * <i32>POLY;
    unpack(sk + SK_S1 + j * sBytes(), s1, sBits(), ETA);
    NTT(s1);
  }
  memory.copy(pk, sk, 32);
  for (let i = 0; i < K; i++) {
    memory.fill(sums, 0, ACCUMULATOR);
    addRowProduct(pk, i, work + S1, sums, work + ROW);
    reduceSums(sums, t);
    inverseNTT(t);
    unpack(skS2(sk) + i * sBytes(), s, sBits(), ETA);
    add(t, s);
    Power2Round(t, s);
    pack(t, pk + 32 + 320 * i, 10, 1, 0);
    if (t0) pack(s, t0 + i * T0_BYTES, 13, -1, 1 << 12);
  }
  Public.bytes(pk, publicKeyBytes());
}

/** t + s, in [0, q). */
function add(t: usize, s: usize): void {
  const end = t + POLY;
  do {
    store<i32>(t, Zq.canonical(load<i32>(t) + load<i32>(s)));
    t += 4;
    s += 4;
  } while (t < end);
}

function wipe(work: usize): void {
  memory.fill(work, 0, KEYGEN_WORK);
  if (ASC_FEATURE_SIMD) wipeScratch();
}

/** Whether every coefficient of s1 and s2 is in [-eta, eta]: skDecode (Algorithm 25) would accept others. */
export function secretKeyIsInRange(sk: usize): bool {
  const bits = sBits();
  const step = bits == 3 ? 3 : 1; // bytes that hold whole coefficients
  let over = 0; // negative once one is not
  for (let p = sk + SK_S1, end = skT0(sk); p < end; p += step) {
    let pending = <i32>load<u16>(p) | ((<i32>load<u8>(p, 2)) << 16);
    for (let filled = 8 * step; filled > 0; filled -= bits, pending >>= bits) {
      over |= 2 * ETA - (pending & ((1 << bits) - 1));
    }
  }
  return Public.value(i32(over >= 0)) != 0;
}
