// Avia HX711: bridge of a scale, 24 bits. Datasheet HX711 (English), Avia Semiconductor.
//
// Channel A at a gain of 128 or 64, 10 samples a second. There is no bus and no identity: the part shows by its data line that
// a value is ready, and that it has been read. Keys: `data`, `clock` (pins), `gain` (128, 64), `offset` (counts of the empty
// scale), `counts` and `grams` (counts for so many grams; 0: the bare counts).
import { errorCode, gpio, GpioPull } from 'motekit/runtime/guest';
import { Config } from './config';
import { BAD_CONFIG, BAD_DATA, Driver, ELEMENT_FAULT, NOT_READY } from './driver';
import { COUNT, MASS, UNIT_COUNT, UNIT_KG } from './generated/quantities';
import { Records } from './records';

/** "Serial interface": 24 bits, then one pulse more for 128, three for 64; high for 0.2 to 50 µs. */
const BITS: u32 = 24;
const PULSE: u32 = 1;
/** Output settling time at 10 samples a second, after power-down and reset. */
const SETTLING_TIME: i32 = 400;
/** One conversion; a tenth for its oscillator. */
const CONVERSION_TIME: i32 = 110;

export class Hx711 extends Driver {
  private data: u32 = 0;
  private clock: u32 = 0;
  private pulses: u32 = 25;
  private offset: i32 = 0;
  private counts: i32 = 0;
  private grams: i32 = 0;
  private waited: bool = false;
  /** Found busy once. */
  private late: bool = false;

  open(config: Config): i32 {
    this.data = config.number('data', 0, 0, 255);
    this.clock = config.number('clock', 0, 0, 255);
    const gain = config.number('gain', 128, 64, 128);
    this.offset = config.number('offset', 0, -8388608, 8388607);
    this.counts = config.number('counts', 0);
    this.grams = config.number('grams', 1, 1);
    if (this.data == this.clock || (gain != 64 && gain != 128)) return BAD_CONFIG;
    this.pulses = gain == 128 ? 25 : 27;
    this.waited = false;
    let fault = gpio.input(this.data, GpioPull.Up);
    if (!fault) fault = gpio.write(this.clock, false);
    return fault;
  }

  override start(): i32 {
    if (this.waited) return 0;
    this.waited = true;
    return SETTLING_TIME;
  }

  read(out: Records): i32 {
    const busy = gpio.read(this.data);
    if (busy < 0) return errorCode();
    if (busy) {
      // Not ready: once, one conversion more.
      this.late = !this.late;
      return this.late ? CONVERSION_TIME : NOT_READY;
    }
    this.late = false;
    const bits = gpio.shift(this.data, this.clock, BITS, this.pulses, PULSE);
    if (errorCode()) return errorCode();
    // Behind the last pulse the line is high: a line held low is none of a part.
    const level = gpio.read(this.data);
    if (level != 1) return level ? errorCode() : BAD_DATA;
    const value = ((<i32>bits) << 8) >> 8;
    // "Output coding": the ends mean beyond the range.
    if (value == 0x7fffff || value == -0x800000) return ELEMENT_FAULT;
    const net = <i64>value - this.offset;
    if (this.counts) out.add(MASS, UNIT_KG, (net * this.grams * 1000) / this.counts, -6);
    else out.add(COUNT, UNIT_COUNT, net, 0);
    return 0;
  }

  /** High for more than 60 µs is power-down. */
  override sleep(): i32 {
    return gpio.write(this.clock, true);
  }
}
