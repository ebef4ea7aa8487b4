// A decoded telegram as one JSON object.
import { Writer } from '../../lib/assembly/bytes';
import { writeDecimal } from '../../lib/assembly/decimal';
import { writeLatin1, writeLatin1Body } from '../../lib/assembly/json';
import { errorCode, errorMessage, layerName } from './errors';
import { MODIFIER_AT, MODIFIER_NAMES, QUANTITY_AT, QUANTITY_NAMES, UNIT_AT, UNIT_NAMES } from './generated/tables';
import { modifier, modifiers } from './modifiers';
import { mediumName, messageName, writeId, writeManufacturer, writeName } from './names';
import {
  DATA,
  DATA_LENGTH,
  DATE,
  DIB_LENGTH,
  EXPONENT,
  FLAGS,
  FUNCTION,
  HEAD,
  KIND,
  MANTISSA,
  MINUTES,
  NULL,
  PLAIN_TEXT,
  QUANTITY,
  STORAGE,
  STORAGE_HIGH,
  SUBUNIT,
  TARIFF,
  TEXT,
  TIME,
  UNIT,
  UNSIGNED,
  VIB_LENGTH,
} from './records';
import {
  DECRYPTED,
  FORMAT_A,
  FORMAT_B,
  FORMAT_WIRED,
  MESSAGE,
  METER,
  OK,
  PLAIN,
  RECORD,
  RECORDS,
  telegram,
} from './telegram';

/** Upper bound of the text for what `telegram` holds now. */
export function jsonBound(): u32 {
  return 1024 + telegram.records * 320 + telegram.length * 10;
}

/** Appends the telegram, or the reason of its refusal. */
export function writeJson(w: Writer): void {
  const ok = telegram.error == OK;
  w.ascii(ok ? '{"ok":true' : '{"ok":false');
  if (!ok) writeError(w);
  if (telegram.length) {
    writeLink(w);
    writeMeter(w);
    writeSecurity(w);
  }
  w.ascii(',"records":[');
  for (let i: u32 = 0; i < telegram.records; i++) {
    if (i) w.u8(0x2c);
    writeRecord(w, RECORDS + i * RECORD);
  }
  w.u8(0x5d);
  if (telegram.specificLength) {
    w.ascii(',"specific":"');
    w.hex(MESSAGE + telegram.specific, telegram.specificLength);
    w.u8(0x22);
  }
  if (telegram.more) w.ascii(',"more":true');
  w.u8(0x7d);
}

function writeError(w: Writer): void {
  w.ascii(',"error":{"code":"');
  w.ascii(errorCode(telegram.error));
  w.ascii('","layer":"');
  w.ascii(layerName(telegram.layer));
  w.ascii('","offset":');
  w.number(telegram.offset);
  w.ascii(',"message":"');
  w.ascii(errorMessage(telegram.error));
  w.ascii('"}');
}

function writeLink(w: Writer): void {
  const format = telegram.format;
  w.ascii(',"link":{"format":"');
  w.ascii(format == FORMAT_A ? 'A' : format == FORMAT_B ? 'B' : format == FORMAT_WIRED ? 'wired' : 'none');
  w.ascii('","c":"');
  w.hex(MESSAGE + 1, 1);
  w.ascii('","message":"');
  w.ascii(messageName(telegram.c));
  if (format == FORMAT_WIRED) {
    w.ascii('","address":');
    w.number(telegram.a);
  } else {
    w.ascii('","manufacturer":"');
    writeManufacturer(w, load<u16>(MESSAGE, 2));
    w.ascii('","id":"');
    writeId(w, MESSAGE + 4);
    w.ascii('","version":');
    w.number(load<u8>(MESSAGE, 8));
    w.ascii(',"type":');
    w.number(load<u8>(MESSAGE, 9));
  }
  if (telegram.ci) {
    w.ascii(',"ci":"');
    w.hexByte(telegram.ci);
    w.u8(0x22);
  }
  if (telegram.rssi) {
    w.ascii(',"rssi":');
    writeDecimal(w, telegram.rssi, 0);
  }
  w.u8(0x7d);
}

function writeMeter(w: Writer): void {
  if (load<u16>(METER) == 0) {
    w.ascii(',"meter":null');
    return;
  }
  w.ascii(',"meter":{"id":"');
  writeId(w, METER + 2);
  w.ascii('","manufacturer":"');
  writeManufacturer(w, load<u16>(METER));
  w.ascii('","version":');
  w.number(load<u8>(METER, 6));
  w.ascii(',"type":');
  w.number(load<u8>(METER, 7));
  w.ascii(',"medium":"');
  w.ascii(mediumName(load<u8>(METER, 7)));
  w.ascii('","access":');
  w.number(telegram.accessNumber);
  w.ascii(',"status":');
  w.number(telegram.status);
  w.u8(0x7d);
}

