// {{title}} on SPI: temperature. Datasheet: manufacturer, document and revision. Keys: `bus`, `select`.
import { SpiMode } from 'motekit/runtime/guest';
import { READ, reply, SpiDriver, WRITE } from 'motekit/modules/sensors/assembly/bus';
import { Config } from 'motekit/modules/sensors/assembly/config';
import { BAD_DATA, NOT_READY, WAS_RESET, WRONG_PART } from 'motekit/modules/sensors/assembly/driver';
import { TEMPERATURE, UNIT_CEL } from 'motekit/modules/sensors/assembly/generated/quantities';
import { Records } from 'motekit/modules/sensors/assembly/records';

// Registers: cite their section of the data sheet. Bit 7 of the address reads.
const READ_IDENTITY: u8 = 0x80 | 15;
const CONTROL: u8 = 32;
const IS_THIS_PART: u32 = 0x5a;
/** Power and one conversion. */
const CONVERT_ONCE: u8 = 0x81;
const READY: u32 = 0x01;

const HERTZ: u32 = 1000000;
const IDENTIFY = memory.data<u8>([WRITE, 1, READ_IDENTITY, READ, 1]);
const CONVERT = memory.data<u8>([WRITE, 2, CONTROL, CONVERT_ONCE]);
/** Control, status, result: SPI acknowledges nothing, so what was written must come back. */
const FETCH = memory.data<u8>([WRITE, 1, 0x80 | CONTROL, READ, 4]);

/** At most, in ms. */
const CONVERSION_TIME: i32 = 9;

export class {{class}} extends SpiDriver {
  open(config: Config): i32 {
    this.place(config);
    const fault = this.transfer(SpiMode.Mode0, HERTZ, IDENTIFY, 5, 1);
    return fault ? fault : load<u8>(reply) == IS_THIS_PART ? 0 : WRONG_PART;
  }

  override start(): i32 {
    const fault = this.transfer(SpiMode.Mode0, HERTZ, CONVERT, 4);
    return fault ? fault : CONVERSION_TIME;
  }

  read(out: Records): i32 {
    const fault = this.transfer(SpiMode.Mode0, HERTZ, FETCH, 5, 4);
    if (fault) return fault;
    if (load<u8>(reply) != CONVERT_ONCE) return WAS_RESET;
    if (load<u8>(reply, 1) != READY) return NOT_READY;
    // 0.01 °C a step; what the part cannot have measured is no reading.
    const steps = <i32>load<i16>(reply, 2);
    if (steps < -4000 || steps > 8500) return BAD_DATA;
    out.add(TEMPERATURE, UNIT_CEL, steps, -2);
    return 0;
  }
}
