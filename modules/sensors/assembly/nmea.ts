// NMEA 0183 sentences of a satellite receiver, byte by byte: `$` talker and type, fields, `*` checksum, CR LF. Bounded: a
// sentence longer than the standard's 82 characters is dropped. Only GGA and RMC are read, of any talker.

/** Between `$` and `*` (82 characters with `$`, `*hh`, CR and LF). */
const MAX_LENGTH: u32 = 76;

const DOLLAR: u32 = 0x24;
const STAR: u32 = 0x2a;
const COMMA: u32 = 0x2c;

const line: usize = memory.data(76);

/** What the sentences of the last second say. A value is what the comment says, and there when its bit in `has` is. */
export class Fix {
  has: u32 = 0;
  /** 10^-7 degrees. */
  latitude: i32 = 0;
  longitude: i32 = 0;
  /** Millimetres above mean sea level. */
  altitude: i32 = 0;
  /** mm/s. */
  speed: i32 = 0;
  /** 0.01 degrees. */
  course: i32 = 0;
  satellites: i32 = 0;
  /** Seconds since 1970. */
  time: i64 = 0;
}

export const HAS_POSITION: u32 = 1;
export const HAS_ALTITUDE: u32 = 2;
export const HAS_SPEED: u32 = 4;
export const HAS_COURSE: u32 = 8;
export const HAS_SATELLITES: u32 = 16;
export const HAS_TIME: u32 = 32;

/** Parses a stream into `fix`. One at a time: sentences are collected in a place of the file. */
export class NmeaParser {
  readonly fix: Fix = new Fix();
  /** Sentences that were read, and such that were wrong: a checksum, a field. */
  good: u32 = 0;
  bad: u32 = 0;
  private length: u32 = 0;
  private state: u32 = OUTSIDE;
  private sum: u32 = 0;
  private given: u32 = 0;

  /** Forgets a sentence that was begun. */
  reset(): void {
    this.state = OUTSIDE;
  }

  feed(byte: u32): void {
    if (byte == DOLLAR) {
      if (this.state != OUTSIDE) this.bad++;
      this.state = INSIDE;
      this.length = 0;
      this.sum = 0;
      return;
    }
    switch (this.state) {
      case INSIDE: {
        if (byte == STAR) {
          this.state = FIRST_DIGIT;
          return;
        }
        // Printable ASCII only (table 1 of the standard); anything else is a lost end or noise.
        if (byte < 0x20 || byte > 0x7e || this.length == MAX_LENGTH) return this.refuse();
        store<u8>(line + this.length++, byte);
        this.sum ^= byte;
        return;
      }
      case FIRST_DIGIT:
      case SECOND_DIGIT: {
        const digit = hexDigit(byte);
        if (digit > 15) return this.refuse();
        this.given = (this.given << 4) | digit;
        if (this.state++ == FIRST_DIGIT) return;
        this.state = OUTSIDE;
        if ((this.given & 0xff) != this.sum || !this.sentence()) this.bad++;
      }
    }
  }

  private refuse(): void {
    this.bad++;
    this.state = OUTSIDE;
  }

  /** False for a sentence whose fields are wrong. */
  private sentence(): bool {
    if (this.length < 6 || load<u8>(line, 5) != COMMA) return true;
    const type = ((<u32>load<u8>(line, 2)) << 16) | ((<u32>load<u8>(line, 3)) << 8) | load<u8>(line, 4);
    const read = new Fields(line + 6, line + this.length);
    if (type == 0x474741) return this.gga(read);
    if (type == 0x524d43) return this.rmc(read);
    return true;
  }

  /** GGA: time, latitude, N/S, longitude, E/W, quality, satellites, HDOP, altitude, M, … */
  private gga(fields: Fields): bool {
    fields.skip(1);
    const at = fields.at;
    fields.skip(4);
    const quality = fields.decimal(0);
    const satellites = fields.decimal(0);
    fields.skip(1);
    const empty = fields.empty();
    const altitude = fields.decimal(3);
    if (fields.wrong || quality > 8 || satellites > 99) return false;
    this.good++;
    const fix = this.fix;
    fix.has = (fix.has & (HAS_SPEED | HAS_COURSE | HAS_TIME)) | HAS_SATELLITES;
    fix.satellites = <i32>satellites;
    // Quality 0 is no fix.
    if (quality == 0) return true;
    fields.at = at;
    if (!this.position(fields)) return false;
    if (!empty && abs(altitude) < 100000000) {
      fix.altitude = <i32>altitude;
      fix.has |= HAS_ALTITUDE;
    }
    return true;
  }

