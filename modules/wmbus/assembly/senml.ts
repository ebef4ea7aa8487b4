// A decoded telegram as a SenML pack in CBOR (RFC 8428).
//
// Base name: urn:wmbus:<manufacturer>:<identification>:<version>:<type>: of the meter, numbers in decimal. Then
//   encrypted      true when the payload came encrypted and was decrypted with a key
//   security_mode  of the transport layer (EN 13757-7), or of the extended link layer when that encrypts
//   rssi           when the receiver told one
// and each record that has a value: <quantity>[.max|.min|.error][.s<storage>][.t<tariff>][.u<subunit>][.<modifier>…].
// What the tables do not know carries its VIB: `manufacturer_specific.xFF22`; so does what a manufacturer's own VIFEs add,
// from them on: `current.xFF01`. Numbers are exact: integers or decimal
// fractions. Dates are text in ISO 8601.
import { CborWriter, TEXT as CBOR_TEXT } from '../../lib/assembly/cbor';
import { BASE_NAME, BOOLEAN_VALUE, NAME, STRING_VALUE, UNIT as SENML_UNIT, VALUE } from '../../lib/assembly/senml';
import { Q_MANUFACTURER_SPECIFIC, Q_RESERVED, UNIT_DATE, UNIT_DATETIME } from './generated/tables';
import { K_ENCRYPTED, K_RSSI, LITERAL_NAMES, MODIFIERS, QUANTITIES } from './generated/texts';
import { writeDate } from './iso';
import { modifier, modifiers, ownVifes } from './modifiers';
import { writeId, writeManufacturer, writeText } from './names';
import {
  DATA,
  DATA_LENGTH,
  DIB_LENGTH,
  EXPONENT,
  FLAGS,
  FUNCTION,
  HEAD,
  KIND,
  MANTISSA,
  NULL,
  PLAIN_TEXT,
  QUANTITY,
  STORAGE,
  STORAGE_HIGH,
  SUBUNIT,
  TARIFF,
  TEXT,
  UNIT,
  UNSIGNED,
  VIB_LENGTH,
} from './records';
import { writeUnit } from './units';
import { DECRYPTED, MESSAGE, METER, OK, RECORD, RECORDS, telegram } from './telegram';

/** Bytes that hold any pack of what `telegram` has now. */
export function senmlBound(): u32 {
  return 128 + telegram.records * 64 + telegram.length * 12;
}

/** Appends the pack; nothing when the telegram was refused. Look at `w.overflow` afterwards. */
export function writeSenml(w: CborWriter): void {
  if (telegram.error != OK) return;
  let count: u32 = telegram.rssi ? 3 : 2;
  for (let i: u32 = 0; i < telegram.records; i++) if (load<u8>(RECORDS + i * RECORD, KIND) != NULL) count++;
  w.array(count);

  w.map(3);
  w.int(NAME);
  text(w, K_ENCRYPTED);
  w.int(BOOLEAN_VALUE);
  w.bool(telegram.payload == DECRYPTED);
  w.int(BASE_NAME);
  const base = beginText(w);
  writeText(w, LITERAL_NAMES + 4);
  writeManufacturer(w, load<u16>(METER));
  w.u8(0x3a);
  writeId(w, METER + 2);
  w.u8(0x3a);
  w.number(load<u8>(METER, 6));
  w.u8(0x3a);
  w.number(load<u8>(METER, 7));
  w.u8(0x3a);
  endText(w, base);

  w.map(2);
  w.int(NAME);
  text(w, LITERAL_NAMES + 5);
  w.int(VALUE);
  w.uint(telegram.mode);
  if (telegram.rssi) {
    w.map(3);
    w.int(NAME);
    text(w, K_RSSI);
    w.int(SENML_UNIT);
    text(w, LITERAL_NAMES + 6);
    w.int(VALUE);
    w.int(telegram.rssi);
  }
  for (let i: u32 = 0; i < telegram.records; i++) writeRecord(w, RECORDS + i * RECORD);
}

/** Text `n` of the pool. */
function text(w: CborWriter, n: u32): void {
  const p = beginText(w);
  writeText(w, n);
  endText(w, p);
}

/** Text of a length that is known only afterwards. One byte is kept for the head; a second one moves the text. */
function beginText(w: CborWriter): usize {
  w.u8(CBOR_TEXT << 5);
  return w.pos;
}

