// A decoded telegram as one JSON object.
import { Writer } from '../../lib/assembly/bytes';
import { writeDecimal } from '../../lib/assembly/decimal';
import { writeLatin1, writeLatin1Body } from '../../lib/assembly/json';
import { bitName, FIELD, LOW, recordBits, statusBits, VALUE } from './flags';
import { Q_RESERVED } from './generated/tables';
import {
  ERROR_CODES,
  ERROR_MESSAGES,
  K_ENCRYPTED,
  K_RSSI,
  LAYER_NAMES,
  LITERAL_NAMES,
  MODIFIERS,
  QUANTITIES,
} from './generated/texts';
import {
  BIT_NAMES,
  CONDITION_NAMES,
  FORMAT_NAMES,
  FUNCTION_NAMES,
  K_ACCESS,
  K_ADDRESS,
  K_AUTHENTICATED,
  K_C,
  K_CI,
  K_CODE,
  K_CONDITIONS,
  K_DERIVED,
  K_DIB,
  K_ELL,
  K_ERROR,
  K_FLAGS,
  K_FORMAT,
  K_FUNCTION,
  K_ID,
  K_LAYER,
  K_LINK,
  K_MANUFACTURER,
  K_MEDIUM,
  K_MESSAGE,
  K_METER,
  K_MODE,
  K_MODIFIERS,
  K_MORE,
  K_NAME,
  K_OFFSET,
  K_OK,
  K_PAYLOAD,
  K_QUANTITY,
  K_RAW,
  K_RECORDS,
  K_REPORT,
  K_SECURITY,
  K_SPECIFIC,
  K_STATUS,
  K_STORAGE,
  K_SUBUNIT,
  K_TARIFF,
  K_TYPE,
  K_UNIT,
  K_VALUE,
  K_VERSION,
  K_VIB,
  MEDIUM_NAMES,
  MESSAGE_NAMES,
  PAYLOAD_NAMES,
  REPORT_NAMES,
  SECOND_NAMES,
  FIRST_PACKED_WORD,
  WORD,
  WORDS,
} from './generated/words';
import { writeDate } from './iso';
import { modifier, modifiers } from './modifiers';
import { knowWords, writeId, writeManufacturer, writeText } from './names';
import {
  DATA,
  DATA_LENGTH,
  DERIVED,
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
import { DECRYPTED, E_METER, FORMAT_WIRED, MESSAGE, METER, OK, RECORD, RECORDS, telegram } from './telegram';

knowWords(WORD, memory.data(((WORDS >> 4) + 1) << 1, 2), WORDS, FIRST_PACKED_WORD);

/** Appends the telegram, or the reason of its refusal. */
export function writeJson(w: Writer): void {
  const ok = telegram.error == OK;
  w.u8(0x7b);
  flag(w, K_OK, ok);
  if (!ok) writeError(w);
  if (telegram.length) {
    writeLink(w);
    writeMeter(w);
    writeSecurity(w);
  }
  key(w, K_RECORDS);
  w.u8(0x5b);
  for (let i: u32 = 0; i < telegram.records; i++) {
    if (i) w.u8(0x2c);
    writeRecord(w, RECORDS + i * RECORD);
  }
  w.u8(0x5d);
  if (telegram.specificLength) hex(w, K_SPECIFIC, MESSAGE + telegram.specific, telegram.specificLength);
  if (telegram.more) flag(w, K_MORE, true);
  w.u8(0x7d);
}

/** `"key":`, after a comma where it is not the first. */
function key(w: Writer, n: u32): void {
  if (w.length && load<u8>(w.pos - 1) != 0x7b) w.u8(0x2c);
  w.u8(0x22);
  writeText(w, n);
  w.u8(0x22);
  w.u8(0x3a);
}

function flag(w: Writer, n: u32, v: bool): void {
  key(w, n);
  writeText(w, LITERAL_NAMES + (v ? 2 : 1));
}

function number(w: Writer, n: u32, v: u64): void {
  key(w, n);
  w.number(v);
}

function text(w: Writer, n: u32, value: u32): void {
  key(w, n);
  w.u8(0x22);
  writeText(w, value);
  w.u8(0x22);
}

function hex(w: Writer, n: u32, p: usize, length: u32): void {
  key(w, n);
  w.u8(0x22);
  w.hex(p, length);
  w.u8(0x22);
}

function object(w: Writer, n: u32): void {
  key(w, n);
  w.u8(0x7b);
}

function writeError(w: Writer): void {
  object(w, K_ERROR);
  text(w, K_CODE, ERROR_CODES + telegram.error);
  text(w, K_LAYER, LAYER_NAMES + telegram.layer);
  number(w, K_OFFSET, telegram.offset);
  text(w, K_MESSAGE, ERROR_MESSAGES + telegram.error);
  if (telegram.error == E_METER && telegram.specificLength) {
    const report: u32 = load<u8>(MESSAGE + telegram.specific);
    text(w, K_REPORT, REPORT_NAMES + (report <= 9 ? report : 7));
  }
  w.u8(0x7d);
}

function writeLink(w: Writer): void {
  const format = telegram.format;
  const c = telegram.c;
  object(w, K_LINK);
  text(w, K_FORMAT, FORMAT_NAMES + format - 1);
  hex(w, K_C, MESSAGE + 1, 1);
  text(w, K_MESSAGE, MESSAGE_NAMES + ((c & 15) | ((c & 0x40) >> 2)));
  if (format == FORMAT_WIRED) number(w, K_ADDRESS, telegram.a);
  else writeAddress(w, MESSAGE + 2);
  if (telegram.ci) {
    key(w, K_CI);
    w.u8(0x22);
    w.hexByte(telegram.ci);
    w.u8(0x22);
  }
  if (telegram.rssi) {
    key(w, K_RSSI);
    writeDecimal(w, telegram.rssi, 0);
  }
  w.u8(0x7d);
}

/** Manufacturer (2), identification (4), version, device type. */
function writeAddress(w: Writer, p: usize): void {
  key(w, K_ID);
  w.u8(0x22);
  writeId(w, p + 2);
  w.u8(0x22);
  key(w, K_MANUFACTURER);
  w.u8(0x22);
  writeManufacturer(w, load<u16>(p));
  w.u8(0x22);
  number(w, K_VERSION, load<u8>(p, 6));
  number(w, K_TYPE, load<u8>(p, 7));
}

function writeMeter(w: Writer): void {
  if (load<u64>(METER) == 0) {
    key(w, K_METER);
    writeText(w, LITERAL_NAMES);
    return;
  }
  object(w, K_METER);
  writeAddress(w, METER);
  const type: u32 = load<u8>(METER, 7);
  // 56 is the highest device type that the table names.
  text(w, K_MEDIUM, type <= 56 ? MEDIUM_NAMES + type : QUANTITIES + Q_RESERVED);
  number(w, K_ACCESS, telegram.accessNumber);
  number(w, K_STATUS, telegram.status);
  if (telegram.status) writeConditions(w);
  w.u8(0x7d);
}

/** The status byte in words. */
function writeConditions(w: Writer): void {
  const status = telegram.status;
  key(w, K_CONDITIONS);
  w.u8(0x5b);
  const own = statusBits();
  if (status & 3) condition(w, bitName(own, LOW | (status & 3)), status & 3);
  const value = bitName(own, VALUE | (status >> 5));
  const end: u32 = value ? 5 : 8;
  for (let bit: u32 = 2; bit < end; bit++) {
    if (status & (1 << bit)) condition(w, bitName(own, bit), bit + 2);
  }
  if (value) item(w, BIT_NAMES + value);
  w.u8(0x5d);
}

/** One by the manufacturer's name where there is one, else by the standard's. */
function condition(w: Writer, own: u32, standard: u32): void {
  item(w, own ? BIT_NAMES + own : CONDITION_NAMES + standard);
}

/** The names that the manufacturer gives a record's field and the bits that are set in it. */
function writeFlags(w: Writer, r: usize): void {
  const vib = MESSAGE + load<u16>(r, HEAD) + load<u8>(r, DIB_LENGTH);
  if (load<u8>(r, VIB_LENGTH) > 2 && load<u16>(vib) == 0xfdfd && load<u8>(vib, 2) < 4) {
    if (load<u8>(vib, 2) != 1) text(w, K_NAME, SECOND_NAMES + load<u8>(vib, 2));
    return;
  }
  const bits = recordBits(r);
  if (bits == 0) return;
  const own = bitName(bits, FIELD);
  if (own) text(w, K_NAME, BIT_NAMES + own);
  let first = true;
  for (let v = load<u64>(r, MANTISSA); v; v &= v - 1) {
    const name = bitName(bits, <u32>ctz(v));
    if (name == 0) continue;
    if (first) {
      key(w, K_FLAGS);
      w.u8(0x5b);
      first = false;
    }
    item(w, BIT_NAMES + name);
  }
  if (!first) w.u8(0x5d);
}

/** Another text of an array. */
function item(w: Writer, n: u32): void {
  if (load<u8>(w.pos - 1) != 0x5b) w.u8(0x2c);
  w.u8(0x22);
  writeText(w, n);
  w.u8(0x22);
}

function writeSecurity(w: Writer): void {
  object(w, K_SECURITY);
  number(w, K_MODE, telegram.mode);
  number(w, K_ELL, telegram.ellMode);
  flag(w, K_ENCRYPTED, telegram.payload == DECRYPTED);
  text(w, K_PAYLOAD, PAYLOAD_NAMES + (telegram.error == OK ? telegram.payload : 3));
  flag(w, K_AUTHENTICATED, telegram.authenticated);
  w.u8(0x7d);
}

function writeRecord(w: Writer, r: usize): void {
  const head: usize = MESSAGE + load<u16>(r, HEAD);
  const dib: u32 = load<u8>(r, DIB_LENGTH);
  w.u8(0x7b);
  hex(w, K_DIB, head, dib);
  hex(w, K_VIB, head + dib, load<u8>(r, VIB_LENGTH));
  text(w, K_FUNCTION, FUNCTION_NAMES + load<u8>(r, FUNCTION));
  number(w, K_STORAGE, load<u32>(r, STORAGE) | ((<u64>load<u16>(r, STORAGE_HIGH)) << 32));
  number(w, K_TARIFF, load<u32>(r, TARIFF) & 0xffffff);
  number(w, K_SUBUNIT, load<u16>(r, SUBUNIT));
  key(w, K_QUANTITY);
  w.u8(0x22);
  if (load<u8>(r, FLAGS) & PLAIN_TEXT) {
    writeText(w, LITERAL_NAMES + 3);
    w.u8(0x3a);
    writeLatin1Body(w, head + dib + 2, load<u8>(head + dib, 1), true);
  } else writeText(w, QUANTITIES + load<u8>(r, QUANTITY));
  w.u8(0x22);
  const n = modifiers(head + dib, load<u8>(r, VIB_LENGTH));
  key(w, K_UNIT);
  w.u8(0x22);
  writeUnit(w, load<u8>(r, UNIT), n);
  w.u8(0x22);
  key(w, K_VALUE);
  writeValue(w, r);
  hex(w, K_RAW, MESSAGE + load<u16>(r, DATA), load<u8>(r, DATA_LENGTH));
  writeFlags(w, r);
  if (load<u8>(r, FLAGS) & DERIVED) flag(w, K_DERIVED, true);
  if (n) {
    key(w, K_MODIFIERS);
    for (let i: u32 = 0; i < n; i++) {
      w.u8(i ? 0x2c : 0x5b);
      w.u8(0x22);
      writeText(w, MODIFIERS + modifier(i));
      w.u8(0x22);
    }
    w.u8(0x5d);
  }
  w.u8(0x7d);
}

/** The value: a number, ISO 8601 text, text, or null. */
export function writeValue(w: Writer, r: usize): void {
  const kind: u32 = load<u8>(r, KIND);
  const v = load<i64>(r, MANTISSA);
  if (kind == NULL) writeText(w, LITERAL_NAMES);
  else if (kind == TEXT) {
    writeLatin1(w, MESSAGE + load<u16>(r, DATA) + 1, <u32>load<u8>(r, DATA_LENGTH) - 1, true);
  } else if (kind <= UNSIGNED) writeDecimal(w, v, <i32>load<i8>(r, EXPONENT), kind == UNSIGNED);
  else {
    w.u8(0x22);
    writeDate(w, v, kind);
    w.u8(0x22);
  }
}
