// The layout machine: runs the programs of tables/vendors.txt over payloads that manufacturers lay out by themselves, and
// appends what they name as derived records. A program cannot loop by itself or leave its payload.
import { intLE, uintLE } from '../../lib/assembly/bytes';
import { knowFormats } from './compact';
import { addSeconds, dateFrom, dateG } from './dates';
import {
  Q_ALARM_FLAGS,
  Q_DATE,
  Q_DATETIME,
  Q_REMAINING_BATTERY,
  Q_RESERVED,
  Q_TRANSMISSION_PERIOD,
  UNIT_DATE,
  UNIT_DATETIME,
  UNIT_S,
  UNIT_YEAR,
  VIFS,
} from './generated/tables';
import { FORMATS, VENDORS } from './generated/vendors';
import { unscramble } from './prios';
import {
  append,
  bcd,
  bcdNumber,
  DATA,
  DATA_LENGTH,
  DATE,
  DERIVED,
  DIB_LENGTH,
  EXPONENT,
  FLAGS,
  HEAD,
  KIND,
  MANTISSA,
  MANUFACTURER,
  MINUTES,
  NULL,
  NUMBER,
  QUANTITY,
  STORAGE,
  STORAGE_HIGH,
  SUBUNIT,
  TARIFF,
  TEXT,
  UNIT,
  VIB_LENGTH,
} from './records';
import { CBC_ADDRESS, tryKeys, KeyLookup } from './security';
import { DECRYPTED, E_NO_KEY, E_WRONG_KEY, MESSAGE, METER, OK, RECORD, RECORDS, telegram, TPL } from './telegram';
import { findVif, vifExponent, vifQuantity, vifUnit } from './vifes';

// Where a payload stands, beside the CI fields A0h to B7h.
const TAIL: u32 = 1;
const IN_RECORD: u32 = 2;

const END: u32 = 0;
const AT: u32 = 1;
const SKIP: u32 = 2;
const NUM: u32 = 3;
const SUM: u32 = 4;
const BIT_DATE: u32 = 5;
const DATE_G: u32 = 6;
const WHEN: u32 = 7;
const MASK: u32 = 8;
const REPEAT: u32 = 9;
const PRIOS: u32 = 10;
const TAGS: u32 = 11;
const DECRYPT: u32 = 12;
const SECONDS_2000: u32 = 13;
const HOURS: u32 = 14;
const LESS: u32 = 15;
const DATE_BCD: u32 = 16;
const MAP: u32 = 17;
const VIF: u32 = 18;
const EXPECT: u32 = 19;
const FIND: u32 = 20;

// Forms of numbers, beside unsigned ones.
const SIGNED: u32 = 1;
const BCD: u32 = 2;
const PARTS_256: u32 = 3;
const THIRDS: u32 = 4;
const PACKED_28: u32 = 5;
const PACKED_18: u32 = 6;
const PACKED_14: u32 = 7;

/** Bytes of each operation; `tags` and `map` have pairs behind, and the number of pairs in byte 2. */
const SIZES = memory.data<u8>([1, 2, 2, 6, 2, 5, 2, 2, 1, 2, 1, 3, 2, 2, 2, 3, 2, 6, 2, 3, 2]);

knowFormats(FORMATS);

let keys: KeyLookup | null = null;

/** Appends what is known of the manufacturer's payload in this telegram. False when it needs a key that is not there. */
export function readVendor(keyOf: KeyLookup): bool {
  keys = keyOf;
  readPayloads();
  return telegram.error == OK;
}

