import { definePart } from '../description.ts';

/** mg of a step in high resolution, by FS (table 4). */
const STEPS = [1, 2, 4, 12];
const axis = (name: string) => ({
  name: `OUT_${name.toUpperCase()}`,
  bytes: 2,
  value: (part: import('../part.ts').PartState) => {
    const control = part.register(0x23);
    const scale = (STEPS[(control >> 4) & 3]! * 9.80665) / 1000;
    // The self-test's force: 0.5 g in ±2 g (table 4: 17 to 360 steps of 10 bits, 4 mg each).
    const push = control & 2 && !part.hasFault('crc') ? 125 * 16 * 4 : 0;
    const raw = part.raw({ knob: name, bits: 12, scale, signed: true, shift: 4 });
    return (raw + push) & (control & 8 ? 0xffff : 0xffc0);
  },
});
const knob = { unit: 'm/s2', min: -160, max: 160, start: 0, noise: 0.02 };

/** Acceleration. */
export const lis2dh12 = definePart({
  name: 'LIS2DH12',
  datasheet: 'ST DS10119 (DocID025056), 6',
  kind: 'registers',
  bus: 'i2c',
  addresses: [0x18, 0x19],
  startMicros: 5000, // 3.1, boot
  order: 'little',
  burst: 0x80,
  knobs: { x: knob, y: knob, z: { ...knob, start: 9.80665 } },
  registers: {
    15: { name: 'WHO_AM_I', reset: 0x33, identity: true },
    32: { name: 'CTRL_REG1', reset: 0x07, writable: 0xff },
    33: { name: 'CTRL_REG2', writable: 0xff },
    34: { name: 'CTRL_REG3', writable: 0xff },
    35: { name: 'CTRL_REG4', writable: 0xff },
    36: { name: 'CTRL_REG5', writable: 0xff },
    37: { name: 'CTRL_REG6', writable: 0xff },
    38: { name: 'REFERENCE', writable: 0xff },
    39: { name: 'STATUS_REG' },
    40: axis('x'),
    42: axis('y'),
    44: axis('z'),
  },
  // Turn-on at 100 Hz in high resolution: 7 / ODR (table 11).
  conversion: {
    micros: 70_000,
    trigger: { register: 0x20, mask: 0xf0, equals: 0x50 },
    ready: { register: 0x27, mask: 0x08 },
  },
});
