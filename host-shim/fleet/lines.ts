/**
 * A delivery as a line: `{thing, epoch, upto, past, records: [[seq, class, time, base64]], losses: [[from, to, declared]]}`. A file
 * of them is only appended to, so a power cut leaves at most an unfinished last line.
 */
import { readFile } from 'node:fs/promises';
import { fault } from '../errors.ts';
import { codeOf } from '../files.ts';
import type { Delivery } from './store.ts';

type Line = { thing: string; epoch: number; upto: number; past: number[] } & {
  records: [seq: number, level: number, time: number | null, payload: string][];
  losses: [from: number, to: number, declared: boolean][];
};

export function lineOf(thing: string, { cursor, records, losses }: Delivery): string {
  const line: Line = {
    thing,
    ...cursor,
    records: records.map(({ seq, class: level, time, payload }) => [
      seq,
      level,
      time,
      Buffer.from(payload).toString('base64'),
    ]),
    losses: losses.map(({ from, to, declared }) => [from, to, declared]),
  };
  return `${JSON.stringify(line)}\n`;
}

/**
 * `size`: bytes up to the end of the last whole line; what is behind it was never acknowledged. Throws file-missing, file-unreadable,
 * and store-damaged when a whole line cannot be read.
 */
export async function readLines(
  file: string,
): Promise<{ lines: { thing: string; delivery: Delivery }[]; size: number }> {
  const text = await readFile(file, 'utf8').catch((error) => {
    const why = codeOf(error) ?? String(error);
    throw why === 'ENOENT'
      ? fault('file-missing', { path: file }, error)
      : fault('file-unreadable', { path: file, why }, error);
  });
  const end = text.lastIndexOf('\n') + 1;
  const whole = text.slice(0, end).split('\n').slice(0, -1);
  const lines = whole.map((line, at) => {
    try {
      const { thing, epoch, upto, past, records, losses } = JSON.parse(line) as Line;
      return {
        thing,
        delivery: {
          cursor: { epoch, upto, past },
          records: records.map(([seq, level, time, payload]) => ({
            seq,
            class: level,
            time,
            payload: new Uint8Array(Buffer.from(payload, 'base64')),
          })),
          losses: losses.map(([from, to, declared]) => ({ from, to, declared })),
        },
      };
    } catch (error) {
      throw fault('store-damaged', { path: file, line: at + 1 }, error);
    }
  });
  return { lines, size: Buffer.byteLength(text.slice(0, end)) };
}