function readPayloads(): void {
  const ci = telegram.ci;
  if (ci >= 0xa0 && ci <= 0xb7) {
    find(ci, MESSAGE + telegram.specific, telegram.specificLength);
    return;
  }
  if (telegram.specificLength) find(TAIL, MESSAGE + telegram.specific, telegram.specificLength);
  for (let i: u32 = 0, plain = telegram.records, n = plain; i < plain; i++) {
    const r = RECORDS + i * RECORD;
    if (load<u8>(r, FLAGS) != MANUFACTURER) continue;
    const vib: u32 = <u32>load<u16>(r, HEAD) + load<u8>(r, DIB_LENGTH);
    const vife: u32 = load<u8>(MESSAGE + vib, 1);
    const data = MESSAGE + load<u16>(r, DATA);
    const length: u32 = load<u8>(r, DATA_LENGTH);
    const kind: u32 = load<u8>(r, KIND);
    if (kind == TEXT && vife == 0x5f) find(IN_RECORD, data + 1, length - 1);
    else if (kind == NUMBER && vife >> 5 == 4) {
      find(vife, data, length);
      for (let out = RECORDS + n * RECORD; n < telegram.records; n++, out += RECORD) {
        memory.copy(out + STORAGE, r + STORAGE, HEAD - STORAGE);
        store<u16>(out, vib + 2, HEAD);
        store<u8>(out, <u32>load<u8>(r, VIB_LENGTH) - 2, VIB_LENGTH);
      }
    }
  }
}

/** Finds and runs the layout for this meter's payload. */
function find(where: u32, payload: usize, length: u32): void {
  // Manufacturers use what they like of A0h to A7h for the same.
  const counted: u32 = where >= 0xa0 && where <= 0xa7 ? 0xa0 : where;
  let chosen = false;
  for (let p = VENDORS; load<u16>(p); ) {
    const place: u32 = load<u8>(p, 4);
    const size: u32 = load<u8>(p, 5);
    if (
      <u32>load<u16>(p) == (<u32>load<u16>(METER) & 0x7fff) &&
      matches(load<u8>(p, 2), load<u8>(METER, 6)) &&
      matches(load<u8>(p, 3), load<u8>(METER, 7)) &&
      (place == where || (place == counted && load<u8>(p, 2) == 255))
    ) {
      chosen = true;
    }
    // Entries without a program share the next one's.
    if (chosen && size) {
      run(p + 6, p + 6 + size, payload, length);
      return;
    }
    p += 6 + size;
  }
}

function matches(want: u32, have: u32): bool {
  return want == 255 || want == have;
}

