// Integers modulo the group's order L = 2^252 + 27742317777372353535851937790883648493 (RFC 8032, 5.1), and their digits.
// Everything here is public, so time may depend on it.

/** Bytes of a scalar with the zeros after it that `digits` reads. */
export const SCALAR: usize = 40;
/** Bytes of the digits of a scalar. */
export const DIGITS: i32 = 256;
/** A digit is 0 or odd and below 2^(WIDTH - 1) in amount; at least WIDTH - 1 zeros follow one that is not 0. */
export const WIDTH: u32 = 5;

/** The five lower words of L, and of the eight the upper. */
const L: usize = memory.data<u32>([0x5cf5d3ed, 0x5812631a, 0xa2f79cd6, 0x14def9de, 0, 0, 0, 0x10000000]);

/** Whether the 32 bytes are below L (5.1.7, step 1): other encodings of S would make a signature malleable. */
export function isReduced(bytes: usize): bool {
  for (let i = 28; i >= 0; i -= 4) {
    const a = load<u32>(bytes + i);
    const b = load<u32>(L + i);
    if (a != b) return a < b;
  }
  return false;
}

/** scalar = the integer in 64 bytes, little-endian, modulo L. */
export function reduce(scalar: usize, bytes: usize): void {
  memory.fill(scalar, 0, SCALAR);
  for (let word = bytes + 60; word >= bytes; word -= 4) {
    // scalar is below L: scalar 2^32 + word has a quotient by 2^252 of at most 2^32, at most 1 above that by L.
    const top = load<u32>(scalar, 28);
    memory.copy(scalar + 4, scalar, 28);
    store<u32>(scalar, load<u32>(word));
    const quotient = ((<u64>top) << 4) | (load<u32>(scalar, 28) >> 28);
    store<u32>(scalar, load<u32>(scalar, 28) & 0x0fffffff, 28);
    if (subtractProduct(scalar, quotient)) addL(scalar);
  }
}

/** a -= q (L - 2^252); whether it fell below 0. */
function subtractProduct(a: usize, q: u64): bool {
  let product: u64 = 0;
  let borrow: i64 = 0;
  for (let i: usize = 0; i < 32; i += 4) {
    if (i < 16) product += q * <u64>load<u32>(L + i);
    borrow += <i64>load<u32>(a + i) - <i64>(product & 0xffffffff);
    store<u32>(a + i, <u32>borrow);
    borrow >>= 32;
    product >>= 32;
  }
  return borrow != 0;
}

/** a += L, modulo 2^256. */
function addL(a: usize): void {
  let sum: u64 = 0;
  for (let i: usize = 0; i < 32; i += 4) {
    sum += <u64>load<u32>(a + i) + <u64>load<u32>(L + i);
    store<u32>(a + i, <u32>sum);
    sum >>= 32;
  }
}

/** The digits of a scalar below 2^254: scalar = sum of digit_i 2^i. */
export function digits(dst: usize, scalar: usize): void {
  memory.fill(dst, 0, DIGITS);
  let carry: u32 = 0;
  for (let i: u32 = 0; i < <u32>DIGITS; ) {
    const window = load<u32>(scalar + (i >> 3)) >> (i & 7);
    if ((window & 1) == carry) {
      i++;
      continue;
    }
    const word = (window & ((1 << WIDTH) - 1)) + carry;
    carry = (word >> (WIDTH - 1)) & 1;
    store<i8>(dst + i, <i8>(word - (carry << WIDTH)));
    i += WIDTH;
  }
}
