// Ed25519's Verify (RFC 8032, 5.1.7), strict: of all the readings of the RFC the one that accepts least.
//
// - S is below L; A is canonical; A and R are not of small order (such an A verifies messages that nobody signed).
// - The equation is [S]B = R + [k]A, without the cofactor, and R is compared as bytes: so a non-canonical R fails, and so
//   does whatever only the cofactored equation accepts. Every signature that RFC 8032's Sign makes is accepted.
//
// Everything here is public, so time may depend on the data. Lengths are the caller's duty.

import { ELEMENT, multiply, setSmall } from '../../lib/assembly/curve25519';
import { SHA512_BYTES, sha512Finish, sha512Init, sha512Update } from '../../lib/assembly/sha512';
import { BASE_X, BASE_Y } from './generated/constants';
import {
  addReady,
  decode,
  double,
  encode,
  finish,
  finishT,
  isSmallOrder,
  makeReady,
  POINT,
  setNeutral,
  T,
  X,
  Y,
  Z,
} from './point';
import { DIGITS, digits, isReduced, reduce, SCALAR, WIDTH } from './scalar';

export const PUBLIC_KEY_BYTES: i32 = 32;
export const SIGNATURE_BYTES: i32 = 64;

/** Odd multiples of a point that digits can ask for, ready for adding. */
const TABLE: usize = (1 << (WIDTH - 2)) * POINT;

const HASH: usize = memory.data(<i32>SHA512_BYTES + 64, 8);
const DIGEST: usize = HASH + SHA512_BYTES;
const SCALARS: usize = memory.data(2 * <i32>SCALAR, 8);
const DIGITS_A: usize = memory.data(2 * DIGITS, 8);
const DIGITS_B: usize = DIGITS_A + DIGITS;
const TABLE_A: usize = memory.data(2 * <i32>TABLE, 8);
const TABLE_B: usize = TABLE_A + TABLE;
const P: usize = memory.data(3 * <i32>POINT, 8);
const Q: usize = P + POINT;
const TWICE: usize = Q + POINT;

/** Whether the 64 bytes at `signature` are the signature of the message by the holder of the 32 bytes at `publicKey`. */
export function verify(publicKey: usize, message: usize, messageLength: usize, signature: usize): bool {
  const s = signature + 32;
  if (!isReduced(s)) return false;
  if (!decode(P, publicKey)) return false;
  makeTable(TABLE_A);
  if (isSmallOrder(P)) return false;

  // k = SHA-512(R || A || M) mod L
  sha512Init(HASH);
  sha512Update(HASH, signature, 32);
  sha512Update(HASH, publicKey, 32);
  sha512Update(HASH, message, messageLength);
  sha512Finish(HASH, DIGEST);
  reduce(SCALARS, DIGEST);
  digits(DIGITS_A, SCALARS);
  memory.copy(SCALARS, s, 32);
  digits(DIGITS_B, SCALARS);

  subtractMultiples();
  encode(DIGEST, P);
  return memory.compare(DIGEST, signature, 32) == 0 && !isSmallOrder(P);
}

/** P = [S]B - [k]A by the digits of both at once (Straus). */
function subtractMultiples(): void {
  memory.copy(P + X, BASE_X, ELEMENT);
  memory.copy(P + Y, BASE_Y, ELEMENT);
  setSmall(P + Z, 1);
  multiply(P + T, BASE_X, BASE_Y);
  makeTable(TABLE_B);
  setNeutral(P);
  for (let i = DIGITS - 1; i >= 0; i--) {
    double(P);
    addDigit(TABLE_A, -(<i32>load<i8>(DIGITS_A + i)));
    addDigit(TABLE_B, <i32>load<i8>(DIGITS_B + i));
    finish(P);
  }
}

/** Adds `digit` times the table's point to the P that is not finished. */
function addDigit(table: usize, digit: i32): void {
  if (digit == 0) return;
  finish(P);
  finishT(P);
  addReady(P, table + (<usize>abs(digit) >> 1) * POINT, digit < 0);
}

/** The table of the point P, which is kept. */
function makeTable(table: usize): void {
  memory.copy(Q, P, POINT);
  makeReady(table, Q);
  double(Q);
  finish(Q);
  finishT(Q);
  makeReady(TWICE, Q);
  memory.copy(Q, P, POINT);
  for (let next = table + POINT; next < table + TABLE; next += POINT) {
    addReady(Q, TWICE, false);
    finish(Q);
    finishT(Q);
    makeReady(next, Q);
  }
}
