import { definePart } from '../description.ts';

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
    0: {
      name: 'Configuration',
      reset: 0x399f,
      writable: 0xffff,
      identity: true,
      written: (part, value) => value & 0x8000 && part.store(0, 0x399f),
    },
    1: { name: 'Shunt voltage', value: { knob: 'current', bits: 16, scale: 0.0001, signed: true } }, // 10 uV
    2: { name: 'Bus voltage', value: (part) => part.raw({ knob: 'voltage', bits: 13, scale: 0.004, shift: 3 }) | 2 },
    5: { name: 'Calibration', writable: 0xfffe },
  },
  // Triggered: shunt and bus (011), 12 bits: twice 532 us.
  conversion: { micros: 1064, trigger: { register: 0, mask: 7, equals: 3 } },
});
