import { definePart } from '../define.ts';
import type { Compensated } from '../description.ts';
import { P, pressureOf, T, temperatureOf } from '../formulas/bmp390.ts';
import type { PartState } from '../part.ts';

const data = (knob: string, reading: Compensated['reading']) => {
  const wasRead = (part: PartState) => part.clear(3, 0x60); // drdy (section 4.3.3)
  return { name: 'data', bytes: 3, reset: 0x800000, value: { knob, low: 0x200000, high: 0xf00000, reading }, wasRead };
};

/** Pressure, temperature. */
export const bmp390 = definePart({
  name: 'BMP390',
  datasheet: 'Bosch BST-BMP390-DS002, 1.7',
  kind: 'registers',
  bus: 'i2c',
  addresses: [0x76, 0x77],
  startMicros: 2000, // table 1
  order: 'little',
  knobs: {
    temperature: { unit: 'Cel', min: -40, max: 85, start: 25, noise: 0.003 },
    pressure: { unit: 'Pa', min: 30000, max: 125000, start: 101325, noise: 0.9 },
  },
  blocks: {
    29: { name: 'ODR, CONFIG', layout: 'Bxb', writable: true },
    49: { name: 'NVM_PAR', layout: 'HHb hhbb HHbb hbb', values: [...T, ...P] },
  },
  registers: {
    0: { name: 'CHIP_ID', reset: 0x60, identity: true },
    1: { name: 'REV_ID, ERR_REG', bytes: 2, reset: 0x0001 },
    3: { name: 'STATUS', reset: 0x10 },
    4: data('pressure', (raw, part) => pressureOf(raw, temperatureOf(part.sample(7)))),
    7: data('temperature', temperatureOf),
    27: { name: 'PWR_CTRL', writable: 0x33 },
    28: { name: 'OSR', reset: 0x02, writable: 0x3f },
    126: { name: 'CMD' },
  },
  conversion: {
    // Section 3.9.2 by OSR: pressure and temperature.
    micros: (part) => 234 + 392 + 2020 * 2 ** (part.register(28) & 7) + 163 + 2020 * 2 ** (part.register(28) >> 3),
    modes: { register: 0x1b, mask: 0x33, once: [0x13, 0x23], always: [0x33], rest: 0x03 },
    ready: { register: 0x03, mask: 0x60 },
  },
  resets: { register: 0x7e, mask: 0xff, equals: 0xb6 },
});
