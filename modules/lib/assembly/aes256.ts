// AES-256 (FIPS 197), forward only, for secret keys: bitsliced, so that no address and no branch depends on key or data.
//
// Four blocks at once: word i of eight u64 holds bit i of each of the 64 bytes. Within a word the byte in row r and
// column c of block b (FIPS 197, 3.4) is bit 16 r + 4 c + b: a rotation by 16 takes every byte to the next row. The S-box
// is the circuit of Boyar and Peralta ("A small depth-16 circuit for the AES S-box", 2012). A table would be faster
// and its addresses would tell the key.
//
// The expanded key and the state live in memory that the user provides; `aes256Wipe` overwrites what is left here.

/** Bytes of an expanded key: 15 round keys as the eight words of four equal blocks. */
export const AES256_SCHEDULE: usize = 15 * 64;

/** The eight words in work. */
const Q: usize = memory.data(64, 8);
/** Four blocks before they are sliced; the key's words while it is expanded. */
const BLOCKS: usize = memory.data(64, 8);
const WORDS: usize = memory.data(240, 8);

/** KeyExpansion (FIPS 197, 5.2) of 32 bytes into AES256_SCHEDULE bytes. */
export function aes256ExpandKey(key: usize, schedule: usize): void {
  memory.copy(WORDS, key, 32);
  let rcon: u32 = 1;
  for (let i: usize = 32; i < 240; i += 4) {
    let word = load<u32>(WORDS + i - 4);
    if ((i & 31) == 0) {
      word = subWord(rotr<u32>(word, 8)) ^ rcon;
      rcon <<= 1;
    } else if ((i & 31) == 16) word = subWord(word);
    store<u32>(WORDS + i, word ^ load<u32>(WORDS + i - 32));
  }
  for (let i: usize = 0; i < 240; i += 16) {
    for (let block: usize = 0; block < 64; block += 16) memory.copy(BLOCKS + block, WORDS + i, 16);
    slice(BLOCKS);
    memory.copy(schedule + 4 * i, Q, 64);
  }
  aes256Wipe();
}

/** Encrypts the four blocks at `blocks`, in place. */
export function aes256Encrypt4(schedule: usize, blocks: usize): void {
  slice(blocks);
  addRoundKey(schedule);
  for (let round = 1; round < 14; round++) {
    schedule += 64;
    subBytes();
    shiftRows();
    mixColumnsAndAdd(schedule);
  }
  subBytes();
  shiftRows();
  addRoundKey(schedule + 64);
  unslice(blocks);
}

/** Overwrites what was left behind here. */
export function aes256Wipe(): void {
  memory.fill(Q, 0, 64);
  memory.fill(BLOCKS, 0, 64);
  memory.fill(WORDS, 0, 240);
}

function subWord(word: u32): u32 {
  memory.fill(BLOCKS, 0, 64);
  store<u32>(BLOCKS, word);
  slice(BLOCKS);
  subBytes();
  unslice(BLOCKS);
  return load<u32>(BLOCKS);
}

/** Q from four blocks. */
function slice(blocks: usize): void {
  for (let b: usize = 0; b < 32; b += 8, blocks += 16) {
    store<u64>(Q + b, spread(load<u32>(blocks)) | (spread(load<u32>(blocks, 8)) << 8));
    store<u64>(Q + b, spread(load<u32>(blocks, 4)) | (spread(load<u32>(blocks, 12)) << 8), 32);
  }
  transpose();
}

/** Four blocks from Q. */
function unslice(blocks: usize): void {
  transpose();
  for (let b: usize = 0; b < 32; b += 8, blocks += 16) {
    const even = load<u64>(Q + b);
    const odd = load<u64>(Q + b, 32);
    store<u32>(blocks, gather(even));
    store<u32>(blocks, gather(odd), 4);
    store<u32>(blocks, gather(even >> 8), 8);
    store<u32>(blocks, gather(odd >> 8), 12);
  }
}

/** The four bytes of a column, each in the lower half of 16 bits. */
function spread(word: u32): u64 {
  let x = <u64>word;
  x = (x | (x << 16)) & 0x0000ffff0000ffff;
  return (x | (x << 8)) & 0x00ff00ff00ff00ff;
}

function gather(x: u64): u32 {
  x &= 0x00ff00ff00ff00ff;
  x = (x | (x >> 8)) & 0x0000ffff0000ffff;
  return <u32>(x | (x >> 16));
}

