// The field of Curve25519 and edwards25519: integers modulo p = 2^255 - 19. Shared by X25519 and Ed25519.
//
// An element is ELEMENT bytes of memory: nine signed 32-bit limbs, of 29 bits each and the last of 23. Sums and differences are
// not reduced: `multiply` and `square` say how many may meet. No branch and no address depends on a value.

import { multiply, square } from './generated/curve25519-multiply';

export { multiply, square };

export const ELEMENT: usize = 36;

const LIMB: u64 = (1 << 29) - 1;
const LAST_LIMB: u64 = (1 << 23) - 1;
const HALF: i64 = 1 << 28;
const HALF_LAST: i64 = 1 << 22;

/** Four elements for `power250`, one that nobody asked for. They may hold secrets: `wipe`. */
const POWERS: usize = memory.data(180, 8);
const UNUSED: usize = POWERS + 4 * ELEMENT;

/** dst = the integer in 32 bytes, little-endian, without its bit 255. It may be p or more. */
export function unpack(dst: usize, bytes: usize): void {
  store<i32>(dst, <i32>(load<u64>(bytes) & LIMB));
  store<i32>(dst, <i32>((load<u64>(bytes) >> 29) & LIMB), 4);
  store<i32>(dst, <i32>((load<u64>(bytes, 7) >> 2) & LIMB), 8);
  store<i32>(dst, <i32>((load<u64>(bytes, 10) >> 7) & LIMB), 12);
  store<i32>(dst, <i32>((load<u64>(bytes, 14) >> 4) & LIMB), 16);
  store<i32>(dst, <i32>((load<u64>(bytes, 18) >> 1) & LIMB), 20);
  store<i32>(dst, <i32>((load<u64>(bytes, 21) >> 6) & LIMB), 24);
  store<i32>(dst, <i32>((load<u64>(bytes, 24) >> 11) & LIMB), 28);
  store<i32>(dst, <i32>((load<u64>(bytes, 24) >> 40) & LAST_LIMB), 32);
}

/** The 32 bytes of the representative in [0, p), for a sum of at most seven elements. `a` is reduced. */
export function pack(bytes: usize, a: usize): void {
  // After the first pass the value is within 2^15 of [0, 2^255); after the third within.
  let over = carry(a, 0);
  over = carry(a, 19 * over);
  carry(a, 19 * over);
  // a + 19 reaches 2^255 when a is p or more, and is then a - p above it; else 19 goes again.
  over = carry(a, 19);
  carry(a, 19 * over - 19);
  let bits: u64 = 0;
  let count = 0;
  for (let i: usize = 0; i < ELEMENT; i += 4) {
    bits |= (<u64>load<u32>(a + i)) << count;
    for (count += 29; count >= 8; count -= 8) {
      store<u8>(bytes++, <u8>bits);
      bits >>= 8;
    }
  }
}

/** a = (a + c) mod 2^255 with every limb in its range; the quotient. */
function carry(a: usize, c: i64): i64 {
  const last = a + 32;
  for (; a < last; a += 4) {
    c += <i64>load<i32>(a);
    store<i32>(a, <i32>(c & LIMB));
    c >>= 29;
  }
  c += <i64>load<i32>(last);
  store<i32>(last, <i32>(c & LAST_LIMB));
  return c >> 23;
}

/** sum = a + b and difference = a - b: they are wanted together. Either may be a or b. */
export function addAndSubtract(sum: usize, difference: usize, a: usize, b: usize): void {
  const a0 = load<i32>(a, 0);
  const b0 = load<i32>(b, 0);
  store<i32>(sum, a0 + b0, 0);
  store<i32>(difference, a0 - b0, 0);
  const a1 = load<i32>(a, 4);
  const b1 = load<i32>(b, 4);
  store<i32>(sum, a1 + b1, 4);
  store<i32>(difference, a1 - b1, 4);
  const a2 = load<i32>(a, 8);
  const b2 = load<i32>(b, 8);
  store<i32>(sum, a2 + b2, 8);
  store<i32>(difference, a2 - b2, 8);
  const a3 = load<i32>(a, 12);
  const b3 = load<i32>(b, 12);
  store<i32>(sum, a3 + b3, 12);
  store<i32>(difference, a3 - b3, 12);
  const a4 = load<i32>(a, 16);
  const b4 = load<i32>(b, 16);
  store<i32>(sum, a4 + b4, 16);
  store<i32>(difference, a4 - b4, 16);
  const a5 = load<i32>(a, 20);
  const b5 = load<i32>(b, 20);
  store<i32>(sum, a5 + b5, 20);
  store<i32>(difference, a5 - b5, 20);
  const a6 = load<i32>(a, 24);
  const b6 = load<i32>(b, 24);
  store<i32>(sum, a6 + b6, 24);
  store<i32>(difference, a6 - b6, 24);
  const a7 = load<i32>(a, 28);
  const b7 = load<i32>(b, 28);
  store<i32>(sum, a7 + b7, 28);
  store<i32>(difference, a7 - b7, 28);
  const a8 = load<i32>(a, 32);
  const b8 = load<i32>(b, 32);
  store<i32>(sum, a8 + b8, 32);
  store<i32>(difference, a8 - b8, 32);
}

