// CBOR (RFC 8949): an encoder of deterministic CBOR, and a reader that accepts nothing else.
//
// Deterministic means section 4.2.1: shortest heads, definite lengths, map keys in bytewise order of their encoding.
// Of the simple values only false, true and null. Floating point is written in the shortest form that is exact, and read
// only by who asks for it: documents of the protocols have whole numbers and decimal fractions.
import { Writer, order } from './bytes';

export const UINT: u32 = 0;
export const NEGATIVE: u32 = 1;
export const BYTES: u32 = 2;
export const TEXT: u32 = 3;
export const ARRAY: u32 = 4;
export const MAP: u32 = 5;
export const TAG: u32 = 6;
export const SIMPLE: u32 = 7;

/** A Writer that knows CBOR. Map keys come in order from the caller. */
export class CborWriter extends Writer {
  head(major: u32, value: u64): void {
    major <<= 5;
    if (value < 24) this.u8(major | <u32>value);
    else if (value < 0x100) {
      this.u8(major | 24);
      this.u8(<u32>value);
    } else if (value < 0x10000) {
      this.u8(major | 25);
      this.u16be(<u32>value);
    } else if (value < 0x100000000) {
      this.u8(major | 26);
      this.u32be(<u32>value);
    } else {
      this.u8(major | 27);
      this.u64be(value);
    }
  }

  uint(value: u64): void {
    this.head(UINT, value);
  }

  int(value: i64): void {
    if (value < 0) this.head(NEGATIVE, <u64>~value);
    else this.head(UINT, <u64>value);
  }

  byteString(src: usize, len: u32): void {
    this.head(BYTES, len);
    this.bytes(src, len);
  }

  /** `src` is UTF-8. */
  text(src: usize, len: u32): void {
    this.head(TEXT, len);
    this.bytes(src, len);
  }

  /** Text of ASCII characters. */
  literal(s: string): void {
    this.head(TEXT, s.length);
    this.ascii(s);
  }

  array(items: u32): void {
    this.head(ARRAY, items);
  }

  map(pairs: u32): void {
    this.head(MAP, pairs);
  }

  tag(number: u64): void {
    this.head(TAG, number);
  }

  bool(v: bool): void {
    this.u8(v ? 0xf5 : 0xf4);
  }

  nothing(): void {
    this.u8(0xf6);
  }

  /** The shortest of binary16, binary32 and binary64 that is exact; every NaN is f97e00 (section 4.2.2). */
  float(value: f64): void {
    const half = halfOf(value);
    if (half >= 0) {
      this.u8(0xf9);
      this.u16be(<u32>half);
    } else if (<f64>(<f32>value) == value) {
      this.u8(0xfa);
      this.u32be(reinterpret<u32>(<f32>value));
    } else {
      this.u8(0xfb);
      this.u64be(reinterpret<u64>(value));
    }
  }

  /** A number as a SenML value: whole ones up to 2^53 as integers, others as `float`. */
  number64(value: f64): void {
    if (Math.abs(value) <= 9007199254740992 && <f64>(<i64>value) == value) this.int(<i64>value);
    else this.float(value);
  }

  /** mantissa × 10^exponent: an integer when it is whole and fits, else a decimal fraction (section 3.4.4). */
  decimal(mantissa: i64, exponent: i32): void {
    while (exponent < 0 && mantissa % 10 == 0) {
      if (mantissa == 0) exponent = 0;
      else {
        mantissa /= 10;
        exponent++;
      }
    }
    while (exponent > 0 && abs(mantissa) < 900000000000000000) {
      mantissa *= 10;
      exponent--;
    }
    if (exponent) {
      this.tag(4);
      this.array(2);
      this.int(exponent);
    }
    this.int(mantissa);
  }
}

/** The bits of `value` as binary16 (IEEE 754), or -1 when it has no exact one. */
function halfOf(value: f64): i32 {
  if (value != value) return 0x7e00;
  const single = <f32>value;
  if (<f64>single != value) return -1;
  const bits = reinterpret<u32>(single);
  const sign = <i32>((bits >> 16) & 0x8000);
  const exponent = <i32>((bits >> 23) & 255) - 127;
  const fraction = bits & 0x7fffff;
  if (exponent == 128) return sign | 0x7c00;
  if (exponent == -127 && fraction == 0) return sign;
  if (exponent >= -14 && exponent <= 15) {
    return fraction & 0x1fff ? -1 : sign | ((exponent + 15) << 10) | <i32>(fraction >> 13);
  }
  // Subnormal: a multiple of 2^-24.
  if (exponent < -24 || exponent > -15) return -1;
  const whole = fraction | 0x800000;
  const shift = <u32>(-1 - exponent);
  return whole & ((1 << shift) - 1) ? -1 : sign | <i32>(whole >> shift);
}

