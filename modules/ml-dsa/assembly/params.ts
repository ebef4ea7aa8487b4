// The parameter sets (FIPS 204, Table 1 and Table 2).

export const Q: i32 = 8380417;
/** Dropped bits of t. */
export const D: i32 = 13;

// The set in force; `select` fills them.
export let K: i32 = 0;
export let L: i32 = 0;
export let ETA: i32 = 0;
export let TAU: i32 = 0;
export let BETA: i32 = 0;
/** log2 of gamma1. */
export let GAMMA1_BITS: i32 = 0;
export let GAMMA2: i32 = 0;
export let OMEGA: i32 = 0;
/** Bytes of the commitment hash: lambda / 4. */
export let C_TILDE_BYTES: i32 = 0;

/** Puts ML-DSA-44, -65 or -87 in force; false for any other number. */
export function select(set: i32): bool {
  if (set == 44) {
    K = 4; L = 4; ETA = 2; TAU = 39; GAMMA1_BITS = 17; GAMMA2 = (Q - 1) / 88; OMEGA = 80; C_TILDE_BYTES = 32;
  } else if (set == 65) {
    K = 6; L = 5; ETA = 4; TAU = 49; GAMMA1_BITS = 19; GAMMA2 = (Q - 1) / 32; OMEGA = 55; C_TILDE_BYTES = 48;
  } else if (set == 87) {
    K = 8; L = 7; ETA = 2; TAU = 60; GAMMA1_BITS = 19; GAMMA2 = (Q - 1) / 32; OMEGA = 75; C_TILDE_BYTES = 64;
  } else return false;
  BETA = TAU * ETA;
  return true;
}

/** Bytes of a public key: rho and k polynomials of 10 bits. */
export function publicKeyBytes(): i32 {
  return 32 + 320 * K;
}

/** Bytes of one polynomial of z: bitlen(gamma1 - 1) + 1 bits a coefficient. */
export function zBytes(): i32 {
  return 32 * (GAMMA1_BITS + 1);
}

/** Bytes of a signature: c~, z and the hint. */
export function signatureBytes(): i32 {
  return C_TILDE_BYTES + zBytes() * L + OMEGA + K;
}
