// AES-256-GCM (NIST SP 800-38D), decryption only, for payloads that arrive in pieces: 96-bit IVs and 128-bit tags.
//
// Two passes over the ciphertext, so that nothing is decrypted before the tag has been checked: `authenticate` each piece,
// `verify` once, then `decrypt` each piece again from the beginning. Between the passes the ciphertext is in the caller's
// keeping: one that reads it from flash twice checks the digest of what comes out.
//
// No branch and no address depends on the key or the text: AES is bitsliced (aes256.ts), GHASH multiplies with 64-bit
// integers whose bits are four apart, so that carries fall between them (the method of BearSSL's ghash_ctmul64; it
// needs a multiplier of constant time, as rv32imac's and V8's are in practice).

import { AES256_SCHEDULE, aes256Encrypt4, aes256ExpandKey, aes256Wipe } from './aes256';
import { equalSecret } from './bytes';

export const GCM_KEY_BYTES: i32 = 32;
export const GCM_IV_BYTES: i32 = 12;
export const GCM_TAG_BYTES: i32 = 16;

/** Offsets: the expanded key; H, its bits reversed, and GHASH's block, each as two words; E(J0); the counter block. */
const H: usize = AES256_SCHEDULE;
const H_REVERSED: usize = H + 16;
const Y: usize = H + 32;
const MASK: usize = H + 48;
const COUNTER: usize = H + 64;
/** 64 bytes of key stream; before `decrypt` the block of GHASH that fills. */
const STREAM: usize = H + 80;
const BYTES: usize = STREAM + 64;

const enum Phase {
  Idle,
  AdditionalData,
  Ciphertext,
  Verified,
}

/** `begin` makes it new, so an object made in `start` serves every payload. Calls out of order trap. */
export class Aes256GcmDecryption {
  private state: StaticArray<u8> = new StaticArray<u8>(<i32>BYTES);
  private phase: Phase = Phase.Idle;
  /** Bytes of additional data, of ciphertext authenticated, and of ciphertext decrypted. */
  private additional: u32 = 0;
  private length: u32 = 0;
  private decrypted: u32 = 0;

  /** `key`: GCM_KEY_BYTES, `iv`: GCM_IV_BYTES. */
  begin(key: usize, iv: usize): void {
    const s = changetype<usize>(this.state);
    aes256ExpandKey(key, s);
    memory.fill(s + H, 0, BYTES - H);
    this.additional = 0;
    this.length = 0;
    this.decrypted = 0;
    // H = E(0) and E(J0) in one go (7.1, steps 1 and 2).
    const blocks = s + STREAM;
    memory.copy(s + COUNTER, iv, 12);
    setCounter(s, 1);
    memory.copy(blocks + 16, s + COUNTER, 16);
    aes256Encrypt4(s, blocks);
    const h0 = bswap<u64>(load<u64>(blocks, 8));
    const h1 = bswap<u64>(load<u64>(blocks));
    store<u64>(s, h0, H);
    store<u64>(s, h1, H + 8);
    store<u64>(s, reverse(h0), H_REVERSED);
    store<u64>(s, reverse(h1), H_REVERSED + 8);
    memory.copy(s + MASK, blocks + 16, 16);
    memory.fill(blocks, 0, 64);
    this.phase = Phase.AdditionalData;
  }

  /** Additional authenticated data, in pieces of any size, before the ciphertext. */
  authenticateData(data: usize, length: u32): void {
    if (this.phase != Phase.AdditionalData) unreachable();
    this.absorb(this.additional, data, length);
    this.additional += length;
  }

  /** Ciphertext, in pieces of any size; less than 2^32 bytes in all. */
  authenticate(data: usize, length: u32): void {
    if (this.phase == Phase.AdditionalData) this.pad(this.additional);
    else if (this.phase != Phase.Ciphertext) unreachable();
    this.phase = Phase.Ciphertext;
    if (this.length + length < length) unreachable();
    this.absorb(this.length, data, length);
    this.length += length;
  }

  /** Whether the GCM_TAG_BYTES at `tag` belong to what was taken. If not, all is wiped and `begin` is all that is left. */
  verify(tag: usize): bool {
    this.authenticate(tag, 0);
    const s = changetype<usize>(this.state);
    this.pad(this.length);
    store<u64>(s, load<u64>(s, Y) ^ ((<u64>this.length) << 3), Y);
    store<u64>(s, load<u64>(s, Y + 8) ^ ((<u64>this.additional) << 3), Y + 8);
    multiplyH(s);
    store<u64>(s, bswap<u64>(load<u64>(s, Y + 8)) ^ load<u64>(s, MASK), STREAM);
    store<u64>(s, bswap<u64>(load<u64>(s, Y)) ^ load<u64>(s, MASK + 8), STREAM + 8);
    const valid = equalSecret(s + STREAM, tag, 16);
    if (valid) this.phase = Phase.Verified;
    else this.wipe();
    return valid;
  }

  /** Decrypts the next `length` bytes of the verified ciphertext at `data`, in place. */
  decrypt(data: usize, length: u32): void {
    if (this.phase != Phase.Verified || length > this.length - this.decrypted) unreachable();
    const s = changetype<usize>(this.state);
    const stream = s + STREAM;
    let at = this.decrypted;
    this.decrypted = at + length;
    for (const end = data + length; data < end; data++, at++) {
      const used = at & 63;
      if (used == 0) {
        for (let block: u32 = 0; block < 4; block++) {
          setCounter(s, (at >> 4) + 2 + block);
          memory.copy(stream + (block << 4), s + COUNTER, 16);
        }
        aes256Encrypt4(s, stream);
      }
      if (used == 0 && end - data >= 64) {
        for (let i: usize = 0; i < 64; i += 8) store<u64>(data + i, load<u64>(data + i) ^ load<u64>(stream + i));
        data += 63;
        at += 63;
      } else store<u8>(data, load<u8>(data) ^ load<u8>(stream + used));
    }
  }

