// What a Modbus client polls, as text: points separated by `;` or line ends, words by blanks.
//
//   <function> <address> <type> <exponent> <unit> <quantity> [<channel>]    a value to read: 1 to 4
//   <function> <address> <type> = <value>                                   a value to write at each poll: 5, 6, 15, 16
//
// Addresses as in the frame, from 0. Types: `bit`; `u16`, `s16`; `u32`, `s32`, `f32` high word first, `u32l`, `s32l`, `f32l` low
// word first; `bits<n>` (15: n coils, 1 to 16, of the value's bits). unit `-` is none.
import { Bytes } from 'motekit/runtime/guest';
import { isAscii, u16be, u32be } from '../../lib/assembly/bytes';
import { realExponent, realMantissa, realToDecimal } from '../../lib/assembly/decimal';
import * as modbus from './modbus';
import { MAX_RECORDS, Records } from './records';

const BIT: u32 = 0;
const U16: u32 = 1;
const S16: u32 = 2;
const U32: u32 = 3;
const S32: u32 = 4;
const F32: u32 = 5;
const BITS: u32 = 6;

/** One request of the plan. */
export class Point {
  code: u32 = 0;
  address: u32 = 0;
  type: u32 = 0;
  lowFirst: bool = false;
  /** Bits or registers. */
  count: u32 = 1;
  exponent: i32 = 0;
  unit: string = '';
  quantity: string = '';
  channel: string = '';
  /** Of a write. */
  value: i64 = 0;

  /** Makes the request; its length, or 0. */
  request(to: usize, unit: u32): i32 {
    const value = <u32>this.value;
    if (this.code <= 4) return modbus.request(to, unit, this.code, this.address, this.count);
    if (this.code <= 6) return modbus.request(to, unit, this.code, this.address, value & 0xffff);
    if (this.code == modbus.WRITE_MULTIPLE_COILS) store<u16>(data, <u16>value);
    else if (this.count == 1) store<u16>(data, bswap<u16>(<u16>value));
    else store<u32>(data, bswap<u32>(this.lowFirst ? rotl<u32>(value, 16) : value));
    return modbus.request(to, unit, this.code, this.address, this.count, data);
  }

  /** Adds what an answer says; false for a number that is none. */
  record(at: usize, out: Records): bool {
    let mantissa: i64 = 0;
    let exponent = this.exponent;
    if (this.type == BIT) mantissa = load<u8>(at) & 1;
    else if (this.type == U16) mantissa = u16be(at);
    else if (this.type == S16) mantissa = <i64>(<i16>u16be(at));
    else {
      const raw = this.lowFirst ? rotl<u32>(u32be(at), 16) : u32be(at);
      if (this.type == U32) mantissa = raw;
      else if (this.type == S32) mantissa = <i64>(<i32>raw);
      else {
        if (!realToDecimal(raw)) return false;
        mantissa = realMantissa;
        exponent += realExponent;
      }
    }
    out.add(this.quantity, this.unit, mantissa, exponent, this.channel);
    return true;
  }
}

const data: usize = memory.data(4, 4);

/** The points of a text, or null when it has an error; then `planError` is where. Allocates: for a constructor. */
export function parsePlan(text: Bytes): StaticArray<Point> | null {
  let count = 1;
  for (let i = 0; i < text.length; i++) if (ends(load<u8>(text.ptr + i))) count++;
  const points = new Array<Point>();
  const words = new Words(text.ptr, text.ptr + text.length);
  planError = 0;
  for (; count; count--) {
    if (words.next()) {
      const point = new Point();
      if (points.length == <i32>MAX_RECORDS || !words.point(point)) {
        planError = <i32>(words.word - text.ptr);
        return null;
      }
      points.push(point);
    }
    words.skipEnd();
  }
  return points.length ? StaticArray.fromArray(points) : null;
}

/** Offset of the word that parsePlan refused. */
export let planError: i32 = 0;

function ends(c: u32): bool {
  return c == 0x3b || c == 0x0a;
}

function pow2(bits: i32): u64 {
  const one: u64 = 1;
  return one << bits;
}

class Words {
  word: usize = 0;
  length: u32 = 0;