function run(pc: usize, end: usize, payload: usize, length: u32): void {
  let at: u32 = 0;
  let mask: u32 = 0;
  let loop: usize = 0;
  let turns: u32 = 0;
  let last: i64 = 0;
  let before: i64 = 0;
  let lastDate: i64 = 0;
  let numbered: usize = 0;
  let walk: usize = 0;
  while (pc < end) {
    const op: u32 = load<u8>(pc);
    const a: u32 = load<u8>(pc, 1);
    const here = pc;
    const next = pc + sizeOf(pc);
    pc = next;
    const p = payload + at;
    if (op == AT) at = a;
    else if (op == SKIP) at += a;
    else if (op == TAGS || op == FIND) {
      if (op == TAGS) walk = here;
      at = findTag(walk, a, payload, at, length);
    } else if (op == MASK) {
      if (at >= length) return;
      mask = load<u8>(p);
      at++;
    } else if (op == WHEN) {
      if ((mask & (1 << a)) == 0) pc = behindEnd(pc, end);
    } else if (op == REPEAT) {
      loop = pc;
      turns = 1;
      limit = a ? a : 1 + (tagFound & 15);
    } else if (op == END) {
      if (loop && turns < limit) {
        turns++;
        pc = loop;
      } else loop = 0;
    } else if (op == PRIOS) {
      if (!unscramble(payload, length)) return;
      // Byte 1: the period, 2^(n + 2) seconds. Byte 2: the battery's rest in half years, and three bits of alarms, which go
      // on in byte 3.
      const period = 4 << (<i32>load<u8>(payload, 1) & 15);
      whole(payload + 1, period, 0, Q_TRANSMISSION_PERIOD, UNIT_S);
      whole(payload + 2, 5 * (load<u8>(payload, 2) & 31), -1, Q_REMAINING_BATTERY, UNIT_YEAR);
      whole(payload + 2, load<u16>(payload, 2) >> 5, 0, Q_ALARM_FLAGS, 0);
    } else if (op == NUM) {
      const size = a & 15;
      if (at + size > length) return;
      before = last;
      const form = a >> 4;
      let ok = form != BCD || bcd(p, size);
      last = numberOf(form, p, size);
      // The lowest number is "none" (EN 13757-3 annex A, type B).
      if (form == SIGNED && last == (<i64>-1) << (8 * size - 1)) ok = false;
      const r = appendDerived(p, size, load<u8>(next - 1) + (loop ? turns - 1 : 0));
      if (r == 0) return;
      store<i64>(r, last, MANTISSA);
      store<u8>(r, ok ? NUMBER : NULL, KIND);
      let exponent = <i32>load<i8>(next - 4) - (form == PARTS_256 ? 8 : form == THIRDS ? 6 : 0);
      let quantity: u32 = load<u8>(next - 3);
      let unit: u32 = load<u8>(next - 2);
      if (quantity == 0) {
        exponent += vifExponent;
        quantity = vifQuantity;
        unit = vifUnit;
      }
      store<i8>(r, <i8>exponent, EXPONENT);
      store<u8>(r, quantity, QUANTITY);
      store<u8>(r, unit, UNIT);
      numbered = r;
      at += size;
    } else if (op == SUM || op == LESS) {
      const size = op == SUM ? 0 : a & 15;
      if (at + size > length) return;
      const r = appendDerived(p, size, load<u8>(next - 1));
      if (r == 0 || numbered == 0) return;
      memory.copy(r + EXPONENT, numbered + EXPONENT, RECORD - EXPONENT);
      store<i64>(r, op == SUM ? last + before : last - numberOf(a >> 4, p, size), MANTISSA);
    } else if (op == DECRYPT) {
      if (!decrypt(payload, length, a)) return;
    } else if (op == VIF) {
      if (a >= length || !useVif(load<u8>(payload + a))) return;
    } else if (op == EXPECT) {
      if (a >= length || load<u8>(payload + a) != load<u8>(here, 2)) return;
    } else if (op == SECONDS_2000) {
      if (at + 4 > length) return;
      lastDate = addSeconds(dateFrom(2000, 1, 1), load<u32>(p));
      if (!dated(p, 4, lastDate, a, MINUTES)) return;
      at += 4;
    } else if (op == HOURS) {
      if (at + 2 > length || lastDate <= 0) return;
      if (!dated(p, 2, addSeconds(lastDate, -3600 * numberOf(PACKED_14, p, 2)), a, MINUTES)) return;
    } else if (op == MAP) {
      if (at >= length) return;
      const r = appendDerived(p, 1, load<u8>(here, 5));
      if (r == 0) return;
      store<u8>(r, NULL, KIND);
      for (let pair = here + 6; pair < next; pair += 2) {
        if (load<u8>(pair) != (load<u8>(p) & 15)) continue;
        store<i64>(r, load<u8>(pair, 1), MANTISSA);
        store<u8>(r, NUMBER, KIND);
      }
      store<i8>(r, <i8>a, EXPONENT);
      store<u8>(r, load<u8>(here, 3), QUANTITY);
      store<u8>(r, load<u8>(here, 4), UNIT);
      at++;
    } else {
      const size: u32 = op == DATE_BCD ? 3 : 2;
      if (at + size > length) return;
      lastDate = op == DATE_G ? dateG(p) : op == DATE_BCD ? dateBcd(p) : bitDate(load<u16>(p), next, lastDate);
      if (!dated(p, size, lastDate, load<u8>(next - 1), DATE)) return;
      at += size;
    }
  }
}
let limit: u32 = 0;
let tagFound: u32 = 0;

function sizeOf(pc: usize): u32 {
  const op: u32 = load<u8>(pc);
  return <u32>load<u8>(SIZES + op) + (op == TAGS || op == MAP ? 2 * <u32>load<u8>(pc, 2) : 0);
}

/** Walks over the tags of `tags` at `pc` from `at` to behind `wanted`; beyond the payload when it is not there. */
function findTag(pc: usize, wanted: u32, payload: usize, at: u32, length: u32): u32 {
  const pairs = pc + 3;
  const end = pairs + 2 * <usize>load<u8>(pc, 2);
  while (at < length) {
    const tag: u32 = load<u8>(payload + at++);
    if (tag == wanted || (wanted == 0x70 && (tag & 0xf0) == wanted)) {
      tagFound = tag;
      return at;
    }
    let size: u32 = 0;
    for (let p = pairs; p < end; p += 2) {
      const known: u32 = load<u8>(p);
      if (known == tag || ((known == 0x70 || known == 0x80) && known == (tag & 0xf0))) size = load<u8>(p, 1);
    }
    if (size == 0) return length;
    at += size == 255 ? 5 + 4 * (tag & 15) : size;
  }
  return length;
}