/** Whether a floating-point number of `size` bytes could not have been written shorter. */
function isShortest(bits: u64, size: u32): bool {
  if (size == 2) return (bits & 0x7c00) != 0x7c00 || (bits & 0x3ff) == 0 || bits == 0x7e00;
  const value: f64 = size == 4 ? <f64>reinterpret<f32>(<u32>bits) : reinterpret<f64>(bits);
  return halfOf(value) < 0 && (size == 4 || <f64>(<f32>value) != value);
}

/** Why `CborReader` gave up. */
export const OK: u32 = 0;
/** The bytes end within an item, or go on behind the last. */
export const LENGTH: u32 = 1;
/** A longer head than needed, an indefinite length, an unknown simple value or a floating-point number. */
export const FORM: u32 = 2;
/** Map keys out of order, or one twice. */
export const KEYS: u32 = 3;
/** Nested deeper than allowed. */
export const DEPTH: u32 = 4;
/** Not what the caller asked for. */
export const KIND: u32 = 5;
/** Text that is not UTF-8. */
export const UTF8: u32 = 6;

/**
 * Reads deterministic CBOR from a byte view, item by item.
 *
 * Call `check` once: it walks everything, bounded in depth. Then read with the methods below. The first failure sticks
 * in `error` with its `offset`; methods then return 0, so a caller may test `error` once, at the end.
 */
export class CborReader {
  error: u32 = OK;
  /** Accept floating-point numbers in their shortest form; `skip` passes over them. */
  floats: bool = false;
  pos: usize;
  /** Where the last byte or text string begins; its length is what the method returned. */
  data: usize = 0;
  private value: u64 = 0;

  constructor(
    private start: usize,
    private len: u32,
  ) {
    this.pos = start;
  }

  /** Begins anew with another view. */
  reset(start: usize, len: u32): void {
    this.start = start;
    this.len = len;
    this.pos = start;
    this.error = OK;
  }

  /** Bytes read, or where the failure is. */
  get offset(): u32 {
    return <u32>(this.pos - this.start);
  }

  /** Whether the bytes are one deterministic item, nested at most `depth` deep, and nothing else. Rewinds. */
  check(depth: u32): bool {
    this.pos = this.start;
    this.error = OK;
    this.walk(depth);
    if (this.error == OK && this.offset != this.len) this.fail(LENGTH);
    if (this.error != OK) return false;
    this.pos = this.start;
    return true;
  }

  /** The major type of the next item, or 8 at the end. */
  peek(): u32 {
    return this.error == OK && this.offset < this.len ? load<u8>(this.pos) >> 5 : 8;
  }

  uint(): u64 {
    return this.expect(UINT) ? this.value : 0;
  }

  int(): i64 {
    if (this.peek() == NEGATIVE) {
      const at = this.pos;
      this.head();
      if (this.value >> 63) {
        this.pos = at;
        this.fail(KIND);
        return 0;
      }
      return ~(<i64>this.value);
    }
    const at = this.pos;
    const v = this.uint();
    if (v >> 63) {
      this.pos = at;
      this.fail(KIND);
      return 0;
    }
    return <i64>v;
  }

  /** Length of a byte string; its bytes are at `data`. */
  byteString(): u32 {
    return this.string(BYTES);
  }

  /** Length of a text in bytes of UTF-8; they are at `data`. */
  text(): u32 {
    return this.string(TEXT);
  }

  /** Number of items that follow. */
  array(): u32 {
    return this.expect(ARRAY) ? <u32>this.value : 0;
  }

  /** Number of pairs that follow. */
  map(): u32 {
    return this.expect(MAP) ? <u32>this.value : 0;
  }

  tag(): u64 {
    return this.expect(TAG) ? this.value : 0;
  }

  bool(): bool {
    const at = this.pos;
    if (this.expect(SIMPLE)) {
      if (this.value == 20 || this.value == 21) return this.value == 21;
      this.pos = at;
      this.fail(KIND);
    }
    return false;
  }

  /** Consumes a null, if one is next. */
  nothing(): bool {
    if (this.peek() != SIMPLE || load<u8>(this.pos) != 0xf6) return false;
    this.pos++;
    return true;
  }

