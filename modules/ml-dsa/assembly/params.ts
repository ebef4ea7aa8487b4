// The parameter sets (FIPS 204, Table 1 and Table 2).

export const Q: i32 = 8380417;
/** Dropped bits of t. */
export const D: i32 = 13;

// The most that a set of this build has: it sizes workspaces. A build of one set (modules/lib/pqc-builds.mjs) has its own.
export const K_MAX: usize = 8;
export const L_MAX: usize = 7;
export const PUBLIC_KEY_MAX: usize = 2592;
export const SECRET_KEY_MAX: usize = 4896;
export const SIGNATURE_MAX: usize = 4627;

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
  if (set == 44) use(4, 4, 2, 39, 78, 17, (Q - 1) / 88, 80, 32);
  else if (set == 65) use(6, 5, 4, 49, 196, 19, (Q - 1) / 32, 55, 48);
  else if (set == 87) use(8, 7, 2, 60, 120, 19, (Q - 1) / 32, 75, 64);
  else return false;
  return true;
}

function use(
  k: i32,
  l: i32,
  eta: i32,
  tau: i32,
  beta: i32,
  gamma1Bits: i32,
  gamma2: i32,
  omega: i32,
  cTildeBytes: i32,
): void {
  K = k;
  L = l;
  ETA = eta;
  TAU = tau;
  BETA = beta;
  GAMMA1_BITS = gamma1Bits;
  GAMMA2 = gamma2;
  OMEGA = omega;
  C_TILDE_BYTES = cTildeBytes;
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
