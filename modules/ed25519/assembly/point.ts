// Points of edwards25519 in extended coordinates (RFC 8032, 5.1.4). Everything here is public: time depends on it.
//
// A sum or double is first left at E, F, G and H, because its T is needed only when a sum follows.

import {
  add,
  addAndSubtract,
  ELEMENT,
  multiply,
  pack,
  power58,
  invert,
  setSmall,
  square,
  subtract,
  unpack,
} from '../../lib/assembly/curve25519';
import { D, D2, ROOT } from './generated/constants';

/** Bytes of a point, X, Y, Z, T, and of a point made ready for adding: Y - X, Y + X, 2 Z, 2 d T. */
export const POINT: usize = 4 * ELEMENT;
export const X: usize = 0;
export const Y: usize = ELEMENT;
export const Z: usize = 2 * ELEMENT;
export const T: usize = 3 * ELEMENT;

const E: usize = memory.data(144, 8);
const F: usize = E + ELEMENT;
const G: usize = F + ELEMENT;
const H: usize = G + ELEMENT;
/** Elements and bytes between steps. */
const U: usize = memory.data(144, 8);
const V: usize = U + ELEMENT;
const BYTES: usize = V + ELEMENT;

/** The neutral element. */
export function setNeutral(p: usize): void {
  memory.fill(p, 0, POINT);
  store<i32>(p, 1, Y);
  store<i32>(p, 1, Z);
}

/** p from E, F, G, H. */
export function finish(p: usize): void {
  multiply(p + X, E, F);
  multiply(p + Y, G, H);
  multiply(p + Z, F, G);
}
/** The T of p from E, F, G, H. */
export function finishT(p: usize): void {
  multiply(p + T, E, H);
}

/** 2 p; T is not needed. */
export function double(p: usize): void {
  square(U, p + X);
  square(V, p + Y);
  square(F, p + Z);
  add(E, p + X, p + Y);
  square(E, E);
  addAndSubtract(H, G, U, V);
  subtract(E, H, E);
  add(F, F, F);
  add(F, F, G);
}

/** p + q, or p - q when `negative`; q is ready. */
export function addReady(p: usize, q: usize, negative: bool): void {
  const other: usize = negative ? ELEMENT : 0;
  addAndSubtract(V, U, p + Y, p + X);
  multiply(U, U, q + other);
  multiply(V, V, q + (ELEMENT - other));
  addAndSubtract(H, E, V, U);
  multiply(U, p + T, q + T);
  multiply(V, p + Z, q + Z);
  addAndSubtract(negative ? F : G, negative ? G : F, V, U);
}

/** q = p, ready for adding. */
export function makeReady(q: usize, p: usize): void {
  addAndSubtract(q + ELEMENT, q, p + Y, p + X);
  add(q + Z, p + Z, p + Z);
  multiply(q + T, p + T, D2);
}

/** Whether 8 p is neutral: the group has eight such points. p is lost. */
export function isSmallOrder(p: usize): bool {
  double(p);
  finish(p);
  double(p);
  finish(p);
  // 4 p is (0, 1) or (0, -1).
  return isZero(p + X);
}

/**
 * 5.1.3: p from its encoding. False when y is p or more, when there is no such point, and for x = 0 with the sign bit
 * set: each point has one encoding.
 */
export function decode(p: usize, bytes: usize): bool {
  const sign = load<u8>(bytes, 31) >> 7;
  const x = p + X;
  const y = p + Y;
  unpack(y, bytes);
  pack(BYTES, y);
  store<u8>(BYTES, load<u8>(BYTES, 31) | (sign << 7), 31);
  if (memory.compare(BYTES, bytes, 32) != 0) return false;

  // x = u v^3 (u v^7)^((p - 5) / 8) with u = y^2 - 1 and v = d y^2 + 1
  setSmall(p + Z, 1);
  square(U, y);
  multiply(V, U, D);
  subtract(U, U, p + Z);
  add(V, V, p + Z);
  square(E, V);
  multiply(E, E, V);
  multiply(x, E, U);
  square(E, E);
  multiply(E, E, V);
  multiply(E, E, U);
  power58(E, E);
  multiply(x, x, E);

  // v x^2 is u, or -u: then x is one root of -1 away; else u / v is no square.
  square(E, x);
  multiply(E, E, V);
  subtract(F, E, U);
  if (!isZero(F)) {
    add(F, E, U);
    if (!isZero(F)) return false;
    multiply(x, x, ROOT);
  }
  if (isZero(x)) {
    if (sign) return false;
  } else if ((load<u8>(BYTES) & 1) != sign) {
    setSmall(F, 0);
    subtract(x, F, x);
  }
  multiply(p + T, x, y);
  return true;
}

/** 5.1.2: the 32 bytes of p. */
export function encode(bytes: usize, p: usize): void {
  invert(E, p + Z);
  multiply(F, p + X, E);
  multiply(G, p + Y, E);
  pack(BYTES, F);
  const sign = load<u8>(BYTES) << 7;
  pack(bytes, G);
  store<u8>(bytes, load<u8>(bytes, 31) | sign, 31);
}

/** Whether a is 0. a is reduced. */
function isZero(a: usize): bool {
  pack(BYTES, a);
  return (load<u64>(BYTES) | load<u64>(BYTES, 8) | load<u64>(BYTES, 16) | load<u64>(BYTES, 24)) == 0;
}