function writeSecurity(w: Writer): void {
  w.ascii(',"security":{"mode":');
  w.number(telegram.mode);
  w.ascii(',"ell":');
  w.number(telegram.ellMode);
  w.ascii(telegram.payload == DECRYPTED ? ',"encrypted":true' : ',"encrypted":false');
  w.ascii(',"payload":"');
  w.ascii(
    telegram.error != OK
      ? 'refused'
      : telegram.payload == DECRYPTED
        ? 'decrypted'
        : telegram.payload == PLAIN
          ? 'plain'
          : 'readable',
  );
  w.ascii(telegram.authenticated ? '","authenticated":true}' : '","authenticated":false}');
}

function writeRecord(w: Writer, r: usize): void {
  const head: usize = MESSAGE + load<u16>(r, HEAD);
  const dib: u32 = load<u8>(r, DIB_LENGTH);
  w.ascii('{"dib":"');
  w.hex(head, dib);
  w.ascii('","vib":"');
  w.hex(head + dib, load<u8>(r, VIB_LENGTH));
  w.ascii('","function":"');
  w.ascii(functionName(load<u8>(r, FUNCTION)));
  w.ascii('","storage":');
  w.number(load<u32>(r, STORAGE) | ((<u64>load<u16>(r, STORAGE_HIGH)) << 32));
  w.ascii(',"tariff":');
  w.number(load<u32>(r, TARIFF) & 0xffffff);
  w.ascii(',"subunit":');
  w.number(load<u16>(r, SUBUNIT));
  w.ascii(',"quantity":');
  writeQuantity(w, r, head + dib);
  w.ascii(',"unit":"');
  writeName(w, UNIT_NAMES, UNIT_AT, load<u8>(r, UNIT));
  w.ascii('","value":');
  writeValue(w, r);
  w.ascii(',"raw":"');
  w.hex(MESSAGE + load<u16>(r, DATA), load<u8>(r, DATA_LENGTH));
  w.u8(0x22);
  const n = modifiers(head + dib, load<u8>(r, VIB_LENGTH));
  for (let i: u32 = 0; i < n; i++) {
    w.ascii(i ? '","' : ',"modifiers":["');
    writeName(w, MODIFIER_NAMES, MODIFIER_AT, modifier(i));
  }
  w.ascii(n ? '"]}' : '}');
}

export function functionName(f: u32): string {
  if (f == 0) return 'instantaneous';
  if (f == 1) return 'maximum';
  return f == 2 ? 'minimum' : 'error';
}

function writeQuantity(w: Writer, r: usize, vib: usize): void {
  if (load<u8>(r, FLAGS) & PLAIN_TEXT) {
    const length: u32 = load<u8>(vib, 1);
    w.ascii('"plaintext:');
    writeLatin1Body(w, vib + 2, length, true);
    w.u8(0x22);
    return;
  }
  w.u8(0x22);
  writeName(w, QUANTITY_NAMES, QUANTITY_AT, load<u8>(r, QUANTITY));
  w.u8(0x22);
}

/** The value: a number, ISO 8601 text, text, or null. */
export function writeValue(w: Writer, r: usize): void {
  const kind: u32 = load<u8>(r, KIND);
  const v = load<i64>(r, MANTISSA);
  if (kind == NULL) w.ascii('null');
  else if (kind == TEXT) {
    writeLatin1(w, MESSAGE + load<u16>(r, DATA) + 1, <u32>load<u8>(r, DATA_LENGTH) - 1, true);
  } else if (kind <= UNSIGNED) writeDecimal(w, v, <i32>load<i8>(r, EXPONENT), kind == UNSIGNED);
  else {
    w.u8(0x22);
    writeDate(w, v, kind);
    w.u8(0x22);
  }
}

/** ISO 8601, as exact as the type. */
export function writeDate(w: Writer, v: i64, kind: u32): void {
  if (kind != TIME) {
    w.number(<u64>(v >> 40), 4);
    two(w, 0x2d, <u32>(v >> 32));
    two(w, 0x2d, <u32>(v >> 24));
    if (kind == DATE) return;
    two(w, 0x54, <u32>(v >> 16));
  } else w.number((<u64>v >> 16) & 255, 2);
  two(w, 0x3a, <u32>(v >> 8));
  if (kind != MINUTES) two(w, 0x3a, <u32>v);
}

function two(w: Writer, separator: u32, v: u32): void {
  w.u8(separator);
  w.number(v & 255, 2);
}
