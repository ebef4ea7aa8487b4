/** Telegrams in, a table of meters or lines of JSON out, as they come. */
import type { Writable } from 'node:stream';
import { WmbusDecoder } from '../host-shim/codec/wmbus.ts';
import { type Answer, decodeHeard, Keys, Meters } from './meters.ts';
import { type Protocol, telegrams } from './receivers.ts';

export interface ListenOptions {
  protocol?: Protocol;
  keys?: Keys;
  /** A line for each telegram instead of the table. */
  json?: boolean;
  now?: () => number;
}

/** Until the stream ends or is destroyed; answers what was heard. Throws not-built, and what the stream throws. */
export async function listen(
  input: AsyncIterable<Buffer | string>,
  output: Writable & { isTTY?: boolean },
  { protocol = 'lines', keys = new Keys(), json = false, now = Date.now }: ListenOptions = {},
): Promise<Meters> {
  const decoder = await WmbusDecoder.load();
  const meters = new Meters();
  const live = !json && output.isTTY === true;
  try {
    for await (const heard of telegrams(input, protocol)) {
      const text = decodeHeard(decoder, heard, keys);
      const answer = JSON.parse(text) as Answer;
      meters.hear(answer, heard.rssi, now());
      if (json) output.write(`${text}\n`);
      // Home, the table, and nothing below it.
      if (live) output.write(`\x1b[H\x1b[2J${meters.table(now())}\n`);
    }
  } catch (error) {
    if ((error as { code?: string }).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  }
  if (!json && !live) output.write(`${meters.table(now())}\n`);
  return meters;
}
