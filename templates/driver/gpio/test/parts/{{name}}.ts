import { definePart } from 'motekit/testing';

/** The data sheet as data: the tests break and turn this part. */
export const {{name}} = definePart({
  name: '{{title}}',
  datasheet: 'manufacturer, document and revision',
  kind: 'shift',
  bus: 'gpio',
  startMicros: 50_000, // from power to the first value
  // The ends mean beyond the range.
  knobs: { counts: { unit: 'count', min: -8388607, max: 8388606, start: 0, noise: 20 } },
  bits: 24,
  value: { knob: 'counts', bits: 24, scale: 1, signed: true },
  micros: 12_500, // 80 values a second
});
