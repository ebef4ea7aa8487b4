// Bosch BME280: temperature, pressure, humidity. Datasheet BST-BME280-DS002.
//
// Forced mode (section 3.3.3), oversampling 1 each (section 3.5.1, weather monitoring). Keys: `bus`, `address` (0x76, 0x77).
import { I2cDriver, READ, reply, WRITE } from './bus';
import { Config } from './config';
import { BAD_DATA, NOT_READY, PART_FAILED, WAS_RESET, WRONG_PART } from './driver';
import { PRESSURE, RELATIVE_HUMIDITY, TEMPERATURE, UNIT_CEL, UNIT_PA, UNIT_PERCENT_RH } from './generated/quantities';
import { Records } from './records';

// Section 5.3, memory map.
const ID: u8 = 0xd0;
const CHIP_ID: u32 = 0x60;
const CTRL_HUM: u8 = 0xf2;
const CTRL_MEAS: u8 = 0xf4;
const CONFIG: u8 = 0xf5;
const CALIBRATION: u8 = 0x88;
const CALIBRATION_H: u8 = 0xe1;
/** status, bits `measuring` and `im_update` (section 5.4.4). */
const BUSY: u32 = 0x09;
const ONCE: u8 = 1;
/** osrs_t 1, osrs_p 1, mode forced (section 5.4.5). */
const FORCED: u8 = 0x25;
const SLEEP: u8 = 0x24;

const IDENTIFY = memory.data<u8>([
  WRITE,
  1,
  ID,
  READ,
  1,
  WRITE,
  1,
  CALIBRATION,
  READ,
  26,
  WRITE,
  1,
  CALIBRATION_H,
  READ,
  7,
]);
// A write does not count registers up (section 6.2.1): one each.
const CONFIGURE = memory.data<u8>([WRITE, 2, CTRL_HUM, ONCE, WRITE, 2, CONFIG, 0, WRITE, 2, CTRL_MEAS, SLEEP]);
const FORCE = memory.data<u8>([WRITE, 2, CTRL_HUM, ONCE, WRITE, 2, CTRL_MEAS, FORCED]);
const FETCH = memory.data<u8>([WRITE, 1, CTRL_HUM, READ, 13]);
const STOP_NOW = memory.data<u8>([WRITE, 2, CTRL_MEAS, SLEEP]);
const CHECK = memory.data<u8>([WRITE, 1, ID, READ, 1]);

/** Section 9.1: at most 1.25 + 2.3 + (2.3 + 0.575) + (2.3 + 0.575) = 9.3 ms. */
const MEASURING_TIME: i32 = 10;

// Where a calibration stands once it is read: 0x88 … 0xA1, then 0xE1 … 0xE7.
const T1: usize = 0;
const P1: usize = 6;
const H1: usize = 25;
const H2: usize = 26;
export const CALIBRATION_SIZE: usize = 33;

let tFine: i32 = 0;

/** Section 4.2.3, BME280_compensate_T_int32: 0.01 °C. Leaves t_fine for the others. */
export function compensateT(c: usize, adc: i32): i32 {
  const t1 = <i32>load<u16>(c, T1);
  const fine = (adc >> 4) - t1;
  const first = (((adc >> 3) - (t1 << 1)) * load<i16>(c, T1 + 2)) >> 11;
  const second = (((fine * fine) >> 12) * load<i16>(c, T1 + 4)) >> 14;
  tFine = first + second;
  return (tFine * 5 + 128) >> 8;
}

/** Section 4.2.3, BME280_compensate_P_int64: Pa in Q24.8; 0 where it would divide by zero. */
export function compensateP(c: usize, adc: i32): u32 {
  const t = <i64>tFine - 128000;
  let offset = t * t * load<i16>(c, P1 + 10);
  offset += (t * load<i16>(c, P1 + 8)) << 17;
  offset += (<i64>load<i16>(c, P1 + 6)) << 35;
  let slope = ((t * t * load<i16>(c, P1 + 4)) >> 8) + ((t * load<i16>(c, P1 + 2)) << 12);
  slope = ((((<i64>1) << 47) + slope) * load<u16>(c, P1)) >> 33;
  if (slope == 0) return 0;
  let p = <i64>(1048576 - adc);
  p = (((p << 31) - offset) * 3125) / slope;
  const square = (load<i16>(c, P1 + 16) * (p >> 13) * (p >> 13)) >> 25;
  const linear = (load<i16>(c, P1 + 14) * p) >> 19;
  p = ((p + square + linear) >> 8) + ((<i64>load<i16>(c, P1 + 12)) << 4);
  return <u32>p;
}

