import { definePart } from '../description.ts';
import type { PartState } from '../part.ts';
import { invert } from './invert.ts';

/** Trimming coefficients as parts have them (section 8.4). */
const [T1, T2, T3] = [27620, 19059, -7];
const [P1, P2, P3, P4, P5, P6, P7, P8, P9, P10, P11] = [-1133, -1924, 35, 0, 25032, 30283, -13, -10, 16414, 24, -60];

/** Sections 8.4 to 8.6 of the data sheet, in floating point. */
export function temperatureOf(raw: number): number {
  const d = raw - T1 * 2 ** 8;
  return d * (T2 / 2 ** 30) + d * d * (T3 / 2 ** 48);
}

export function pressureOf(raw: number, t: number): number {
  const offset = P5 * 8 + (P6 / 2 ** 6) * t + (P7 / 2 ** 8) * t ** 2 + (P8 / 2 ** 15) * t ** 3;
  const gain =
    (P1 - 2 ** 14) / 2 ** 20 + ((P2 - 2 ** 14) / 2 ** 29) * t + (P3 / 2 ** 32) * t ** 2 + (P4 / 2 ** 37) * t ** 3;
  return offset + raw * gain + raw ** 2 * (P9 / 2 ** 48 + (P10 / 2 ** 48) * t) + raw ** 3 * (P11 / 2 ** 65);
}

const rawT = (part: PartState) => invert(part.knob('temperature'), 0x200000, 0xf00000, temperatureOf);
const rawP = (part: PartState) => {
  const t = temperatureOf(rawT(part));
  return invert(part.knob('pressure'), 0x200000, 0xf00000, (raw) => pressureOf(raw, t));
};

const word = (name: string, value: number) => ({ name, bytes: 2, reset: value & 0xffff });
const byte = (name: string, value: number) => ({ name, reset: value & 0xff });

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
  registers: {
    0: { name: 'CHIP_ID', reset: 0x60, identity: true },
    1: { name: 'REV_ID', reset: 0x01 },
    2: { name: 'ERR_REG' },
    3: { name: 'STATUS', reset: 0x10 },
    4: { name: 'PRESS_DATA', bytes: 3, reset: 0x800000, value: rawP },
    7: { name: 'TEMP_DATA', bytes: 3, reset: 0x800000, value: rawT },
    27: { name: 'PWR_CTRL', writable: 0x03 }, // the mode falls back to sleep
    28: { name: 'OSR', reset: 0x02, writable: 0x3f },
    31: { name: 'CONFIG', writable: 0x0e },
    49: word('T1', T1),
    51: word('T2', T2),
    53: byte('T3', T3),
    54: word('P1', P1),
    56: word('P2', P2),
    58: byte('P3', P3),
    59: byte('P4', P4),
    60: word('P5', P5),
    62: word('P6', P6),
    64: byte('P7', P7),
    65: byte('P8', P8),
    66: word('P9', P9),
    68: byte('P10', P10),
    69: byte('P11', P11),
  },
  conversion: {
    // Section 3.9.2 by OSR: pressure and temperature.
    micros: (part) => 234 + 392 + 2020 * 2 ** (part.register(28) & 7) + 163 + 2020 * 2 ** (part.register(28) >> 3),
    trigger: { register: 0x1b, mask: 0x33, equals: 0x13 },
    ready: { register: 0x03, mask: 0x60 },
  },
});
