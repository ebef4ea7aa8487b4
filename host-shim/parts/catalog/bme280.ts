import { definePart } from '../define.ts';
import type { Compensated } from '../description.ts';
import { fineOf, H, humidityOf, P, pressureOf, T } from '../formulas/bme280.ts';
import type { PartState } from '../part.ts';

const fine = (part: PartState) => fineOf(part.sample(0xfa) >> 4);
/** Samples of T, P, H; 0: not measured. ctrl_hum counts from the next write of ctrl_meas on (section 5.4.3). */
const timesOf = (part: PartState) =>
  [part.register(0xf4) >> 5, part.register(0xf4) >> 2, part.memory.hum ?? 0].map((osrs) => (1 << (osrs & 7)) >> 1);
/** Most significant byte first; 80000h, 8000h: not measured. */
const data = (bytes: number, which: number, value: Compensated) => {
  const enabled = (part: PartState) => timesOf(part)[which]! > 0;
  return { name: 'data', bytes, order: 'big' as const, reset: 2 ** (8 * bytes - 1), enabled, value };
};
const t: Compensated = { knob: 'temperature', low: 0, high: 0xfffff, shift: 4, reading: (raw) => fineOf(raw) / 5120 };
const p = { low: 0x20000, high: 0xe0000, shift: 4, reading: (x: number, part: PartState) => pressureOf(x, fine(part)) };
const h = { low: 0x3000, high: 0xf000, reading: (x: number, part: PartState) => humidityOf(x, fine(part)) };
/** Table 16: the low halves of H4 and H5 share a byte. */
const [H1, H2, H3, H4, H5, H6] = H;

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
  blocks: {
    136: { name: 'dig_T1 to H1', layout: 'HhhHhhhhhhhhxB', values: [...T, ...P, H1] },
    225: { name: 'dig_H2 to H6', layout: 'hBbBbb', values: [H2, H3, H4 >> 4, (H5 << 4) | (H4 & 15), H5 >> 4, H6] },
  },
  registers: {
    208: { name: 'id', reset: 0x60, identity: true },
    224: { name: 'reset' },
    242: { name: 'ctrl_hum', writable: 0x07 },
    243: { name: 'status' },
    244: { name: 'ctrl_meas', writable: 0xff, written: (part) => (part.memory.hum = part.register(0xf2)) },
    245: { name: 'config', writable: 0xfd },
    247: data(3, 1, { knob: 'pressure', ...p }),
    250: data(3, 0, t),
    253: data(2, 2, { knob: 'humidity', ...h }),
  },
  // Section 9.1, at most.
  conversion: {
    micros: (part) => timesOf(part).reduce((sum, times, i) => sum + 2300 * times + (i && times ? 575 : 0), 1250),
    modes: { register: 0xf4, mask: 3, once: [1, 2], always: [3], rest: 0 },
    ready: { register: 0xf3, mask: 8, low: true },
  },
  resets: { register: 0xe0, mask: 0xff, equals: 0xb6 },
});
