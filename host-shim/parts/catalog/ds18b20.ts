import { definePart } from '../define.ts';
import { encode } from '../part.ts';

/** Temperature on 1-Wire; the user bytes of its EEPROM are 4Bh and 46h. */
export const ds18b20 = definePart({
  name: 'DS18B20',
  datasheet: 'Maxim 19-7487, 6',
  kind: 'one-wire',
  bus: 'one-wire',
  family: 0x28,
  startMicros: 10_000,
  knobs: { temperature: { unit: 'Cel', min: -55, max: 125, start: 25, noise: 0.06 } },
  functions: {
    68: {
      micros: 750_000,
      run: (part) => {
        const scale = 1 / 16;
        part.memory.raw = encode({ knob: 'temperature', bits: 16, scale, signed: true }, part.knob('temperature'));
      },
    },
    78: {
      parameters: 3,
      run: (part, [high, low, config]) => Object.assign(part.memory, { high, low, config }),
    },
    190: {
      answer: ({ memory: { raw = 0x0550, high = 0x4b, low = 0x46, config = 0x7f } }) => [
        ...[raw & 0xff, raw >> 8, high, low, config, 0xff, 0x0c, 0x10], // figure 9
      ],
    },
  },
});
