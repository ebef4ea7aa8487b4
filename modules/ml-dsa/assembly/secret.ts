// Sampling, rounding and packing of what is secret (FIPS 204, 7.1 to 7.4). No branch, address or time depends on a
// secret, but for what `Public` marks.

import { keccakF1600 } from '../../lib/assembly/generated/keccak-f1600';
import { Public } from '../../lib/assembly/declassify';
import {
  SHAKE256_RATE,
  SHAKE_SUFFIX,
  spongeAbsorb,
  spongeFinish,
  spongeInit,
  spongeSqueeze,
} from '../../lib/assembly/keccak';
import { unpackZ } from './encode';
import { POLY } from './ntt';
import { D, ETA, GAMMA2, Q, zBytes } from './params';
import { GAMMA2_32, Rounding } from './rounding';

/** Bits of a coefficient of s1 and s2: bitlen(2 eta). */
export function sBits(): i32 {
  return ETA == 2 ? 3 : 4;
}

/** Bytes of a polynomial of s1 or s2, and of t0. */
export function sBytes(): i32 {
  return 32 * sBits();
}
export const T0_BYTES: i32 = 32 * 13;

/** SHAKE256 of a 64-byte seed and two bytes, ready to give its first block at `sponge`. */
function expand(seed: usize, index: i32, sponge: usize): void {
  spongeInit(sponge, SHAKE256_RATE);
  spongeAbsorb(sponge, seed, 64);
  store<u16>(sponge, <u16>index, 64);
  store<u32>(sponge, 66, 200);
  spongeFinish(sponge, SHAKE_SUFFIX);
}

/**
 * Algorithm 31, RejBoundedPoly, of the seed and its 2-byte index: one polynomial of Algorithm 33, ExpandS. A rejected
 * half-byte says nothing about the accepted ones, so which were rejected may be known.
 */
export function RejBoundedPoly(seed: usize, index: i32, a: usize, sponge: usize): void {
  expand(seed, index, sponge);
  const end = a + POLY;
  const blockEnd = sponge + SHAKE256_RATE;
  let p = sponge;
  while (a < end) {
    const z = <i32>load<u8>(p++);
    a = putHalfByte(z & 15, a);
    if (a < end) a = putHalfByte(z >> 4, a);
    if (p == blockEnd) {
      keccakF1600(sponge);
      p = sponge;
    }
  }
}

/** Algorithm 15, CoeffFromHalfByte: stored, and overwritten by the next unless accepted. */
function putHalfByte(b: i32, a: usize): usize {
  let bound = 9;
  let value = 4 - b;
  if (ETA == 2) {
    // b mod 5 without a division: 205 / 2^10 is 1 / 5 for b < 16.
    bound = 15;
    value = 2 - (b - ((205 * b) >> 10) * 5);
  }
  store<i32>(a, value);
  return a + (Public.value(i32(b < bound)) << 2);
}

/** One polynomial of Algorithm 34, ExpandMask: `index` is kappa + r. `buffer`: 640 bytes. */
export function expandMask(seed: usize, index: i32, y: usize, buffer: usize, sponge: usize): void {
  expand(seed, index, sponge);
  spongeSqueeze(sponge, buffer, zBytes());
  unpackZ(buffer, y);
}

/** The absolutely smallest representative of a in [0, q). */
export abstract class Centred {
  @inline
  static of(a: i32): i32 {
    return a - (Q & (((Q - 1) / 2 - a) >> 31));
  }
}

/** Makes a polynomial in [0, q) absolutely smallest; whether all |f| < bound. Every coefficient is looked at. */
export function centreAndCheck(f: usize, bound: i32): bool {
  let over = 0; // negative once a coefficient is out of bounds
  const end = f + POLY;
  do {
    const a = Centred.of(load<i32>(f));
    over |= (bound - 1 - a) | (bound - 1 + a);
    store<i32>(f, a);
    f += 4;
  } while (f < end);
  return Public.value(i32(over >= 0)) != 0;
}

/** Whether all |LowBits(f)| < bound (Algorithm 38), for f in [0, q). */
export function lowBitsAreBelow(f: usize, bound: i32): bool {
  let over = 0;
  const end = f + POLY;
  const wide = GAMMA2 == GAMMA2_32;
  const step = 2 * GAMMA2;
  do {
    const r = load<i32>(f);
    const r1 = wide ? Rounding.highBits32(r) : Rounding.highBits88(r);
    const r0 = Centred.of(r - r1 * step);
    over |= (bound - 1 - r0) | (bound - 1 + r0);
    f += 4;
  } while (f < end);
  return Public.value(i32(over >= 0)) != 0;
}

/**
 * Algorithm 39, MakeHint(-ct0, r + ct0), for r in [0, q) at `w` and |ct0| < q: 1 where adding ct0 changes the high
 * bits, left at `w`.
 * @returns how many
 */
export function MakeHint(ct0: usize, w: usize): i32 {
  let ones = 0;
  const end = w + POLY;
  const wide = GAMMA2 == GAMMA2_32;
  do {
    const r = load<i32>(w);
    let v = r + load<i32>(ct0);
    v += (v >> 31) & Q;
    v -= Q;
    v += (v >> 31) & Q;
    const d = wide ? Rounding.highBits32(r) ^ Rounding.highBits32(v) : Rounding.highBits88(r) ^ Rounding.highBits88(v);
    const h = <i32>(<u32>-d >> 31); // d is below 64
    ones += h;
    store<i32>(w, h);
    ct0 += 4;
    w += 4;
  } while (w < end);
  return ones;
}

/** Algorithm 35, Power2Round, of r in [0, q) at `t`: r1 stays at `t`, r0 goes to `t0`. */
export function Power2Round(t: usize, t0: usize): void {
  const end = t + POLY;
  do {
    const r = load<i32>(t);
    const r1 = (r + (1 << (D - 1)) - 1) >> D;
    store<i32>(t, r1);
    store<i32>(t0, r - (r1 << D));
    t += 4;
    t0 += 4;
  } while (t < end);
}

/** Algorithm 16, SimpleBitPack, with `sign` 1 and `base` 0; Algorithm 17, BitPack, with -1 and b: base + sign f in `bits` bits. */
export function pack(f: usize, bytes: usize, bits: i32, sign: i32, base: i32): void {
  let pending: u64 = 0;
  let filled = 0;
  const end = f + POLY;
  do {
    pending |= (<u64>(<u32>(base + sign * load<i32>(f)))) << filled;
    filled += bits;
    f += 4;
    if (filled >= 32) {
      store<u32>(bytes, <u32>pending);
      bytes += 4;
      pending >>= 32;
      filled -= 32;
    }
  } while (f < end);
}

/** Algorithm 19, BitUnpack: b - value. */
export function unpack(bytes: usize, f: usize, bits: i32, b: i32): void {
  let pending: u64 = 0;
  let filled = 0;
  const mask: u32 = (1 << bits) - 1;
  const end = f + POLY;
  do {
    if (filled < bits) {
      pending |= (<u64>load<u32>(bytes)) << filled;
      bytes += 4;
      filled += 32;
    }
    store<i32>(f, b - <i32>(<u32>pending & mask));
    pending >>= bits;
    filled -= bits;
    f += 4;
  } while (f < end);
}
