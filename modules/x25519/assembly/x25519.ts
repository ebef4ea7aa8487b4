// X25519 (RFC 7748, 5). The scalar is secret: no branch, no address and no select depends on it or on what comes of it.
//
// Memory: a static workspace that is wiped on return. Lengths are the caller's duty.

import {
  addAndSubtract,
  ELEMENT,
  invert,
  multiply,
  multiplySmall,
  pack,
  setSmall,
  square,
  unpack,
  wipe,
} from '../../lib/assembly/curve25519';
import { Public } from '../../lib/assembly/declassify';

/** Bytes of a scalar, a u-coordinate and a shared secret. */
export const X25519_BYTES: i32 = 32;

/** (486662 - 2) / 4 */
const A24: i64 = 121665;

// The ladder's variables, named as in RFC 7748; x_2, z_2, x_3, z_3 stand together so that one loop swaps them.
const X1: usize = memory.data(9 * 36, 8);
const X2: usize = X1 + ELEMENT;
const Z2: usize = X2 + ELEMENT;
const X3: usize = Z2 + ELEMENT;
const Z3: usize = X3 + ELEMENT;
const A: usize = Z3 + ELEMENT;
const B: usize = A + ELEMENT;
const C: usize = B + ELEMENT;
const D: usize = C + ELEMENT;
const SCALAR: usize = memory.data(32, 8);
const BASE: usize = memory.data(32, 8);

/**
 * X25519(k, u): 32 bytes to `out`, which may be `k` or `u`. False when they are all zero: the peer sent a point of small
 * order and the secret is no secret (6.1). Every u is accepted, without its bit 255 and modulo p, as the RFC demands.
 */
export function x25519(out: usize, k: usize, u: usize): bool {
  memory.copy(SCALAR, k, 32);
  // decodeScalar25519
  store<u8>(SCALAR, load<u8>(SCALAR) & 248);
  store<u8>(SCALAR, (load<u8>(SCALAR, 31) & 127) | 64, 31);
  unpack(X1, u);
  setSmall(X2, 1);
  setSmall(Z2, 0);
  memory.copy(X3, X1, ELEMENT);
  setSmall(Z3, 1);
  let swapped: u32 = 0;
  for (let t: u32 = 255; t-- > 0; ) {
    const bit = (<u32>load<u8>(SCALAR + (t >> 3)) >> (t & 7)) & 1;
    swap(swapped ^ bit);
    swapped = bit;
    step();
  }
  swap(swapped);
  invert(A, Z2);
  multiply(A, A, X2);
  pack(out, A);
  const any = load<u64>(out) | load<u64>(out, 8) | load<u64>(out, 16) | load<u64>(out, 24);
  memory.fill(X1, 0, 9 * ELEMENT);
  memory.fill(SCALAR, 0, 32);
  wipe();
  return Public.value(i32(any != 0)) != 0;
}

/** X25519(k, 9): the public key of the secret k, to `out`. */
export function x25519PublicKey(out: usize, k: usize): void {
  memory.fill(BASE, 0, 32);
  store<u8>(BASE, 9);
  x25519(out, k, BASE);
}

/** One step of the ladder. */
function step(): void {
  addAndSubtract(A, B, X2, Z2);
  addAndSubtract(C, D, X3, Z3);
  multiply(D, D, A); // DA
  multiply(C, C, B); // CB
  addAndSubtract(X3, Z3, D, C);
  square(X3, X3);
  square(Z3, Z3);
  multiply(Z3, Z3, X1);
  square(A, A); // AA
  square(B, B); // BB
  multiply(X2, A, B);
  addAndSubtract(D, C, A, B); // C = E
  multiplySmall(D, C, A24);
  addAndSubtract(D, B, D, A);
  multiply(Z2, C, D);
}

/** Exchanges (x_2, z_2) and (x_3, z_3) when `bit` is 1. */
function swap(bit: u32): void {
  const mask = -(<u64>bit);
  for (let p = X2; p < X3; p += 8) {
    const difference = mask & (load<u64>(p) ^ load<u64>(p + (X3 - X2)));
    store<u64>(p, load<u64>(p) ^ difference);
    store<u64>(p + (X3 - X2), load<u64>(p + (X3 - X2)) ^ difference);
  }
}
