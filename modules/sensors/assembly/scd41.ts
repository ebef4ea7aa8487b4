// Sensirion SCD41: carbon dioxide by photoacoustics, temperature, humidity. Datasheet SCD4x, version 1.5.
//
// One measurement on demand, 5 s, which SCD40 cannot do: get_sensor_variant tells them apart. Keys: `bus`.
import { DELAY, I2cDriver, READ, reply, WRITE } from './bus';
import { Config } from './config';
import { BAD_CHECKSUM, BAD_DATA, PART_FAILED, WRONG_PART } from './driver';
import {
  CARBON_DIOXIDE,
  RELATIVE_HUMIDITY,
  TEMPERATURE,
  UNIT_CEL,
  UNIT_PERCENT_RH,
  UNIT_PPM,
} from './generated/quantities';
import { Records } from './records';
import { linear, word, wordsHold } from './sensirion';

const ADDRESS: i32 = 0x62;

// Table 9, commands; 1 ms between a command and its answer.
const WAKE_UP = memory.data<u8>([WRITE, 2, 0x36, 0xf6]);
const STOP_PERIODIC = memory.data<u8>([WRITE, 2, 0x3f, 0x86]);
const SENSOR_VARIANT = memory.data<u8>([WRITE, 2, 0x20, 0x2f, DELAY, 0xe8, 3, READ, 3]);
const MEASURE_SINGLE_SHOT = memory.data<u8>([WRITE, 2, 0x21, 0x9d]);
const READ_MEASUREMENT = memory.data<u8>([WRITE, 2, 0xec, 0x05, DELAY, 0xe8, 3, READ, 9]);
const POWER_DOWN = memory.data<u8>([WRITE, 2, 0x36, 0xe0]);
const SELF_TEST = memory.data<u8>([WRITE, 2, 0x36, 0x39]);
const SELF_TEST_RESULT = memory.data<u8>([READ, 3]);

/** Table 9: wake_up 30 ms, stop_periodic_measurement 500 ms, measure_single_shot 5000 ms, perform_self_test 10000 ms. */
const WAKE_TIME: i32 = 30;
const STOP_TIME: i32 = 500;
const MEASURING_TIME: i32 = 5000;
const SELF_TEST_TIME: i32 = 10000;
/** get_sensor_variant, bits 15 to 12: SCD41 is 1, SCD43 5. */
const SCD41: u32 = 1;
const SCD43: u32 = 5;

export class Scd41 extends I2cDriver {
  private step: u32 = 0;
  private testing: bool = false;

  open(config: Config): i32 {
    this.place(config, ADDRESS);
    this.testing = false;
    // A part that was measuring periodically refuses all but a stop; one that sleeps acknowledges nothing, not even wake_up.
    const step = this.step;
    this.step = step == 2 ? 0 : step + 1;
    if (step == 0) {
      this.transfer(WAKE_UP, 4);
      return WAKE_TIME;
    }
    const fault = step == 1 ? this.transfer(STOP_PERIODIC, 4) : this.identify();
    if (fault) this.step = 0;
    return fault ? fault : step == 1 ? STOP_TIME : 0;
  }

  override start(): i32 {
    const fault = this.transfer(MEASURE_SINGLE_SHOT, 4);
    return fault ? fault : MEASURING_TIME;
  }

  read(out: Records): i32 {
    const fault = this.fetch(READ_MEASUREMENT, 3);
    if (fault) return fault;
    const ppm = word(reply, 0);
    // Table 1: output range 0 to 40,000 ppm; the first word is 0 when nothing was measured.
    if (ppm == 0 || ppm > 40000) return BAD_DATA;
    out.add(CARBON_DIOXIDE, UNIT_PPM, ppm, 0);
    // Section 3.6.2.
    out.add(TEMPERATURE, UNIT_CEL, linear(word(reply, 1), 175000, -45000), -3);
    out.add(RELATIVE_HUMIDITY, UNIT_PERCENT_RH, linear(word(reply, 2), 100000, 0), -3);
    return 0;
  }

  override sleep(): i32 {
    return this.transfer(POWER_DOWN, 4);
  }

  /** Section 3.10.3: 0 when no malfunction was found. */
  override selftest(): i32 {
    this.testing = !this.testing;
    if (this.testing) {
      const fault = this.transfer(SELF_TEST, 4);
      return fault ? fault : SELF_TEST_TIME;
    }
    const fault = this.transfer(SELF_TEST_RESULT, 2, 3);
    if (fault) return fault;
    return !wordsHold(reply, 1) ? BAD_CHECKSUM : word(reply, 0) ? PART_FAILED : 0;
  }

  private identify(): i32 {
    const fault = this.fetch(SENSOR_VARIANT, 1);
    if (fault) return fault;
    const variant = word(reply, 0) >> 12;
    return variant == SCD41 || variant == SCD43 ? 0 : WRONG_PART;
  }

  private fetch(script: usize, words: u32): i32 {
    const fault = this.transfer(script, 9, 3 * words);
    return fault ? fault : wordsHold(reply, words) ? 0 : BAD_CHECKSUM;
  }
}
