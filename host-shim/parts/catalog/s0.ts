import { definePart } from '../define.ts';

/** The pulse output of a meter of 1000 pulses per kWh. */
export const s0 = definePart({
  name: 'S0',
  datasheet: 'EN 62053-31',
  kind: 'pulse',
  bus: 'gpio',
  startMicros: 0,
  knobs: { power: { unit: 'W', min: 0, max: 20_000, start: 0 } },
  hourly: (part) => part.knob('power'),
  micros: 50_000,
});
