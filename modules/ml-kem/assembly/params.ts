// The parameter sets (FIPS 203, Table 2).

export const Q: i32 = 3329;
export const ETA2: i32 = 2;

// The most that a set of this build has: it sizes workspaces. A build of one set (modules/lib/pqc-builds.mjs) has its own.
export const K_MAX: usize = 4;
export const CIPHERTEXT_MAX: usize = 1568;

// The set in force; `select` fills them.
export let K: i32 = 0;
export let ETA1: i32 = 0;
export let DU: i32 = 0;
export let DV: i32 = 0;

/** Puts ML-KEM-512, -768 or -1024 in force; false for any other number. */
export function select(set: i32): bool {
  if (set == 512) use(2, 3, 10, 4);
  else if (set == 768) use(3, 2, 10, 4);
  else if (set == 1024) use(4, 2, 11, 5);
  else return false;
  return true;
}

function use(k: i32, eta1: i32, du: i32, dv: i32): void {
  K = k;
  ETA1 = eta1;
  DU = du;
  DV = dv;
}

/** Bytes of a vector of k polynomials of 12 bits: t-hat, s-hat. */
export function vectorBytes(): i32 {
  return 384 * K;
}

/** Bytes of an encapsulation key: t-hat and rho. */
export function encapsulationKeyBytes(): i32 {
  return vectorBytes() + 32;
}

/** Bytes of a decapsulation key: s-hat, the encapsulation key, its hash, z. */
export function decapsulationKeyBytes(): i32 {
  return 2 * vectorBytes() + 96;
}

/** Bytes of a ciphertext: u and v, compressed. */
export function ciphertextBytes(): i32 {
  return 32 * (DU * K + DV);
}
