import { definePart } from '../description.ts';

const particles = { unit: '1/cm3', min: 0, max: 65535, start: 100, noise: 3 };
const mass = { unit: 'ug/m3', min: 0, max: 65535, start: 10, noise: 1 };
const raw = (knob: string) => ({ knob, bits: 16, scale: 1 });

/** Particulate matter. */
export const sps30 = definePart({
  name: 'SPS30',
  datasheet: 'Sensirion SPS30, 1.0',
  kind: 'commands',
  bus: 'i2c',
  addresses: [0x69],
  startMicros: 50_000,
  knobs: {
    mass1: mass,
    mass2: mass,
    mass4: mass,
    mass10: mass,
    number0: particles,
    number1: particles,
    number2: particles,
    number4: particles,
    number10: particles,
    size: { unit: 'nm', min: 0, max: 65535, start: 500, noise: 5 },
  },
  crc: { polynomial: 0x31, start: 0xff }, // 6.2
  commands: {
    wakeUp: { code: [0x11, 0x03] },
    stop: { code: [0x01, 0x04], micros: 20_000, run: (part) => delete part.memory.running },
    type: { code: [0xd0, 0x02], words: [0x3030, 0x3038, 0x3030, 0x3030], identity: true },
    start: {
      code: [0x00, 0x10],
      parameters: 1,
      micros: 20_000,
      run: (part, [format]) => (part.memory.running = format === 0x0500 ? 1 : 0),
    },
    read: {
      code: [0x03, 0x00],
      words: (part) =>
        part.memory.running
          ? [
              ...['mass1', 'mass2', 'mass4', 'mass10'].map((knob) => part.raw(raw(knob))),
              ...['number0', 'number1', 'number2', 'number4', 'number10', 'size'].map((knob) => part.raw(raw(knob))),
            ]
          : [],
    },
    status: { code: [0xd2, 0x06], words: [0, 0] },
    sleep: { code: [0x10, 0x01], micros: 5000 },
  },
});
