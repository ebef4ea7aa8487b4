import { definePart } from '../description.ts';
import type { PartState } from '../part.ts';

/** Full scale by PGA (table 3), volts. */
const RANGES = [6.144, 4.096, 2.048, 1.024, 0.512, 0.256, 0.256, 0.256];
const RATES = [8, 16, 32, 64, 128, 250, 475, 860];

/** The input that MUX chooses, against ground, at the gain of Config. */
function convert(part: PartState): number {
  const config = part.register(1);
  const scale = RANGES[(config >> 9) & 7]! / 32768;
  return part.raw({ knob: `input${(config >> 12) & 3}`, bits: 16, scale, signed: true });
}

const input = { unit: 'V', min: -0.3, max: 5.5, start: 1, noise: 0.0001 };

/** Four inputs of 16 bits. */
export const ads1115 = definePart({
  name: 'ADS1115',
  datasheet: 'TI SBAS444D',
  kind: 'registers',
  bus: 'i2c',
  addresses: [0x48, 0x49, 0x4a, 0x4b],
  startMicros: 50,
  bytes: 2,
  burst: 'words',
  knobs: { input0: input, input1: input, input2: input, input3: input },
  registers: {
    0: { name: 'Conversion', value: convert },
    1: { name: 'Config', reset: 0x8583, writable: 0x7fff, identity: true },
    2: { name: 'Lo_thresh', reset: 0x8000, writable: 0xffff },
    3: { name: 'Hi_thresh', reset: 0x7fff, writable: 0xffff },
  },
  conversion: {
    micros: (part) => 25 + 1e6 / RATES[(part.register(1) >> 5) & 7]!,
    trigger: { register: 1, mask: 0x8000, equals: 0x8000 },
    ready: { register: 1, mask: 0x8000 },
  },
});
