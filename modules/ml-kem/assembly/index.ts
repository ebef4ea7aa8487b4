// ML-KEM for hosts and for the bench: places for inputs and outputs, and the operations on them. The caller chooses a
// set, checks lengths, writes the inputs, calls, reads the outputs, and wipes.

import {
  checkDecapsulationKey,
  checkEncapsulationKey,
  Decaps_internal,
  Encaps_internal,
  KeyGen_internal,
} from './ml-kem';
import { CIPHERTEXT_MAX, ciphertextBytes, decapsulationKeyBytes, encapsulationKeyBytes, K_MAX, select } from './params';

const SEED_BYTES: usize = 64;
const EK_BYTES: usize = 384 * K_MAX + 32;
const DK_BYTES: usize = 384 * K_MAX + EK_BYTES + 64;
const C_BYTES: usize = CIPHERTEXT_MAX;
const ALL: usize = SEED_BYTES + EK_BYTES + DK_BYTES + C_BYTES + 32;

const SEED: usize = memory.data(<i32>ALL, 16);
const EK: usize = SEED + SEED_BYTES;
const DK: usize = EK + EK_BYTES;
const C: usize = DK + DK_BYTES;
const KEY: usize = C + C_BYTES;

export { ciphertextBytes, decapsulationKeyBytes, encapsulationKeyBytes, select };

/** d and z for `keygen`; m for `encapsulate`. */
export function seed(): usize {
  return SEED;
}
export function encapsulationKey(): usize {
  return EK;
}
export function decapsulationKey(): usize {
  return DK;
}
export function ciphertext(): usize {
  return C;
}
export function sharedKey(): usize {
  return KEY;
}

/** Algorithm 16: from d and z to both keys. */
export function keygen(): void {
  KeyGen_internal(SEED, SEED + 32, EK, DK);
}
/** Algorithm 17: from the encapsulation key and m to ciphertext and shared key. */
export function encapsulate(): void {
  Encaps_internal(EK, SEED, KEY, C);
}
/** Algorithm 18: from the decapsulation key and the ciphertext to the shared key. */
export function decapsulate(): void {
  Decaps_internal(DK, C, KEY);
}
/** 7.2: 1 when the encapsulation key passes the modulus check. */
export function encapsulationKeyIsValid(): i32 {
  return i32(checkEncapsulationKey(EK));
}
/** 7.3: 1 when the decapsulation key passes the hash check. */
export function decapsulationKeyIsValid(): i32 {
  return i32(checkDecapsulationKey(DK));
}
/** Overwrites every input and output. */
export function wipeAll(): void {
  memory.fill(SEED, 0, ALL);
}

/** Bytes of linear memory that the library uses. */
export function memoryBytes(): usize {
  return __heap_base;
}
