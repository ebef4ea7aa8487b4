// {{title}}, a converter with a data and a clock line. Datasheet: manufacturer, document and revision. Keys: `data`, `clock`.
import { errorCode, gpio, GpioPull } from 'motekit/runtime/guest';
import { Config } from 'motekit/modules/sensors/assembly/config';
import { BAD_CONFIG, BAD_DATA, Driver, ELEMENT_FAULT, NOT_READY } from 'motekit/modules/sensors/assembly/driver';
import { COUNT, UNIT_COUNT } from 'motekit/modules/sensors/assembly/generated/quantities';
import { Records } from 'motekit/modules/sensors/assembly/records';

const BITS: u32 = 24;
/** One more than bits: the next conversion begins. */
const PULSES: u32 = 25;
/** Half a period of the clock, µs. */
const PULSE: u32 = 1;
/** At most, in ms. */
const CONVERSION_TIME: i32 = 14;

export class {{class}} extends Driver {
  private data: u32 = 0;
  private clock: u32 = 0;

  open(config: Config): i32 {
    this.data = config.number('data', 0, 0, 255);
    this.clock = config.number('clock', 0, 0, 255);
    if (this.data == this.clock) return BAD_CONFIG;
    const fault = gpio.input(this.data, GpioPull.Up);
    return fault ? fault : gpio.write(this.clock, false);
  }

  override start(): i32 {
    return CONVERSION_TIME;
  }

  read(out: Records): i32 {
    // Low: a value is ready.
    const busy = gpio.read(this.data);
    if (busy) return busy < 0 ? errorCode() : NOT_READY;
    const bits = gpio.shift(this.data, this.clock, BITS, PULSES, PULSE);
    if (errorCode()) return errorCode();
    // Behind the last pulse the line is high: a line held low is none of a part.
    if (gpio.read(this.data) != 1) return BAD_DATA;
    const value = ((<i32>bits) << 8) >> 8;
    if (value == 0x7fffff || value == -0x800000) return ELEMENT_FAULT;
    out.add(COUNT, UNIT_COUNT, value, 0);
    return 0;
  }
}
