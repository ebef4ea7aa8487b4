/** Telegrams in, lines of JSON out: one for each, in order, as they come. */
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { parseLine, refusal, WmbusDecoder } from '../host-shim/codec/wmbus.ts';
import { fault } from '../host-shim/errors.ts';
import { boundedLines } from '../host-shim/lines.ts';

/** A line that is a telegram by itself. */
const DIGITS = /^[0-9a-f\s]+$/i;

/** Arguments when there are any, otherwise the lines of `input`. `key`: for telegrams that bring none. Throws not-built. */
export async function decodeAll(
  telegrams: string[],
  input: AsyncIterable<Buffer | string>,
  output: Writable,
  key?: string,
): Promise<{ total: number; failed: number }> {
  const decoder = await WmbusDecoder.load();
  const count = { total: 0, failed: 0 };
  const answers = telegrams.length > 0 ? fromArguments(decoder, telegrams, key) : fromLines(decoder, input, key);
  // Whoever reads has gone away (`| head -1`): nobody wants the rest.
  let gone = false;
  output.once('error', () => {
    gone = true;
  });
  for await (const answer of answers) {
    count.total += 1;
    if (!answer.startsWith('{"ok":true')) count.failed += 1;
    if (!output.write(`${answer}\n`)) await once(output, 'drain').catch(() => {});
    if (gone) break;
  }
  return count;
}

function* fromArguments(decoder: WmbusDecoder, telegrams: string[], key: string | undefined): Generator<string> {
  for (const telegram of telegrams) yield decoder.decodeHex({ telegram, key });
}

async function* fromLines(
  decoder: WmbusDecoder,
  input: AsyncIterable<Buffer | string>,
  key: string | undefined,
): AsyncGenerator<string> {
  for await (const line of boundedLines(input)) {
    if (line?.trim() === '') continue;
    try {
      if (line === null) throw fault('telegram-line', { why: 'it is longer than any telegram' });
      const { telegram, key: own } = DIGITS.test(line) ? { telegram: line } : parseLine(line);
      yield decoder.decodeHex({ telegram, key: own || key });
    } catch (error) {
      yield refusal(error);
    }
  }
}
