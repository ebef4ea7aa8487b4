// A request to the verifier as bytes: the public key, the signature, the message, which is the rest.

import { PUBLIC_KEY_BYTES, SIGNATURE_BYTES, verify } from './verify';

/** The answer, one byte. */
export const enum Verdict {
  Invalid = 0,
  Valid = 1,
  /** Not a request: a length that does not fit. */
  Malformed = 2,
}

/** Longest message, bytes: a manifest is a few hundred. */
export const MESSAGE_MAX: i32 = 1024;

/** The answer to the letter of `length` bytes at `letter`, which is read where it lies. */
export function answer(letter: usize, length: i32): Verdict {
  const messageLength = length - PUBLIC_KEY_BYTES - SIGNATURE_BYTES;
  if (messageLength < 0 || messageLength > MESSAGE_MAX) return Verdict.Malformed;
  const signature = letter + PUBLIC_KEY_BYTES;
  return verify(letter, signature + SIGNATURE_BYTES, messageLength, signature) ? Verdict.Valid : Verdict.Invalid;
}
