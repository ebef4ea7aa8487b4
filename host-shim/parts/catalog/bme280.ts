import { definePart } from '../description.ts';
import type { PartState } from '../part.ts';
import { invert } from './invert.ts';

/** Trimming parameters (table 16): T and P of the worked example of BMP280's data sheet (section 3.12), H as parts have them. */
const [T1, T2, T3] = [27504, 26435, -1000];
const [P1, P2, P3, P4, P5, P6, P7, P8, P9] = [36477, -10685, 3024, 2855, 140, -7, 15500, -14600, 6000];
const [H1, H2, H3, H4, H5, H6] = [75, 370, 0, 313, 50, 30];

/** Appendix 8.1 of the data sheet, in floating point. */
export function fineOf(raw: number): number {
  const first = (raw / 16384 - T1 / 1024) * T2;
  return first + (raw / 131072 - T1 / 8192) ** 2 * T3;
}

export function pressureOf(raw: number, fine: number): number {
  const t = fine / 2 - 64000;
  const offset = (((t * t * P6) / 32768 + t * P5 * 2) / 4 + P4 * 65536) / 4096;
  const slope = (1 + ((P3 * t * t) / 524288 + P2 * t) / 524288 / 32768) * P1;
  const p = ((1048576 - raw - offset) * 6250) / slope;
  return p + ((P9 * p * p) / 2147483648 + (p * P8) / 32768 + P7) / 16;
}

export function humidityOf(raw: number, fine: number): number {
  const t = fine - 76800;
  const gain = (H2 / 65536) * (1 + (H6 / 67108864) * t * (1 + (H3 / 67108864) * t));
  const h = (raw - (H4 * 64 + (H5 / 16384) * t)) * gain;
  return h * (1 - (H1 * h) / 524288);
}

const rawT = (part: PartState) => invert(part.knob('temperature'), 0, 0xfffff, (raw) => fineOf(raw) / 5120);
const rawP = (part: PartState) => {
  const fine = fineOf(rawT(part));
  return invert(part.knob('pressure'), 0x20000, 0xe0000, (raw) => pressureOf(raw, fine));
};
const rawH = (part: PartState) => {
  const fine = fineOf(rawT(part));
  return invert(part.knob('humidity'), 0x3000, 0xf000, (raw) => humidityOf(raw, fine));
};

const words = (at: number, values: number[]) =>
  Object.fromEntries(values.map((value, i) => [at + 2 * i, { name: `calib${i}`, bytes: 2, reset: value & 0xffff }]));

/** Temperature, pressure, humidity. */
export const bme280 = definePart({
  name: 'BME280',
  datasheet: 'Bosch BST-BME280-DS002, 1.6',
  kind: 'registers',
  bus: 'i2c',
  addresses: [0x76, 0x77],
  startMicros: 2000, // table 1, t_startup
  order: 'little',
  knobs: {
    temperature: { unit: 'Cel', min: -40, max: 85, start: 25, noise: 0.005 },
    pressure: { unit: 'Pa', min: 30000, max: 110000, start: 101325, noise: 1.3 },
    humidity: { unit: '%RH', min: 0, max: 100, start: 50, noise: 0.02 },
  },
  registers: {
    ...words(0x88, [T1, T2, T3, P1, P2, P3, P4, P5, P6, P7, P8, P9]),
    160: { name: 'reserved' },
    161: { name: 'dig_H1', reset: H1 },
    208: { name: 'id', reset: 0x60, identity: true },
    225: { name: 'dig_H2', bytes: 2, reset: H2 },
    227: { name: 'dig_H3', reset: H3 },
    228: { name: 'dig_H4', reset: H4 >> 4 },
    229: { name: 'dig_H4, dig_H5', reset: (H4 & 15) | ((H5 & 15) << 4) },
    230: { name: 'dig_H5', reset: H5 >> 4 },
    231: { name: 'dig_H6', reset: H6 },
    242: { name: 'ctrl_hum', writable: 0x07 },
    243: { name: 'status' },
    244: { name: 'ctrl_meas', writable: 0xfc }, // the mode falls back to sleep
    245: { name: 'config', writable: 0xfd },
    246: { name: 'reserved' },
    // 20 bits, left-justified, most significant first: bytes of their own.
    247: { name: 'press_msb', reset: 0x80, value: (part) => rawP(part) >> 12 },
    248: { name: 'press_lsb', value: (part) => (rawP(part) >> 4) & 0xff },
    249: { name: 'press_xlsb', value: (part) => (rawP(part) & 15) << 4 },
    250: { name: 'temp_msb', reset: 0x80, value: (part) => rawT(part) >> 12 },
    251: { name: 'temp_lsb', value: (part) => (rawT(part) >> 4) & 0xff },
    252: { name: 'temp_xlsb', value: (part) => (rawT(part) & 15) << 4 },
    253: { name: 'hum_msb', reset: 0x80, value: (part) => rawH(part) >> 8 },
    254: { name: 'hum_lsb', value: (part) => rawH(part) & 0xff },
  },
  conversion: {
    micros: 9300, // section 9.1, oversampling 1
    trigger: { register: 0xf4, mask: 3, equals: 1 },
    ready: { register: 0xf3, mask: 8, low: true },
  },
});
