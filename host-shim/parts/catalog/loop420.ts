import { definePart } from '../define.ts';

/** A transmitter of 4 to 20 mA across 100 ohms. */
export const loop420 = definePart({
  name: '4-20mA',
  datasheet: 'NAMUR NE 43',
  kind: 'adc',
  bus: 'adc',
  startMicros: 0,
  knobs: { current: { unit: 'A', min: 0, max: 0.024, start: 0.012, noise: 0.00002 } },
  millivolts: (part) => part.knob('current') * 100_000,
});
