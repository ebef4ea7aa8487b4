// A transmitter of 4 to 20 mA, as a voltage across a shunt: NAMUR NE 43 for what lies outside.
//
// Keys: `unit`, `channel` (of the converter), `shunt` (mΩ, 100000), `samples` (of a mean, 16).
import { adc, errorCode } from 'motekit/runtime/guest';
import { Config } from './config';
import { Driver, ELEMENT_FAULT } from './driver';
import { CURRENT, LEVEL, UNIT_A, UNIT_RATIO } from './generated/quantities';
import { Records } from './records';

/** NE 43, µA: a fault of the transmitter or the wire is told by 3.6 mA and less, or 21 mA and more. */
const BREAK: i64 = 3600;
const OVERLOAD: i64 = 21000;

export class Loop420 extends Driver {
  private unit: u32 = 0;
  private channel: u32 = 0;
  private shunt: i32 = 0;
  private samples: u32 = 0;

  open(config: Config): i32 {
    this.unit = config.number('unit', 0, 0, 7);
    this.channel = config.number('channel', 0, 0, 31);
    this.shunt = config.number('shunt', 100000, 1000, 1000000);
    this.samples = config.number('samples', 16, 1, 256);
    return 0;
  }

  read(out: Records): i32 {
    const millivolts = adc.read(this.unit, this.channel, this.samples);
    if (errorCode()) return errorCode();
    const microamperes = (<i64>millivolts * 1000000) / this.shunt;
    if (microamperes <= BREAK || microamperes >= OVERLOAD) return ELEMENT_FAULT;
    out.add(CURRENT, UNIT_A, microamperes, -6);
    // (I - 4 mA) / 16 mA.
    out.add(LEVEL, UNIT_RATIO, (microamperes - 4000) * 625, -7);
    return 0;
  }
}
