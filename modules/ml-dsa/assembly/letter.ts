// A request to the verifier as bytes: u8 set (44, 65 or 87), the public key, the signature, the message. The set gives
// the lengths of key and signature; the message is the rest, signed pure with an empty context (RFC 9964).

import { publicKeyBytes, select, signatureBytes } from './params';
import { verify, verifyWork } from './verify';

/** The answer, one byte. */
export const enum Verdict {
  Invalid = 0,
  Valid = 1,
  /** Not a request: unknown set, or a length that does not fit it. */
  Malformed = 2,
}

/** Longest message, bytes: a manifest is a few hundred. */
export const MESSAGE_MAX: i32 = 1024;

/** The answer to the letter of `length` bytes at `letter`, which is read where it lies. */
export function answer(letter: usize, length: i32): Verdict {
  if (length < 1 || !select(load<u8>(letter))) return Verdict.Malformed;
  const publicKey = letter + 1;
  const signature = publicKey + publicKeyBytes();
  const message = signature + signatureBytes();
  const messageLength = length - <i32>(message - letter);
  if (messageLength < 0 || messageLength > MESSAGE_MAX) return Verdict.Malformed;
  const work = heap.alloc(verifyWork());
  return verify(publicKey, message, messageLength, signature, 0, 0, work) ? Verdict.Valid : Verdict.Invalid;
}
