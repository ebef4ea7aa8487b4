import { definePart } from '../define.ts';
import { encode, type PartState } from '../part.ts';

const G = 9.80665;
/** mg of a step in high resolution, by FS; samples a second, by ODR in CTRL_REG1 (tables 4 and 31). */
const STEPS = [1, 2, 4, 12];
const RATES = [0, 1, 10, 25, 50, 100, 200, 400, 1620, 1344];
const rateOf = (part: PartState) => RATES[part.register(0x20) >> 4] ?? 0;
/** Left-justified; 10 bits without HR. The self-test pushes by 0.5 g (table 4: 17 to 360 steps of 4 mg). */
const axis = (knob: string) => ({
  name: 'OUT',
  bytes: 2,
  value: (part: PartState) => {
    const control = part.register(0x23);
    const scale = (STEPS[(control >> 4) & 3]! * G) / 1000;
    const push = control & 2 && !part.hasFault('crc') ? 0.5 * G : 0;
    const raw = encode({ bits: 12, scale, signed: true, shift: 4 }, part.knob(knob) + push);
    return raw & (control & 8 ? 0xffff : 0xffc0);
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
  knobs: { x: knob, y: knob, z: { ...knob, start: G } },
  blocks: { 33: { name: 'CTRL_REG2 to REFERENCE', layout: '6B', writable: true } },
  registers: {
    15: { name: 'WHO_AM_I', reset: 0x33, identity: true },
    31: { name: 'TEMP_CFG_REG', writable: 0xc0 },
    32: { name: 'CTRL_REG1', reset: 0x07, writable: 0xff },
    39: { name: 'STATUS_REG' },
    40: axis('x'),
    42: axis('y'),
    44: axis('z'),
  },
  // Turn-on in high resolution: 7 / ODR (table 11).
  conversion: {
    micros: (part) => 7e6 / rateOf(part),
    modes: { register: 0x20, mask: 0xf0, once: [], always: RATES.slice(1).map((_, i) => (i + 1) << 4) },
    ready: { register: 0x27, mask: 0x08 },
  },
});
