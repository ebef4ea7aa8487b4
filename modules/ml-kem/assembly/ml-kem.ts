// ML-KEM's internal algorithms (FIPS 203, 6) and input checks (7.2, 7.3) for the set in force. Lengths and randomness
// are the caller's duty. Everything but ek, c and the checks' results is secret; the workspace is wiped on return.

import { Public } from '../../lib/assembly/declassify';
import { H, G, J } from './hashes';
import { Decrypt, Encrypt, KeyGen } from './k-pke';
import { ciphertextBytes, encapsulationKeyBytes, K, Q, vectorBytes } from './params';
import { MESSAGE, SEEDS, SPONGE, wipe } from './workspace';

/** Algorithm 16, ML-KEM.KeyGen_internal, from d and z, 32 bytes each. */
export function KeyGen_internal(d: usize, z: usize, ek: usize, dk: usize): void {
  const ekBytes = encapsulationKeyBytes();
  const copy = dk + vectorBytes();
  memory.copy(MESSAGE, d, 32);
  store<u8>(MESSAGE, <u8>K, 32);
  KeyGen(MESSAGE, ek, dk);
  memory.copy(copy, ek, ekBytes);
  H(ek, ekBytes, copy + ekBytes);
  memory.copy(copy + ekBytes + 32, z, 32);
  wipe();
}

/** Algorithm 17, ML-KEM.Encaps_internal, with the randomness m: the 32 bytes of the shared key to `key`. */
export function Encaps_internal(ek: usize, m: usize, key: usize, c: usize): void {
  memory.copy(MESSAGE, m, 32);
  H(ek, encapsulationKeyBytes(), MESSAGE + 32);
  G(MESSAGE, 64, SEEDS);
  Encrypt(ek, MESSAGE, SEEDS + 32, c, false);
  memory.copy(key, SEEDS, 32);
  wipe();
}

/** Algorithm 18, ML-KEM.Decaps_internal. */
export function Decaps_internal(dk: usize, c: usize, key: usize): void {
  const ek = dk + vectorBytes();
  const h = ek + encapsulationKeyBytes();
  const z = h + 32;
  Decrypt(dk, c, MESSAGE);
  memory.copy(MESSAGE + 32, h, 32);
  G(MESSAGE, 64, SEEDS); // K' and r'
  const difference = Encrypt(ek, MESSAGE, SEEDS + 32, c, true);
  J(z, c, ciphertextBytes());
  // Implicit rejection without a branch: the mask is all ones when c' is c.
  const same: u64 = <u64>((<i64>(<u64>difference) - 1) >> 63);
  for (let i: usize = 0; i < 32; i += 8) {
    const rejected = load<u64>(SPONGE + i);
    store<u64>(key + i, rejected ^ ((rejected ^ load<u64>(SEEDS + i)) & same));
  }
  wipe();
}

/** The modulus check of 7.2: every coefficient of the encapsulation key is below q. */
export function checkEncapsulationKey(ek: usize): bool {
  let over = 0; // negative once one is not
  for (const end = ek + vectorBytes(); ek < end; ek += 3) {
    const a = <i32>load<u16>(ek) | ((<i32>load<u8>(ek, 2)) << 16);
    over |= (Q - 1 - (a & 0xfff)) | (Q - 1 - (a >> 12));
  }
  return over >= 0;
}

/** The hash check of 7.3: the decapsulation key holds the hash of its encapsulation key. */
export function checkDecapsulationKey(dk: usize): bool {
  const ek = dk + vectorBytes();
  const ekBytes = encapsulationKeyBytes();
  H(ek, ekBytes, MESSAGE);
  let difference: u64 = 0;
  for (let i: usize = 0; i < 32; i += 8) difference |= load<u64>(MESSAGE + i) ^ load<u64>(ek + ekBytes + i);
  return Public.value(i32(difference == 0)) != 0;
}
