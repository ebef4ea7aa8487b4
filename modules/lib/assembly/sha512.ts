// SHA-512 (FIPS 180-4), incremental, for short messages: a loop over 80 rounds in half a kilobyte of code.
//
// A state is SHA512_BYTES of memory that its user provides, 8-byte aligned.

import { H0, K } from './generated/sha512-constants';

const BLOCK: usize = 64;
/** Bytes hashed so far, u32. */
const LENGTH: usize = 192;
/** Bytes of a state: the hash value, the block that fills, the length. */
export const SHA512_BYTES: usize = 200;

/** The message schedule; the working variables a to h of the last round, and before them those of the next rounds. */
const W: usize = memory.data(640 + 704, 8);
const VARIABLES: usize = W + 640 + 640;

export function sha512Init(s: usize): void {
  memory.copy(s, H0, 64);
  store<u32>(s, 0, LENGTH);
}

/** Hashes `length` bytes at `data`; at most 2^32 - 1 bytes in all. */
export function sha512Update(s: usize, data: usize, length: usize): void {
  const total = load<u32>(s, LENGTH);
  store<u32>(s, total + <u32>length, LENGTH);
  let filled: usize = total & 127;
  while (length > 0) {
    const space: usize = 128 - filled;
    const n = length < space ? length : space;
    memory.copy(s + BLOCK + filled, data, n);
    data += n;
    length -= n;
    filled += n;
    if (filled < 128) break;
    compress(s);
    filled = 0;
  }
}

/** Ends the message: the 64 bytes of the digest to `out`. */
export function sha512Finish(s: usize, out: usize): void {
  const length = load<u32>(s, LENGTH);
  let filled: usize = length & 127;
  store<u8>(s + filled++, 0x80, BLOCK); // 5.1.2
  memory.fill(s + BLOCK + filled, 0, 128 - filled);
  if (filled > 112) {
    compress(s);
    memory.fill(s + BLOCK, 0, 128);
  }
  store<u64>(s, bswap<u64>((<u64>length) << 3), BLOCK + 120);
  compress(s);
  for (let i: usize = 0; i < 64; i += 8) store<u64>(out + i, bswap<u64>(load<u64>(s + i)));
}

/** 6.4.2 for the block of the state. */
function compress(s: usize): void {
  for (let t: usize = 0; t < 128; t += 8) store<u64>(W + t, bswap<u64>(load<u64>(s + t, BLOCK)));
  for (let w = W; w < W + 512; w += 8) {
    const w1 = load<u64>(w, 8);
    const w14 = load<u64>(w, 112);
    const sigma0 = rotr<u64>(w1, 1) ^ rotr<u64>(w1, 8) ^ (w1 >> 7);
    const sigma1 = rotr<u64>(w14, 19) ^ rotr<u64>(w14, 61) ^ (w14 >> 6);
    store<u64>(w, load<u64>(w) + sigma0 + load<u64>(w, 72) + sigma1, 128);
  }
  memory.copy(VARIABLES, s, 64);
  let v = VARIABLES;
  for (let t: usize = 0; t < 640; t += 8) {
    const a = load<u64>(v);
    const e = load<u64>(v, 32);
    const f = load<u64>(v, 40);
    const g = load<u64>(v, 48);
    const sum1 = rotr<u64>(e, 14) ^ rotr<u64>(e, 18) ^ rotr<u64>(e, 41);
    const t1 = load<u64>(v, 56) + sum1 + (((f ^ g) & e) ^ g) + load<u64>(K + t) + load<u64>(W + t);
    const b = load<u64>(v, 8);
    const c = load<u64>(v, 16);
    const sum0 = rotr<u64>(a, 28) ^ rotr<u64>(a, 34) ^ rotr<u64>(a, 39);
    // Each variable takes the next one's name: only d, which becomes e, and a are new.
    store<u64>(v, load<u64>(v, 24) + t1, 24);
    v -= 8;
    store<u64>(v, t1 + sum0 + (((a | b) & c) | (a & b)));
  }
  for (let i: usize = 0; i < 64; i += 8) store<u64>(s + i, load<u64>(s + i) + load<u64>(v + i));
}
