import { definePart } from '../define.ts';

/** Carbon dioxide, temperature, humidity. A part that sleeps acknowledges nothing but wake_up, and that not (3.11.3). */
export const scd41 = definePart({
  name: 'SCD41',
  datasheet: 'Sensirion SCD4x, 1.5',
  kind: 'commands',
  bus: 'i2c',
  addresses: [0x62],
  startMicros: 30_000, // table 7, power-up
  knobs: {
    co2: { unit: 'ppm', min: 1, max: 40000, start: 600, noise: 5 },
    temperature: { unit: 'Cel', min: -45, max: 130, start: 25, noise: 0.05 },
    humidity: { unit: '%RH', min: 0, max: 100, start: 50, noise: 0.1 },
  },
  crc: { polynomial: 0x31, start: 0xff },
  commands: {
    wakeUp: { code: [0x36, 0xf6], micros: 30_000, run: (part) => delete part.memory.asleep },
    stop: { code: [0x3f, 0x86], micros: 500_000 },
    variant: { code: [0x20, 0x2f], micros: 1000, words: [0x1440], identity: true },
    single: { code: [0x21, 0x9d], micros: 5_000_000, run: (part) => (part.memory.measured = 1) },
    ready: { code: [0xe4, 0xb8], micros: 1000, words: [({ memory }) => (memory.measured ? 0x8006 : 0x8000)] },
    read: {
      code: [0xec, 0x05],
      micros: 1000,
      words: [
        { knob: 'co2', bits: 16, scale: 1 },
        { knob: 'temperature', bits: 16, scale: 175 / 65535, offset: -45 },
        { knob: 'humidity', bits: 16, scale: 100 / 65535 },
      ],
      answers: ({ memory }) => memory.measured === 1 && memory.asleep !== 1,
    },
    sleep: { code: [0x36, 0xe0], micros: 1000, run: (part) => (part.memory.asleep = 1) },
    selftest: { code: [0x36, 0x39], micros: 10_000_000, words: [(part) => (part.hasFault('crc') ? 1 : 0)] },
  },
});
