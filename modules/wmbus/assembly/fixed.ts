// The fixed data structure of wired meters: EN 13757-3:2004 clause 6.2. Two counters with a unit each.
import { intLE } from '../../lib/assembly/bytes';
import { FIXED, FIXED_RUNS } from './generated/tables';
import { append, bcd, bcdNumber, EXPONENT, KIND, MANTISSA, NULL, NUMBER, QUANTITY, STORAGE, UNIT } from './records';
import { MESSAGE, METER, telegram } from './telegram';

/** Identification (4), access number, status, medium and units (2), two counters of 4 bytes. */
export const FIXED_LENGTH: u32 = 16;

/** Status bit 0: the counters are binary, else BCD. Bit 1: they were stored at a fixed date. */
const BINARY: u32 = 1;
const STORED: u32 = 2;
/** Unit of the second counter: that of the first, from the past. */
const HISTORIC: u32 = 0x3e;
/** Medium as a device type, four bits each, from 0 on; A to E are mode 2's names of gas, heat, hot water, water, HCA. */
const MEDIA: u64 = 0xf87643f876543210;

/** Reads the structure at `at`; `swapped`: most significant byte first (mode 2). */
export function readFixed(at: u32, swapped: bool): void {
  const p = MESSAGE + at;
  if (swapped) {
    store<u32>(p, bswap<u32>(load<u32>(p)));
    store<u32>(p, bswap<u32>(load<u32>(p, 8)), 8);
    store<u32>(p, bswap<u32>(load<u32>(p, 12)), 12);
  }
  store<u32>(METER, load<u32>(p), 2);
  telegram.accessNumber = load<u8>(p, 4);
  const status: u32 = load<u8>(p, 5);
  const first: u32 = load<u8>(p, 6);
  const second: u32 = load<u8>(p, 7);
  const medium = ((first >> 6) & 3) | ((second >> 4) & 12);
  store<u8>(METER, <u8>((MEDIA >> (4 * medium)) & 15), 7);
  const stored: u32 = status & STORED ? 1 : 0;
  counter(at + 8, first & 63, stored, status);
  if ((second & 63) == HISTORIC) counter(at + 12, first & 63, 1, status);
  else counter(at + 12, second & 63, stored, status);
}

function counter(at: u32, unit: u32, storage: u32, status: u32): void {
  const r = append(MESSAGE + at, 4, storage);
  if (r == 0) return;
  const binary = (status & BINARY) != 0;
  const good = binary || bcd(MESSAGE + at, 4);
  let run = FIXED + 4 * (FIXED_RUNS - 1);
  while (load<u8>(run) > unit) run -= 4;
  store<i64>(r, binary ? intLE(MESSAGE + at, 4) : bcdNumber, MANTISSA);
  store<u8>(r, good ? NUMBER : NULL, KIND);
  store<u8>(r, load<u8>(run, 1), QUANTITY);
  const dimension: u32 = load<u8>(run, 2);
  store<u8>(r, dimension, UNIT);
  // Rows without a unit have one scale.
  store<i8>(r, <i8>(load<i8>(run, 3) + (dimension ? <i32>(unit - load<u8>(run)) : 0)), EXPONENT);
}
