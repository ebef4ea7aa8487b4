// Sensirion SHT40, SHT41, SHT45: temperature, humidity. Datasheet SHT4x, version 6.
//
// One measurement of high precision (section 4.5). The part has no identity register: its serial number, which comes with
// CRCs, stands for it. Keys: `bus`, `address` (0x44 to 0x46).
import { I2cDriver, READ, reply, STOP, WRITE } from './bus';
import { Config } from './config';
import { BAD_CHECKSUM } from './driver';
import { RELATIVE_HUMIDITY, TEMPERATURE, UNIT_CEL, UNIT_PERCENT_RH } from './generated/quantities';
import { Records } from './records';
import { linear, word, wordsHold } from './sensirion';

// Table 8, commands.
const MEASURE = memory.data<u8>([WRITE, 1, 0xfd]);
const SERIAL = memory.data<u8>([WRITE, 1, 0x89]);
const RESET = memory.data<u8>([WRITE, 1, 0x94]);
const FETCH = memory.data<u8>([READ, 6]);

/** Table 5: at most 8.3 ms. */
const MEASURING_TIME: i32 = 9;
/** Table 5, soft reset: at most 1 ms; the serial number has no time of its own. */
const COMMAND_TIME: i32 = 2;

/** Section 4.6, equation 2: 0.001 °C. */
export function temperature(ticks: u32): i32 {
  return linear(ticks, 175000, -45000);
}

/** Section 4.6, equation 1, cropped to 0 … 100 as there advised: 0.001 %RH. */
export function humidity(ticks: u32): i32 {
  return max(0, min(100000, linear(ticks, 125000, -6000)));
}

export class Sht4x extends I2cDriver {
  private asked: bool = false;

  open(config: Config): i32 {
    this.place(config, 0x44, 0x44, 0x46);
    this.asked = !this.asked;
    if (this.asked) {
      const fault = this.transfer(SERIAL, 3);
      return fault ? fault : COMMAND_TIME;
    }
    return this.fetch();
  }

  override start(): i32 {
    const fault = this.transfer(MEASURE, 3);
    return fault ? fault : MEASURING_TIME;
  }

  read(out: Records): i32 {
    const fault = this.fetch();
    if (fault) return fault;
    out.add(TEMPERATURE, UNIT_CEL, temperature(word(reply, 0)), -3);
    out.add(RELATIVE_HUMIDITY, UNIT_PERCENT_RH, humidity(word(reply, 1)), -3);
    return 0;
  }

  override sleep(): i32 {
    return this.transfer(RESET, 3);
  }

  private fetch(): i32 {
    const fault = this.transfer(FETCH, 2, 6);
    return fault ? fault : wordsHold(reply, 2) ? 0 : BAD_CHECKSUM;
  }
}
