// STMicroelectronics LIS2DH12: acceleration. Datasheet DocID025056 (DS10119), revision 6.
//
// High resolution (12 bits) at 100 Hz, woken for each reading. Keys: `bus`, `address` (0x18, 0x19), `range` (g: 2, 4, 8, 16; 2).
import { I2cDriver, READ, reply, WRITE } from './bus';
import { Config } from './config';
import { BAD_CONFIG, NOT_READY, PART_FAILED, WAS_RESET, WRONG_PART } from './driver';
import { ACCELERATION, UNIT_M_S2 } from './generated/quantities';
import { Records } from './records';

// Section 7, register mapping; bit 7 of the subaddress counts up (section 6.1.1).
const WHO_AM_I: u8 = 0x0f;
const IDENTITY: u32 = 0x33;
const UP: u8 = 0x80;
const CTRL_REG1: u8 = 0x20;
const CTRL_REG4: u8 = 0x23;
/** CTRL_REG1: 100 Hz or power-down; X, Y, Z on (section 8.8). */
const AWAKE: u8 = 0x57;
const DOWN: u8 = 0x07;
/** CTRL_REG4: BDU, HR (section 8.11); with ST0 instead of HR for the self-test. */
const HIGH_RESOLUTION: u32 = 0x88;
const NORMAL: u8 = 0x80;
const SELF_TEST: u8 = 0x82;
/** STATUS_REG: ZYXDA (section 8.15). */
const READY: u32 = 0x08;

const IDENTIFY = memory.data<u8>([WRITE, 1, WHO_AM_I, READ, 1]);
const WAKE = memory.data<u8>([WRITE, 2, CTRL_REG4, 0, WRITE, 2, CTRL_REG1, AWAKE]);
// CTRL_REG1 to OUT_Z_H, then to sleep.
const FETCH = memory.data<u8>([WRITE, 1, CTRL_REG1 | UP, READ, 14, WRITE, 2, CTRL_REG1, DOWN]);
const SLEEP = memory.data<u8>([WRITE, 2, CTRL_REG1, DOWN]);
const AT_CTRL_REG4: usize = 3;
const AT_STATUS: usize = 7;
const AT_X: usize = 8;

/** Table 11, turn-on: 7 / ODR in high resolution; one more. */
const TURN_ON_TIME: i32 = 80;
const MOST_LATE: u32 = 2;
/** Table 4: the self-test moves each axis by 17 to 360 of the 10-bit steps at ±2 g. */
const LEAST: i32 = 17;
const MOST: i32 = 360;

/** 1 g in 10^-8 m/s². */
const G: i64 = 980665;

export class Lis2dh12 extends I2cDriver {
  private control: u32 = 0;
  /** mg of a step (table 4, sensitivity in high resolution). */
  private step: i64 = 1;
  private testing: u32 = 0;
  private late: u32 = 0;
  private before: StaticArray<i32> = new StaticArray<i32>(3);

  open(config: Config): i32 {
    this.place(config, 0x18, 0x18, 0x19);
    const range = config.number('range', 2, 2, 16);
    if (popcnt(range) != 1) return BAD_CONFIG;
    this.control = HIGH_RESOLUTION | ((ctz(range) - 1) << 4);
    this.step = range == 16 ? 12 : range >> 1;
    this.testing = 0;
    const fault = this.transfer(IDENTIFY, 5, 1);
    return fault ? fault : load<u8>(reply) == IDENTITY ? 0 : WRONG_PART;
  }

  override start(): i32 {
    this.late = 0;
    return this.wake(this.control);
  }

  read(out: Records): i32 {
    const fault = this.fetch(this.control);
    // Fetching put it to sleep: what was late begins anew.
    if (fault == NOT_READY && this.late++ < MOST_LATE) return this.wake(this.control);
    if (fault) return fault;
    const scale = this.step * G;
    out.add(ACCELERATION, UNIT_M_S2, (<i64>load<i16>(reply, AT_X) >> 4) * scale, -8, 'x');
    out.add(ACCELERATION, UNIT_M_S2, (<i64>load<i16>(reply, AT_X + 2) >> 4) * scale, -8, 'y');
    out.add(ACCELERATION, UNIT_M_S2, (<i64>load<i16>(reply, AT_X + 4) >> 4) * scale, -8, 'z');
    return 0;
  }

  override sleep(): i32 {
    return this.transfer(SLEEP, 4);
  }

  /** Section 3.2.4: the electrostatic force moves the mass as table 4 says. The part must lie still. */
  override selftest(): i32 {
    const stage = this.testing;
    this.testing = stage == 2 ? 0 : stage + 1;
    if (stage == 0) return this.wake(NORMAL);
    const fault = this.fetch(stage == 1 ? NORMAL : SELF_TEST);
    if (fault) {
      this.testing = 0;
      return fault;
    }
    for (let axis = 0; axis < 3; axis++) {
      const value = <i32>load<i16>(reply + AT_X + 2 * axis) >> 6;
      if (stage == 1) {
        unchecked((this.before[axis] = value));
        continue;
      }
      const moved = abs(value - unchecked(this.before[axis]));
      if (moved < LEAST || moved > MOST) return PART_FAILED;
    }
    return stage == 1 ? this.wake(SELF_TEST) : 0;
  }

  private wake(control: u32): i32 {
    store<u8>(WAKE, control, AT_CTRL_REG4);
    const fault = this.transfer(WAKE, 8);
    return fault ? fault : TURN_ON_TIME;
  }

  /** `control` is what CTRL_REG4 must still hold. */
  private fetch(control: u32): i32 {
    const fault = this.transfer(FETCH, 9, 14);
    if (fault) return fault;
    if (load<u8>(reply, AT_CTRL_REG4) != control) return WAS_RESET;
    return load<u8>(reply, AT_STATUS) & READY ? 0 : NOT_READY;
  }
}
