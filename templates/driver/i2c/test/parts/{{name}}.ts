import { definePart } from 'motekit/testing';

/** The data sheet as data: the tests break and turn this part. */
export const {{name}} = definePart({
  name: '{{title}}',
  datasheet: 'manufacturer, document and revision',
  kind: 'registers',
  bus: 'i2c',
  addresses: [0x48, 0x49],
  startMicros: 1500, // from power to the first answer
  knobs: { temperature: { unit: 'Cel', min: -40, max: 125, start: 25, noise: 0.02 } },
  bytes: 2,
  burst: 'words', // a pointer names a whole register
  registers: {
    0: { name: 'Result', value: { knob: 'temperature', bits: 16, scale: 1 / 128, signed: true } },
    1: { name: 'Configuration', writable: 0x0001 },
    15: { name: 'Identity', reset: 0x0119, identity: true },
  },
  // Bit 0 starts a conversion; bit 15 tells its end.
  conversion: {
    micros: 15_500,
    trigger: { register: 1, mask: 0x0001, equals: 0x0001 },
    ready: { register: 1, mask: 0x8000 },
  },
});
