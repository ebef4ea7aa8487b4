// AES-128 (FIPS 197) with the modes that meters use: CBC and CTR (NIST SP 800-38A), CMAC (RFC 4493).
//
// The S-boxes are computed at start: 512 bytes of memory, none in the binary. The state is four 32-bit columns, and
// MixColumns works on four bytes at once; tables of whole rounds would be 4 KB. Table look-ups depend on secret data:
// fine for a device that serves no neighbour on its core, not for a shared server.

const SBOX = memory.data(256);
const INVERSE = memory.data(256);
const BLOCK = memory.data(16, 8);
const CHAIN = memory.data(16, 8);

/** Bytes of an expanded key. */
export const SCHEDULE: u32 = 176;

function buildBoxes(): void {
  // p runs through the field by its generator 3, q through the inverses.
  let p: u32 = 1;
  let q: u32 = 1;
  do {
    p = p ^ ((p << 1) & 255) ^ (p >> 7 ? 0x1b : 0);
    q ^= q << 1;
    q ^= q << 2;
    q ^= q << 4;
    q &= 255;
    if (q & 0x80) q ^= 9;
    const d = q | (q << 8);
    const s = (q ^ (d >> 7) ^ (d >> 6) ^ (d >> 5) ^ (d >> 4) ^ 0x63) & 255;
    store<u8>(SBOX + p, s);
    store<u8>(INVERSE + s, p);
  } while (p != 1);
  store<u8>(SBOX, 0x63);
  store<u8>(INVERSE + 0x63, 0);
}
buildBoxes();

/** KeyExpansion (FIPS 197 section 5.2) of 16 bytes into `SCHEDULE` bytes. */
export function expandKey(key: usize, schedule: usize): void {
  memory.copy(schedule, key, 16);
  let rcon: u32 = 1;
  let w = load<u32>(schedule, 12);
  for (let i: u32 = 16; i < SCHEDULE; i += 4) {
    if ((i & 15) == 0) {
      w = substitute(SBOX, rotr(w, 8), rotr(w, 8), rotr(w, 8), rotr(w, 8)) ^ rcon;
      rcon = (rcon << 1) ^ (rcon >> 7 ? 0x11b : 0);
    }
    w ^= load<u32>(schedule + i - 16);
    store<u32>(schedule + i, w);
  }
}

/** SubBytes of a column whose bytes 0 to 3 come from `a` to `d` (ShiftRows). */
function substitute(box: usize, a: u32, b: u32, c: u32, d: u32): u32 {
  return (
    <u32>load<u8>(box + (a & 255)) |
    ((<u32>load<u8>(box + ((b >> 8) & 255))) << 8) |
    ((<u32>load<u8>(box + ((c >> 16) & 255))) << 16) |
    ((<u32>load<u8>(box + (d >> 24))) << 24)
  );
}

/** Multiplication by x in each byte. */
function xtime(w: u32): u32 {
  return ((w & 0x7f7f7f7f) << 1) ^ (((w >> 7) & 0x01010101) * 0x1b);
}

function mixColumn(w: u32): u32 {
  const r = rotr(w, 8);
  return xtime(w ^ r) ^ r ^ rotr(w, 16) ^ rotr(w, 24);
}

function inverseMixColumn(w: u32): u32 {
  return mixColumn(w ^ xtime(xtime(w ^ rotr(w, 16))));
}

/** One block; `dst` may be `src`. */
export function encryptBlock(schedule: usize, src: usize, dst: usize): void {
  let a = load<u32>(src) ^ load<u32>(schedule);
  let b = load<u32>(src, 4) ^ load<u32>(schedule, 4);
  let c = load<u32>(src, 8) ^ load<u32>(schedule, 8);
  let d = load<u32>(src, 12) ^ load<u32>(schedule, 12);
  for (let round: u32 = 1; round <= 10; round++) {
    let e = substitute(SBOX, a, b, c, d);
    let f = substitute(SBOX, b, c, d, a);
    let g = substitute(SBOX, c, d, a, b);
    let h = substitute(SBOX, d, a, b, c);
    if (round < 10) {
      e = mixColumn(e);
      f = mixColumn(f);
      g = mixColumn(g);
      h = mixColumn(h);
    }
    schedule += 16;
    a = e ^ load<u32>(schedule);
    b = f ^ load<u32>(schedule, 4);
    c = g ^ load<u32>(schedule, 8);
    d = h ^ load<u32>(schedule, 12);
  }
  store<u32>(dst, a);
  store<u32>(dst, b, 4);
  store<u32>(dst, c, 8);
  store<u32>(dst, d, 12);
}

