// Texas Instruments TMP117: temperature. Datasheet SNOSD82D.
//
// One-shot conversions of 8 averages (section 7.3.2). Keys: `bus`, `address` (0x48 to 0x4b).
import { I2cDriver, READ, reply, s16be, WRITE } from './bus';
import { Config } from './config';
import { BAD_DATA, NOT_READY, WRONG_PART } from './driver';
import { TEMPERATURE, UNIT_CEL } from './generated/quantities';
import { Records } from './records';

// Section 7.6, register map.
const TEMP_RESULT: u8 = 0x00;
const CONFIGURATION: u8 = 0x01;
const DEVICE_ID: u8 = 0x0f;
/** Bits 11 to 0; the revision is above. */
const DID: i32 = 0x117;
/** Data_Ready (section 7.6.3). */
const READY: u32 = 0x2000;

const IDENTIFY = memory.data<u8>([WRITE, 1, DEVICE_ID, READ, 2]);
/** MOD one-shot (11), AVG 8 (01); the same with MOD shutdown (01). */
const CONVERT = memory.data<u8>([WRITE, 3, CONFIGURATION, 0x0c, 0x20]);
const SHUTDOWN = memory.data<u8>([WRITE, 3, CONFIGURATION, 0x04, 0x20]);
const FETCH = memory.data<u8>([WRITE, 1, CONFIGURATION, READ, 2, WRITE, 1, TEMP_RESULT, READ, 2]);

/** Section 6.5: one conversion at most 17.05 ms, 8 of them. */
const CONVERSION_TIME: i32 = 137;

export class Tmp117 extends I2cDriver {
  open(config: Config): i32 {
    this.place(config, 0x48, 0x48, 0x4b);
    const fault = this.transfer(IDENTIFY, 5, 2);
    return fault ? fault : (s16be(reply) & 0xfff) == DID ? 0 : WRONG_PART;
  }

  override start(): i32 {
    const fault = this.transfer(CONVERT, 5);
    return fault ? fault : CONVERSION_TIME;
  }

  read(out: Records): i32 {
    const fault = this.transfer(FETCH, 10, 4);
    if (fault) return fault;
    if (!(s16be(reply) & READY)) return NOT_READY;
    // Section 7.3.1: 7.8125 m°C a step; 0x8000 before the first conversion. Section 6.3: -55 to 150 °C.
    const steps = s16be(reply + 2);
    if (steps < -55 * 128 || steps > 150 * 128) return BAD_DATA;
    out.add(TEMPERATURE, UNIT_CEL, <i64>steps * 78125, -7);
    return 0;
  }

  override sleep(): i32 {
    return this.transfer(SHUTDOWN, 5);
  }
}
