// Microchip (Atmel) AT24Cxx: EEPROM. Datasheets AT24C02C (DS20006091) and AT24C32E/AT24C256C.
//
// `readAt` and `writeAt` for modules that keep something; as a sensor it tells up to 8 bytes as one number. Keys: `bus`,
// `address` (0x50 to 0x57), `size` (bytes: a power of two, 128 to 65536; 256), `page` (bytes of one write: 8 to 128; 8),
// `offset`, `length` (1 to 8) of the number.
import { I2cDriver, READ, reply, WRITE } from './bus';
import { Config } from './config';
import { BAD_CONFIG } from './driver';
import { DATA_CONTAINER, UNIT_NONE } from './generated/quantities';
import { Records } from './records';

/** Self-timed write cycle, at most (AT24C02C, section 4.4): 5 ms. Until then the part acknowledges nothing. */
export const WRITE_TIME: i32 = 5;
const MAX_PAGE: i32 = 128;
const SCRIPT = memory.data(5 + 128);

export class At24 extends I2cDriver {
  private size: i32 = 0;
  private page: i32 = 0;
  private offset: i32 = 0;
  private length: i32 = 0;

  open(config: Config): i32 {
    this.place(config, 0x50, 0x50, 0x57);
    this.size = config.number('size', 256, 128, 65536);
    this.page = config.number('page', 8, 8, MAX_PAGE);
    this.offset = config.number('offset', 0, 0, 65535);
    this.length = config.number('length', 1, 1, 8);
    // 4 to 16 kbit take the address's high bits in the bus address: not done here.
    if (popcnt(this.size) != 1 || (this.size > 256 && this.size < 4096) || popcnt(this.page) != 1) return BAD_CONFIG;
    if (this.offset + this.length > this.size) return BAD_CONFIG;
    return this.transfer(SCRIPT, 0);
  }

  read(out: Records): i32 {
    const fault = this.readAt(this.offset, this.length);
    if (fault) return fault;
    let value: u64 = 0;
    for (let i = 0; i < this.length; i++) value = (value << 8) | load<u8>(reply + i);
    out.add(DATA_CONTAINER, UNIT_NONE, <i64>value, 0);
    return 0;
  }

  /** 1 to 255 bytes, at `reply`. 0 or a fault: BAD_CONFIG beyond the part. */
  readAt(offset: i32, length: i32): i32 {
    if (offset < 0 || length < 1 || length > 255 || offset + length > this.size) return BAD_CONFIG;
    const at = this.begin(offset, 0);
    store<u8>(at, READ);
    store<u8>(at, <u8>length, 1);
    return this.transfer(SCRIPT, <i32>(at + 2 - SCRIPT), length);
  }

  /**
   * Writes what of `length` bytes is in the page of `offset` (a write wraps at its end): the number of bytes, or a fault. The
   * rest WRITE_TIME later.
   */
  writeAt(offset: i32, from: usize, length: i32): i32 {
    if (offset < 0 || length < 1 || offset + length > this.size) return BAD_CONFIG;
    const count = min(length, this.page - (offset & (this.page - 1)));
    const at = this.begin(offset, count);
    memory.copy(at, from, count);
    const fault = this.transfer(SCRIPT, <i32>(at + count - SCRIPT));
    return fault ? fault : count;
  }

  /** A write of the word address and `count` bytes more: where they go. */
  private begin(offset: i32, count: i32): usize {
    const wide = this.size > 256;
    store<u8>(SCRIPT, WRITE);
    store<u8>(SCRIPT, <u8>(count + (wide ? 2 : 1)), 1);
    if (wide) store<u16>(SCRIPT, bswap<u16>(<u16>offset), 2);
    else store<u8>(SCRIPT, <u8>offset, 2);
    return SCRIPT + (wide ? 4 : 3);
  }
}