  /** Overwrites key and text. */
  wipe(): void {
    memory.fill(changetype<usize>(this.state), 0, BYTES);
    aes256Wipe();
    this.phase = Phase.Idle;
  }

  /** GHASH of the next bytes, of which `before` have gone before. */
  private absorb(before: u32, data: usize, length: u32): void {
    const s = changetype<usize>(this.state);
    const block = s + STREAM;
    const end = data + length;
    let filled: usize = before & 15;
    while (data < end) {
      if (filled == 0 && end - data >= 16) {
        addBlock(s, data);
        data += 16;
        continue;
      }
      store<u8>(block + filled, load<u8>(data++));
      if (++filled == 16) {
        addBlock(s, block);
        filled = 0;
      }
    }
  }

  /** Zeros up to the end of the block that `length` bytes have begun. */
  private pad(length: u32): void {
    const s = changetype<usize>(this.state);
    const filled: usize = length & 15;
    if (filled == 0) return;
    memory.fill(s + STREAM + filled, 0, 16 - filled);
    addBlock(s, s + STREAM);
  }
}

function setCounter(s: usize, n: u32): void {
  store<u32>(s, bswap<u32>(n), COUNTER + 12);
}

/** Y = (Y + block) H (6.4). */
function addBlock(s: usize, block: usize): void {
  store<u64>(s, load<u64>(s, Y) ^ bswap<u64>(load<u64>(block, 8)), Y);
  store<u64>(s, load<u64>(s, Y + 8) ^ bswap<u64>(load<u64>(block)), Y + 8);
  multiplyH(s);
}

/**
 * Y = Y H (6.3). The lower half of a product of 64 by 64 bits comes from `multiply`, the upper from the reversed factors;
 * three such products make one of 128 by 128 (Karatsuba).
 */
function multiplyH(s: usize): void {
  const y0 = load<u64>(s, Y);
  const y1 = load<u64>(s, Y + 8);
  const y0r = reverse(y0);
  const y1r = reverse(y1);
  const h0 = load<u64>(s, H);
  const h1 = load<u64>(s, H + 8);
  const h0r = load<u64>(s, H_REVERSED);
  const h1r = load<u64>(s, H_REVERSED + 8);
  const z0 = multiply(y0, h0);
  const z1 = multiply(y1, h1);
  const z0r = multiply(y0r, h0r);
  const z1r = multiply(y1r, h1r);
  const z2 = multiply(y0 ^ y1, h0 ^ h1) ^ z0 ^ z1;
  const z2r = multiply(y0r ^ y1r, h0r ^ h1r) ^ z0r ^ z1r;
  const w1 = (reverse(z0r) >> 1) ^ z2;
  const w2 = z1 ^ (reverse(z2r) >> 1);
  // The bits of GCM run the other way: the product is one place up.
  const v0 = z0 << 1;
  let v1 = (w1 << 1) | (z0 >> 63);
  let v2 = (w2 << 1) | (w1 >> 63);
  let v3 = ((reverse(z1r) >> 1) << 1) | (w2 >> 63);
  // Modulo x^128 + x^7 + x^2 + x + 1.
  v2 ^= v0 ^ (v0 >> 1) ^ (v0 >> 2) ^ (v0 >> 7);
  v1 ^= (v0 << 63) ^ (v0 << 62) ^ (v0 << 57);
  v3 ^= v1 ^ (v1 >> 1) ^ (v1 >> 2) ^ (v1 >> 7);
  v2 ^= (v1 << 63) ^ (v1 << 62) ^ (v1 << 57);
  store<u64>(s, v2, Y);
  store<u64>(s, v3, Y + 8);
}

/** The lower 64 bits of the product of two polynomials over GF(2). */
function multiply(x: u64, y: u64): u64 {
  const x0 = x & 0x1111111111111111;
  const x1 = x & 0x2222222222222222;
  const x2 = x & 0x4444444444444444;
  const x3 = x & 0x8888888888888888;
  const y0 = y & 0x1111111111111111;
  const y1 = y & 0x2222222222222222;
  const y2 = y & 0x4444444444444444;
  const y3 = y & 0x8888888888888888;
  return (
    (((x0 * y0) ^ (x1 * y3) ^ (x2 * y2) ^ (x3 * y1)) & 0x1111111111111111) |
    (((x0 * y1) ^ (x1 * y0) ^ (x2 * y3) ^ (x3 * y2)) & 0x2222222222222222) |
    (((x0 * y2) ^ (x1 * y1) ^ (x2 * y0) ^ (x3 * y3)) & 0x4444444444444444) |
    (((x0 * y3) ^ (x1 * y2) ^ (x2 * y1) ^ (x3 * y0)) & 0x8888888888888888)
  );
}

/** The bits in the other order. */
function reverse(x: u64): u64 {
  x = ((x >> 1) & 0x5555555555555555) | ((x & 0x5555555555555555) << 1);
  x = ((x >> 2) & 0x3333333333333333) | ((x & 0x3333333333333333) << 2);
  x = ((x >> 4) & 0x0f0f0f0f0f0f0f0f) | ((x & 0x0f0f0f0f0f0f0f0f) << 4);
  return bswap<u64>(x);
}
