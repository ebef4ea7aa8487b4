// Authenticated decryption of short messages with AES-128: CCM (NIST SP 800-38C, RFC 3610) with a length field of two
// bytes, and GCM (NIST SP 800-38D) with an IV of 96 bits. Small instead of fast: GHASH goes bit by bit.
import { ctr, encryptBlock } from './aes';
import { equalSecret } from './bytes';

/** Counter block; where the authentication is, a block that fills; GCM's H, at last the mask of the tag. */
const COUNTER = memory.data(16, 8);
const MAC = memory.data(16, 8);
const H = memory.data(16, 8);

/** Bytes of MAC's block that are taken. */
let filled: u32 = 0;
let isGcm: bool = false;

/**
 * Decrypts `len` bytes at `data` in place and checks the `tagSize` bytes behind them, which authenticate also `aadLen`
 * bytes at `aad`, less than 65280. `nonce` has 12 bytes in GCM and 13 in CCM; `tagSize` is 4 to 16, in CCM even.
 * False when the tag is wrong: the text must not be used then, and `again` makes ciphertext of it.
 */
export function open(
  schedule: usize,
  gcm: bool,
  nonce: usize,
  aad: usize,
  aadLen: u32,
  data: usize,
  len: u32,
  tagSize: u32,
): bool {
  isGcm = gcm;
  memory.fill(MAC, 0, 16);
  memory.fill(COUNTER, 0, 16);
  filled = 0;
  if (gcm) {
    encryptBlock(schedule, MAC, H);
    memory.copy(COUNTER, nonce, 12);
  } else {
    // The flags of the counter block are the length field's size less one; those of B0 add the tag's and the data's.
    store<u8>(COUNTER, 1);
    memory.copy(COUNTER + 1, nonce, 13);
    memory.copy(MAC, COUNTER, 16);
    store<u8>(MAC, ((aadLen ? 0x40 : 0) + ((tagSize - 2) << 2)) | 1);
    store<u16>(MAC, bswap<u16>(<u16>len), 14);
    encryptBlock(schedule, MAC, MAC);
    if (aadLen) filled = 2;
    store<u16>(MAC, load<u16>(MAC) ^ bswap<u16>(<u16>aadLen));
  }
  absorb(schedule, aad, aadLen);
  if (gcm) absorb(schedule, data, len);
  again(schedule, data, len);
  if (gcm) {
    store<u32>(MAC, load<u32>(MAC, 4) ^ bswap<u32>(aadLen << 3), 4);
    store<u32>(MAC, load<u32>(MAC, 12) ^ bswap<u32>(len << 3), 12);
    turn(schedule);
  } else absorb(schedule, data, len);
  startCounter(0);
  encryptBlock(schedule, COUNTER, H);
  store<u64>(MAC, load<u64>(MAC) ^ load<u64>(H));
  store<u64>(MAC, load<u64>(MAC, 8) ^ load<u64>(H, 8), 8);
  return equalSecret(MAC, data + len, tagSize);
}

/** What `open` has last decrypted, encrypted again. */
export function again(schedule: usize, data: usize, len: u32): void {
  startCounter(1);
  ctr(schedule, COUNTER, data, len);
}

/** The tag has the first counter, the text those behind it. CCM counts from 0, GCM from 1. */
function startCounter(n: u32): void {
  store<u16>(COUNTER, (n + (isGcm ? 1 : 0)) << 8, 14);
}

/** Adds bytes, and zeros up to the end of the block. */
function absorb(schedule: usize, p: usize, len: u32): void {
  for (const end = p + len; p < end; p++) {
    const at = MAC + filled;
    store<u8>(at, load<u8>(at) ^ load<u8>(p));
    if (++filled == 16) turn(schedule);
  }
  if (filled) turn(schedule);
}

function turn(schedule: usize): void {
  filled = 0;
  if (!isGcm) {
    encryptBlock(schedule, MAC, MAC);
    return;
  }
  // MAC = MAC × H in GF(2^128), SP 800-38D section 6.3.
  let high = bswap(load<u64>(H));
  let low = bswap(load<u64>(H, 8));
  let productHigh: u64 = 0;
  let productLow: u64 = 0;
  for (let i: u32 = 0; i < 128; i++) {
    const one = -(<u64>((<u32>load<u8>(MAC + (i >> 3)) >> (~i & 7)) & 1));
    productHigh ^= high & one;
    productLow ^= low & one;
    const carry = -(low & 1) & 0xe100000000000000;
    low = (low >> 1) | (high << 63);
    high = (high >> 1) ^ carry;
  }
  store<u64>(MAC, bswap(productHigh));
  store<u64>(MAC, bswap(productLow), 8);
}