/** Bit i of each byte of word j becomes bit j of that byte of word i. */
function transpose(): void {
  for (let i: usize = 0; i < 64; i += 16) exchange(Q + i, 8, 1, 0x5555555555555555);
  for (let i: usize = 0; i < 64; i += 32) {
    exchange(Q + i, 16, 2, 0x3333333333333333);
    exchange(Q + i + 8, 16, 2, 0x3333333333333333);
  }
  for (let i: usize = 0; i < 32; i += 8) exchange(Q + i, 32, 4, 0x0f0f0f0f0f0f0f0f);
}

/** The bits of a word that lie `shift` above the mask change places with those of another under the mask. */
function exchange(p: usize, distance: usize, shift: u64, mask: u64): void {
  const x = load<u64>(p);
  const y = load<u64>(p + distance);
  const t = ((x >> shift) ^ y) & mask;
  store<u64>(p, x ^ (t << shift));
  store<u64>(p + distance, y ^ t);
}

function addRoundKey(key: usize): void {
  for (let i: usize = 0; i < 64; i += 8) store<u64>(Q + i, load<u64>(Q + i) ^ load<u64>(key + i));
}

/** 5.1.2: row r to the left by r columns. */
function shiftRows(): void {
  for (let p = Q; p < Q + 64; p += 8) {
    let x = load<u64>(p);
    // Rows 2 and 3 by two columns, then rows 1 and 3 by one.
    const t = (x ^ (x >> 8)) & 0x00ff00ff00000000;
    x ^= t ^ (t << 8);
    store<u64>(p, (x & 0x0000ffff0000ffff) | ((x >> 4) & 0x0fff00000fff0000) | ((x << 12) & 0xf0000000f0000000));
  }
}

/** 5.1.3 and 5.1.4. A byte times 2 is its bits one word up; what falls out at the top comes back by 0x1b. */
function mixColumnsAndAdd(key: usize): void {
  const q0 = load<u64>(Q, 0);
  const q1 = load<u64>(Q, 8);
  const q2 = load<u64>(Q, 16);
  const q3 = load<u64>(Q, 24);
  const q4 = load<u64>(Q, 32);
  const q5 = load<u64>(Q, 40);
  const q6 = load<u64>(Q, 48);
  const q7 = load<u64>(Q, 56);
  const r0 = rotr<u64>(q0, 16);
  const r1 = rotr<u64>(q1, 16);
  const r2 = rotr<u64>(q2, 16);
  const r3 = rotr<u64>(q3, 16);
  const r4 = rotr<u64>(q4, 16);
  const r5 = rotr<u64>(q5, 16);
  const r6 = rotr<u64>(q6, 16);
  const r7 = rotr<u64>(q7, 16);
  const t0 = q0 ^ r0;
  const t1 = q1 ^ r1;
  const t2 = q2 ^ r2;
  const t3 = q3 ^ r3;
  const t4 = q4 ^ r4;
  const t5 = q5 ^ r5;
  const t6 = q6 ^ r6;
  const t7 = q7 ^ r7;
  store<u64>(Q, load<u64>(key, 0) ^ t7 ^ r0 ^ rotr<u64>(t0, 32), 0);
  store<u64>(Q, load<u64>(key, 8) ^ t0 ^ t7 ^ r1 ^ rotr<u64>(t1, 32), 8);
  store<u64>(Q, load<u64>(key, 16) ^ t1 ^ r2 ^ rotr<u64>(t2, 32), 16);
  store<u64>(Q, load<u64>(key, 24) ^ t2 ^ t7 ^ r3 ^ rotr<u64>(t3, 32), 24);
  store<u64>(Q, load<u64>(key, 32) ^ t3 ^ t7 ^ r4 ^ rotr<u64>(t4, 32), 32);
  store<u64>(Q, load<u64>(key, 40) ^ t4 ^ r5 ^ rotr<u64>(t5, 32), 40);
  store<u64>(Q, load<u64>(key, 48) ^ t5 ^ r6 ^ rotr<u64>(t6, 32), 48);
  store<u64>(Q, load<u64>(key, 56) ^ t6 ^ r7 ^ rotr<u64>(t7, 32), 56);
}