/** One block; `dst` may be `src`. */
export function decryptBlock(schedule: usize, src: usize, dst: usize): void {
  schedule += 160;
  let a = load<u32>(src) ^ load<u32>(schedule);
  let b = load<u32>(src, 4) ^ load<u32>(schedule, 4);
  let c = load<u32>(src, 8) ^ load<u32>(schedule, 8);
  let d = load<u32>(src, 12) ^ load<u32>(schedule, 12);
  for (let round: u32 = 1; round <= 10; round++) {
    schedule -= 16;
    let e = substitute(INVERSE, a, d, c, b) ^ load<u32>(schedule);
    let f = substitute(INVERSE, b, a, d, c) ^ load<u32>(schedule, 4);
    let g = substitute(INVERSE, c, b, a, d) ^ load<u32>(schedule, 8);
    let h = substitute(INVERSE, d, c, b, a) ^ load<u32>(schedule, 12);
    if (round < 10) {
      e = inverseMixColumn(e);
      f = inverseMixColumn(f);
      g = inverseMixColumn(g);
      h = inverseMixColumn(h);
    }
    a = e;
    b = f;
    c = g;
    d = h;
  }
  store<u32>(dst, a);
  store<u32>(dst, b, 4);
  store<u32>(dst, c, 8);
  store<u32>(dst, d, 12);
}

/** dst = dst XOR src, 16 bytes. */
function xor16(dst: usize, src: usize): void {
  store<u64>(dst, load<u64>(dst) ^ load<u64>(src));
  store<u64>(dst, load<u64>(dst, 8) ^ load<u64>(src, 8), 8);
}

/** CBC, in place, whole blocks. `iv` (16 bytes) is read only. */
export function cbcEncrypt(schedule: usize, iv: usize, data: usize, blocks: u32): void {
  for (let previous = iv; blocks; blocks--) {
    xor16(data, previous);
    encryptBlock(schedule, data, data);
    previous = data;
    data += 16;
  }
}

/** CBC, in place, whole blocks. `iv` (16 bytes) is read only. */
export function cbcDecrypt(schedule: usize, iv: usize, data: usize, blocks: u32): void {
  memory.copy(CHAIN, iv, 16);
  for (; blocks; blocks--) {
    memory.copy(BLOCK, data, 16);
    decryptBlock(schedule, data, data);
    xor16(data, CHAIN);
    memory.copy(CHAIN, BLOCK, 16);
    data += 16;
  }
}

/** CTR, in place; encrypts and decrypts. `counter` (16 bytes, big-endian) is advanced. */
export function ctr(schedule: usize, counter: usize, data: usize, len: u32): void {
  while (len) {
    encryptBlock(schedule, counter, BLOCK);
    const n = min<u32>(len, 16);
    for (let i: u32 = 0; i < n; i++) store<u8>(data + i, load<u8>(data + i) ^ load<u8>(BLOCK + i));
    data += n;
    len -= n;
    for (let i = counter + 15; ; i--) {
      const v = <u8>(load<u8>(i) + 1);
      store<u8>(i, v);
      if (v || i == counter) break;
    }
  }
}

/** AES-CMAC (RFC 4493) of `len` bytes into 16 bytes at `mac`. */
export function cmac(schedule: usize, data: usize, len: u32, mac: usize): void {
  memory.fill(mac, 0, 16);
  while (len > 16) {
    xor16(mac, data);
    encryptBlock(schedule, mac, mac);
    data += 16;
    len -= 16;
  }
  memory.fill(BLOCK, 0, 16);
  encryptBlock(schedule, BLOCK, BLOCK);
  double(BLOCK);
  if (len < 16) {
    double(BLOCK);
    store<u8>(BLOCK + len, load<u8>(BLOCK + len) ^ 0x80);
  }
  for (let i: u32 = 0; i < len; i++) store<u8>(BLOCK + i, load<u8>(BLOCK + i) ^ load<u8>(data + i));
  xor16(mac, BLOCK);
  encryptBlock(schedule, mac, mac);
}

/** Multiplication by x in GF(2^128): the subkeys of RFC 4493 section 2.3. */
function double(block: usize): void {
  const hi = bswap(load<u64>(block));
  const lo = bswap(load<u64>(block, 8));
  store<u64>(block, bswap((hi << 1) | (lo >> 63)));
  store<u64>(block, bswap((lo << 1) ^ (hi >> 63 ? 0x87 : 0)), 8);
}
