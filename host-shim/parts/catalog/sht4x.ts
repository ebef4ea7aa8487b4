import { definePart } from '../define.ts';

/** Humidity and temperature sensor. */
export const sht4x = definePart({
  name: 'SHT4x',
  datasheet: 'Sensirion SHT4x, version 6',
  kind: 'commands',
  bus: 'i2c',
  addresses: [0x44, 0x45, 0x46],
  startMicros: 1000, // 3.1, t_PU
  knobs: {
    temperature: { unit: 'Cel', min: -45, max: 130, start: 25, noise: 0.05 },
    humidity: { unit: '%RH', min: -6, max: 119, start: 50, noise: 0.1 },
  },
  crc: { polynomial: 0x31, start: 0xff }, // 4.4
  commands: {
    // 4.5 and 4.6: T = -45 + 175 raw / (2^16 - 1), RH = -6 + 125 raw / (2^16 - 1)
    measureHigh: { code: [0xfd], micros: 8300, words: words() },
    measureMedium: { code: [0xf6], micros: 4500, words: words() },
    measureLow: { code: [0xe0], micros: 1600, words: words() },
    serial: { code: [0x89], micros: 10, words: [0x0f42, 0x1234] },
    reset: { code: [0x94], micros: 1000, resets: true },
  },
});

function words() {
  return [
    { knob: 'temperature', bits: 16, scale: 175 / 65535, offset: -45 },
    { knob: 'humidity', bits: 16, scale: 125 / 65535, offset: -6 },
  ];
}
