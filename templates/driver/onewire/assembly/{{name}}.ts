// {{title}} on 1-Wire: temperature. Datasheet: manufacturer, document and revision. Keys: `bus`; it is alone there.
import { oneWireTransfer, READ, reply, STOP, WRITE } from 'motekit/modules/sensors/assembly/bus';
import { Config } from 'motekit/modules/sensors/assembly/config';
import { crc8Maxim } from 'motekit/modules/sensors/assembly/crc';
import { BAD_CHECKSUM, BAD_DATA, Driver, WAS_RESET, WRONG_PART } from 'motekit/modules/sensors/assembly/driver';
import { TEMPERATURE, UNIT_CEL } from 'motekit/modules/sensors/assembly/generated/quantities';
import { Records } from 'motekit/modules/sensors/assembly/records';

const FAMILY: u32 = 0x29;
// ROM and function commands, each behind a reset.
const READ_ROM: u8 = 0x33;
const SKIP_ROM: u8 = 0xcc;
const CONVERT_T: u8 = 0x44;
const READ_SCRATCHPAD: u8 = 0xbe;

const IDENTIFY = memory.data<u8>([STOP, WRITE, 1, READ_ROM, READ, 8]);
const CONVERT = memory.data<u8>([STOP, WRITE, 2, SKIP_ROM, CONVERT_T]);
const FETCH = memory.data<u8>([STOP, WRITE, 2, SKIP_ROM, READ_SCRATCHPAD, READ, 8]);

/** At most, in ms. */
const CONVERSION_TIME: i32 = 101;

export class {{class}} extends Driver {
  private bus: u32 = 0;

  open(config: Config): i32 {
    this.bus = config.number('bus', 0, 0, 7);
    const fault = oneWireTransfer(this.bus, IDENTIFY, 6, 8);
    if (fault) return fault;
    if (crc8Maxim(reply, 7) != load<u8>(reply, 7)) return BAD_CHECKSUM;
    return load<u8>(reply) == FAMILY ? 0 : WRONG_PART;
  }

  override start(): i32 {
    const fault = oneWireTransfer(this.bus, CONVERT, 5);
    return fault ? fault : CONVERSION_TIME;
  }

  read(out: Records): i32 {
    const fault = oneWireTransfer(this.bus, FETCH, 7, 8);
    if (fault) return fault;
    if (crc8Maxim(reply, 7) != load<u8>(reply, 7)) return BAD_CHECKSUM;
    // A line that is held low reads as zeros, whose CRC is right.
    if (load<u8>(reply, 3) != 0xff) return BAD_DATA;
    if (load<u8>(reply, 2) != 1) return WAS_RESET;
    // 1/16 °C a step; what the part cannot have measured is no reading.
    const steps = <i32>load<i16>(reply);
    if (steps < -55 * 16 || steps > 125 * 16) return BAD_DATA;
    out.add(TEMPERATURE, UNIT_CEL, steps * 625, -4);
    return 0;
  }
}
