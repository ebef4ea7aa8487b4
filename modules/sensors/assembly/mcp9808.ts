// Microchip MCP9808: temperature. Datasheet DS25095A.
//
// It converts all the time, every 250 ms at 0.0625 °C (section 5.2.4). Keys: `bus`, `address` (0x18 to 0x1f).
import { I2cDriver, READ, reply, s16be, WRITE } from './bus';
import { Config } from './config';
import { BAD_DATA, WRONG_PART } from './driver';
import { TEMPERATURE, UNIT_CEL } from './generated/quantities';
import { Records } from './records';

// Section 5.1, registers.
const CONFIG: u8 = 0x01;
const T_A: u8 = 0x05;
const MANUFACTURER_ID: u8 = 0x06;
const DEVICE_ID: u8 = 0x07;
const RESOLUTION: u8 = 0x08;
/** Section 5.1.5 and 5.1.6; the revision is in the device id's low byte. */
const MICROCHIP: i32 = 0x0054;
const MCP9808: u32 = 0x04;

const IDENTIFY = memory.data<u8>([WRITE, 1, MANUFACTURER_ID, READ, 2, WRITE, 1, DEVICE_ID, READ, 2]);
const CONFIGURE = memory.data<u8>([WRITE, 2, RESOLUTION, 0x03, WRITE, 3, CONFIG, 0x00, 0x00]);
const FETCH = memory.data<u8>([WRITE, 1, T_A, READ, 2]);
/** SHDN (section 5.1.1). */
const SHUTDOWN = memory.data<u8>([WRITE, 3, CONFIG, 0x01, 0x00]);

/** Table 5-2 names 250 ms as typical: a fifth more. */
const CONVERSION_TIME: i32 = 300;

export class Mcp9808 extends I2cDriver {
  private waited: bool = false;

  open(config: Config): i32 {
    this.place(config, 0x18, 0x18, 0x1f);
    const fault = this.transfer(IDENTIFY, 10, 4);
    if (fault) return fault;
    if (s16be(reply) != MICROCHIP || load<u8>(reply, 2) != MCP9808) return WRONG_PART;
    this.waited = false;
    return this.transfer(CONFIGURE, 9);
  }

  override start(): i32 {
    if (this.waited) return 0;
    this.waited = true;
    return CONVERSION_TIME;
  }

  read(out: Records): i32 {
    const fault = this.transfer(FETCH, 5, 2);
    if (fault) return fault;
    // Section 5.1.3.1: three alert flags, then 13 bits of two's complement, 1/16 °C. Section 1: -40 to 125 °C.
    const steps = (s16be(reply) << 19) >> 19;
    if (steps < -40 * 16 || steps > 125 * 16) return BAD_DATA;
    out.add(TEMPERATURE, UNIT_CEL, steps * 625, -4);
    return 0;
  }

  override sleep(): i32 {
    return this.transfer(SHUTDOWN, 5);
  }
}
