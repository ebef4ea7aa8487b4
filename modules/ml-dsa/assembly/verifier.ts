// The verify-only library for hosts: places for the inputs, and Verify by its interfaces. The caller checks lengths.

import { POLY } from './ntt';
import { PUBLIC_KEY_MAX, publicKeyBytes, SIGNATURE_MAX, select, signatureBytes } from './params';
import { beginMu, finishMu, updateMu, verifyMu, VERIFY_WORK } from './verify';

const WORK: usize = memory.data(<i32>VERIFY_WORK, 64);
const PUBLIC_KEY: usize = memory.data(<i32>PUBLIC_KEY_MAX, 16);
const SIGNATURE: usize = memory.data(<i32>SIGNATURE_MAX + 13, 16);
const CHUNK: usize = memory.data(1024, 16);

export { select, publicKeyBytes, signatureBytes };

/** Where the public key belongs. */
export function publicKey(): usize {
  return PUBLIC_KEY;
}
/** Where the signature belongs. */
export function signature(): usize {
  return SIGNATURE;
}
/** Where the next at most 1024 bytes of M' belong. */
export function chunk(): usize {
  return CHUNK;
}
/** Where mu belongs, for `verifyExternalMu`. */
export function mu(): usize {
  return WORK;
}

export function verifyBegin(): void {
  beginMu(PUBLIC_KEY, WORK);
}
/** Takes `length` bytes of M' from the chunk. */
export function verifyUpdate(length: i32): void {
  updateMu(CHUNK, length, WORK);
}
/** 1 when the signature is valid for what was taken. */
export function verifyFinish(): i32 {
  finishMu(WORK);
  return i32(verifyMu(PUBLIC_KEY, SIGNATURE, WORK));
}
/** 1 when the signature is valid for the mu given. */
export function verifyExternalMu(): i32 {
  return i32(verifyMu(PUBLIC_KEY, SIGNATURE, WORK));
}

/** Bytes of linear memory that the library uses. */
export function memoryBytes(): usize {
  return __heap_base;
}
