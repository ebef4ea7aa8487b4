// STMicroelectronics VL53L1X: distance by time of flight. Datasheet DS12385.
//
// The datasheet documents the bus, the boot and three identity registers. The rest has names and values from ST's ultra lite
// driver (STSW-IMG009, BSD): 91 bytes of settings for the registers 0x002d to 0x0087 (long distance, 100 ms), of which the
// setting `sensors/vl53l1x` has others when it is there, and the temperature calibration of its start. Keys: `bus`, `address` (0x29).
import { settings } from 'motekit/runtime/guest';
import { I2cDriver, READ, reply, WRITE } from './bus';
import { Config } from './config';
import { BAD_CONFIG, BAD_DATA, NOT_READY, WRONG_PART } from './driver';
import { DISTANCE, UNIT_M } from './generated/quantities';
import { Records } from './records';

/** Section 4.2, reference registers: Model_ID 0xea at 0x010f, Module_Type 0xcc, Mask_Revision. */
const MODEL: u32 = 0xccea;
const IDENTIFY = memory.data<u8>([WRITE, 2, 0x01, 0x0f, READ, 2]);
/** FIRMWARE__SYSTEM_STATUS: 0 until booted, at most 1.2 ms after power-on (section 3.2). */
const BOOTED = memory.data<u8>([WRITE, 2, 0x00, 0xe5, READ, 1]);
const BLOCK: i32 = 91;
/** From 0x002d on: interrupt active high at a new sample (0x30, 0x46), 100 ms (0x5e, 0x61), the whole array (0x80), stopped (0x87). */
// biome-ignore format: bytes in rows
const CONFIGURE = memory.data<u8>([
  WRITE, 93, 0x00, 0x2d,
  0x00, 0x00, 0x00, 0x01, 0x02, 0x00, 0x02, 0x08, 0x00, 0x08, 0x10, 0x01, 0x01,
  0x00, 0x00, 0x00, 0x00, 0xff, 0x00, 0x0f, 0x00, 0x00, 0x00, 0x00, 0x00, 0x20,
  0x0b, 0x00, 0x00, 0x02, 0x0a, 0x21, 0x00, 0x00, 0x05, 0x00, 0x00, 0x00, 0x00,
  0xc8, 0x00, 0x00, 0x38, 0xff, 0x01, 0x00, 0x08, 0x00, 0x00, 0x01, 0xcc, 0x0f,
  0x01, 0xf1, 0x0d, 0x01, 0x68, 0x00, 0x80, 0x08, 0xb8, 0x00, 0x00, 0x00, 0x00,
  0x0f, 0x89, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x0f, 0x0d, 0x0e,
  0x0e, 0x00, 0x00, 0x02, 0xc7, 0xff, 0x9b, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00,
]);
const AT_BLOCK: usize = 4;
/**
 * VHV_CONFIG__TIMEOUT_MACROP_LOOP_BOUND: two bounds for what follows the first ranging; VHV_CONFIG__INIT: begin from the voltage
 * that it found.
 */
const CALIBRATED = memory.data<u8>([WRITE, 3, 0x00, 0x08, 0x09, WRITE, 3, 0x00, 0x0b, 0x00]);
/** SYSTEM__INTERRUPT_CLEAR, then SYSTEM__MODE_START: continuous ranging, or none. */
const RANGE = memory.data<u8>([WRITE, 4, 0x00, 0x86, 0x01, 0x40]);
const REST = memory.data<u8>([WRITE, 4, 0x00, 0x86, 0x01, 0x00]);
/** GPIO_HV_MUX__CTRL and GPIO__TIO_HV_STATUS; RESULT__RANGE_STATUS to the range in mm; then rest. */
const FETCH = memory.data<u8>([
  WRITE,
  2,
  0x00,
  0x30,
  READ,
  2,
  WRITE,
  2,
  0x00,
  0x89,
  READ,
  15,
  WRITE,
  4,
  0x00,
  0x86,
  0x01,
  0x00,
]);
const AT_STATUS: usize = 2;
const AT_RANGE: usize = 15;
/** RESULT__RANGE_STATUS of a valid range; of others there is no distance to tell. */
const VALID: u32 = 9;

/** Table 8: timing budget of 100 ms, and as much for the first. */
const RANGING_TIME: i32 = 200;

export class Vl53l1x extends I2cDriver {
  private calibrating: bool = false;

  open(config: Config): i32 {
    if (this.calibrating) return this.calibrated();
    this.place(config, 0x29, 8, 0x77);
    let fault = this.transfer(IDENTIFY, 6, 2);
    if (fault) return fault;
    if (load<u16>(reply) != MODEL) return WRONG_PART;
    fault = this.transfer(BOOTED, 6, 1);
    if (fault) return fault;
    if (!(load<u8>(reply) & 1)) return 2;
    const block = settings.get('sensors/vl53l1x');
    if (block !== null) {
      if (block.length != BLOCK) return BAD_CONFIG;
      memory.copy(CONFIGURE + AT_BLOCK, block.ptr, BLOCK);
    }
    fault = this.transfer(CONFIGURE, <i32>AT_BLOCK + BLOCK);
    if (!fault) fault = this.transfer(RANGE, 6);
    if (fault) return fault;
    this.calibrating = true;
    return RANGING_TIME;
  }

  override start(): i32 {
    const fault = this.transfer(RANGE, 6);
    return fault ? fault : RANGING_TIME;
  }

  read(out: Records): i32 {
    const fault = this.transfer(FETCH, 18, 17);
    if (fault) return fault;
    if (!this.done()) return BAD_DATA;
    if ((load<u8>(reply, AT_STATUS) & 0x1f) != VALID) return 0;
    out.add(DISTANCE, UNIT_M, bswap<u16>(load<u16>(reply, AT_RANGE)), -3);
    return 0;
  }

  override sleep(): i32 {
    return this.transfer(REST, 6);
  }
  /** The first ranging has calibrated the part to its temperature. */
  private calibrated(): i32 {
    this.calibrating = false;
    const fault = this.transfer(FETCH, 18, 17);
    if (fault) return fault;
    if (!this.done()) return NOT_READY;
    return this.transfer(CALIBRATED, 10);
  }

  /** Bit 4 of the multiplexer is the interrupt's polarity: 0 is active high. */
  private done(): bool {
    return ((load<u8>(reply, 1) ^ (load<u8>(reply) >> 4)) & 1) != 0;
  }
}
