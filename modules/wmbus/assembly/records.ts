// Application layer: data records of EN 13757-3 clause 6, as fixed records in memory.
import { intLE, uintLE } from '../../lib/assembly/bytes';
import { realExponent, realMantissa, realToDecimal } from '../../lib/assembly/decimal';
import { dateG, dateTimeF, dateTimeI, dateTimeM, timeJ } from './dates';
import { VIFS, VIFS_FB, VIFS_FD } from './generated/tables';
import {
  APL,
  E_DIF,
  E_DIFE,
  E_LVAR,
  E_RECORDS,
  E_TRUNCATED,
  E_VIFE,
  MESSAGE,
  RECORD,
  RECORDS,
  RECORDS_MAX,
  telegram,
} from './telegram';
import {
  findVif,
  findVife,
  SECOND,
  vifeArgument,
  vifeEffect,
  vifExponent,
  vifQuantity,
  vifType,
  vifUnit,
} from './vifes';

// A record's fields: byte offsets.
/** i64: the number's mantissa, or a date as year << 40 | month << 32 | day << 24 | hour << 16 | minute << 8 | second. */
export const MANTISSA: usize = 0;
/** u32, with 9 more bits in STORAGE_HIGH. */
export const STORAGE: usize = 8;
export const STORAGE_HIGH: usize = 12;
/** u16 */
export const SUBUNIT: usize = 14;
/** u32: bits 0 to 19; FUNCTION is its highest byte. */
export const TARIFF: usize = 16;
/** u8: 0 instantaneous, 1 maximum, 2 minimum, 3 error. */
export const FUNCTION: usize = 19;
/** u16: offset of the DIF in MESSAGE; then of the data. */
export const HEAD: usize = 20;
export const DATA: usize = 22;
/** u8: bytes of DIF and DIFEs, of VIF and VIFEs, of data (with the LVAR byte). */
export const DIB_LENGTH: usize = 24;
export const VIB_LENGTH: usize = 25;
export const DATA_LENGTH: usize = 26;
/** i8: power of ten. */
export const EXPONENT: usize = 27;
/** u8: quantity and unit of the tables. PLAIN_TEXT: the unit's text is in the VIB. */
export const QUANTITY: usize = 28;
export const UNIT: usize = 29;
/** u8: one of the kinds below. */
export const KIND: usize = 30;
/** u8: bits below. */
export const FLAGS: usize = 31;

// Kinds of value.
export const NULL: u32 = 0;
export const NUMBER: u32 = 1;
/** The mantissa is a u64. */
export const UNSIGNED: u32 = 2;
export const DATE: u32 = 3;
export const MINUTES: u32 = 4;
export const SECONDS: u32 = 5;
export const TIME: u32 = 6;
export const TEXT: u32 = 7;
/** Local date and time; the mantissa's highest byte is its offset from UTC in hours, and 16. */
export const LOCAL: u32 = 8;

// Flags.
/** The VIF is plain text (7Ch). */
export const PLAIN_TEXT: u32 = 1;
/** The VIF is the manufacturer's (7Fh). */
export const MANUFACTURER: u32 = 2;
/** Not a record of the telegram but unfolded out of one. */
export const DERIVED: u32 = 4;
/** A VIFE says that the data are a compact profile (annex F), and that it goes back in time. */
export const PROFILE: u32 = 8;
export const INVERSE: u32 = 16;

// Types of the VIF tables: no number is signed but those of type B, 0.
const TYPE_C: u32 = 1;
const TYPE_G: u32 = 2;
const TYPE_F: u32 = 3;

// Effects of VIFEs.
const MULTIPLY: u32 = 1;
const ADD: u32 = 2;
const TYPE: u32 = 4;

/** No exponent of a VIF with all its corrections leaves this range but by nonsense; then it is cut off. */
const EXPONENT_MAX: i32 = 63;

/** Length in bytes of the data of DIF's lower four bits; 13 (variable length) and 15 (special) are handled apart. */
export const LENGTHS: usize = memory.data<u8>([0, 1, 2, 3, 4, 4, 6, 8, 0, 1, 2, 3, 4, 0, 6, 0]);

/** Reads the records between two offsets in MESSAGE into RECORDS. False when the telegram is refused. */
export function readRecords(at: u32, end: u32): bool {
  while (at < end) {
    const dif: u32 = load<u8>(MESSAGE + at);
    if (dif == 0x2f) {
      at++;
      continue;
    }
    if ((dif & 15) == 15) return special(dif, at, end);
    const n = telegram.records;
    if (n == RECORDS_MAX) return telegram.fail(E_RECORDS, APL, at);
    at = readRecord(RECORDS + n * RECORD, at, end);
    if (at == 0) return false;
    telegram.records = n + 1;
  }
  return true;
}

/** Special functions of DIF xFh (clause 6.3.3): what follows is the manufacturer's, or nothing follows. */
function special(dif: u32, at: u32, end: u32): bool {
  if (dif != 0x0f && dif != 0x1f) return telegram.fail(E_DIF, APL, at);
  telegram.more = dif == 0x1f;
  telegram.specific = at + 1;
  telegram.specificLength = end - at - 1;
  return true;
}

