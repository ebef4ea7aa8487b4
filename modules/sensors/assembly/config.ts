// One part's configuration, as a line of text: the driver's name, then `key=value` pairs, separated by blanks:
//
//   bme280 bus=0 address=0x76 every=60000 name=room
//
// A number is decimal or 0x hexadecimal, with a sign. Each driver's file says which keys it knows.
import { Bytes } from 'motekit/runtime/guest';
import { isAscii } from '../../lib/assembly/bytes';

const BLANK: u32 = 0x20;
const EQUALS: u32 = 0x3d;
/** Pairs of a line: the bits of `asked`. */
const MAX_PAIRS: u32 = 32;

/** Reads keys on demand; remembers which were asked for, so that a misspelt one is found. Allocates in the constructor. */
export class Config {
  /** A value that was asked for is no number, or out of its range. */
  bad: bool = false;
  private asked: u32 = 0;
  private text: usize;
  private end: usize;

  /** Copies `line`, which is at most 256 bytes. */
  constructor(line: Bytes) {
    this.text = changetype<usize>(line.copy());
    this.end = this.text + line.length;
  }

  /** The driver's name: the first word. */
  get driver(): Bytes {
    let p = this.text;
    while (p < this.end && load<u8>(p) != BLANK) p++;
    return new Bytes(this.text, <i32>(p - this.text));
  }

  /** The value of `key` within `low` and `high`; `fallback` when the line does not have it. Sets `bad`. */
  number(key: string, fallback: i32, low: i32 = i32.MIN_VALUE, high: i32 = i32.MAX_VALUE): i32 {
    const value = this.find(key);
    if (value === null) return fallback;
    const parsed = parse(value.ptr, value.length);
    if (parsed < low || parsed > high) {
      this.bad = true;
      return fallback;
    }
    return <i32>parsed;
  }

  /** The text of `key`, where it stands; null when the line does not have it. */
  find(key: string): Bytes | null {
    let p = this.text;
    for (let pair: u32 = 0; p < this.end; pair++) {
      while (p < this.end && load<u8>(p) == BLANK) p++;
      const word = p;
      let equals: usize = 0;
      for (; p < this.end && load<u8>(p) != BLANK; p++) if (!equals && load<u8>(p) == EQUALS) equals = p;
      if (equals && isAscii(word, <u32>(equals - word), key)) {
        this.asked |= 1 << pair;
        return new Bytes(equals + 1, <i32>(p - equals - 1));
      }
    }
    return null;
  }

  /** The first pair that nobody asked for: a misspelt key, or one of another driver. Call it after the driver's `open`. */
  unknown(): Bytes | null {
    let p = this.text;
    for (let pair: u32 = 0; p < this.end; pair++) {
      while (p < this.end && load<u8>(p) == BLANK) p++;
      const word = p;
      while (p < this.end && load<u8>(p) != BLANK) p++;
      if (pair && p > word && (pair >= MAX_PAIRS || !((this.asked >> pair) & 1)))
        return new Bytes(word, <i32>(p - word));
    }
    return null;
  }
}

const NO_NUMBER: i64 = i64.MAX_VALUE;

function parse(p: usize, length: i32): i64 {
  const end = p + length;
  const negative = length > 1 && load<u8>(p) == 0x2d;
  if (negative) p++;
  let base: i64 = 10;
  if (end - p > 2 && load<u8>(p) == 0x30 && (load<u8>(p, 1) | 0x20) == 0x78) {
    base = 16;
    p += 2;
  }
  if (p == end || end - p > 10) return NO_NUMBER;
  let value: i64 = 0;
  for (; p < end; p++) {
    const c: u32 = load<u8>(p) | 0x20;
    const digit: u32 = c - 0x30 < 10 ? c - 0x30 : base == 16 && c - 0x61 < 6 ? c - 0x57 : 255;
    if (digit > 15) return NO_NUMBER;
    value = value * base + digit;
  }
  return negative ? -value : value;
}
