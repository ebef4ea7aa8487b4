// {{title}} on I2C: temperature. Datasheet: manufacturer, document and revision. Keys: `bus`, `address` (0x48, 0x49).
import { I2cDriver, READ, reply, s16be, WRITE } from 'motekit/modules/sensors/assembly/bus';
import { Config } from 'motekit/modules/sensors/assembly/config';
import { BAD_DATA, NOT_READY, WRONG_PART } from 'motekit/modules/sensors/assembly/driver';
import { TEMPERATURE, UNIT_CEL } from 'motekit/modules/sensors/assembly/generated/quantities';
import { Records } from 'motekit/modules/sensors/assembly/records';

// Registers: cite their section of the data sheet.
const RESULT: u8 = 0;
const CONFIGURATION: u8 = 1;
const IDENTITY: u8 = 15;
const IS_THIS_PART: i32 = 0x0119;
const READY: i32 = 0x8000;

// A transfer each: what is written and read in one call of the host.
const IDENTIFY = memory.data<u8>([WRITE, 1, IDENTITY, READ, 2]);
const CONVERT = memory.data<u8>([WRITE, 3, CONFIGURATION, 0x00, 0x01]);
const FETCH = memory.data<u8>([WRITE, 1, CONFIGURATION, READ, 2, WRITE, 1, RESULT, READ, 2]);

/** At most, in ms. */
const CONVERSION_TIME: i32 = 16;

export class {{class}} extends I2cDriver {
  open(config: Config): i32 {
    this.place(config, 0x48, 0x48, 0x49);
    const fault = this.transfer(IDENTIFY, 5, 2);
    return fault ? fault : s16be(reply) == IS_THIS_PART ? 0 : WRONG_PART;
  }

  override start(): i32 {
    const fault = this.transfer(CONVERT, 5);
    return fault ? fault : CONVERSION_TIME;
  }

  read(out: Records): i32 {
    const fault = this.transfer(FETCH, 10, 4);
    if (fault) return fault;
    if (!(s16be(reply) & READY)) return NOT_READY;
    // 1/128 °C a step; what the part cannot have measured is no reading.
    const steps = s16be(reply + 2);
    if (steps < -40 * 128 || steps > 125 * 128) return BAD_DATA;
    out.add(TEMPERATURE, UNIT_CEL, <i64>steps * 78125, -7);
    return 0;
  }
}