/** Reads one record at `at`; returns where the next begins, or 0. */
function readRecord(record: usize, at: u32, end: u32): u32 {
  store<u16>(record, at, HEAD);
  const afterDib = readDib(record, at, end);
  if (afterDib == 0) return 0;
  const afterVib = readVib(record, afterDib, end);
  if (afterVib == 0) return 0;
  store<u8>(record, afterDib - at, DIB_LENGTH);
  store<u8>(record, afterVib - afterDib, VIB_LENGTH);
  store<u16>(record, afterVib, DATA);

  const coding: u32 = load<u8>(MESSAGE + at) & 15;
  let length: u32 = load<u8>(LENGTHS + coding);
  if (coding == 13) {
    if (afterVib >= end) return truncated(end);
    const lvar: u32 = load<u8>(MESSAGE + afterVib);
    length = variableLength(lvar);
    if (length == 0xff) {
      telegram.fail(E_LVAR, APL, afterVib);
      return 0;
    }
    length++;
  }
  if (afterVib + length > end) return truncated(end);
  store<u8>(record, length, DATA_LENGTH);
  if (!telegram.probing) readValue(record, coding, MESSAGE + afterVib, length);
  return afterVib + length;
}

/** A record without DIB and VIB: `size` bytes of data at `p`. 0 when there is no room. The value is the caller's. */
export function append(p: usize, size: u32, storage: u32): usize {
  if (telegram.records == RECORDS_MAX) return 0;
  const r = RECORDS + telegram.records++ * RECORD;
  store<u32>(r, storage, STORAGE);
  store<u16>(r, 0, STORAGE_HIGH);
  store<u16>(r, 0, SUBUNIT);
  store<u32>(r, 0, TARIFF);
  store<u16>(r, 0, HEAD);
  store<u16>(r, <u32>(p - MESSAGE), DATA);
  store<u16>(r, 0, DIB_LENGTH);
  store<u8>(r, size, DATA_LENGTH);
  store<u8>(r, 0, EXPONENT);
  store<u8>(r, 0, FLAGS);
  return r;
}

function truncated(end: u32): u32 {
  telegram.fail(E_TRUNCATED, APL, end);
  return 0;
}

/** DIF and up to ten DIFEs (clause 6.3): storage 1 + 10 × 4 bits, tariff 10 × 2 bits, subunit 10 × 1 bit. */
function readDib(record: usize, at: u32, end: u32): u32 {
  let byte: u32 = load<u8>(MESSAGE + at++);
  let storage: u64 = (byte >> 6) & 1;
  let tariff: u32 = (byte & 0x30) << 20;
  let subunit: u32 = 0;
  for (let n: u32 = 0; byte & 0x80; n++) {
    if (n == 10) {
      telegram.fail(E_DIFE, APL, at);
      return 0;
    }
    if (at >= end) return truncated(end);
    byte = load<u8>(MESSAGE + at++);
    storage |= (<u64>(byte & 15)) << (1 + 4 * n);
    tariff |= ((byte >> 4) & 3) << (2 * n);
    subunit |= ((byte >> 6) & 1) << n;
  }
  store<u32>(record, <u32>storage, STORAGE);
  store<u16>(record, <u16>(storage >> 32), STORAGE_HIGH);
  store<u16>(record, subunit, SUBUNIT);
  store<u32>(record, tariff, TARIFF);
  return at;
}

/** A code that the primary table leaves reserved: VIF 7Bh. */
const RESERVED: u32 = 0x7b;

/** What the VIB says about the number, beside what the record keeps. */
let valueType: u32 = 0;
let exponent: i32 = 0;
/** Additive correction (VIFE 78h to 7Bh): 10^offsetExponent, when there is one. */
let hasOffset: bool = false;
let offsetExponent: i32 = 0;

/** VIF and up to ten VIFEs (clause 6.4). */
function readVib(record: usize, at: u32, end: u32): u32 {
  if (at >= end) return truncated(end);
  let byte: u32 = load<u8>(MESSAGE + at++);
  const vif = byte;
  let code = vif & 0x7f;
  let run = VIFS;
  let flags: u32 = 0;
  let n: u32 = 0;
  if ((vif & 0x7f) == 0x7c) {
    if (at >= end) return truncated(end);
    at += 1 + <u32>load<u8>(MESSAGE + at);
    if (at > end) return truncated(end);
    flags = PLAIN_TEXT;
  } else if (vif == 0xfd || vif == 0xfb || vif == 0xef) {
    if (at >= end) return truncated(end);
    byte = load<u8>(MESSAGE + at++);
    n = 1;
    code = byte & 0x7f;
    if (vif == 0xef) code = RESERVED;
    else run += vif == 0xfd ? VIFS_FD : VIFS_FB;
  } else if ((vif & 0x7f) == 0x7f) {
    flags = MANUFACTURER;
  }
  findVif(run, code);
  exponent = vifExponent;
  valueType = vifType;
  hasOffset = false;
  let standard = flags != MANUFACTURER;
  while (byte & 0x80) {
    if (n++ == 10) {
      telegram.fail(E_VIFE, APL, at);
      return 0;
    }
    if (at >= end) return truncated(end);
    byte = load<u8>(MESSAGE + at++);
    if (!standard) continue;
    const vife = byte & 0x7f;
    if (vife == 0x7f) standard = false;
    else if (vife == 0x7c && byte & 0x80) {
      if (at >= end) return truncated(end);
      byte = load<u8>(MESSAGE + at++);
      n++;
      applyVife(SECOND + (byte & 0x7f));
    } else {
      // Profile, register profile, inverse profile.
      if (vife == 0x1f || vife == 0x1e) flags |= PROFILE;
      if (vife == 0x13) flags |= PROFILE | INVERSE;
      applyVife(vife);
    }
  }
  store<u8>(record, vifQuantity, QUANTITY);
  store<u8>(record, vifUnit, UNIT);
  store<u8>(record, flags, FLAGS);
  return at;
}