  constructor(
    private at: usize,
    private end: usize,
  ) {}

  /** The next word of the point; false at its end. */
  next(): bool {
    while (this.at < this.end && load<u8>(this.at) == 0x20) this.at++;
    this.word = this.at;
    while (this.at < this.end && load<u8>(this.at) != 0x20 && !ends(load<u8>(this.at))) this.at++;
    this.length = <u32>(this.at - this.word);
    return this.length != 0;
  }

  skipEnd(): void {
    while (this.at < this.end && !ends(load<u8>(this.at))) this.at++;
    this.at++;
  }

  point(point: Point): bool {
    point.code = <u32>this.number(1, 16);
    if (!this.next()) return false;
    point.address = <u32>this.number(0, 0xffff);
    if (!this.next() || !this.type(point) || !this.next()) return false;
    const writes = isAscii(this.word, this.length, '=');
    const code = point.code;
    // Which types a function takes.
    const bit = code == modbus.READ_COILS || code == modbus.READ_DISCRETE_INPUTS || code == modbus.WRITE_SINGLE_COIL;
    const wide =
      code == modbus.READ_HOLDING_REGISTERS ||
      code == modbus.READ_INPUT_REGISTERS ||
      code == modbus.WRITE_MULTIPLE_REGISTERS;
    if (bit != (point.type == BIT) || (code == modbus.WRITE_MULTIPLE_COILS) != (point.type == BITS)) return false;
    if (!bit && !wide && code != modbus.WRITE_SINGLE_REGISTER && code != modbus.WRITE_MULTIPLE_COILS) return false;
    if (code == modbus.WRITE_SINGLE_REGISTER && point.count != 1) return false;
    if (writes != code > modbus.READ_INPUT_REGISTERS || (writes && point.type == F32)) return false;
    if (writes) {
      if (!this.next()) return false;
      const span = bit ? 1 : point.type == BITS ? <i32>point.count : <i32>(16 * point.count);
      const whole = <i64>pow2(span);
      const signed = point.type == S16 || point.type == S32;
      const low: i64 = signed ? -(whole / 2) : 0;
      point.value = this.number(low, low + whole - 1);
    } else {
      point.exponent = <i32>this.number(-12, 12);
      if (!this.next()) return false;
      point.unit = isAscii(this.word, this.length, '-') ? '' : this.text();
      if (!this.next()) return false;
      point.quantity = this.text();
      if (this.next()) point.channel = this.text();
    }
    return !this.wrong && !this.next();
  }

  private wrong: bool = false;

  private text(): string {
    return new Bytes(this.word, <i32>this.length).toString();
  }

  private type(point: Point): bool {
    let n = this.length;
    if (n == 4 && load<u8>(this.word, 3) == 0x6c) {
      point.lowFirst = true;
      n--;
    }
    if (isAscii(this.word, n, 'u16') && !point.lowFirst) point.type = U16;
    else if (isAscii(this.word, n, 's16') && !point.lowFirst) point.type = S16;
    else if (isAscii(this.word, n, 'u32')) point.type = U32;
    else if (isAscii(this.word, n, 's32')) point.type = S32;
    else if (isAscii(this.word, n, 'f32')) point.type = F32;
    else if (isAscii(this.word, this.length, 'bit')) point.type = BIT;
    else if (this.length > 4 && isAscii(this.word, 4, 'bits')) {
      point.type = BITS;
      this.word += 4;
      this.length -= 4;
      point.count = <u32>this.number(1, 16);
      return !this.wrong;
    } else return false;
    point.count = point.type >= U32 ? 2 : 1;
    return true;
  }

  /** A decimal number; `wrong` beyond low … high. */
  private number(low: i64, high: i64): i64 {
    let value: i64 = 0;
    let p = this.word;
    const end = p + this.length;
    const negative = load<u8>(p) == 0x2d;
    if (negative) p++;
    if (p == end || end - p > 11) this.wrong = true;
    for (; p < end; p++) {
      const digit: u32 = <u32>load<u8>(p) - 0x30;
      if (digit > 9) this.wrong = true;
      value = value * 10 + digit;
    }
    if (negative) value = -value;
    if (value < low || value > high) this.wrong = true;
    return value;
  }
}
