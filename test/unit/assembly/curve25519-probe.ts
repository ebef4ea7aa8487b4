// The field, scalars and points of edwards25519 as plain exports: bytes go in at IN and come out there.
import {
  add,
  addAndSubtract,
  ELEMENT,
  invert,
  multiply,
  pack,
  power58,
  square,
  squareTimes,
  subtract,
  unpack,
} from '../../../modules/lib/assembly/curve25519';
import { sha512Finish, sha512Init, sha512Update, SHA512_BYTES } from '../../../modules/lib/assembly/sha512';
import { decode, encode, isSmallOrder, POINT } from '../../../modules/ed25519/assembly/point';
import { DIGITS, digits, isReduced, reduce, SCALAR } from '../../../modules/ed25519/assembly/scalar';

const IN: usize = memory.data(4096, 8);
const A: usize = memory.data(3 * 36, 8);
const B: usize = A + ELEMENT;
const C: usize = B + ELEMENT;
const P: usize = memory.data(144, 8);
const S: usize = memory.data(40, 8);
const D: usize = memory.data(256, 8);
const H: usize = memory.data(200, 8);

export function place(): usize {
  return IN;
}

/** The operation of the number on the elements in the first and second 32 bytes; the result to the first. */
export function field(operation: i32): void {
  unpack(A, IN);
  unpack(B, IN + 32);
  if (operation == 0) pack(IN, A);
  else {
    if (operation == 1) add(C, A, B);
    else if (operation == 2) subtract(C, A, B);
    else if (operation == 3) multiply(C, A, B);
    else if (operation == 4) square(C, A);
    else if (operation == 5) invert(C, A);
    else if (operation == 6) power58(C, A);
    else if (operation == 7) squareTimes(C, A, 7);
    pack(IN, C);
  }
}

/** The operation on nine limbs each at IN and IN + 36, which stay as they are; the result to IN. */
export function limbs(operation: i32): void {
  if (operation == 3) multiply(C, IN, IN + 36);
  else if (operation == 4) square(C, IN);
  else if (operation == 8) addAndSubtract(C, IN + 36, IN, IN + 36);
  else memory.copy(C, IN, ELEMENT);
  memory.copy(IN + 80, C, ELEMENT);
  pack(IN, C);
}

export function scalarIsReduced(): i32 {
  return i32(isReduced(IN));
}
/** 64 bytes to 32. */
export function scalarReduce(): void {
  reduce(S, IN);
  memory.copy(IN, S, SCALAR);
}
/** 32 bytes to 256 digits. */
export function scalarDigits(): void {
  memory.fill(S, 0, SCALAR);
  memory.copy(S, IN, 32);
  digits(D, S);
  memory.copy(IN, D, DIGITS);
}
/** -1 when the encoding is refused, else whether the order is small; the encoding of the point decoded to IN. */
export function point(): i32 {
  if (!decode(P, IN)) return -1;
  encode(IN, P);
  return i32(isSmallOrder(P));
}
/** SHA-512 of `length` bytes, taken in pieces of `piece` bytes. */
export function sha512(length: i32, piece: i32): void {
  sha512Init(H);
  for (let at = 0; at < length; at += piece) sha512Update(H, IN + at, min(piece, length - at));
  sha512Finish(H, IN);
}
