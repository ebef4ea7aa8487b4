// HMAC-SHA-256 (RFC 2104, FIPS 198-1) and HKDF-SHA-256 (RFC 5869). Keys are secret: nothing here branches on their bytes,
// and what is derived from them is wiped on return, but for the hashes' own memory, which `hkdfWipe` overwrites.

import { Sha256 } from './sha256';

export const HASH_BYTES: i32 = 32;
/** RFC 5869, 2.3: 255 blocks. */
export const OKM_MAX: i32 = 255 * HASH_BYTES;

const inner = new Sha256();
const outer = new Sha256();
const BLOCK: usize = memory.data(64, 8);
/** T(i), then the counter byte. */
const T: usize = memory.data(33, 8);

/** HMAC-SHA-256 of the messages given between `hmacBegin` and `hmacFinish`. */
export function hmacBegin(key: usize, length: i32): void {
  memory.fill(BLOCK, 0, 64);
  if (length > 64) inner.reset().updateRaw(key, length).digestRaw(BLOCK);
  else memory.copy(BLOCK, key, length);
  pad(0x3636363636363636);
  inner.reset().updateRaw(BLOCK, 64);
  pad(0x3636363636363636 ^ 0x5c5c5c5c5c5c5c5c);
  outer.reset().updateRaw(BLOCK, 64);
  memory.fill(BLOCK, 0, 64);
}

export function hmacUpdate(data: usize, length: i32): void {
  inner.updateRaw(data, length);
}

/** The 32 bytes of the code, to `out`. */
export function hmacFinish(out: usize): void {
  inner.digestRaw(out);
  outer.updateRaw(out, HASH_BYTES).digestRaw(out);
}

/** HKDF-Extract (2.2): 32 bytes to `prk`. An empty salt stands for 32 zeros. */
export function hkdfExtract(salt: usize, saltLength: i32, ikm: usize, ikmLength: i32, prk: usize): void {
  hmacBegin(salt, saltLength);
  hmacUpdate(ikm, ikmLength);
  hmacFinish(prk);
}

/** HKDF-Expand (2.3) from the 32 bytes at `prk`: `length` bytes to `okm`. False, and nothing written, above OKM_MAX. */
export function hkdfExpand(prk: usize, info: usize, infoLength: i32, okm: usize, length: i32): bool {
  if (length < 0 || length > OKM_MAX) return false;
  store<u8>(T, 0, 32);
  for (let done = 0; done < length; done += HASH_BYTES) {
    hmacBegin(prk, HASH_BYTES);
    if (done > 0) hmacUpdate(T, HASH_BYTES);
    hmacUpdate(info, infoLength);
    store<u8>(T, load<u8>(T, 32) + 1, 32);
    hmacUpdate(T + 32, 1);
    hmacFinish(T);
    const left = length - done;
    memory.copy(okm + done, T, left < HASH_BYTES ? left : HASH_BYTES);
  }
  memory.fill(T, 0, 33);
  return true;
}

/** Overwrites what the hashes still hold. */
export function hkdfWipe(): void {
  // A block of zeros over the last block; `reset` overwrites the hash value.
  inner.reset().updateRaw(BLOCK, 63);
  outer.reset().updateRaw(BLOCK, 63);
}

function pad(mask: u64): void {
  for (let i: usize = 0; i < 64; i += 8) store<u64>(BLOCK + i, load<u64>(BLOCK + i) ^ mask);
}
