import { definePart } from '../define.ts';

/** Distance. Only what drivers speak of: what stands in the settings does not change how the part ranges. */
export const vl53l1x = definePart({
  name: 'VL53L1X',
  datasheet: 'ST DS12385, 6',
  kind: 'registers',
  bus: 'i2c',
  addresses: [0x29],
  startMicros: 1200,
  pointer: 2,
  knobs: { distance: { unit: 'm', min: 0, max: 4, start: 1, noise: 0.01 } },
  blocks: {
    1: { name: 'I2C_SLAVE__DEVICE_ADDRESS to VHV_CONFIG', layout: '11B', writable: true },
    45: { name: 'settings', layout: '4B', writable: true },
    50: { name: 'settings', layout: '84B', writable: true },
  },
  registers: {
    49: { name: 'GPIO__TIO_HV_STATUS', reset: 2, writable: 0xfe },
    134: { name: 'SYSTEM__INTERRUPT_CLEAR', written: (part, value) => value & 1 && part.clear(0x31, 1), writable: 0 },
    135: { name: 'SYSTEM__MODE_START', writable: 0xff },
    137: { name: 'RESULT__RANGE_STATUS', value: 9 },
    138: { name: 'RESULT__REPORT_STATUS', bytes: 8 },
    146: { name: 'RESULT__SIGMA_SD0', bytes: 4 },
    150: { name: 'RESULT__RANGE_MM_SD0', bytes: 2, value: { knob: 'distance', bits: 16, scale: 0.001 } },
    229: { name: 'FIRMWARE__SYSTEM_STATUS', reset: 3 },
    271: { name: 'Model_ID', reset: 0xea, identity: true },
    272: { name: 'Module_Type, Mask_Revision', bytes: 2, reset: 0xcc10 },
  },
  conversion: {
    micros: 100_000,
    modes: { register: 0x87, mask: 0x40, once: [], always: [0x40] },
    ready: { register: 0x31, mask: 1 },
  },
});
