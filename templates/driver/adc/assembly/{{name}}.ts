// {{title}} on an analog input: temperature. Datasheet: manufacturer, document and revision. Keys: `unit`, `channel`.
import { adc, errorCode } from 'motekit/runtime/guest';
import { Config } from 'motekit/modules/sensors/assembly/config';
import { Driver, ELEMENT_FAULT } from 'motekit/modules/sensors/assembly/driver';
import { TEMPERATURE, UNIT_CEL } from 'motekit/modules/sensors/assembly/generated/quantities';
import { Records } from 'motekit/modules/sensors/assembly/records';

/** Of which the converter gives the mean. */
const SAMPLES: u32 = 16;
/** mV at 0 °C; 10 mV for each °C. */
const ZERO: i32 = 500;
/** mV: a sensor that is not there, or its wire, is outside. -40 to 125 °C. */
const LOW: i32 = 100;
const HIGH: i32 = 1750;

export class {{class}} extends Driver {
  private unit: u32 = 0;
  private channel: u32 = 0;

  open(config: Config): i32 {
    this.unit = config.number('unit', 0, 0, 7);
    this.channel = config.number('channel', 0, 0, 31);
    return 0;
  }

  read(out: Records): i32 {
    const millivolts = adc.read(this.unit, this.channel, SAMPLES);
    if (errorCode()) return errorCode();
    if (millivolts < LOW || millivolts > HIGH) return ELEMENT_FAULT;
    out.add(TEMPERATURE, UNIT_CEL, millivolts - ZERO, -1);
    return 0;
  }
}
