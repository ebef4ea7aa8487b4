import { definePart } from '../define.ts';

/** Bridge of a scale; the knob is what the converter counts. */
export const hx711 = definePart({
  name: 'HX711',
  datasheet: 'Avia HX711 (English)',
  kind: 'shift',
  bus: 'gpio',
  startMicros: 400_000,
  knobs: { counts: { unit: 'count', min: -8388608, max: 8388607, start: 0, noise: 50 } },
  bits: 24,
  value: { knob: 'counts', bits: 24, scale: 1, signed: true },
  micros: 100_000, // 10 samples a second
});
