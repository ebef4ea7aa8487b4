/** What receivers of Wireless M-Bus deliver, as telegrams: bytes of a serial line, of a file or of a pipe. */
import { boundedLines } from './lines.ts';

export interface Heard {
  telegram: Uint8Array;
  /** dBm */
  rssi?: number;
  /** hex, where the line brings one */
  key?: string;
}

/** `lines`: hexadecimal digits, CUL (`b…`), rtl_wmbus (`T1;…;0x…`) or JSON Lines. The others are serial protocols. */
export const PROTOCOLS = ['lines', 'im871a', 'rc1180'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

/** The telegrams of a stream, as they come. What is none is passed over: receivers hear noise. */
export async function* telegrams(
  stream: AsyncIterable<Buffer | string>,
  protocol: Protocol,
): AsyncGenerator<Heard, void> {
  if (protocol === 'lines') {
    for await (const line of boundedLines(stream)) {
      const heard = line === null ? undefined : fromLine(line.trim());
      if (heard) yield heard;
    }
    return;
  }
  const split = protocol === 'im871a' ? im871a : rc1180;
  let rest: Uint8Array = new Uint8Array(0);
  for await (const chunk of stream) {
    rest = Buffer.concat([rest, Buffer.from(chunk)]);
    for (;;) {
      const found = split(rest);
      if (found === undefined) break;
      rest = rest.subarray(found.used);
      if (found.heard) yield found.heard;
    }
  }
}

interface Found {
  /** Bytes that are done with. */
  used: number;
  heard?: Heard;
}

/** One line of text; undefined when there is no telegram in it. */
function fromLine(line: string): Heard | undefined {
  if (line.startsWith('{')) return fromJson(line);
  const fields = line.split(';');
  const hex = fields.length > 1 ? fields.at(-1)!.replace(/^0x/i, '') : line.replace(/^bY?/, '').replace(/\s/g, '');
  const telegram = fromHex(hex);
  // rtl_wmbus: mode; CRC holds; 3-of-6 holds; time; two RSSI; identification; telegram.
  const rssi = fields.length > 5 ? -Math.abs(Number(fields[5])) : 0;
  return telegram && { telegram, ...(Number.isInteger(rssi) && rssi !== 0 ? { rssi } : {}) };
}

function fromJson(line: string): Heard | undefined {
  let value: { telegram?: unknown; rssi?: unknown; key?: unknown };
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  const telegram = typeof value.telegram === 'string' ? fromHex(value.telegram.replace(/\s/g, '')) : undefined;
  return (
    telegram && {
      telegram,
      ...(typeof value.rssi === 'number' ? { rssi: value.rssi } : {}),
      ...(typeof value.key === 'string' ? { key: value.key } : {}),
    }
  );
}

function fromHex(digits: string): Uint8Array | undefined {
  if (digits.length < 20 || digits.length > 2048 || digits.length % 2 === 1 || /[^0-9a-f]/i.test(digits))
    return undefined;
  return new Uint8Array(Buffer.from(digits, 'hex'));
}

/** A5, flags and endpoint, message, length, frame without its L; time stamp (4), RSSI (1), CRC (2) as the flags say. */
function im871a(bytes: Uint8Array): Found | undefined {
  const start = bytes.indexOf(0xa5);
  if (start !== 0) return bytes.length === 0 ? undefined : { used: start < 0 ? bytes.length : start };
  if (bytes.length < 4) return undefined;
  const [, flags, message, l] = bytes as unknown as [number, number, number, number];
  const stamp = flags & 0x20 ? 4 : 0;
  const signal = flags & 0x40 ? 1 : 0;
  const end = 4 + l + stamp + signal;
  const whole = end + (flags & 0x80 ? 2 : 0);
  // Endpoint 2 is the radio link, its message 3 a telegram.
  if ((flags & 15) !== 2 || message !== 3 || l < 9) return { used: 1 };
  if (bytes.length < whole) return undefined;
  if (whole > end && x25(bytes.subarray(1, end)) !== (bytes[end]! | (bytes[end + 1]! << 8))) return { used: 1 };
  const heard: Heard = { telegram: bytes.slice(3, 4 + l) };
  if (signal) heard.rssi = bytes[4 + l + stamp]! - 256;
  return { used: whole, heard };
}

/** CRC-16 of the HCI (X.25). */
function x25(bytes: Uint8Array): number {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let i = 0; i < 8; i++) crc = (crc >> 1) ^ (crc & 1 ? 0x8408 : 0);
  }
  return crc ^ 0xffff;
}

/** 68h, L, frame, RSSI, CRC of the serial line, 16h: register DATA_INTERFACE 12 and RSSI on. L counts RSSI and CRC. */
function rc1180(bytes: Uint8Array): Found | undefined {
  const start = bytes.indexOf(0x68);
  if (start !== 0) return bytes.length === 0 ? undefined : { used: start < 0 ? bytes.length : start };
  if (bytes.length < 2) return undefined;
  const l = bytes[1]!;
  if (l < 12) return { used: 1 };
  if (bytes.length < l + 3) return undefined;
  if (bytes[l + 2] !== 0x16) return { used: 1 };
  const telegram = bytes.slice(1, l - 1);
  telegram[0] = l - 3;
  return { used: l + 3, heard: { telegram, rssi: -(bytes[l - 1]! >> 1) } };
}
