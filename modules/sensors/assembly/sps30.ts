// Sensirion SPS30: particulate matter. Datasheet SPS30, version 1.0.
//
// It measures all the time, once a second, its fan running (section 4.1); values as integers of 16 bits (section 6.3.1,
// firmware 2.0 and later). Keys: `bus`.
import { I2cDriver, READ, reply, STOP, WRITE } from './bus';
import { Config } from './config';
import { BAD_CHECKSUM, PART_FAILED, WRONG_PART } from './driver';
import {
  MASS_CONCENTRATION,
  NUMBER_CONCENTRATION,
  PARTICLE_SIZE,
  UNIT_M,
  UNIT_PER_CM3,
  UNIT_UG_M3,
} from './generated/quantities';
import { Records } from './records';
import { word, wordsHold } from './sensirion';

const ADDRESS: i32 = 0x69;

// Section 6.3, commands ("set pointer" ends in a STOP, section 6.2).
const WAKE_UP = memory.data<u8>([WRITE, 2, 0x11, 0x03]);
/** Twice: the first only wakes the interface (section 6.3.6). */
const STOP_MEASUREMENT = memory.data<u8>([WRITE, 2, 0x01, 0x04]);
const PRODUCT_TYPE = memory.data<u8>([WRITE, 2, 0xd0, 0x02, STOP, READ, 12]);
/** Output format 0x05: big-endian unsigned 16-bit integers; its CRC. */
const START = memory.data<u8>([WRITE, 5, 0x00, 0x10, 0x05, 0x00, 0xf6]);
const READ_VALUES = memory.data<u8>([WRITE, 2, 0x03, 0x00, STOP, READ, 30]);
const READ_STATUS = memory.data<u8>([WRITE, 2, 0xd2, 0x06, STOP, READ, 6]);
const SLEEP = memory.data<u8>([WRITE, 2, 0x10, 0x01]);

/** Section 6.3.1 to 6.3.3: commands take at most 20 ms. */
const COMMAND_TIME: i32 = 20;
/** Table 1, start-up time at 200 to 3000 particles per cm3: 8 s. */
const START_TIME: i32 = 8000;
/** Section 4.4, status register: speed, laser, fan. */
const BROKEN: u32 = (1 << 21) | (1 << 5) | (1 << 4);

export class Sps30 extends I2cDriver {
  private step: u32 = 0;
  private running: bool = false;

  open(config: Config): i32 {
    this.place(config, ADDRESS);
    this.running = false;
    const step = this.step;
    this.step = step == 5 ? 0 : step + 1;
    // A part that is awake or idle refuses what it does not need.
    if (step == 0) {
      this.transfer(WAKE_UP, 4);
      return 1;
    }
    if (step == 1) {
      this.transfer(WAKE_UP, 4);
      return COMMAND_TIME;
    }
    if (step == 2) {
      this.transfer(STOP_MEASUREMENT, 4);
      return COMMAND_TIME;
    }
    if (step == 5) return 0;
    const fault = step == 3 ? this.identify() : this.transfer(START, 7);
    if (fault) this.step = 0;
    return fault ? fault : step == 3 ? 1 : COMMAND_TIME;
  }

  override start(): i32 {
    if (this.running) return 0;
    this.running = true;
    return START_TIME;
  }

  read(out: Records): i32 {
    const fault = this.fetch(READ_VALUES, 10);
    if (fault) return fault;
    // Table 4: mass in µg/m³, number in 1/cm³ from PM0.5 on, typical size in nm.
    out.add(MASS_CONCENTRATION, UNIT_UG_M3, word(reply, 0), 0, '1.0');
    out.add(MASS_CONCENTRATION, UNIT_UG_M3, word(reply, 1), 0, '2.5');
    out.add(MASS_CONCENTRATION, UNIT_UG_M3, word(reply, 2), 0, '4.0');
    out.add(MASS_CONCENTRATION, UNIT_UG_M3, word(reply, 3), 0, '10');
    out.add(NUMBER_CONCENTRATION, UNIT_PER_CM3, word(reply, 4), 0, '0.5');
    out.add(NUMBER_CONCENTRATION, UNIT_PER_CM3, word(reply, 5), 0, '1.0');
    out.add(NUMBER_CONCENTRATION, UNIT_PER_CM3, word(reply, 6), 0, '2.5');
    out.add(NUMBER_CONCENTRATION, UNIT_PER_CM3, word(reply, 7), 0, '4.0');
    out.add(NUMBER_CONCENTRATION, UNIT_PER_CM3, word(reply, 8), 0, '10');
    out.add(PARTICLE_SIZE, UNIT_M, word(reply, 9), -9);
    return 0;
  }

  override sleep(): i32 {
    const fault = this.transfer(STOP_MEASUREMENT, 4);
    return fault ? fault : this.transfer(SLEEP, 4);
  }

  override selftest(): i32 {
    const fault = this.fetch(READ_STATUS, 2);
    return fault ? fault : ((word(reply, 0) << 16) | word(reply, 1)) & BROKEN ? PART_FAILED : 0;
  }

  /** Section 6.3.9: "00080000". */
  private identify(): i32 {
    const fault = this.fetch(PRODUCT_TYPE, 4);
    if (fault) return fault;
    return word(reply, 0) == 0x3030 && word(reply, 1) == 0x3038 && word(reply, 2) == 0x3030 && word(reply, 3) == 0x3030
      ? 0
      : WRONG_PART;
  }

  private fetch(script: usize, words: u32): i32 {
    const fault = this.transfer(script, 7, 3 * words);
    return fault ? fault : wordsHold(reply, words) ? 0 : BAD_CHECKSUM;
  }
}
