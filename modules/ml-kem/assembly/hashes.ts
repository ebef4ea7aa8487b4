// The hash functions of FIPS 203, 4.1.

import {
  SHA3_256_RATE,
  SHA3_512_RATE,
  SHA3_SUFFIX,
  SHAKE256_RATE,
  SHAKE_SUFFIX,
  spongeAbsorb,
  spongeFinish,
  spongeInit,
} from '../../lib/assembly/keccak';
import { SPONGE } from './workspace';

/** (4.5), G = SHA3-512: 64 bytes to `out`. */
export function G(bytes: usize, length: usize, out: usize): void {
  spongeInit(SPONGE, SHA3_512_RATE);
  spongeAbsorb(SPONGE, bytes, length);
  spongeFinish(SPONGE, SHA3_SUFFIX);
  memory.copy(out, SPONGE, 64);
}

/** (4.4), H = SHA3-256: 32 bytes to `out`. */
export function H(bytes: usize, length: usize, out: usize): void {
  spongeInit(SPONGE, SHA3_256_RATE);
  spongeAbsorb(SPONGE, bytes, length);
  spongeFinish(SPONGE, SHA3_SUFFIX);
  memory.copy(out, SPONGE, 32);
}

/** (4.4), J = SHAKE256, 32 bytes, of z (32 bytes) and c: left at the sponge's begin. */
export function J(z: usize, c: usize, length: usize): void {
  spongeInit(SPONGE, SHAKE256_RATE);
  spongeAbsorb(SPONGE, z, 32);
  spongeAbsorb(SPONGE, c, length);
  spongeFinish(SPONGE, SHAKE_SUFFIX);
}
