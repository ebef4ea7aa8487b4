import { definePart } from '../define.ts';

/** Temperature sensor, +-0.1 K. */
export const tmp117 = definePart({
  name: 'TMP117',
  datasheet: 'TI SNOSD82D',
  kind: 'registers',
  bus: 'i2c',
  addresses: [0x48, 0x49, 0x4a, 0x4b],
  startMicros: 1500, // 7.5: from reset to communication
  knobs: { temperature: { unit: 'Cel', min: -256, max: 255.9921875, start: 25, noise: 0.02 } },
  bytes: 2,
  burst: 'words',
  registers: {
    0: {
      name: 'Temp_Result', // 8.6.2, one step is 7.8125 m°C
      reset: 0x8000,
      value: { knob: 'temperature', bits: 16, scale: 1 / 128, signed: true },
      wasRead: (part) => part.clear(1, 0x2000), // Data_Ready clears on either read (8.6.3)
    },
    1: { name: 'Configuration', reset: 0x0220, writable: 0x0ffe, wasRead: (part) => part.clear(1, 0x2000) },
    15: { name: 'Device_ID', reset: 0x0117, identity: true },
  },
  // 7.3.2 and table 7-6: MOD (11:10) 3 is one-shot, 1 shutdown, else continuous; AVG (6:5) is 1, 8, 32 or 64 times 15.5 ms.
  conversion: {
    micros: (part) => [15_500, 124_000, 496_000, 992_000][(part.register(1) >> 5) & 3]!,
    modes: { register: 1, mask: 0x0c00, once: [0x0c00], always: [0, 0x0800], rest: 0x0400 },
    ready: { register: 1, mask: 0x2000 },
  },
});
