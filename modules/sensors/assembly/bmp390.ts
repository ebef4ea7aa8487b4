// Bosch BMP390: pressure, temperature. Datasheet BST-BMP390-DS002.
//
// Forced mode (section 3.3.2), pressure oversampling 8, temperature 1. Keys: `bus`, `address` (0x76, 0x77).
import { I2cDriver, READ, reply, WRITE } from './bus';
import { Config } from './config';
import { BAD_DATA, NOT_READY, PART_FAILED, WRONG_PART } from './driver';
import { PRESSURE, TEMPERATURE, UNIT_CEL, UNIT_PA } from './generated/quantities';
import { Records } from './records';

// Section 4.2, memory map.
const CHIP_ID_REGISTER: u8 = 0x00;
const CHIP_ID: u32 = 0x60;
const ERR_REG: u8 = 0x02;
const PWR_CTRL: u8 = 0x1b;
const OSR: u8 = 0x1c;
const CONFIG: u8 = 0x1f;
const CALIBRATION: u8 = 0x31;
/** STATUS: drdy_press, drdy_temp (section 4.3.3). */
const READY: u32 = 0x60;
/** press_en, temp_en; mode forced (section 4.3.16). */
const ENABLED: u8 = 0x03;
const FORCED: u8 = 0x13;
/** osr_t 1, osr_p 8 (section 4.3.17). */
const OVERSAMPLING: u8 = 0x03;

const IDENTIFY = memory.data<u8>([WRITE, 1, CHIP_ID_REGISTER, READ, 1, WRITE, 1, CALIBRATION, READ, 21]);
// A write does not count registers up (section 5.2.1): one each.
const FORCE = memory.data<u8>([WRITE, 2, CONFIG, 0, WRITE, 2, OSR, OVERSAMPLING, WRITE, 2, PWR_CTRL, FORCED]);
const FETCH = memory.data<u8>([WRITE, 1, ERR_REG, READ, 8]);
const SLEEP = memory.data<u8>([WRITE, 2, PWR_CTRL, ENABLED]);

/** Section 3.9.2: 234 + (392 + 8 × 2020) + (163 + 2020) µs = 19.0 ms; a tenth for the clock. */
const MEASURING_TIME: i32 = 21;

export const CALIBRATION_SIZE: usize = 21;

/**
 * Sections 8.4 and 8.5 in the integers of Bosch's sensor API: t_lin, which is the temperature in 1/65536 °C. `c` is the
 * calibration as registers 0x31 … 0x45 hold it.
 */
export function linearT(c: usize, adc: i64): i64 {
  const d = adc - ((<i64>load<u16>(c)) << 8);
  return (((load<u16>(c, 2) * d) << 18) + d * d * load<i8>(c, 4)) / 4294967296;
}

/** Section 8.6 in the same integers: 0.01 Pa. `t` is t_lin. */
export function compensateP(c: usize, t: i64, adc: i64): i64 {
  const t2 = t * t;
  const t3 = ((t2 / 64) * t) / 256;
  const offset =
    ((<i64>load<u16>(c, 11)) << 47) +
    (load<i8>(c, 16) * t3) / 32 +
    load<i8>(c, 15) * t2 * 16 +
    load<u16>(c, 13) * t * 4194304;
  const sensitivity =
    ((<i64>load<i16>(c, 5) - 16384) << 46) +
    (load<i8>(c, 10) * t3) / 32 +
    load<i8>(c, 9) * t2 * 4 +
    (<i64>load<i16>(c, 7) - 16384) * t * 2097152;
  const linear = (sensitivity / 16777216) * adc;
  const second = ((load<i8>(c, 19) * t + ((<i64>load<i16>(c, 17)) << 16)) * adc) / 8192;
  // Tenths first: second × adc would overflow.
  const square = ((adc * (second / 10)) / 512) * 10;
  const cube = (((load<i8>(c, 20) * adc * adc) / 65536) * adc) / 128;
  const sum = offset / 4 + linear + square + cube;
  // Unsigned, as in the reference: times 25 it needs all 64 bits from 84 kPa on. Negative is none.
  return sum < 0 ? 0 : <i64>((<u64>sum * 25) / 1099511627776);
}

function adc24(p: usize): i64 {
  return <i64>(<u32>load<u16>(p) | ((<u32>load<u8>(p, 2)) << 16));
}

export class Bmp390 extends I2cDriver {
  private calibration: usize = heap.alloc(CALIBRATION_SIZE);

  open(config: Config): i32 {
    this.place(config, 0x76, 0x76, 0x77);
    const fault = this.transfer(IDENTIFY, 10, 22);
    if (fault) return fault;
    if (load<u8>(reply) != CHIP_ID) return WRONG_PART;
    memory.copy(this.calibration, reply + 1, CALIBRATION_SIZE);
    const t1: u32 = load<u16>(reply, 1);
    return t1 == 0 || t1 == 0xffff ? BAD_DATA : 0;
  }

  override start(): i32 {
    const fault = this.transfer(FORCE, 12);
    return fault ? fault : MEASURING_TIME;
  }

  read(out: Records): i32 {
    const fault = this.transfer(FETCH, 5, 8);
    if (fault) return fault;
    // ERR_REG: fatal_err, cmd_err, conf_err (section 4.3.2).
    if (load<u8>(reply) & 7) return PART_FAILED;
    if ((load<u8>(reply, 1) & READY) != READY) return NOT_READY;
    const t = linearT(this.calibration, adc24(reply + 5));
    const p = compensateP(this.calibration, t, adc24(reply + 2));
    // Table 2: -40 to 85 °C, 300 to 1250 hPa, with the accuracy's margin.
    if (t < -41 * 65536 || t > 86 * 65536 || p < 2990000 || p > 12510000) return BAD_DATA;
    out.add(TEMPERATURE, UNIT_CEL, (t * 25) / 16384, -2);
    out.add(PRESSURE, UNIT_PA, p, -2);
    return 0;
  }

  override sleep(): i32 {
    return this.transfer(SLEEP, 4);
  }

  override selftest(): i32 {
    const fault = this.transfer(FETCH, 5, 8);
    return fault ? fault : load<u8>(reply) & 7 ? PART_FAILED : 0;
  }
}