  /** RMC: time, status, latitude, N/S, longitude, E/W, knots, course, date, … */
  private rmc(fields: Fields): bool {
    const time = fields.decimal(3);
    const valid = fields.letter();
    const at = fields.at;
    fields.skip(4);
    const noSpeed = fields.empty();
    const knots = fields.decimal(3);
    const noCourse = fields.empty();
    const course = fields.decimal(2);
    const noDate = fields.empty();
    const date = fields.decimal(0);
    if (fields.wrong || (valid != 0x41 && valid != 0x56)) return false;
    this.good++;
    const fix = this.fix;
    fix.has &= HAS_SATELLITES | HAS_ALTITUDE;
    if (valid != 0x41) {
      fix.has &= HAS_SATELLITES;
      return true;
    }
    fields.at = at;
    if (!this.position(fields)) return false;
    // 1 knot is 1852 m/h.
    if (!noSpeed && knots >= 0 && knots < 4000000) {
      fix.speed = <i32>((knots * 1852 + 1800) / 3600);
      fix.has |= HAS_SPEED;
    }
    if (!noCourse && course >= 0 && course <= 36000) {
      fix.course = <i32>course;
      fix.has |= HAS_COURSE;
    }
    return noDate || this.instant(<i32>(time / 1000), <i32>date);
  }

  /** hhmmss and ddmmyy, of 2000 to 2099. */
  private instant(time: i32, date: i32): bool {
    const hour = time / 10000;
    const minute = (time / 100) % 100;
    const second = time % 100;
    const day = date / 10000;
    const month = (date / 100) % 100;
    if (time < 0 || hour > 23 || minute > 59 || second > 60 || day < 1 || day > 31 || month < 1 || month > 12)
      return false;
    // Days since 1970 of a year that begins in March; 2000 to 2099 have a leap day in every fourth.
    const year = (date % 100) - (month < 3 ? 1 : 0);
    const m = month < 3 ? month + 9 : month - 3;
    const days = 11017 + 365 * year + (year >> 2) + (153 * m + 2) / 5 + day - 1;
    this.fix.time = <i64>days * 86400 + hour * 3600 + minute * 60 + second;
    this.fix.has |= HAS_TIME;
    return true;
  }

  private position(fields: Fields): bool {
    const latitude = degrees(fields, 90, 0x4e, 0x53);
    const longitude = degrees(fields, 180, 0x45, 0x57);
    if (fields.wrong) return false;
    this.fix.latitude = <i32>latitude;
    this.fix.longitude = <i32>longitude;
    this.fix.has |= HAS_POSITION;
    return true;
  }
}

const OUTSIDE: u32 = 0;
const INSIDE: u32 = 1;
const FIRST_DIGIT: u32 = 2;
const SECOND_DIGIT: u32 = 3;

/** [d]ddmm.mmmm and a letter: 10^-7 degrees to the nearest, the second letter negative. */
function degrees(fields: Fields, most: i64, positive: u32, negative: u32): i64 {
  const value = fields.decimal(7);
  const letter = fields.letter();
  const whole = value / 1000000000;
  const minutes = value % 1000000000;
  const sum = whole * 10000000 + (minutes + 30) / 60;
  if (value < 0 || minutes >= 600000000 || sum > most * 10000000 || (letter != positive && letter != negative))
    fields.wrong = true;
  return letter == negative ? -sum : sum;
}

function hexDigit(c: u32): u32 {
  if (c - 0x30 < 10) return c - 0x30;
  return c - 0x41 < 6 ? c - 0x37 : 255;
}

/** Fields between commas, from left to right. */
class Fields {
  wrong: bool = false;

  constructor(
    public at: usize,
    private end: usize,
  ) {}

  empty(): bool {
    return this.at >= this.end || load<u8>(this.at) == COMMA;
  }

  skip(count: u32): void {
    for (; count; count--) {
      while (this.at < this.end && load<u8>(this.at) != COMMA) this.at++;
      this.next();
    }
  }

  /** One character; 0 when there is none. */
  letter(): u32 {
    const c: u32 = this.empty() ? 0 : load<u8>(this.at++);
    this.next();
    return c;
  }

  /** A decimal number times 10^places, further digits cut off; 0 of an empty field. */
  decimal(places: u32): i64 {
    let value: i64 = 0;
    let digits: u32 = 0;
    let behind: i32 = -1;
    const negative = !this.empty() && load<u8>(this.at) == 0x2d;
    if (negative) this.at++;
    for (; !this.empty(); this.at++) {
      const c: u32 = load<u8>(this.at);
      if (c == 0x2e && behind < 0) behind = 0;
      else if (c - 0x30 > 9 || ++digits > 12) this.wrong = true;
      else if (behind < 0 || behind < <i32>places) {
        value = value * 10 + (c - 0x30);
        if (behind >= 0) behind++;
      }
    }
    this.next();
    for (let i: u32 = behind < 0 ? 0 : behind; i < places; i++) value *= 10;
    return negative ? -value : value;
  }

  /** Beyond the comma. A number or letter that goes on is wrong. */
  private next(): void {
    if (this.at >= this.end) return;
    if (load<u8>(this.at) != COMMA) this.wrong = true;
    else this.at++;
  }
}
