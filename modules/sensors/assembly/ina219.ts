// Texas Instruments INA219: current through a shunt, voltage of the bus. Datasheet SBOS448G.
//
// Triggered conversions of 12 bits (section 8.6.2.1), 32 V and ±320 mV of range. The current comes of the shunt's voltage, so
// the part's calibration register is not used. It has no identity register: its reset value stands for one.
// Keys: `bus`, `address` (0x40 to 0x4f), `shunt` (mΩ, 100).
import { I2cDriver, READ, reply, s16be, WRITE } from './bus';
import { Config } from './config';
import { BAD_DATA, ELEMENT_FAULT, NOT_READY, WRONG_PART } from './driver';
import { CURRENT, POWER, UNIT_A, UNIT_V, UNIT_W, VOLTAGE } from './generated/quantities';
import { Records } from './records';

// Section 8.6.1, register summary.
const CONFIGURATION: u8 = 0x00;
const SHUNT_VOLTAGE: u8 = 0x01;
const BUS_VOLTAGE: u8 = 0x02;
/** Table 2: the value after a reset, big endian. */
const AFTER_RESET: u32 = 0x399f;

const RESET = memory.data<u8>([WRITE, 3, CONFIGURATION, 0x80, 0x00, WRITE, 1, CONFIGURATION, READ, 2]);
/** After a reset but for MODE: shunt and bus, triggered (011), and power-down (000). */
const CONVERT = memory.data<u8>([WRITE, 3, CONFIGURATION, 0x39, 0x9b]);
const POWER_DOWN = memory.data<u8>([WRITE, 3, CONFIGURATION, 0x39, 0x98]);
const FETCH = memory.data<u8>([WRITE, 1, BUS_VOLTAGE, READ, 2, WRITE, 1, SHUNT_VOLTAGE, READ, 2]);

/** Section 7.5: two conversions of at most 586 µs. */
const CONVERSION_TIME: i32 = 2;

export class Ina219 extends I2cDriver {
  private shunt: i32 = 100;

  open(config: Config): i32 {
    this.place(config, 0x40, 0x40, 0x4f);
    this.shunt = config.number('shunt', 100, 1, 100000);
    const fault = this.transfer(RESET, 10, 2);
    return fault ? fault : (s16be(reply) & 0xffff) == AFTER_RESET ? 0 : WRONG_PART;
  }

  override start(): i32 {
    const fault = this.transfer(CONVERT, 5);
    return fault ? fault : CONVERSION_TIME;
  }

  read(out: Records): i32 {
    const fault = this.transfer(FETCH, 10, 4);
    if (fault) return fault;
    // Section 8.6.3.2: 4 mV a step from bit 3 on; CNVR; OVF is of the calibration that is not used.
    const bus = s16be(reply) & 0xffff;
    if (!(bus & 2)) return NOT_READY;
    const millivolts = (bus >> 3) * 4;
    // Section 8.6.3.1: 10 µV a step, ±320 mV at this gain: the ends mean more.
    const shunt = s16be(reply + 2);
    if (millivolts > 32000) return BAD_DATA;
    if (shunt <= -32000 || shunt >= 32000) return ELEMENT_FAULT;
    const microamperes = (<i64>shunt * 10000) / this.shunt;
    out.add(VOLTAGE, UNIT_V, millivolts, -3);
    out.add(CURRENT, UNIT_A, microamperes, -6);
    out.add(POWER, UNIT_W, (microamperes * millivolts) / 1000, -6);
    return 0;
  }

  override sleep(): i32 {
    return this.transfer(POWER_DOWN, 5);
  }
}
