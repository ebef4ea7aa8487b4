// All of ML-DSA for hosts: places for inputs and outputs, and the operations on them. The caller chooses a set, checks
// lengths, writes the inputs, calls, reads the outputs, and wipes.
//
// Places overlap where no operation needs both: the public key and the message's chunk lie in memory that signing uses.

import { KEYGEN_WORK, KeyGen_internal, publicKeyOf, secretKeyBytes, secretKeyIsInRange } from './keygen';
import { PUBLIC_KEY_MAX, publicKeyBytes, SECRET_KEY_MAX, select, signatureBytes } from './params';
import { SIGN_WORK, Sign_internal, SIGNATURE_ROOM } from './sign';
import * as signing from './sign';
import { VERIFY_WORK, verifyMu } from './verify';
import * as verifying from './verify';

const CHUNK_BYTES: usize = 1024;

const SECRET_KEY: usize = memory.data(<i32>(SECRET_KEY_MAX + 32 + 64), 16);
const RND: usize = SECRET_KEY + SECRET_KEY_MAX;
const MU: usize = RND + 32;
const WORK: usize = memory.data(<i32>SIGN_WORK, 64);
const SIGNATURE: usize = WORK;
// The rest of the workspace, for operations other than signing from mu on.
const OTHER: usize = WORK + SIGNATURE_ROOM;
const PUBLIC_KEY: usize = WORK + SIGN_WORK - PUBLIC_KEY_MAX;
const CHUNK: usize = PUBLIC_KEY - CHUNK_BYTES;

export { publicKeyBytes, secretKeyBytes, select, signatureBytes };

/** xi for `keygen` (32 bytes), rnd for signing. */
export function seed(): usize {
  return RND;
}
export function secretKey(): usize {
  return SECRET_KEY;
}
export function publicKey(): usize {
  return PUBLIC_KEY;
}
export function signature(): usize {
  return SIGNATURE;
}
/** Where the next at most 1024 bytes of M' belong. */
export function chunk(): usize {
  return CHUNK;
}
/** Where mu belongs, for the external-mu interfaces. */
export function mu(): usize {
  return MU;
}

/** Algorithm 6: from the seed to both keys. */
export function keygen(): void {
  KeyGen_internal(RND, PUBLIC_KEY, SECRET_KEY, OTHER);
}
/** The public key of the secret key. */
export function publicKeyOfSecretKey(): void {
  publicKeyOf(SECRET_KEY, PUBLIC_KEY, OTHER);
}
/** 1 when every coefficient of s1 and s2 in the secret key is in [-eta, eta]. */
export function secretKeyIsValid(): i32 {
  return i32(secretKeyIsInRange(SECRET_KEY));
}

export function signBegin(): void {
  signing.beginMu(SECRET_KEY, WORK);
}
/** Takes `length` bytes of M' from the chunk. */
export function signUpdate(length: i32): void {
  signing.updateMu(CHUNK, length, WORK);
}
/** Algorithm 7, with rnd at the seed's place. */
export function signFinish(): void {
  signing.finishMu(MU, WORK);
  Sign_internal(SECRET_KEY, MU, RND, WORK);
}
/** Algorithm 7, with mu given. */
export function signExternalMu(): void {
  Sign_internal(SECRET_KEY, MU, RND, WORK);
}

export function verifyBegin(): void {
  verifying.beginMu(PUBLIC_KEY, OTHER);
}
/** Takes `length` bytes of M' from the chunk. */
export function verifyUpdate(length: i32): void {
  verifying.updateMu(CHUNK, length, OTHER);
}
/** 1 when the signature is valid for what was taken. */
export function verifyFinish(): i32 {
  verifying.finishMu(OTHER);
  return i32(verifyMu(PUBLIC_KEY, SIGNATURE, OTHER));
}
/** 1 when the signature is valid for the mu given. */
export function verifyExternalMu(): i32 {
  memory.copy(OTHER, MU, 64);
  return i32(verifyMu(PUBLIC_KEY, SIGNATURE, OTHER));
}

/** Overwrites every input and output. */
export function wipeAll(): void {
  memory.fill(SECRET_KEY, 0, SECRET_KEY_MAX + 32 + 64);
  memory.fill(WORK, 0, SIGN_WORK);
}

/** Bytes of linear memory that the library uses. */
export function memoryBytes(): usize {
  return __heap_base;
}