function applyVife(code: u32): void {
  findVife(code);
  const effect = vifeEffect();
  const argument = vifeArgument();
  if (effect == MULTIPLY) exponent = max(-EXPONENT_MAX, min(EXPONENT_MAX, exponent + argument));
  else if (effect == TYPE) valueType = TYPE_C;
  else if (effect == ADD) {
    hasOffset = true;
    offsetExponent = argument;
  }
}

/** Bytes behind an LVAR byte (table 5), or 255 when it is reserved. */
export function variableLength(lvar: u32): u32 {
  if (lvar < 0xc0) return lvar;
  if (lvar < 0xf0) return lvar & 15;
  if (lvar < 0xf5) return 4 * (lvar - 0xec);
  if (lvar == 0xf5) return 48;
  if (lvar == 0xf6) return 64;
  return 0xff;
}

/** Reads the data by its coding (table 4) and the type that the VIF asks for. */
function readValue(record: usize, coding: u32, data: usize, length: u32): void {
  let kind: u32 = NULL;
  let mantissa: i64 = 0;
  const variable = coding == 13;
  const lvar: u32 = variable ? load<u8>(data++) : 0;
  if (variable) length--;
  if (variable && lvar < 0xc0) kind = TEXT;
  else if (variable ? lvar < 0xe0 : coding >= 9) {
    kind = bcd(data, length) ? NUMBER : NULL;
    mantissa = lvar < 0xd0 ? bcdNumber : -bcdNumber;
  } else if (coding == 5) {
    if (valueType < TYPE_G && realToDecimal(load<u32>(data))) {
      kind = NUMBER;
      mantissa = realMantissa;
      exponent += realExponent;
    }
  } else if (length < 9 && (variable || length)) {
    kind = NUMBER;
    if (valueType == TYPE_G || valueType == TYPE_F) {
      const local = variable && valueType == TYPE_F;
      mantissa = local ? dateTimeM(data, length) : dateOf(data, length);
      if (mantissa < 0) kind = NULL;
      else if (local) kind = LOCAL;
      else kind = length == 2 ? DATE : length == 3 ? TIME : length == 4 ? MINUTES : SECONDS;
    } else if (valueType) {
      if (length == 8) kind = UNSIGNED;
      mantissa = <i64>uintLE(data, length);
    } else mantissa = intLE(data, length);
  }
  if (hasOffset && kind == NUMBER) mantissa = addOffset(mantissa);
  store<i64>(record, mantissa, MANTISSA);
  store<u8>(record, kind, KIND);
  store<i8>(record, <i8>exponent, EXPONENT);
}

/** The type of a date follows from its size (clause 6.4.4): G 2, J 3, F 4, I 6 bytes. */
function dateOf(data: usize, length: u32): i64 {
  if (length == 2) return dateG(data);
  if (length == 3) return timeJ(data);
  if (length == 4) return dateTimeF(data);
  return length == 6 ? dateTimeI(data) : -1;
}

/** What `bcd` read. */
export let bcdNumber: i64 = 0;

/** BCD, data type A: least significant byte first; the most significant digit F is a minus sign. */
export function bcd(data: usize, length: u32): bool {
  bcdNumber = 0;
  if (length == 0 || length > 9) return length == 0;
  let negative = false;
  let v: i64 = 0;
  for (let i = length; i > 0; i--) {
    const byte: u32 = load<u8>(data + i - 1);
    let high = byte >> 4;
    if (i == length && high == 15) {
      negative = true;
      high = 0;
    }
    if (high > 9 || (byte & 15) > 9) return false;
    v = v * 100 + <i64>(high * 10 + (byte & 15));
  }
  bcdNumber = negative ? -v : v;
  return true;
}

/** mantissa × 10^exponent + 10^offsetExponent, on the finer of the two scales. */
function addOffset(mantissa: i64): i64 {
  while (exponent > offsetExponent) {
    if (abs(mantissa) > 100000000000000000) return mantissa;
    mantissa *= 10;
    exponent--;
  }
  let one: i64 = 1;
  for (let i = min(offsetExponent - exponent, 17); i > 0; i--) one *= 10;
  return mantissa + one;
}
