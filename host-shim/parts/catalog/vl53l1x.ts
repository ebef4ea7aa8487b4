import { definePart } from '../description.ts';

/**
 * Distance. Only what the driver speaks of: the configuration block is bytes without meaning here, and the part ranges
 * whatever they are.
 */
export const vl53l1x = definePart({
  name: 'VL53L1X',
  datasheet: 'ST DS12385, 6',
  kind: 'registers',
  bus: 'i2c',
  addresses: [0x29],
  startMicros: 1200,
  pointer: 2,
  knobs: { distance: { unit: 'm', min: 0, max: 4, start: 1, noise: 0.01 } },
  registers: {
    45: { name: 'configuration', bytes: 3, writable: 0xffffff },
    48: { name: 'GPIO_HV_MUX__CTRL', writable: 0xff },
    49: { name: 'GPIO__TIO_HV_STATUS', reset: 2, writable: 0xfe },
    ...Object.fromEntries(
      Array.from({ length: 0x54 }, (_, i) => [0x32 + i, { name: `configuration ${i + 0x32}`, writable: 0xff }]),
    ),
    134: { name: 'SYSTEM__INTERRUPT_CLEAR', written: (part) => part.clear(0x31, 1), writable: 0 },
    135: { name: 'SYSTEM__MODE_START', writable: 0xff },
    137: { name: 'RESULT__RANGE_STATUS', value: 9 },
    138: { name: 'result', bytes: 8 },
    146: { name: 'result, more', bytes: 4 },
    150: { name: 'RANGE_MM_SD0', bytes: 2, value: { knob: 'distance', bits: 16, scale: 0.001 } },
    229: { name: 'FIRMWARE__SYSTEM_STATUS', reset: 3 },
    271: { name: 'Model_ID', reset: 0xea, identity: true },
    272: { name: 'Module_Type', reset: 0xcc },
  },
  conversion: {
    micros: 100_000,
    trigger: { register: 0x87, mask: 0xff, equals: 0x40 },
    ready: { register: 0x31, mask: 1 },
  },
});
