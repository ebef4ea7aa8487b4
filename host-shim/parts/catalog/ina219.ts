import { definePart } from '../define.ts';
import { encode, type PartState } from '../part.ts';

const twos = (raw: number) => (raw > 0x7fff ? raw - 0x10000 : raw);
const word = (value: number, signed: boolean) => encode({ bits: 16, scale: 1, signed }, Math.trunc(value));
/** Section 8.5.1: from the shunt's voltage by Calibration. */
const current = (part: PartState) => (twos(part.sample(1)) * part.register(5)) / 4096;

/** Current and voltage; the shunt has 100 milliohms. */
export const ina219 = definePart({
  name: 'INA219',
  datasheet: 'TI SBOS448G',
  kind: 'registers',
  bus: 'i2c',
  addresses: Array.from({ length: 16 }, (_, i) => 0x40 + i),
  startMicros: 40,
  bytes: 2,
  burst: 'words',
  knobs: {
    voltage: { unit: 'V', min: 0, max: 32, start: 5, noise: 0.004 },
    current: { unit: 'A', min: -3.2, max: 3.2, start: 0.1, noise: 0.0001 },
  },
  registers: {
    0: { name: 'Configuration', reset: 0x399f, writable: 0xffff, identity: true },
    1: { name: 'Shunt voltage', value: { knob: 'current', bits: 16, scale: 0.0001, signed: true } }, // 10 uV
    2: { name: 'Bus voltage', value: (part) => part.raw({ knob: 'voltage', bits: 13, scale: 0.004, shift: 3 }) | 2 },
    3: { name: 'Power', value: (part) => word(Math.abs(current(part) * (part.sample(2) >> 3)) / 5000, false) },
    4: { name: 'Current', value: (part) => word(current(part), true) },
    5: { name: 'Calibration', writable: 0xfffe },
  },
  // MODE: triggered or continuous; shunt and bus with 12 bits: twice 532 us.
  conversion: { micros: 1064, modes: { register: 0, mask: 7, once: [1, 2, 3], always: [5, 6, 7] } },
  resets: { register: 0, mask: 0x8000, equals: 0x8000 },
});
