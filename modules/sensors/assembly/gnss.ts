// A satellite receiver that sends NMEA 0183 on a UART (nmea.ts), 8N1. Keys: `port`, `baud` (9600).
import { ErrorCode, uart, UartConfig, UartParity } from 'motekit/runtime/guest';
import { Config } from './config';
import { BAD_CHECKSUM, Driver } from './driver';
import {
  ALTITUDE,
  COURSE,
  LATITUDE,
  LONGITUDE,
  SATELLITES,
  SPEED,
  TIME,
  UNIT_COUNT,
  UNIT_DEG,
  UNIT_LAT,
  UNIT_LON,
  UNIT_M,
  UNIT_M_S,
  UNIT_S,
} from './generated/quantities';
import { HAS_ALTITUDE, HAS_COURSE, HAS_POSITION, HAS_SATELLITES, HAS_SPEED, HAS_TIME, NmeaParser } from './nmea';
import { Records } from './records';

/** µs of silence: between the bursts of a second. */
const GAP: u32 = 20000;
const MOST: u32 = 256;
/** Receivers speak once a second: what says nothing for longer is silent. */
const PATIENCE: i32 = 1500;

export class Gnss extends Driver {
  private parser: NmeaParser = new NmeaParser();
  private port: u32 = 0;
  private silent: bool = false;

  open(config: Config): i32 {
    this.port = config.number('port', 0, 0, 7);
    const baud = config.number('baud', 9600, 4800, 921600);
    this.parser.reset();
    this.silent = false;
    return uart.open(this.port, new UartConfig(baud, UartParity.None, GAP, MOST));
  }

  /** Of what came since the last reading; without a fix only the satellites. */
  read(out: Records): i32 {
    const parser = this.parser;
    const fix = parser.fix;
    const good = parser.good;
    const bad = parser.bad;
    parser.good = 0;
    parser.bad = 0;
    if (good == 0) {
      if (bad) return BAD_CHECKSUM;
      this.silent = !this.silent;
      return this.silent ? PATIENCE : ErrorCode.Timeout;
    }
    this.silent = false;
    if (fix.has & HAS_POSITION) {
      out.add(LATITUDE, UNIT_LAT, fix.latitude, -7);
      out.add(LONGITUDE, UNIT_LON, fix.longitude, -7);
    }
    if (fix.has & HAS_ALTITUDE) out.add(ALTITUDE, UNIT_M, fix.altitude, -3);
    if (fix.has & HAS_SPEED) out.add(SPEED, UNIT_M_S, fix.speed, -3);
    if (fix.has & HAS_COURSE) out.add(COURSE, UNIT_DEG, fix.course, -2);
    if (fix.has & HAS_SATELLITES) out.add(SATELLITES, UNIT_COUNT, fix.satellites, 0);
    if (fix.has & HAS_TIME) out.add(TIME, UNIT_S, fix.time, 0);
    fix.has = 0;
    return 0;
  }

  override sleep(): i32 {
    return uart.close(this.port);
  }

  override onBytes(port: u32, at: usize, length: i32): bool {
    if (port != this.port) return false;
    for (const end = at + length; at < end; at++) this.parser.feed(load<u8>(at));
    return false;
  }
}
