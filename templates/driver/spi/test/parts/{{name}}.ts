import { definePart } from 'motekit/testing';

/** The data sheet as data: the tests break and turn this part. */
export const {{name}} = definePart({
  name: '{{title}}',
  datasheet: 'manufacturer, document and revision',
  kind: 'registers',
  bus: 'spi',
  spi: { modes: [0, 3], hertz: 10_000_000, read: 0x80, write: 0x00 },
  startMicros: 2000, // from power to the first answer
  order: 'little',
  knobs: { temperature: { unit: 'Cel', min: -40, max: 85, start: 25, noise: 0.02 } },
  registers: {
    15: { name: 'Identity', reset: 0x5a, identity: true },
    32: { name: 'Control', writable: 0x81 },
    33: { name: 'Status' },
    34: { name: 'Result', bytes: 2, value: { knob: 'temperature', bits: 16, scale: 0.01, signed: true } },
  },
  // Bit 0 of Control starts a conversion; bit 0 of Status tells its end.
  conversion: {
    micros: 8000,
    trigger: { register: 32, mask: 0x01, equals: 0x01 },
    ready: { register: 33, mask: 0x01 },
  },
});
