// Compact profiles (EN 13757-3:2018 annex F): one record of variable length that holds a row of values at equal spaces of
// time, counted from the date record of the same storage. Each value becomes a record of its own behind the others.
import { intLE } from '../../lib/assembly/bytes';
import { addMonths, addSeconds } from './dates';
import { Q_DATE, Q_DATETIME, UNIT_DATE, UNIT_DATETIME } from './generated/tables';
import {
  bcd,
  bcdNumber,
  DATA,
  DATA_LENGTH,
  DATE,
  DERIVED,
  DIB_LENGTH,
  EXPONENT,
  FLAGS,
  INVERSE,
  KIND,
  LENGTHS,
  MANTISSA,
  MINUTES,
  NUMBER,
  PROFILE,
  QUANTITY,
  SECONDS,
  STORAGE,
  SUBUNIT,
  TARIFF,
  TEXT,
  UNIT,
  VIB_LENGTH,
} from './records';
import { MESSAGE, RECORD, RECORDS, RECORDS_MAX, telegram } from './telegram';

/** Appends the values of every profile. What does not fit is left out: the profile itself is still there as a record. */
export function expandProfiles(): void {
  const n = telegram.records;
  for (let i: u32 = 0; i < n; i++) {
    const r = RECORDS + i * RECORD;
    const flags: u32 = load<u8>(r, FLAGS);
    if (flags & PROFILE && load<u8>(r, KIND) == TEXT && load<u8>(r, DATA_LENGTH) > 3)
      expand(r, (flags & INVERSE) != 0, n);
  }
}

// Increment modes of the spacing control byte (bits 6 and 7): absolute values, increments, decrements, signed differences.
const ABSOLUTE: u32 = 0;
const DECREMENTS: u32 = 2;
/** Spacing values of the unit "days and months". */
const MONTH: u32 = 254;

function expand(r: usize, inverse: bool, plain: u32): void {
  let p = MESSAGE + load<u16>(r, DATA);
  const end = p + load<u8>(r, DATA_LENGTH);
  const control: u32 = load<u8>(p, 1);
  const spacing: u32 = load<u8>(p, 2);
  p += 3;
  const coding = control & 15;
  const size: u32 = coding == 5 || coding > 12 ? 0 : load<u8>(LENGTHS + coding);
  if (size == 0) return;
  const mode = control >> 6;
  const base = find(r, plain, false);
  let time = find(r, plain, true);
  let value = base ? load<i64>(base, MANTISSA) : 0;
  if (mode != ABSOLUTE && base == 0) return;
  const at = time ? load<i64>(time, MANTISSA) : 0;
  const timeKind: u32 = time ? load<u8>(time, KIND) : 0;
  for (let k: u32 = 1; p + size <= end; k++) {
    let v: i64 = 0;
    if (coding < 8) {
      v = intLE(p, size);
      if (v == (<i64>-1) << (8 * size - 1)) return;
    } else {
      if (!bcd(p, size)) return;
      v = bcdNumber;
    }
    const down = inverse != (mode == DECREMENTS);
    value = mode == ABSOLUTE ? v : down ? value - v : value + v;
    const out = append(r, k);
    if (out == 0) return;
    store<u16>(out, <u32>(p - MESSAGE), DATA);
    store<u8>(out, size, DATA_LENGTH);
    store<i64>(out, value, MANTISSA);
    store<u8>(out, NUMBER, KIND);
    const steps = <i32>(k * (spacing == MONTH ? 1 : spacing)) * (inverse ? -1 : 1);
    if (time) {
      const unit = (control >> 4) & 3;
      const when = unit == 3 && spacing == MONTH ? addMonths(at, steps) : addSeconds(at, <i64>steps * secondsOf(unit));
      const date = append(r, k);
      if (date == 0) return;
      store<u8>(date, 0, DATA_LENGTH);
      store<i64>(date, when, MANTISSA);
      store<u8>(date, timeKind, KIND);
      store<u8>(date, 0, EXPONENT);
      store<u8>(date, timeKind == DATE ? Q_DATE : Q_DATETIME, QUANTITY);
      store<u8>(date, timeKind == DATE ? UNIT_DATE : UNIT_DATETIME, UNIT);
    }
    p += size;
  }
}

function secondsOf(unit: u32): i64 {
  return unit == 0 ? 1 : unit == 1 ? 60 : unit == 2 ? 3600 : 86400;
}

/** The date, or the number of the same quantity, with the profile's storage, tariff and subunit. */
function find(r: usize, plain: u32, date: bool): usize {
  for (let i: u32 = 0; i < plain; i++) {
    const o = RECORDS + i * RECORD;
    if (load<u32>(o, STORAGE) != load<u32>(r, STORAGE)) continue;
    const kind: u32 = load<u8>(o, KIND);
    if (date) {
      if (kind == DATE || kind == MINUTES || kind == SECONDS) return o;
    } else if (
      kind == NUMBER &&
      load<u8>(o, QUANTITY) == load<u8>(r, QUANTITY) &&
      load<u32>(o, TARIFF) == load<u32>(r, TARIFF) &&
      load<u16>(o, SUBUNIT) == load<u16>(r, SUBUNIT)
    ) {
      return o;
    }
  }
  return 0;
}

/** A record like the profile, `k` storages further, without DIB and VIB. 0 when there is no room. */
function append(r: usize, k: u32): usize {
  if (telegram.records == RECORDS_MAX) return 0;
  const out = RECORDS + telegram.records++ * RECORD;
  memory.copy(out, r, RECORD);
  store<u32>(out, load<u32>(r, STORAGE) + k, STORAGE);
  store<u8>(out, 0, DIB_LENGTH);
  store<u8>(out, 0, VIB_LENGTH);
  store<u8>(out, DERIVED, FLAGS);
  return out;
}
