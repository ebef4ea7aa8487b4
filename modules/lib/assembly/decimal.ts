// Exact decimal numbers, mantissa × 10^exponent, as text. No floating point on the way.
import { Writer } from './bytes';

/** 10^n for n = 0 … 18. */
export function pow10(n: u32): u64 {
  let v: u64 = 1;
  while (n--) v *= 10;
  return v;
}

/**
 * Appends mantissa × 10^exponent in plain decimal notation, without trailing zeros behind the point:
 * (-230, -2) is `-2.3`, (5, 3) is `5000`. `unsigned` reads the mantissa as u64.
 */
export function writeDecimal(w: Writer, mantissa: i64, exponent: i32, unsigned: bool = false): void {
  let m = <u64>mantissa;
  if (!unsigned && mantissa < 0) {
    m = <u64>-mantissa;
    w.u8(0x2d);
  }
  if (m == 0) {
    w.u8(0x30);
    return;
  }
  while (exponent < 0 && m % 10 == 0) {
    m /= 10;
    exponent++;
  }
  if (exponent >= 0) {
    w.number(m);
    zeros(w, exponent);
    return;
  }
  const places = <u32>-exponent;
  if (places > 19) {
    w.u8(0x30);
    w.u8(0x2e);
    zeros(w, places - 20);
    w.number(m, 20);
    return;
  }
  // 10^19 still fits in 64 bits, and any mantissa is below 2 × 10^19.
  const scale = pow10(places);
  w.number(m / scale);
  w.u8(0x2e);
  w.number(m % scale, places);
}

function zeros(w: Writer, n: u32): void {
  while (n--) w.u8(0x30);
}

// Little-endian limbs of 24 × 5^149 < 2^371: the largest significand of a subnormal binary32 as an integer.
const LIMBS: u32 = 12;
const limbs = memory.data(48, 4);

/** What `realToDecimal` left: value = `realMantissa` × 10^`realExponent`. */
export let realMantissa: i64 = 0;
export let realExponent: i32 = 0;

/**
 * The decimal value of an IEEE 754 binary32 (EN 13757-3 data type H): exact as long as its digits fit in 63 bits,
 * else rounded half up to 18 or 19 significant digits (a double needs 17). False for infinities and NaN.
 */
export function realToDecimal(bits: u32): bool {
  const biased = (bits >> 23) & 255;
  if (biased == 255) return false;
  let m = bits & 0x7fffff;
  let e = <i32>biased - 150;
  if (biased) m |= 0x800000;
  else e = -149;
  realMantissa = 0;
  realExponent = 0;
  if (m == 0) return true;
  const twos = ctz(m);
  m >>= twos;
  e += twos;

  // value = m × 2^e: as an integer, m × 2^e, or m × 5^-e with exponent e.
  memory.fill(limbs, 0, 4 * LIMBS);
  store<u32>(limbs, m);
  // 5^13 is the highest power of five in 32 bits, 10^9 that of ten.
  let factor: u32 = 1;
  for (let i = abs(e); i > 0; i--) {
    factor *= e < 0 ? 5 : 2;
    if (i % 13 == 1) {
      multiply(factor);
      factor = 1;
    }
  }
  let exponent = min(e, 0);
  let rest: u32 = 0;
  while (upper()) {
    divide(1000000000);
    exponent += 9;
  }
  while (load<u32>(limbs, 8) | (load<u32>(limbs, 4) >> 31)) {
    rest = divide(10);
    exponent++;
  }
  let v = load<u64>(limbs) + (rest > 4 ? 1 : 0);
  while (v % 10 == 0) {
    v /= 10;
    exponent++;
  }
  realMantissa = bits >> 31 ? -(<i64>v) : <i64>v;
  realExponent = exponent;
  return true;
}

function upper(): u32 {
  let x: u32 = 0;
  for (let i: u32 = 3; i < LIMBS; i++) x |= load<u32>(limbs + 4 * i);
  return x;
}

function multiply(factor: u32): void {
  let carry: u64 = 0;
  for (let i: u32 = 0; i < LIMBS; i++) {
    carry += <u64>load<u32>(limbs + 4 * i) * factor;
    store<u32>(limbs + 4 * i, <u32>carry);
    carry >>= 32;
  }
}

function divide(by: u32): u32 {
  let rest: u64 = 0;
  for (let i = <i32>LIMBS - 1; i >= 0; i--) {
    rest = (rest << 32) | load<u32>(limbs + 4 * i);
    store<u32>(limbs + 4 * i, <u32>(rest / by));
    rest %= by;
  }
  return <u32>rest;
}
