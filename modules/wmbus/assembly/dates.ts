// Dates and times of EN 13757-3 annex A. A date is year << 40 | month << 32 | day << 24 | hour << 16 | minute << 8 |
// second; -1 stands for none: invalid, or "every" day, month and so on.

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

/** A packed date and time `n` seconds later or earlier. */
export function addSeconds(v: i64, n: i64): i64 {
  let time = ((v >> 16) & 255) * 3600 + ((v >> 8) & 255) * 60 + (v & 255) + n;
  let days = time / 86400;
  time %= 86400;
  if (time < 0) {
    time += 86400;
    days--;
  }
  let year = <u32>(v >> 40);
  let month = <u32>(v >> 32) & 255;
  let day = (<i64>(v >> 24) & 255) + days;
  while (day < 1) {
    month = month == 1 ? 12 : month - 1;
    if (month == 12) year--;
    day += daysOf(month, year);
  }
  while (day > <i64>daysOf(month, year)) {
    day -= daysOf(month, year);
    month = month == 12 ? 1 : month + 1;
    if (month == 1) year++;
  }
  const clock = ((time / 3600) << 16) | (((time / 60) % 60) << 8) | (time % 60);
  return ((<i64>year) << 40) | ((<i64>month) << 32) | (day << 24) | clock;
}
