// Dates and times of EN 13757-3 annex A. A date is year << 40 | month << 32 | day << 24 | hour << 16 | minute << 8 |
// second; -1 stands for none: invalid, or "every" day, month and so on.
import { uintLE } from '../../lib/assembly/bytes';

/** Type G: date, 2 bytes. */
export function dateG(p: usize): i64 {
  const v: u32 = load<u16>(p);
  const y = ((v >> 5) & 7) | ((v >> 9) & 0x78);
  return date(y, 0, (v >> 8) & 15, v & 31);
}

/** Type F: date and time to the minute, 4 bytes. Bit 8: invalid. Bits 14 and 15: hundreds of years since 1900. */
export function dateTimeF(p: usize): i64 {
  const v = load<u32>(p);
  if (v & 0x80) return -1;
  const y = ((v >> 21) & 7) | ((v >> 25) & 0x78);
  const day = date(y, (v >> 13) & 3, (v >> 24) & 15, (v >> 16) & 31);
  return at(day, (v >> 8) & 31, v & 63, 0);
}

/** Type I: date and time to the second, 6 bytes. Bit 16: invalid. */
export function dateTimeI(p: usize): i64 {
  const low = load<u32>(p);
  if (low & 0x8000) return -1;
  const high: u32 = load<u16>(p, 4);
  const y = (low >> 29) | ((high >> 1) & 0x78);
  return at(date(y, 0, high & 15, (low >> 24) & 31), (low >> 16) & 31, (low >> 8) & 63, low & 63);
}

/** Type J: time of day, 3 bytes. */
export function timeJ(p: usize): i64 {
  return at(0, load<u8>(p, 2) & 31, load<u8>(p, 1) & 63, load<u8>(p) & 63);
}

/**
 * Two digits of the year: with no hundreds given, 0 to 80 are this century and 81 to 99 the last one (annex A, type G,
 * note); meters in the field count on beyond 99.
 */
function date(y: u32, hundreds: u32, month: u32, day: u32): i64 {
  const year: u32 = hundreds ? 1900 + 100 * hundreds + y : y > 80 && y < 100 ? 1900 + y : 2000 + y;
  return dateFrom(year, month, day);
}

function daysOf(month: u32, year: u32): u32 {
  if (month == 2) return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
  return 30 + ((month + (month >> 3)) & 1);
}

function at(day: i64, hour: u32, minute: u32, second: u32): i64 {
  if (day < 0 || hour > 23 || minute > 59 || second > 59) return -1;
  return day | ((<i64>hour) << 16) | ((<i64>minute) << 8) | second;
}

/** A date of its parts, or -1 when there is no such day. */
export function dateFrom(year: u32, month: u32, day: u32): i64 {
  if (day == 0 || month == 0 || month > 12 || day > daysOf(month, year)) return -1;
  return ((<i64>year) << 40) | ((<i64>month) << 32) | ((<i64>day) << 24);
}

/** A packed date `n` months later or earlier; a day that the month has not becomes its last. */
export function addMonths(v: i64, n: i32): i64 {
  const months = <i32>(v >> 40) * 12 + (<i32>(v >> 32) & 255) - 1 + n;
  const year = <u32>(months / 12);
  const month = <u32>(months % 12) + 1;
  const day = min(<u32>(v >> 24) & 255, daysOf(month, year));
  return ((<i64>year) << 40) | ((<i64>month) << 32) | ((<i64>day) << 24) | (v & 0xffffff);
}

/** A packed date and time `n` seconds later or earlier, within a few centuries. */
export function addSeconds(v: i64, n: i64): i64 {
  // Years begin in March, so that the leap day is their last: then days and months are linear in each other.
  const month = <u32>(v >> 32) & 255;
  const year = <u32>(v >> 40) - (month < 3 ? 1 : 0);
  const dayOfYear = (153 * (month + (month < 3 ? 9 : -3)) + 2) / 5 + (<u32>(v >> 24) & 255) - 1;
  const time = ((v >> 16) & 255) * 3600 + ((v >> 8) & 255) * 60 + (v & 255) + n;
  const seconds = <i64>(365 * year + year / 4 - year / 100 + year / 400 + dayOfYear) * 86400 + time;
  const days = <u32>(seconds / 86400);
  const clock = <u32>(seconds % 86400);
  const rest = days % 146097;
  const y = (rest - rest / 1460 + rest / 36524 - rest / 146096) / 365;
  const d = rest - (365 * y + y / 4 - y / 100);
  const m = (5 * d + 2) / 153;
  return (
    ((<i64>(y + 400 * (days / 146097) + (m > 9 ? 1 : 0))) << 40) |
    ((<i64>(m > 9 ? m - 9 : m + 3)) << 32) |
    ((d - (153 * m + 2) / 5 + 1) << 24) |
    ((clock / 3600) << 16) |
    (((clock / 60) % 60) << 8) |
    (clock % 60)
  );
}

/**
 * Type M: offset of local time from UTC in hours (5 bits, signed, -16 for a duration), resolution (2 bits: 2 s, 1 s,
 * 1/256 s, 1/32768 s), begin of the count (1 bit: 2013 or 1970), then the count in UTC. As local time, with 16 hours
 * more than the offset in the highest byte; -1 for a duration and for what is no time of these centuries.
 */
export function dateTimeM(p: usize, length: u32): i64 {
  if (length < 2) return -1;
  const how: u32 = load<u8>(p);
  const offset = <i32>((how & 31) ^ 16) - 16;
  const resolution = (how >> 5) & 3;
  const count = uintLE(p + 1, length - 1);
  if (offset < -12 || offset > 14 || count >> 48) return -1;
  const seconds = resolution == 0 ? count << 1 : count >> (resolution == 1 ? 0 : resolution == 2 ? 8 : 15);
  if (seconds > 8000000000) return -1;
  const v = addSeconds(dateFrom(how & 0x80 ? 1970 : 2013, 1, 1), <i64>seconds + <i64>offset * 3600);
  return v | ((<i64>(offset + 16)) << 56);
}
