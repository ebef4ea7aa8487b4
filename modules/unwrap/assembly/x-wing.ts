// X-Wing (draft-connolly-cfrg-xwing-kem), decapsulation: ML-KEM-768 and X25519 at once, safe while one of them is.
//
// The private key is a seed of 32 bytes; both key pairs are made from it each time, which costs less than keeping 2400
// bytes of secrets. Everything but the ciphertext is secret; the workspace is wiped on return.

import { SHA3_256_RATE, SHA3_SUFFIX, SHAKE256_RATE, SHAKE_SUFFIX } from '../../lib/assembly/keccak';
import { SPONGE_BYTES, spongeAbsorb, spongeFinish, spongeInit, spongeSqueeze } from '../../lib/assembly/keccak';
import { Decaps_internal, KeyGen_internal } from '../../ml-kem/assembly/ml-kem';
import { select } from '../../ml-kem/assembly/params';
import { x25519, x25519PublicKey } from '../../x25519/assembly/x25519';

export const X_WING_SEED: i32 = 32;
/** Bytes of a ciphertext: ML-KEM-768's, then X25519's. */
export const X_WING_CIPHERTEXT: i32 = 1120;
const KEM_CIPHERTEXT: usize = 1088;
const EK_BYTES: usize = 1184;
const DK_BYTES: usize = 2400;

// The workspace: a sponge; d, z and X25519's scalar; the keys of ML-KEM; its secret, X25519's, then X25519's public key.
const SPONGE: usize = memory.data(208 + 96 + 1184 + 2400 + 96, 8);
const SEEDS: usize = SPONGE + SPONGE_BYTES;
const SCALAR: usize = SEEDS + 64;
const EK: usize = SEEDS + 96;
const DK: usize = EK + EK_BYTES;
const SECRETS: usize = DK + DK_BYTES;
const OWN: usize = SECRETS + 64;
const END: usize = OWN + 32;

/** "\.//^\", the label of X-Wing. */
const LABEL: usize = memory.data<u8>([0x5c, 0x2e, 0x2f, 0x2f, 0x5e, 0x5c]);

/**
 * Decapsulate: the 32 bytes of the shared secret to `out`. False when X25519's part is of small order: no honest sender
 * makes such a one. A damaged ML-KEM part gives another secret (FIPS 203, 6.3).
 */
export function xWingDecapsulate(seed: usize, ciphertext: usize, out: usize): bool {
  const sender = ciphertext + KEM_CIPHERTEXT;
  spongeInit(SPONGE, SHAKE256_RATE);
  spongeAbsorb(SPONGE, seed, 32);
  spongeFinish(SPONGE, SHAKE_SUFFIX);
  spongeSqueeze(SPONGE, SEEDS, 96);
  select(768);
  KeyGen_internal(SEEDS, SEEDS + 32, EK, DK);
  Decaps_internal(DK, ciphertext, SECRETS);
  x25519PublicKey(OWN, SCALAR);
  const agreed = x25519(SECRETS + 32, SCALAR, sender);
  spongeInit(SPONGE, SHA3_256_RATE);
  spongeAbsorb(SPONGE, SECRETS, 64);
  spongeAbsorb(SPONGE, sender, 32);
  spongeAbsorb(SPONGE, OWN, 32);
  spongeAbsorb(SPONGE, LABEL, 6);
  spongeFinish(SPONGE, SHA3_SUFFIX);
  memory.copy(out, SPONGE, 32);
  memory.fill(SPONGE, 0, END - SPONGE);
  return agreed;
}