/** Behind the `end` that belongs to a `when`. */
function behindEnd(pc: usize, end: usize): usize {
  let depth: u32 = 1;
  while (pc < end && depth) {
    const op: u32 = load<u8>(pc);
    if (op == WHEN || op == REPEAT) depth++;
    else if (op == END) depth--;
    pc += sizeOf(pc);
  }
  return pc;
}

/** Takes a VIF without extension. False when it is of no quantity. */
function useVif(vif: u32): bool {
  findVif(VIFS, vif & 0x7f);
  return vif < 0x7b && vifQuantity != Q_RESERVED;
}

/** A number of `size` bytes; `bcd` has read one in BCD. */
function numberOf(form: u32, p: usize, size: u32): i64 {
  if (form == BCD) return bcdNumber;
  if (form == SIGNED) return intLE(p, size);
  const v = <i64>uintLE(p, size);
  if (form == PARTS_256) return v * 390625;
  if (form == THIRDS) return (v * 1000000 + 1) / 3;
  if (form == PACKED_28) return ((v >> 8) << 4) | (v & 15);
  if (form == PACKED_18) return ((v >> 8) << 2) | (v & 3);
  return form == PACKED_14 ? ((v >> 10) << 8) | (v & 255) : v;
}

/** A date or time; false when there is no room. */
function dated(p: usize, size: u32, v: i64, storage: u32, kind: u32): bool {
  const r = appendDerived(p, size, storage);
  if (r == 0) return false;
  store<i64>(r, v, MANTISSA);
  store<u8>(r, v < 0 ? NULL : kind, KIND);
  store<u8>(r, kind == DATE ? Q_DATE : Q_DATETIME, QUANTITY);
  store<u8>(r, kind == DATE ? UNIT_DATE : UNIT_DATETIME, UNIT);
  return true;
}

/** Day, month, year in BCD. The month's three high bits are not part of it. */
function dateBcd(p: usize): i64 {
  return dateFrom(2000 + digits(load<u8>(p, 2)), digits(load<u8>(p, 1) & 31), digits(load<u8>(p)));
}

function digits(byte: u32): u32 {
  return 10 * (byte >> 4) + (byte & 15);
}

/** A date of bit fields; without a year of its own the first such day behind `lastDate`. */
function bitDate(word: u32, next: usize, lastDate: i64): i64 {
  const day = (word >> load<u8>(next - 4)) & 31;
  const month = (word >> load<u8>(next - 3)) & 15;
  const where: u32 = load<u8>(next - 2);
  if (where != 255) return dateFrom(2000 + ((word >> (where & 15)) & (where & 0x40 ? 31 : 63)), month, day);
  if (lastDate < 0) return -1;
  const year = <u32>(lastDate >> 40);
  const same = dateFrom(year, month, day);
  return same > lastDate ? same : dateFrom(year + 1, month, day);
}

/** A number of one byte's meaning. */
function whole(p: usize, value: i32, exponent: i32, quantity: u32, unit: u32): void {
  const r = appendDerived(p, 1, 0);
  if (r == 0) return;
  store<i64>(r, value, MANTISSA);
  store<u8>(r, NUMBER, KIND);
  store<u8>(r, exponent, EXPONENT);
  store<u8>(r, quantity, QUANTITY);
  store<u8>(r, unit, UNIT);
}

function appendDerived(p: usize, size: u32, storage: u32): usize {
  const r = append(p, size, storage);
  if (r) store<u8>(r, DERIVED, FLAGS);
  return r;
}

/** One block as in mode 5, which is marked by its first byte alone. Refuses the telegram when there is no fitting key. */
function decrypt(payload: usize, length: u32, at: u32): bool {
  if (at + 16 > length) return false;
  telegram.accessNumber = load<u8>(payload, 1);
  const failure = tryKeys(CBC_ADDRESS, payload + at, 16, keys!, 0xff);
  if (failure) return telegram.fail(failure == 1 ? E_NO_KEY : E_WRONG_KEY, TPL, <u32>(payload - MESSAGE) + at);
  telegram.payload = DECRYPTED;
  return true;
}