function endText(w: CborWriter, at: usize): void {
  if (w.overflow) return;
  const length = <u32>(w.pos - at);
  if (length < 24) {
    store<u8>(at - 1, (CBOR_TEXT << 5) | length);
    return;
  }
  const more: u32 = length < 256 ? 1 : 2;
  if (!w.take(more)) return;
  memory.copy(at + more, at, length);
  store<u8>(at - 1, (CBOR_TEXT << 5) | (23 + more));
  if (more == 1) store<u8>(at, length);
  else store<u16>(at, bswap<u16>(<u16>length));
}

function writeRecord(w: CborWriter, r: usize): void {
  const kind: u32 = load<u8>(r, KIND);
  if (kind == NULL) return;
  const unit: u32 = load<u8>(r, UNIT);
  const withUnit = kind <= UNSIGNED && unit != 0 && unit != UNIT_DATE && unit != UNIT_DATETIME;
  w.map(withUnit ? 3 : 2);
  w.int(NAME);
  const name = beginText(w);
  const count = modifiers(MESSAGE + load<u16>(r, HEAD) + load<u8>(r, DIB_LENGTH), load<u8>(r, VIB_LENGTH));
  writeRecordName(w, r, count);
  endText(w, name);
  if (withUnit) {
    w.int(SENML_UNIT);
    const p = beginText(w);
    writeUnit(w, unit, count);
    endText(w, p);
  }
  const v = load<i64>(r, MANTISSA);
  if (kind <= UNSIGNED) {
    w.int(VALUE);
    if (kind == UNSIGNED && v < 0) w.uint(<u64>v);
    else w.decimal(v, <i32>load<i8>(r, EXPONENT));
    return;
  }
  w.int(STRING_VALUE);
  const p = beginText(w);
  if (kind == TEXT) latin1(w, MESSAGE + load<u16>(r, DATA) + 1, <u32>load<u8>(r, DATA_LENGTH) - 1);
  else writeDate(w, v, kind);
  endText(w, p);
}

/** ISO 8859-1, last character first, as UTF-8. */
function latin1(w: CborWriter, src: usize, length: u32): void {
  while (length) {
    const c: u32 = load<u8>(src + --length);
    if (c >= 0x80) {
      w.u8(0xc0 | (c >> 6));
      w.u8(0x80 | (c & 0x3f));
    } else w.u8(c);
  }
}

function writeRecordName(w: CborWriter, r: usize, count: u32): void {
  const quantity: u32 = load<u8>(r, QUANTITY);
  const vib: usize = MESSAGE + load<u16>(r, HEAD) + load<u8>(r, DIB_LENGTH);
  const plain = (load<u8>(r, FLAGS) & PLAIN_TEXT) != 0;
  if (plain) writeText(w, LITERAL_NAMES + 3);
  else writeText(w, QUANTITIES + quantity);
  const whole = plain || quantity == Q_RESERVED || quantity == Q_MANUFACTURER_SPECIFIC;
  if (whole) hexadecimal(w, vib, load<u8>(r, VIB_LENGTH));
  const f: u32 = load<u8>(r, FUNCTION);
  if (f) writeText(w, LITERAL_NAMES + 6 + f);
  numbered(w, 0x73, load<u32>(r, STORAGE) | ((<u64>load<u16>(r, STORAGE_HIGH)) << 32));
  numbered(w, 0x74, load<u32>(r, TARIFF) & 0xffffff);
  numbered(w, 0x75, load<u16>(r, SUBUNIT));
  if (plain) return;
  for (let i: u32 = 0; i < count; i++) {
    w.u8(0x2e);
    writeText(w, MODIFIERS + modifier(i));
  }
  if (ownVifes && !whole) hexadecimal(w, ownVifes, <u32>(vib + load<u8>(r, VIB_LENGTH) - ownVifes));
}

function hexadecimal(w: CborWriter, p: usize, length: u32): void {
  w.u8(0x2e);
  w.u8(0x78);
  w.hex(p, length);
}

function numbered(w: CborWriter, letter: u32, n: u64): void {
  if (n == 0) return;
  w.u8(0x2e);
  w.u8(letter);
  w.number(n);
}
