// Texas Instruments ADS1115: four inputs of 16 bits. Datasheet SBAS444D.
//
// Single-shot conversions against ground: of one input at 128 samples a second, of several at 860, all in one transfer, which
// takes 1.3 ms each. It has no identity register: what was written to Config must come back. Keys: `bus`, `address` (0x48 to 0x4b), `channels` (bit for each input,
// 1), `range` (mV: 256, 512, 1024, 2048, 4096, 6144; 2048).
import { DELAY, I2cDriver, READ, reply, s16be, WRITE } from './bus';
import { Config } from './config';
import { BAD_CONFIG, ELEMENT_FAULT, NOT_READY, WRONG_PART } from './driver';
import { UNIT_V, VOLTAGE } from './generated/quantities';
import { Records } from './records';

// Section 9.6, register map.
const CONVERSION: u8 = 0x00;
const CONFIG: u8 = 0x01;
/** OS: start; when read, idle (table 8). */
const OS: u32 = 0x8000;
/** MUX: AIN0 against GND is 100, then upwards. MODE: single-shot. DR: 128 or 860 SPS. Comparator off. */
const SETTING: u32 = 0x4183;
const FAST: u32 = 0x41e3;

const CONVERT = memory.data<u8>([WRITE, 3, CONFIG, 0, 0]);
const FETCH = memory.data<u8>([WRITE, 1, CONFIG, READ, 2, WRITE, 1, CONVERSION, READ, 2]);
const CHECK = memory.data<u8>([WRITE, 3, CONFIG, 0, 0, WRITE, 1, CONFIG, READ, 2]);
const AT_VALUE: usize = 3;

/** Section 7.5: 128 SPS ± 10 %, after 25 µs; 860 SPS in µs. */
const CONVERSION_TIME: i32 = 9;
const FAST_TIME: u32 = 1310;
/** Config, time, Config and Conversion back, for each input. */
const STEP: usize = 18;
const SWEEP = memory.data(72);

export class Ads1115 extends I2cDriver {
  private channels: u32 = 1;
  private gain: u32 = 0;
  /** One step in 0.1 nV. */
  private step: i64 = 0;

  open(config: Config): i32 {
    this.place(config, 0x48, 0x48, 0x4b);
    this.channels = config.number('channels', 1, 1, 15);
    const range = config.number('range', 2048, 256, 6144);
    // Table 3: PGA 000 is 6.144 V, then 4.096 V halved each time to 101.
    let gain: u32 = 0;
    while (gain < 6 && (gain ? 8192 >> gain : 6144) != range) gain++;
    if (gain == 6) return BAD_CONFIG;
    this.gain = gain;
    this.step = gain ? 78125 << (5 - gain) : 78125 * 24;
    // Without OS: nothing is converted.
    const setting = SETTING | (gain << 9);
    store<u16>(CHECK, bswap<u16>(<u16>setting), AT_VALUE);
    const fault = this.transfer(CHECK, 10, 2);
    return fault ? fault : (s16be(reply) & 0x7fff) == setting ? 0 : WRONG_PART;
  }

  override start(): i32 {
    if (this.several) return 0;
    store<u16>(CONVERT, bswap<u16>(<u16>this.config(SETTING, ctz(this.channels))), AT_VALUE);
    const fault = this.transfer(CONVERT, 5);
    return fault ? fault : CONVERSION_TIME;
  }

  read(out: Records): i32 {
    const fault = this.several ? this.sweep() : this.transfer(FETCH, 10, 4);
    if (fault) return fault;
    let p = reply;
    for (let rest = this.channels; rest; rest &= rest - 1) {
      if (!(s16be(p) & OS)) return NOT_READY;
      const value = s16be(p + 2);
      // The ends mean beyond the range (section 9.5.3).
      if (value == i16.MAX_VALUE || value == i16.MIN_VALUE) return ELEMENT_FAULT;
      out.add(VOLTAGE, UNIT_V, value * this.step, -10, name(ctz(rest)));
      p += 4;
    }
    return 0;
  }

  private get several(): bool {
    return (this.channels & (this.channels - 1)) != 0;
  }

  private sweep(): i32 {
    let p = SWEEP;
    for (let rest = this.channels; rest; rest &= rest - 1) {
      memory.copy(p, CONVERT, AT_VALUE);
      store<u16>(p, bswap<u16>(<u16>this.config(FAST, ctz(rest))), AT_VALUE);
      store<u8>(p, DELAY, 5);
      store<u16>(p, <u16>FAST_TIME, 6);
      memory.copy(p + 8, FETCH, 10);
      p += STEP;
    }
    return this.transfer(SWEEP, <i32>(p - SWEEP), popcnt(this.channels) * 4);
  }

  private config(setting: u32, channel: u32): u32 {
    return OS | setting | (channel << 12) | (this.gain << 9);
  }
}

function name(channel: u32): string {
  return channel == 0 ? '0' : channel == 1 ? '1' : channel == 2 ? '2' : '3';
}
