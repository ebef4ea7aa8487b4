import { definePart } from '../define.ts';
import type { PartState } from '../part.ts';

const MASSES = ['mass1', 'mass2', 'mass4', 'mass10'];
const NUMBERS = ['number0', 'number1', 'number2', 'number4', 'number10'];
const mass = { unit: 'ug/m3', min: 0, max: 65535, start: 10, noise: 1 };
const number = { unit: '1/cm3', min: 0, max: 65535, start: 100, noise: 3 };
const every = <T>(names: string[], knob: T) => Object.fromEntries(names.map((name) => [name, knob]));
const running = (part: PartState) => part.memory.format !== undefined;
/** Table 4: binary32 (the size in um) or whole numbers (in nm), as the measurement was started. */
const values = (part: PartState) =>
  [...MASSES, ...NUMBERS, 'size'].flatMap((knob) => {
    const value = part.knob(knob);
    if (part.memory.format === 0x0500) return [Math.min(65535, Math.max(0, Math.round(value)))];
    const float = new DataView(new ArrayBuffer(4));
    float.setFloat32(0, knob === 'size' ? value / 1000 : value);
    return [float.getUint16(0), float.getUint16(2)];
  });

/** Particulate matter. */
export const sps30 = definePart({
  name: 'SPS30',
  datasheet: 'Sensirion SPS30, 1.0',
  kind: 'commands',
  bus: 'i2c',
  addresses: [0x69],
  startMicros: 50_000,
  knobs: {
    ...every(MASSES, mass),
    ...every(NUMBERS, number),
    size: { unit: 'nm', min: 0, max: 65535, start: 500, noise: 5 },
  },
  crc: { polynomial: 0x31, start: 0xff }, // 6.2
  commands: {
    wakeUp: { code: [0x11, 0x03] },
    stop: { code: [0x01, 0x04], micros: 20_000, run: (part) => delete part.memory.format },
    type: { code: [0xd0, 0x02], words: [0x3030, 0x3038, 0x3030, 0x3030], identity: true },
    firmware: { code: [0xd1, 0x00], words: [0x0203] },
    start: {
      code: [0x00, 0x10],
      parameters: 1,
      micros: 20_000,
      run: (part, [format]) => (part.memory.format = format!),
    },
    ready: { code: [0x02, 0x02], words: [1], answers: running },
    read: { code: [0x03, 0x00], words: values, answers: running },
    status: { code: [0xd2, 0x06], words: [0, 0] },
    sleep: { code: [0x10, 0x01], micros: 5000 },
    reset: { code: [0xd3, 0x04], micros: 100_000, resets: true },
  },
});
