import { definePart } from '../define.ts';
import type { PartState } from '../part.ts';

const CODES = [1, 2, 3, 4, 5, 6, 15, 16];

/** CRC of Modbus over serial line, section 6.2.2, low byte first. */
function crc16(bytes: number[]): number[] {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ 0xa001 : crc >> 1;
  }
  return [crc & 0xff, crc >> 8];
}

/** A register: what was written, else the knobs: voltage at 0 and 1 as binary32, power at 2 in W, current at 3 in mA. */
function register(part: PartState, address: number): number {
  const stored = part.memory[address];
  if (stored !== undefined) return stored;
  const float = new DataView(new ArrayBuffer(4));
  float.setFloat32(0, part.knob('voltage'));
  if (address < 2) return float.getUint16(2 * address);
  return Math.round(address === 2 ? part.knob('power') : part.knob('current') * 1000) & 0xffff;
}

/** Unit 1: registers and coils 0 to 99. Exceptions: 1 for other functions, 2 for other addresses, 3 for other counts. */
function answer(part: PartState, request: Uint8Array): Uint8Array | undefined {
  const frame = [...request];
  const unit = part.hasFault('identity') ? 2 : 1;
  if (frame.length < 8 || frame[0] !== unit || crc16(frame.slice(0, -2)).some((b, i) => b !== frame.at(i - 2))) return;
  const said = pdu(part, frame.slice(1, -2));
  return Uint8Array.from([unit, ...said, ...crc16([unit, ...said])]);
}

function pdu(part: PartState, [code, ah, al, vh, vl, , ...data]: number[]): number[] {
  const refuse = (exception: number) => [code! | 0x80, exception];
  const address = ah! * 256 + al!;
  const value = vh! * 256 + vl!;
  if (!CODES.includes(code!)) return refuse(1);
  const count = code === 5 || code === 6 ? 1 : value;
  if (count < 1 || count > 125) return refuse(3);
  if (address + count > 100) return refuse(2);
  const all = Array.from({ length: count }, (_, i) => i);
  const coil = (i: number) => part.memory[`coil${i}`] ?? 0;
  switch (code) {
    case 1:
    case 2: {
      const bytes = new Array<number>((count + 7) >> 3).fill(0);
      for (const i of all) bytes[i >> 3]! |= coil(address + i) << (i & 7);
      return [code, bytes.length, ...bytes];
    }
    case 3:
    case 4:
      return [
        code,
        2 * count,
        ...all.flatMap((i) => [register(part, address + i) >> 8, register(part, address + i) & 255]),
      ];
    case 5:
      part.memory[`coil${address}`] = value === 0xff00 ? 1 : 0;
      break;
    case 6:
      part.memory[address] = value;
      break;
    case 15:
      for (const i of all) part.memory[`coil${address + i}`] = (data[i >> 3]! >> (i & 7)) & 1;
      break;
    case 16:
      for (const i of all) part.memory[address + i] = data[2 * i]! * 256 + data[2 * i + 1]!;
  }
  return [code!, ah!, al!, vh!, vl!];
}

/** A Modbus RTU server: a small meter. */
export const modbusMeter = definePart({
  name: 'Modbus meter',
  datasheet: 'Modbus Application Protocol V1.1b3',
  kind: 'uart',
  bus: 'uart',
  startMicros: 0,
  knobs: {
    voltage: { unit: 'V', min: 0, max: 400, start: 230 },
    power: { unit: 'W', min: -32768, max: 32767, start: 0 },
    current: { unit: 'A', min: 0, max: 65.535, start: 0 },
  },
  baud: 19200,
  parity: 'even',
  micros: 5000,
  answer,
});
