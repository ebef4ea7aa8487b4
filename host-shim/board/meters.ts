/** Virtual meters: given telegrams, sent over the air again and again. */
import { fault } from '../errors.ts';
import type { ClockPort } from './ports.ts';
import { type Ether, MAX_FRAME } from './radio.ts';

export interface VirtualMeter {
  /** Sent in turn, one each interval: bytes from the L field on, or the same in hexadecimal. */
  telegrams: readonly (Uint8Array | string)[];
  /** Milliseconds between two telegrams, at least 1. */
  interval: number;
  /** Milliseconds until the first one; an interval by default. */
  first?: number;
  /** dBm. */
  rssi?: number;
}

/** Let the meters send. Returns what stops them. Throws on a telegram that is no telegram. */
export function startMeters(ether: Ether, clock: ClockPort, meters: readonly VirtualMeter[]): () => void {
  const stops = meters.map((meter) => startMeter(ether, clock, meter));
  return () => {
    for (const stop of stops) stop();
  };
}

function startMeter(ether: Ether, clock: ClockPort, meter: VirtualMeter): () => void {
  const telegrams = meter.telegrams.map(telegramBytes);
  if (telegrams.length === 0) throw new RangeError('a virtual meter needs at least one telegram');
  if (!(meter.interval >= 1)) throw new RangeError(`interval ${meter.interval} is not at least 1 ms`);
  let turn = 0;
  let time = clock.now() + (meter.first ?? meter.interval);
  const send = () => {
    ether.transmit(telegrams[turn++ % telegrams.length]!, meter.rssi);
    time += meter.interval;
    cancel = clock.at(time, send);
  };
  let cancel = clock.at(time, send);
  return () => cancel();
}

function telegramBytes(telegram: Uint8Array | string): Uint8Array {
  const bytes = typeof telegram === 'string' ? fromHex(telegram) : telegram;
  if (bytes.length >= 1 && bytes.length <= MAX_FRAME) return bytes;
  throw fault('telegram-malformed', { why: `it has ${bytes.length} bytes, not 1 to ${MAX_FRAME}` });
}

function fromHex(text: string): Uint8Array {
  const digits = text.replace(/\s/g, '');
  if (/^([0-9a-f]{2})*$/i.test(digits)) return new Uint8Array(Buffer.from(digits, 'hex'));
  throw fault('telegram-malformed', { why: text.slice(0, 40) });
}
