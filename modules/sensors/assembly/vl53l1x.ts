// STMicroelectronics VL53L1X: distance by time of flight. Datasheet DS12385.
//
// The datasheet documents the bus, the boot and three identity registers; the registers that start and fetch a ranging have
// their names from the header of ST's API, and what the ranging needs first, 91 bytes for the registers 0x002d to 0x0087, is
// ST's and not here: the owner provisions them as the setting `sensors/vl53l1x` (docs: README.md). Without them `open` says
// bad-config. Keys: `bus`, `address` (0x29).
import { settings } from 'motekit/runtime/guest';
import { I2cDriver, READ, reply, WRITE } from './bus';
import { Config } from './config';
import { BAD_CONFIG, BAD_DATA, WRONG_PART } from './driver';
import { DISTANCE, UNIT_M } from './generated/quantities';
import { Records } from './records';

/** Section 4.2, reference registers: Model_ID 0xea at 0x010f, Module_Type 0xcc, Mask_Revision. */
const MODEL: u32 = 0xccea;
const IDENTIFY = memory.data<u8>([WRITE, 2, 0x01, 0x0f, READ, 2]);
/** FIRMWARE__SYSTEM_STATUS: 0 until booted, at most 1.2 ms after power-on (section 3.2). */
const BOOTED = memory.data<u8>([WRITE, 2, 0x00, 0xe5, READ, 1]);
const BLOCK: u32 = 91;
const CONFIGURE = memory.data<u8>([WRITE, 93, 0x00, 0x2d]);
const AT_BLOCK: usize = 4;
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
  open(config: Config): i32 {
    this.place(config, 0x29, 8, 0x77);
    let fault = this.transfer(IDENTIFY, 6, 2);
    if (fault) return fault;
    if (load<u16>(reply) != MODEL) return WRONG_PART;
    fault = this.transfer(BOOTED, 6, 1);
    if (fault) return fault;
    if (!(load<u8>(reply) & 1)) return 2;
    const block = settings.get('sensors/vl53l1x');
    if (block === null || block.length != BLOCK) return BAD_CONFIG;
    const script = heap.alloc(AT_BLOCK + BLOCK);
    memory.copy(script, CONFIGURE, AT_BLOCK);
    memory.copy(script + AT_BLOCK, block.ptr, BLOCK);
    return this.transfer(script, <i32>(AT_BLOCK + BLOCK));
  }

  override start(): i32 {
    const fault = this.transfer(RANGE, 6);
    return fault ? fault : RANGING_TIME;
  }

  read(out: Records): i32 {
    const fault = this.transfer(FETCH, 18, 17);
    if (fault) return fault;
    // Bit 4 of the multiplexer is the interrupt's polarity: 0 is active high.
    const active: u32 = (load<u8>(reply) >> 4) & 1 ? 0 : 1;
    if ((load<u8>(reply, 1) & 1) != active) return BAD_DATA;
    if ((load<u8>(reply, AT_STATUS) & 0x1f) != VALID) return 0;
    out.add(DISTANCE, UNIT_M, bswap<u16>(load<u16>(reply, AT_RANGE)), -3);
    return 0;
  }

  override sleep(): i32 {
    return this.transfer(REST, 6);
  }
}
