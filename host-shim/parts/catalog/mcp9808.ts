import { definePart } from '../define.ts';

/** Temperature. */
export const mcp9808 = definePart({
  name: 'MCP9808',
  datasheet: 'Microchip DS25095A',
  kind: 'registers',
  bus: 'i2c',
  addresses: [0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1d, 0x1e, 0x1f],
  startMicros: 0,
  bytes: 2,
  burst: 'words',
  knobs: { temperature: { unit: 'Cel', min: -40, max: 125, start: 25, noise: 0.06 } },
  registers: {
    1: { name: 'CONFIG', writable: 0x07ff },
    5: { name: 'T_A', reset: 0xc000, value: { knob: 'temperature', bits: 13, scale: 1 / 16, signed: true } }, // 5.1.3
    6: { name: 'Manufacturer ID', reset: 0x0054, identity: true },
    7: { name: 'Device ID', reset: 0x0400, identity: true },
    8: { name: 'Resolution', bytes: 1, reset: 3, writable: 3 },
  },
  conversion: { micros: 250_000 }, // table 5-2
});
