// Maxim (Analog Devices) DS18B20: temperature on 1-Wire. Datasheet 19-7487, revision 6.
//
// 12 bits, powered by its own line or parasitically (the bus driver holds the line high meanwhile). Keys: `bus`; `rom`, 16
// hexadecimal digits as the ROM code comes over the wire (family 28 first), for one of several parts; without it there is
// only one on the bus.
import { fromHex } from '../../lib/assembly/bytes';
import { oneWireTransfer, READ, reply, STOP, WRITE } from './bus';
import { Config } from './config';
import { crc8Maxim } from './crc';
import { BAD_CHECKSUM, BAD_CONFIG, BAD_DATA, Driver, WAS_RESET, WRONG_PART } from './driver';
import { TEMPERATURE, UNIT_CEL } from './generated/quantities';
import { Records } from './records';

const FAMILY: u32 = 0x28;
// ROM and function commands; each behind a reset ("Transaction sequence").
const READ_ROM: u8 = 0x33;
const MATCH_ROM: u8 = 0x55;
const CONVERT_T: u8 = 0x44;
const WRITE_SCRATCHPAD: u8 = 0x4e;
const READ_SCRATCHPAD: u8 = 0xbe;
/** Configuration register: 12 bits (table 2). */
const BITS_12: u8 = 0x7f;
/**
 * Written to T_H and T_L, which alarms would use, and never copied to the EEPROM: a part that lost its supply has others, and
 * so its 85 °C of power-on is known from a true one.
 */
const MARK_HIGH: u8 = 0x6d;
const MARK_LOW: u8 = 0x96;

const ASK_ROM = memory.data<u8>([STOP, WRITE, 1, READ_ROM, READ, 8]);
/** Where the ROM code stands in the scripts that follow. */
const ROM: usize = 4;
const CONFIGURE = memory.data<u8>([
  STOP,
  WRITE,
  13,
  MATCH_ROM,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  WRITE_SCRATCHPAD,
  MARK_HIGH,
  MARK_LOW,
  BITS_12,
]);
const CONVERT = memory.data<u8>([STOP, WRITE, 10, MATCH_ROM, 0, 0, 0, 0, 0, 0, 0, 0, CONVERT_T]);
const FETCH = memory.data<u8>([STOP, WRITE, 10, MATCH_ROM, 0, 0, 0, 0, 0, 0, 0, 0, READ_SCRATCHPAD, READ, 9]);

/** Table 2: at most 750 ms. */
const CONVERSION_TIME: i32 = 750;

export class Ds18b20 extends Driver {
  private bus: u32 = 0;
  private rom: usize = heap.alloc(8);

  open(config: Config): i32 {
    this.bus = config.number('bus', 0, 0, 7);
    const named = config.find('rom');
    if (named !== null) {
      if (named.length != 16 || !fromHex(this.rom, named.ptr, 8)) return BAD_CONFIG;
    } else {
      const fault = oneWireTransfer(this.bus, ASK_ROM, 6, 8);
      if (fault) return fault;
      memory.copy(this.rom, reply, 8);
    }
    // A line held low reads as zeros, whose CRC is right.
    if (crc8Maxim(this.rom, 7) != load<u8>(this.rom, 7)) return BAD_CHECKSUM;
    if (load<u8>(this.rom) != FAMILY) return WRONG_PART;
    return this.run(CONFIGURE, 16, 0);
  }

  override start(): i32 {
    const fault = this.run(CONVERT, 13, 0);
    return fault ? fault : CONVERSION_TIME;
  }

  read(out: Records): i32 {
    const fault = this.run(FETCH, 15, 9);
    if (fault) return fault;
    if (crc8Maxim(reply, 8) != load<u8>(reply, 8)) return BAD_CHECKSUM;
    // Figure 9, scratchpad: temperature, T_H, T_L, configuration, FFh, -, 10h.
    if (load<u8>(reply, 5) != 0xff || load<u8>(reply, 7) != 0x10) return BAD_DATA;
    if (load<u8>(reply, 2) != MARK_HIGH || load<u8>(reply, 3) != MARK_LOW) return WAS_RESET;
    // Table 1: 1/16 °C; -55 to 125 °C.
    const steps = <i32>load<i16>(reply);
    if (steps < -55 * 16 || steps > 125 * 16) return BAD_DATA;
    out.add(TEMPERATURE, UNIT_CEL, steps * 625, -4);
    return 0;
  }

  private run(script: usize, length: i32, expect: i32): i32 {
    memory.copy(script + ROM, this.rom, 8);
    return oneWireTransfer(this.bus, script, length, expect);
  }
}