/** 5.1.1 for the bytes in Q. The circuit numbers bits from the top: x0 is bit 7. Names are those of the paper. */
function subBytes(): void {
  const x0 = load<u64>(Q, 56);
  const x1 = load<u64>(Q, 48);
  const x2 = load<u64>(Q, 40);
  const x3 = load<u64>(Q, 32);
  const x4 = load<u64>(Q, 24);
  const x5 = load<u64>(Q, 16);
  const x6 = load<u64>(Q, 8);
  const x7 = load<u64>(Q, 0);
  const y14 = x3 ^ x5;
  const y13 = x0 ^ x6;
  const y9 = x0 ^ x3;
  const y8 = x0 ^ x5;
  const t0 = x1 ^ x2;
  const y1 = t0 ^ x7;
  const y4 = y1 ^ x3;
  const y12 = y13 ^ y14;
  const y2 = y1 ^ x0;
  const y5 = y1 ^ x6;
  const y3 = y5 ^ y8;
  const t1 = x4 ^ y12;
  const y15 = t1 ^ x5;
  const y20 = t1 ^ x1;
  const y6 = y15 ^ x7;
  const y10 = y15 ^ t0;
  const y11 = y20 ^ y9;
  const y7 = x7 ^ y11;
  const y17 = y10 ^ y11;
  const y19 = y10 ^ y8;
  const y16 = t0 ^ y11;
  const y21 = y13 ^ y16;
  const y18 = x0 ^ y16;
  // The non-linear section: inversion.
  const t2 = y12 & y15;
  const t4 = (y3 & y6) ^ t2;
  const t6 = (y4 & x7) ^ t2;
  const t7 = y13 & y16;
  const t9 = (y5 & y1) ^ t7;
  const t11 = (y2 & y7) ^ t7;
  const t12 = y9 & y11;
  const t14 = (y14 & y17) ^ t12;
  const t16 = (y8 & y10) ^ t12;
  const t21 = t4 ^ t14 ^ y20;
  const t22 = t6 ^ t16 ^ y19;
  const t23 = t9 ^ t14 ^ y21;
  const t24 = t11 ^ t16 ^ y18;
  const t25 = t21 ^ t22;
  const t26 = t21 & t23;
  const t27 = t24 ^ t26;
  const t29 = (t25 & t27) ^ t22;
  const t30 = t23 ^ t24;
  const t31 = t22 ^ t26;
  const t33 = (t31 & t30) ^ t24;
  const t34 = t23 ^ t33;
  const t35 = t27 ^ t33;
  const t36 = t24 & t35;
  const t37 = t36 ^ t34;
  const t38 = t27 ^ t36;
  const t40 = t25 ^ (t29 & t38);
  const t41 = t40 ^ t37;
  const t42 = t29 ^ t33;
  const t43 = t29 ^ t40;
  const t44 = t33 ^ t37;
  const t45 = t42 ^ t41;
  const z0 = t44 & y15;
  const z1 = t37 & y6;
  const z2 = t33 & x7;
  const z3 = t43 & y16;
  const z4 = t40 & y1;
  const z5 = t29 & y7;
  const z6 = t42 & y11;
  const z7 = t45 & y17;
  const z8 = t41 & y10;
  const z9 = t44 & y12;
  const z10 = t37 & y3;
  const z11 = t33 & y4;
  const z12 = t43 & y13;
  const z13 = t40 & y5;
  const z14 = t29 & y2;
  const z15 = t42 & y9;
  const z16 = t45 & y14;
  const z17 = t41 & y8;
  // The bottom linear layer.
  const t46 = z15 ^ z16;
  const t48 = z5 ^ z13;
  const t53 = z0 ^ z3;
  const t54 = z6 ^ z7;
  const t57 = z2 ^ z12 ^ t53;
  const t58 = z4 ^ t46;
  const t59 = z3 ^ t54;
  const t60 = t46 ^ t57;
  const t62 = z7 ^ z8 ^ t58;
  const t63 = z9 ^ z10 ^ t58;
  const t64 = z4 ^ t59;
  const t65 = z14 ^ t57 ^ t62;
  const t66 = z1 ^ t63;
  const s3 = t53 ^ t66;
  store<u64>(Q, t59 ^ t63, 56);
  store<u64>(Q, ~(t64 ^ s3), 48);
  store<u64>(Q, ~(z16 ^ z17 ^ t64 ^ t65), 40);
  store<u64>(Q, s3, 32);
  store<u64>(Q, z2 ^ z5 ^ t66, 24);
  store<u64>(Q, z10 ^ z11 ^ t65, 16);
  store<u64>(Q, ~(z12 ^ t48 ^ t62), 8);
  store<u64>(Q, ~(t48 ^ t60));
}