/** dst = a + b */
export function add(dst: usize, a: usize, b: usize): void {
  addAndSubtract(dst, UNUSED, a, b);
}

/** dst = a - b */
export function subtract(dst: usize, a: usize, b: usize): void {
  addAndSubtract(UNUSED, dst, a, b);
}

/** dst = n a, for n below 2^30. The limbs of the result are as those of `multiply`. */
export function multiplySmall(dst: usize, a: usize, n: i64): void {
  let c: i64 = 0;
  for (const last = a + 32; a < last; a += 4, dst += 4) {
    const r = <i64>load<i32>(a) * n + c;
    c = (r + HALF) >> 29;
    store<i32>(dst, <i32>(r - (c << 29)));
  }
  const r = <i64>load<i32>(a) * n + c;
  c = (r + HALF_LAST) >> 23;
  store<i32>(dst, <i32>(r - (c << 23)));
  // At most 19 2^33: the first limb takes it with one more carry.
  dst -= 32;
  const first = <i64>load<i32>(dst) + 19 * c;
  c = (first + HALF) >> 29;
  store<i32>(dst, <i32>(first - (c << 29)));
  store<i32>(dst, load<i32>(dst, 4) + <i32>c, 4);
}

/** dst = n, for a small n that is not negative. */
export function setSmall(dst: usize, n: i32): void {
  memory.fill(dst, 0, ELEMENT);
  store<i32>(dst, n);
}

/** dst = a^(2^n), n > 0. */
export function squareTimes(dst: usize, a: usize, n: i32): void {
  square(dst, a);
  while (--n) square(dst, dst);
}

/** dst = 1 / a, and 0 for 0. */
export function invert(dst: usize, a: usize): void {
  // p - 2 = 2^5 (2^250 - 1) + 11
  const a11 = power250(a);
  squareTimes(POWERS, POWERS, 5);
  multiply(dst, POWERS, a11);
}

/** dst = a^((p - 5) / 8): for square roots (RFC 8032, 5.1.3). */
export function power58(dst: usize, a: usize): void {
  // (p - 5) / 8 = 2^2 (2^250 - 1) + 1
  power250(a);
  squareTimes(POWERS, POWERS, 2);
  multiply(dst, POWERS, a);
}

/** Overwrites what was left behind here. */
export function wipe(): void {
  memory.fill(POWERS, 0, 5 * ELEMENT);
}

/** POWERS = a^(2^250 - 1); the address of a^11. Below, x_n is a^(2^n - 1). */
function power250(a: usize): usize {
  const x = POWERS;
  const t = POWERS + ELEMENT;
  const a11 = POWERS + 2 * ELEMENT;
  const kept = POWERS + 3 * ELEMENT;
  square(x, a);
  squareTimes(t, x, 2);
  multiply(t, t, a); // a^9
  multiply(a11, t, x);
  square(x, a11);
  multiply(x, x, t); // x_5
  widen(5);
  memory.copy(kept, x, ELEMENT);
  widen(10);
  widen(20);
  squareTimes(x, x, 10);
  multiply(x, x, kept); // x_50
  memory.copy(kept, x, ELEMENT);
  widen(50);
  widen(100);
  squareTimes(x, x, 50);
  multiply(x, x, kept);
  return a11;
}

/** From x_n in POWERS to x_2n. */
function widen(n: i32): void {
  const t = POWERS + ELEMENT;
  squareTimes(t, POWERS, n);
  multiply(POWERS, POWERS, t);
}