/** Section 4.2.3, bme280_compensate_H_int32: %RH in Q22.10, 0 to 100. */
export function compensateH(c: usize, adc: i32): u32 {
  const h1 = <i32>load<u8>(c, H1);
  const h2 = <i32>load<i16>(c, H2);
  const h3 = <i32>load<u8>(c, H2 + 2);
  // Section 4.2.2, table 16: dig_H4 is 0xE4 and the low half of 0xE5, dig_H5 the high half of 0xE5 and 0xE6.
  const h4 = ((<i32>load<i8>(c, H2 + 3)) << 4) | (load<u8>(c, H2 + 4) & 15);
  const h5 = ((<i32>load<i8>(c, H2 + 5)) << 4) | (load<u8>(c, H2 + 4) >> 4);
  const h6 = <i32>load<i8>(c, H2 + 6);
  const t = tFine - 76800;
  const gain = ((((((t * h6) >> 10) * (((t * h3) >> 11) + 32768)) >> 10) + 2097152) * h2 + 8192) >> 14;
  let v = (((adc << 14) - (h4 << 20) - h5 * t + 16384) >> 15) * gain;
  v -= ((((v >> 15) * (v >> 15)) >> 7) * h1) >> 4;
  return <u32>(max(0, min(v, 419430400)) >> 12);
}

/** Pressure and temperature: 20 bits, left-justified in 3 bytes (section 4). */
function adc20(p: usize): i32 {
  return <i32>(((<u32>load<u8>(p)) << 12) | ((<u32>load<u8>(p, 1)) << 4) | (<u32>load<u8>(p, 2) >> 4));
}

export class Bme280 extends I2cDriver {
  private calibration: usize = heap.alloc(CALIBRATION_SIZE);

  open(config: Config): i32 {
    this.place(config, 0x76, 0x76, 0x77);
    const fault = this.transfer(IDENTIFY, 15, 34);
    if (fault) return fault;
    if (load<u8>(reply) != CHIP_ID) return WRONG_PART;
    memory.copy(this.calibration, reply + 1, CALIBRATION_SIZE);
    // An erased or shorted memory has no gain.
    const t1: u32 = load<u16>(reply, 1 + T1);
    const p1: u32 = load<u16>(reply, 1 + P1);
    if (t1 == 0 || p1 == 0 || (t1 & p1) == 0xffff) return BAD_DATA;
    return this.transfer(CONFIGURE, 12);
  }

  override start(): i32 {
    const fault = this.transfer(FORCE, 8);
    return fault ? fault : MEASURING_TIME;
  }

  read(out: Records): i32 {
    const fault = this.transfer(FETCH, 5, 13);
    if (fault) return fault;
    // Registers 0xF2 … 0xFE: ctrl_hum, status, ctrl_meas, config, -, press, temp, hum.
    if (load<u8>(reply, 1) & BUSY) return NOT_READY;
    if (load<u8>(reply) != ONCE || load<u8>(reply, 2) != SLEEP) return WAS_RESET;
    const c = this.calibration;
    const t = compensateT(c, adc20(reply + 8));
    const p = compensateP(c, adc20(reply + 5));
    const h = compensateH(c, <i32>bswap<u16>(load<u16>(reply, 11)));
    // Table 1 and 3: -40 to 85 °C, 300 to 1100 hPa, with the accuracy's ±1 °C and ±1.7 hPa.
    if (t < -4100 || t > 8600 || p < 29830 * 256 || p > 110170 * 256) return BAD_DATA;
    out.add(TEMPERATURE, UNIT_CEL, t, -2);
    out.add(PRESSURE, UNIT_PA, (p * 25 + 32) >> 6, -2);
    out.add(RELATIVE_HUMIDITY, UNIT_PERCENT_RH, (h * 125 + 64) >> 7, -3);
    return 0;
  }

  override sleep(): i32 {
    return this.transfer(STOP_NOW, 4);
  }

  override selftest(): i32 {
    const fault = this.transfer(CHECK, 5, 1);
    return fault ? fault : load<u8>(reply) == CHIP_ID ? 0 : PART_FAILED;
  }
}
