import { definePart } from '../define.ts';

/** EEPROM of 2 kbit. */
export const at24c02 = definePart({
  name: 'AT24C02',
  datasheet: 'Microchip DS20006091 (AT24C02C)',
  kind: 'memory',
  bus: 'i2c',
  addresses: [0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57],
  startMicros: 100,
  knobs: {},
  size: 256,
  page: 8,
  pointer: 1,
  writeMicros: 5000,
});

/** EEPROM of 256 kbit. */
export const at24c256 = definePart({
  ...at24c02,
  name: 'AT24C256',
  datasheet: 'Microchip DS20006270 (AT24C256C)',
  size: 32768,
  page: 64,
  pointer: 2,
});
