// NXP PCF8563: real-time clock. Datasheet PCF8563, revision 11.
//
// Tells seconds since 1970 of the years 2000 to 2199. A clock that lost its supply (VL) is set when it is opened and the board
// knows the time. Keys: `bus`.
import { clock } from 'motekit/runtime/guest';
import { I2cDriver, READ, reply, WRITE } from './bus';
import { Config } from './config';
import { BAD_DATA, PART_FAILED, WAS_RESET } from './driver';
import { TIME, UNIT_S } from './generated/quantities';
import { Records } from './records';

const ADDRESS: i32 = 0x51;
/** Section 8.2, registers 00h to 08h: control 1 and 2, seconds, minutes, hours, days, weekdays, months, years. */
const FETCH = memory.data<u8>([WRITE, 1, 0x00, READ, 9]);
/** Section 8.3.1: TEST1 and STOP cleared, and TESTC. */
const CONFIGURE = memory.data<u8>([WRITE, 2, 0x00, 0x00]);
const SET = memory.data<u8>([WRITE, 8, 0x02, 0, 0, 0, 0, 0, 0, 0]);
const AT_SECONDS: usize = 3;

/** VL in 02h: the supply was too low for the time to be right (section 8.4.1). */
const LOW_VOLTAGE: u32 = 0x80;

const DAY: i64 = 86400;
/** 2000-01-01. */
const FIRST: i64 = 946684800;
/** Days from 1970 to 2000-03-01: leap days come last in years that begin in March. */
const DAYS_TO_MARCH_2000: i32 = 11017;

/** Days from 1970 to a day of 2000 … 2199. */
export function daysOf(year: i32, month: i32, day: i32): i32 {
  const y = year - 2000 - (month < 3 ? 1 : 0);
  const m = month < 3 ? month + 9 : month - 3;
  // 2000 is a leap year, 2100 is none.
  return DAYS_TO_MARCH_2000 + 365 * y + (y >> 2) - (y >= 100 ? 1 : 0) + (153 * m + 2) / 5 + day - 1;
}

/** Bits of BCD, or -1 when a digit is none. */
function bcd(value: u32): i32 {
  return (value & 15) > 9 || value >> 4 > 9 ? -1 : <i32>((value >> 4) * 10 + (value & 15));
}

function toBcd(value: i32): u32 {
  return ((value / 10) << 4) | (value % 10);
}

function monthDays(year: i32, month: i32): i32 {
  if (month == 2) return (year & 3) == 0 && year != 2100 ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

export class Pcf8563 extends I2cDriver {
  open(config: Config): i32 {
    this.place(config, ADDRESS);
    let fault = this.transfer(CONFIGURE, 4);
    if (!fault) fault = this.transfer(FETCH, 5, 9);
    if (fault) return fault;
    const now = <i64>(clock.unix() / 1000);
    return load<u8>(reply, 2) & LOW_VOLTAGE && now >= FIRST ? this.set(now) : 0;
  }

  read(out: Records): i32 {
    const fault = this.transfer(FETCH, 5, 9);
    if (fault) return fault;
    // Section 8.3: bits that are always 0; STOP and TEST1, which `open` has cleared.
    if (load<u8>(reply) & 0x57 || load<u8>(reply, 1) & 0xe0) return BAD_DATA;
    if (load<u8>(reply, 2) & LOW_VOLTAGE) return WAS_RESET;
    if (load<u8>(reply) & 0xa0) return PART_FAILED;
    const second = bcd(load<u8>(reply, 2) & 0x7f);
    const minute = bcd(load<u8>(reply, 3) & 0x7f);
    const hour = bcd(load<u8>(reply, 4) & 0x3f);
    const day = bcd(load<u8>(reply, 5) & 0x3f);
    // C: the next century (section 8.4.6).
    const month = bcd(load<u8>(reply, 7) & 0x1f);
    const years = bcd(load<u8>(reply, 8));
    const year = years + (load<u8>(reply, 7) & 0x80 ? 2100 : 2000);
    if ((second | minute | hour | day | month | years) < 0) return BAD_DATA;
    if (second > 59 || minute > 59 || hour > 23 || month < 1 || month > 12) return BAD_DATA;
    if (day < 1 || day > monthDays(year, month)) return BAD_DATA;
    out.add(TIME, UNIT_S, <i64>daysOf(year, month, day) * DAY + hour * 3600 + minute * 60 + second, 0);
    return 0;
  }

  /** Seconds since 1970, of 2000 to 2199; 0 or a fault. Clears VL. */
  set(time: i64): i32 {
    let days = <i32>(time / DAY);
    const rest = <i32>(time % DAY);
    let year = 2000 + (days - 10957) / 366;
    while (daysOf(year + 1, 1, 1) <= days) year++;
    let month = 1;
    while (month < 12 && daysOf(year, month + 1, 1) <= days) month++;
    const at = SET + AT_SECONDS;
    store<u8>(at, toBcd(rest % 60));
    store<u8>(at, toBcd((rest / 60) % 60), 1);
    store<u8>(at, toBcd(rest / 3600), 2);
    store<u8>(at, toBcd(days - daysOf(year, month, 1) + 1), 3);
    // 1970-01-01 was a Thursday; Sunday is 0 (table 16).
    store<u8>(at, <u8>((days + 4) % 7), 4);
    store<u8>(at, toBcd(month) | (year >= 2100 ? 0x80 : 0), 5);
    store<u8>(at, toBcd(year % 100), 6);
    return this.transfer(SET, 10);
  }
}
