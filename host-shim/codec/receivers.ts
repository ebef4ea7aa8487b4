/** What receivers of Wireless M-Bus deliver, as telegrams: bytes of a serial line, of a file or of a pipe. */
import { boundedLines } from '../lines.ts';
import { Framer } from './framer.ts';

export interface Heard {
  telegram: Uint8Array;
  /** dBm */
  rssi?: number;
  /** hex, where the line brings one */
  key?: string;
}

/**
 * `lines`: hexadecimal digits, CUL (`b…`), rtl_wmbus (`T1;…;0x…`) or JSON Lines. The others are serial
 * protocols: of receivers, and of the bus of wired meters.
 */
export const PROTOCOLS = ['lines', 'im871a', 'rc1180', 'wired'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

/** The telegrams of a stream, as they come. What is none is passed over: receivers hear noise. Throws CompileError. */
export async function* telegrams(
  stream: AsyncIterable<Buffer | string>,
  protocol: Protocol,
): AsyncGenerator<Heard, void> {
  const framer = await Framer.load(protocol);
  if (protocol !== 'lines') {
    for await (const chunk of stream) yield* framer.feed(Buffer.from(chunk));
    return;
  }
  for await (const line of boundedLines(stream)) {
    if (line === null) continue;
    if (line.trimStart().startsWith('{')) {
      const heard = fromJson(line);
      if (heard) yield heard;
    } else yield* framer.feed(Buffer.from(`${line.replace(/\s/g, '')}\n`, 'latin1'));
  }
}

/** JSON Lines are what `mote wmbus decode` reads, with an RSSI. */
function fromJson(line: string): Heard | undefined {
  let value: { telegram?: unknown; rssi?: unknown; key?: unknown };
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value.telegram !== 'string') return undefined;
  const digits = value.telegram.replace(/\s/g, '');
  if (digits.length < 20 || digits.length > 2048 || digits.length % 2 === 1 || /[^0-9a-f]/i.test(digits))
    return undefined;
  return {
    telegram: new Uint8Array(Buffer.from(digits, 'hex')),
    ...(typeof value.rssi === 'number' ? { rssi: value.rssi } : {}),
    ...(typeof value.key === 'string' ? { key: value.key } : {}),
  };
}