  /** Passes over the next item with all that is in it. */
  skip(depth: u32 = 16): void {
    this.walk(depth);
  }

  fail(error: u32): void {
    if (this.error == OK) this.error = error;
  }

  private string(major: u32): u32 {
    if (!this.expect(major)) return 0;
    if (this.value > <u64>(this.len - this.offset)) {
      this.fail(LENGTH);
      return 0;
    }
    this.data = this.pos;
    this.pos += <usize>this.value;
    return <u32>this.value;
  }

  private expect(major: u32): bool {
    if (this.error != OK) return false;
    if (this.offset < this.len && load<u8>(this.pos) >> 5 != major) {
      this.fail(KIND);
      return false;
    }
    this.head();
    return this.error == OK;
  }

  /** Reads a head, leaves its argument in `value`, returns the major type. */
  private head(): u32 {
    const at = this.pos;
    const left = this.len - this.offset;
    if (left == 0) {
      this.fail(LENGTH);
      return 8;
    }
    const first: u32 = load<u8>(at);
    const info = first & 31;
    this.value = info;
    let size: u32 = 0;
    if (info >= 24) {
      if (info > 27) {
        this.fail(FORM);
        return 8;
      }
      size = 1 << (info - 24);
      if (left <= size) {
        this.fail(LENGTH);
        return 8;
      }
      let v: u64 = 0;
      for (let i: u32 = 1; i <= size; i++) v = (v << 8) | load<u8>(at + i);
      const least: u64 = size == 1 ? 24 : (<u64>1) << (4 * size);
      const isFloat = this.floats && first >> 5 == SIMPLE && size > 1;
      if (isFloat ? !isShortest(v, size) : v < least) {
        this.fail(FORM);
        return 8;
      }
      this.value = v;
    }
    if (first >> 5 == SIMPLE && (size != 0 ? !this.floats || size == 1 : info < 20 || info > 22)) {
      this.fail(FORM);
      return 8;
    }
    this.pos = at + 1 + size;
    return first >> 5;
  }

  private walk(depth: u32): void {
    if (this.error != OK) return;
    const at = this.pos;
    const major = this.head();
    if (this.error != OK) return;
    const n = this.value;
    const left = <u64>(this.len - this.offset);
    if (major == BYTES || major == TEXT) {
      if (n > left) {
        this.fail(LENGTH);
        return;
      }
      if (major == TEXT && !isUtf8(this.pos, <u32>n)) {
        this.fail(UTF8);
        return;
      }
      this.pos += <usize>n;
      return;
    }
    if (major < ARRAY || major > TAG) return;
    if (depth == 0) {
      this.pos = at;
      this.fail(DEPTH);
      return;
    }
    if (major == TAG) {
      this.walk(depth - 1);
      return;
    }
    // Each item takes a byte at least: a count beyond what is left cannot be true.
    if (n > left) {
      this.fail(LENGTH);
      return;
    }
    let last: usize = 0;
    let lastLen: u32 = 0;
    for (let i: u64 = 0; i < n && this.error == OK; i++) {
      if (major == MAP) {
        const key = this.pos;
        this.walk(depth - 1);
        if (this.error != OK) return;
        const keyLen = <u32>(this.pos - key);
        if (last && order(last, lastLen, key, keyLen) >= 0) {
          this.pos = key;
          this.fail(KEYS);
          return;
        }
        last = key;
        lastLen = keyLen;
      }
      this.walk(depth - 1);
    }
  }
}

/** RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF. */
export function isUtf8(p: usize, len: u32): bool {
  const end = p + len;
  while (p < end) {
    const c: u32 = load<u8>(p++);
    if (c < 0x80) continue;
    let more: u32 = 0;
    let low: u32 = 0x80;
    let high: u32 = 0xbf;
    if (c >= 0xc2 && c <= 0xdf) more = 1;
    else if (c >= 0xe0 && c <= 0xef) {
      more = 2;
      if (c == 0xe0) low = 0xa0;
      if (c == 0xed) high = 0x9f;
    } else if (c >= 0xf0 && c <= 0xf4) {
      more = 3;
      if (c == 0xf0) low = 0x90;
      if (c == 0xf4) high = 0x8f;
    } else return false;
    for (; more; more--) {
      if (p >= end) return false;
      const next: u32 = load<u8>(p++);
      if (next < low || next > high) return false;
      low = 0x80;
      high = 0xbf;
    }
  }
  return true;
}
