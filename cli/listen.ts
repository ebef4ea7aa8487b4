/** Telegrams in; out a live table of meters on a terminal, else a line for each telegram, or JSON Lines. */
import type { Writable } from 'node:stream';
import { type Counted, Keys, type Meter, Meters, understand } from '../host-shim/codec/meters.ts';
import { type Protocol, telegrams } from '../host-shim/codec/receivers.ts';
import { WmbusDecoder } from '../host-shim/codec/wmbus.ts';
import { columns, printable } from './format.ts';

export interface ListenOptions {
  protocol?: Protocol;
  keys?: Keys;
  /** What `mote wmbus decode` prints for each telegram, and nothing else. */
  json?: boolean;
  /** Milliseconds within which the same telegram again is a repetition. */
  window?: number | undefined;
  /** With `json`: repetitions, too. */
  repeated?: boolean;
  now?: () => number;
}

/** The table is drawn again this often without telegrams: how long ago a meter was heard goes on. */
const TICK_MS = 1000;
// The second screen of the terminal; the cursor away; back to what was there.
const ENTER = '\x1b[?1049h\x1b[?25l';
const LEAVE = '\x1b[?25h\x1b[?1049l';
// Home; the rest of a line, and what is below.
const HOME = '\x1b[H';
const CLEAR_LINE = '\x1b[K';
const CLEAR_BELOW = '\x1b[J';

/** Until the stream ends or is destroyed; answers what was heard. Throws not-built, and what the stream throws. */
export async function listen(
  input: AsyncIterable<Buffer | string>,
  output: Writable & { isTTY?: boolean; rows?: number; columns?: number },
  { protocol = 'lines', keys = new Keys(), json = false, repeated = false, window, now = Date.now }: ListenOptions = {},
): Promise<Meters> {
  const decoder = await WmbusDecoder.load();
  const meters = new Meters(window);
  const live = !json && output.isTTY === true;
  // A terminal that does not tell its size has 0 rows and columns.
  const draw = () => output.write(screen(tableOf(meters, now()), output.rows || 24, output.columns || 80));
  if (live) output.write(ENTER);
  const timer = live ? setInterval(draw, TICK_MS) : undefined;
  try {
    for await (const heard of telegrams(input, protocol)) {
      const understood = understand(decoder, heard, keys);
      const counted = meters.hear(understood, heard.rssi, now());
      if (json) {
        if (repeated || !counted.repeated) output.write(`${understood.text}\n`);
      } else if (live) draw();
      else output.write(lineOf(counted, understood.answer.error?.code, heard.rssi, now()));
    }
  } catch (error) {
    if ((error as { code?: string }).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  } finally {
    clearInterval(timer);
    if (live) output.write(LEAVE);
  }
  // What was counted, for good.
  if (!json) output.write(`${live ? '' : '\n'}${tableOf(meters, now())}\n`);
  return meters;
}

/** One telegram: time, meter, medium, reading or why there is none, strength. Nothing of noise. */
function lineOf({ meter, fresh }: Counted, refused: string | undefined, rssi: number | undefined, now: number): string {
  if (!meter) return '';
  const says = refused ?? (fresh ? meter.reading || 'no current value' : 'repeated');
  const strength = rssi === undefined ? [] : [`${rssi} dBm`];
  const cells = [new Date(now).toISOString(), nameOf(meter), meter.medium, says, ...strength];
  return `${cells.map(printable).join('  ')}\n`;
}

/** What fits: a line that is broken would move all that is below it. */
function screen(table: string, rows: number, columns: number): string {
  const lines = table.split('\n');
  const shown = lines.length < rows ? lines : [...lines.slice(0, rows - 2), `… ${lines.length - rows + 2} more`];
  const cut = shown.map((line) => [...line].slice(0, columns - 1).join(''));
  return `${HOME}${cut.map((line) => `${line}${CLEAR_LINE}`).join('\n')}${CLEAR_BELOW}`;
}

const nameOf = ({ manufacturer, id }: Meter): string => `${manufacturer}-${id}`;
const seconds = (ms: number): string => `${Math.max(0, Math.round(ms / 1000))} s`;

const HEAD = [
  'meter',
  'medium',
  'reading',
  'RSSI',
  'min',
  'mean',
  'max',
  'good',
  'every',
  'repeated',
  'refused',
  'heard',
];

/** Meters in the order of their names. `now`: milliseconds since 1970. */
export function tableOf(meters: Meters, now: number): string {
  const rows = [...meters.all.values()]
    .sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
    .map((meter) => {
      const { medium, reading, rssi, telegrams, interval, repeated, refused, last } = meter;
      const dBm = rssi ? [`${rssi.last} dBm`, rssi.min, Math.round(rssi.mean), rssi.max] : ['', '', '', ''];
      return [
        ...[nameOf(meter), medium, reading || [...refused.keys()].join(', ')],
        ...dBm,
        ...[telegrams, interval === undefined ? '' : seconds(interval), repeated],
        ...[[...refused.values()].reduce((sum, n) => sum + n, 0), `${seconds(now - last)} ago`],
      ];
    });
  const noise = meters.noise ? `\n${meters.noise} damaged` : '';
  return `${columns(rows, HEAD)}${noise}`;
}
