import { definePart } from '../define.ts';
import { encode } from '../part.ts';

/** By PGA (table 3), volts; by DR (9.6.3), samples a second. */
const RANGES = [6.144, 4.096, 2.048, 1.024, 0.512, 0.256, 0.256, 0.256];
const RATES = [8, 16, 32, 64, 128, 250, 475, 860];
/** By MUX: what stands against what, which is ground (4) or an input. */
const INPUTS = [
  [0, 1],
  [0, 3],
  [1, 3],
  [2, 3],
  [0, 4],
  [1, 4],
  [2, 4],
  [3, 4],
] as const;
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
    0: {
      name: 'Conversion',
      value: (part) => {
        const [plus, minus] = INPUTS[(part.register(1) >> 12) & 7]!;
        const volts = part.knob(`input${plus}`) - (minus === 4 ? 0 : part.knob(`input${minus}`));
        return encode({ bits: 16, scale: RANGES[(part.register(1) >> 9) & 7]! / 32768, signed: true }, volts);
      },
    },
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
