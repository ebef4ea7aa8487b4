// The pure part of modules/sensors as plain exports: bytes go in at 4096 and come out at 8192.
import { compensateH, compensateP, compensateT } from '../../../modules/sensors/assembly/bme280';
import { compensateP as bmpP, linearT } from '../../../modules/sensors/assembly/bmp390';
import { Bytes } from 'motekit/runtime/guest';
import { crc16Modbus, crc8Maxim, crc8Sensirion } from '../../../modules/sensors/assembly/crc';
import { Deadband, Ema, Median, RateLimit } from '../../../modules/sensors/assembly/filters';
import { check, exceptionCode, answerData, request, silence } from '../../../modules/sensors/assembly/modbus';
import { parsePlan, planError, Point } from '../../../modules/sensors/assembly/modbus-plan';
import { NmeaParser } from '../../../modules/sensors/assembly/nmea';
import { daysOf } from '../../../modules/sensors/assembly/pcf8563';
import { Records } from '../../../modules/sensors/assembly/records';
import { ratioAt, temperatureOf } from '../../../modules/sensors/assembly/rtd';
import { humidity, temperature } from '../../../modules/sensors/assembly/sht4x';

const IN: usize = 4096;
const OUT: usize = 8192;

export function bmeT(adc: i32): i32 {
  return compensateT(IN, adc);
}
export function bmeP(adc: i32): u32 {
  return compensateP(IN, adc);
}
export function bmeH(adc: i32): u32 {
  return compensateH(IN, adc);
}
export function bmp390T(adc: i32): i64 {
  return linearT(IN, adc);
}
export function bmp390P(t: i64, adc: i32): i64 {
  return bmpP(IN, t, adc);
}
export function shtT(ticks: u32): i32 {
  return temperature(ticks);
}
export function shtH(ticks: u32): i32 {
  return humidity(ticks);
}
export function rtdRatio(t: i64): i64 {
  return ratioAt(t);
}
export function rtdTemperature(ratio: i64): i64 {
  return temperatureOf(ratio);
}
export function days(year: i32, month: i32, day: i32): i32 {
  return daysOf(year, month, day);
}

export function crcSensirion(length: i32): u32 {
  return crc8Sensirion(IN, length);
}
export function crcMaxim(length: i32): u32 {
  return crc8Maxim(IN, length);
}
export function crcModbus(length: i32): u32 {
  return crc16Modbus(IN, length);
}

let median = new Median(1);
let ema = new Ema(0);
let rate = new RateLimit(0);
let band = new Deadband(0);
export function begin(size: u32, shift: u32, step: i64, width: i64, quiet: u32): void {
  median = new Median(size);
  ema = new Ema(shift);
  rate = new RateLimit(step);
  band = new Deadband(width, quiet);
}
export function takeMedian(value: i64): i64 {
  return median.take(value);
}
export function takeEma(value: i64): i64 {
  return ema.take(value);
}
export function takeRate(value: i64): i64 {
  return rate.take(value);
}
export function takeBand(value: i64): bool {
  return band.passes(value);
}

const parser = new NmeaParser();
export function nmeaReset(): void {
  parser.reset();
  parser.good = 0;
  parser.bad = 0;
  parser.fix.has = 0;
}
export function nmea(length: i32): void {
  for (let i = 0; i < length; i++) parser.feed(load<u8>(IN + i));
}
/** has, good, bad, latitude, longitude, altitude, speed, course, satellites; time at 48. */
export function nmeaFix(): void {
  const fix = parser.fix;
  store<u32>(OUT, fix.has);
  store<u32>(OUT + 4, parser.good);
  store<u32>(OUT + 8, parser.bad);
  store<i32>(OUT + 12, fix.latitude);
  store<i32>(OUT + 16, fix.longitude);
  store<i32>(OUT + 20, fix.altitude);
  store<i32>(OUT + 24, fix.speed);
  store<i32>(OUT + 28, fix.course);
  store<i32>(OUT + 32, fix.satellites);
  store<i64>(OUT + 48, fix.time);
}

/** The request at OUT; data of writes at IN. */
export function modbusRequest(unit: u32, code: u32, address: u32, value: u32): i32 {
  return request(OUT, unit, code, address, value, IN);
}
/** The answer at IN to the request at OUT. */
export function modbusCheck(length: i32): i32 {
  return check(OUT, IN, length);
}
export function modbusException(): u32 {
  return exceptionCode;
}
export function modbusData(): i32 {
  return <i32>(answerData - IN);
}
export function modbusSilence(baud: u32): u32 {
  return silence(baud);
}

let points: StaticArray<Point> | null = null;
/** The text at IN: how many points, or -1 - the offset of the error. */
export function plan(length: i32): i32 {
  points = parsePlan(new Bytes(IN, length));
  return points === null ? -1 - planError : points!.length;
}
export function planRequest(index: i32, unit: u32): i32 {
  return points![index].request(OUT, unit);
}
const records = new Records();
/** The value in the answer's data at IN: false when there is none; mantissa and exponent at OUT. */
export function planRecord(index: i32): bool {
  records.clear();
  if (!points![index].record(IN, records)) return false;
  store<i64>(OUT, records.mantissa(0));
  store<i32>(OUT + 8, records.exponent(0));
  return true;
}

__arena_mark();
/** Drops what plans have allocated. */
export function forget(): void {
  __arena_reset();
}
