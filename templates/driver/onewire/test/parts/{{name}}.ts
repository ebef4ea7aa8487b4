import { definePart } from 'motekit/testing';

/** Steps of 1/16 °C, as the part has them after the last conversion. */
const steps = (celsius: number) => Math.min(125 * 16, Math.max(-55 * 16, Math.round(celsius * 16)));

/** The data sheet as data: the tests break and turn this part. */
export const {{name}} = definePart({
  name: '{{title}}',
  datasheet: 'manufacturer, document and revision',
  kind: 'one-wire',
  bus: 'one-wire',
  family: 0x29, // the first byte of its ROM code
  startMicros: 10_000,
  knobs: { temperature: { unit: 'Cel', min: -55, max: 125, start: 25, noise: 0.06 } },
  functions: {
    0x44: {
      micros: 100_000,
      run: (part) => {
        part.memory.steps = steps(part.knob('temperature'));
        part.memory.converted = 1;
      },
    },
    // The scratchpad: the value, whether there was a conversion since power-up, 4 bytes that are FFh; a CRC follows by itself.
    0xbe: {
      answer: ({ memory: { steps: raw = 0, converted = 0 } }) => [
        ...[raw & 0xff, (raw >> 8) & 0xff, converted],
        ...[255, 255, 255, 255],
      ],
    },
  },
});
