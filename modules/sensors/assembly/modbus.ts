// Modbus RTU as a client (master) speaks it: requests, and what is right as an answer. Modbus Application Protocol V1.1b3,
// Modbus over Serial Line V1.02. Nothing here knows time or a port.
import { u16be } from '../../lib/assembly/bytes';
import { crc16Modbus } from './crc';
import { BAD_CHECKSUM, BAD_DATA, EXCEPTION } from './driver';

// Function codes (application protocol, section 6).
export const READ_COILS: u32 = 1;
export const READ_DISCRETE_INPUTS: u32 = 2;
export const READ_HOLDING_REGISTERS: u32 = 3;
export const READ_INPUT_REGISTERS: u32 = 4;
export const WRITE_SINGLE_COIL: u32 = 5;
export const WRITE_SINGLE_REGISTER: u32 = 6;
export const WRITE_MULTIPLE_COILS: u32 = 15;
export const WRITE_MULTIPLE_REGISTERS: u32 = 16;

/** Longest frame (serial line, section 2.5.1). */
export const MAX_ADU: i32 = 256;
/** Most of one request (sections 6.1, 6.3, 6.11, 6.12). */
const MAX_READ_BITS: u32 = 2000;
const MAX_READ_REGISTERS: u32 = 125;
const MAX_WRITE_BITS: u32 = 1968;
const MAX_WRITE_REGISTERS: u32 = 123;

/** An answer that is none of this request: another server's, or late. The client goes on waiting (serial line, section 2.4.1). */
export const NOT_MINE: i32 = -1000;

/** The exception code of the last answer that was one (section 7). */
export let exceptionCode: u32 = 0;
/** Where the data of the last good answer to a read begins; their length follows from the request. */
export let answerData: usize = 0;

/** Silence between frames, µs (serial line, section 2.5.1.1): 3.5 characters of 11 bits, 1750 µs above 19,200 Bd. */
export function silence(baud: u32): u32 {
  return baud > 19200 ? 1750 : 38500000 / baud;
}

/**
 * Writes a request at `to`, which has room for MAX_ADU: the length, or 0 when an argument is out of range. `value`: of a single
 * write, 0 or 1 for a coil; else how many. `data`: of a multiple write, as it goes over the line.
 */
export function request(to: usize, unit: u32, code: u32, address: u32, value: u32, data: usize = 0): i32 {
  const bits = code == READ_COILS || code == READ_DISCRETE_INPUTS || code == WRITE_MULTIPLE_COILS;
  const multiple = code == WRITE_MULTIPLE_COILS || code == WRITE_MULTIPLE_REGISTERS;
  const single = code == WRITE_SINGLE_COIL || code == WRITE_SINGLE_REGISTER;
  if (unit > 247 || address > 0xffff || value > 0xffff || !(single || multiple || (code >= 1 && code <= 4))) return 0;
  // Unit 0 is a broadcast: only for writes, and nobody answers.
  if (unit == 0 && code <= 4) return 0;
  if (single) {
    if (code == WRITE_SINGLE_COIL) {
      if (value > 1) return 0;
      value = value ? 0xff00 : 0;
    }
  } else {
    const most = multiple ? (bits ? MAX_WRITE_BITS : MAX_WRITE_REGISTERS) : bits ? MAX_READ_BITS : MAX_READ_REGISTERS;
    if (value < 1 || value > most || address + value > 0x10000) return 0;
  }
  store<u8>(to, unit);
  store<u8>(to, code, 1);
  store<u16>(to, bswap<u16>(<u16>address), 2);
  store<u16>(to, bswap<u16>(<u16>value), 4);
  let length: i32 = 6;
  if (multiple) {
    const bytes = dataBytes(code, value);
    store<u8>(to, bytes, 6);
    memory.copy(to + 7, data, bytes);
    length = 7 + <i32>bytes;
  }
  store<u16>(to + length, <u16>crc16Modbus(to, length));
  return length + 2;
}

/** 0 when the frame of `length` bytes at `from` answers the request at `sent`; NOT_MINE, or a fault. */
export function check(sent: usize, from: usize, length: i32): i32 {
  if (length < 4) return BAD_DATA;
  if (crc16Modbus(from, length - 2) != <u32>load<u16>(from + length - 2)) return BAD_CHECKSUM;
  const code: u32 = load<u8>(sent, 1);
  if (load<u8>(from) != load<u8>(sent) || (load<u8>(from, 1) & 0x7f) != code) return NOT_MINE;
  if (load<u8>(from, 1) & 0x80) {
    if (length != 5) return BAD_DATA;
    exceptionCode = load<u8>(from, 2);
    return EXCEPTION;
  }
  if (code <= READ_INPUT_REGISTERS) {
    const bytes = dataBytes(code, u16be(sent + 4));
    if (<u32>length != bytes + 5 || <u32>load<u8>(from, 2) != bytes) return BAD_DATA;
    answerData = from + 3;
    return 0;
  }
  // Writes: address and value, or address and count, come back.
  return length == 8 && load<u32>(from, 2) == load<u32>(sent, 2) ? 0 : BAD_DATA;
}

/** Data bytes of `count` bits or registers. */
function dataBytes(code: u32, count: u32): u32 {
  return code == READ_COILS || code == READ_DISCRETE_INPUTS || code == WRITE_MULTIPLE_COILS
    ? (count + 7) >> 3
    : 2 * count;
}
