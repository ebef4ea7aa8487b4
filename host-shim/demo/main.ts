/**
 * `npm run demo`: the story on the terminal, or with --json one document on stdout and the story on stderr; with
 * --chaos cut@N the board loses power during the first push.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parseChaos } from '../board/chaos.ts';
import { formatLine } from '../board/log.ts';
import { MoteError } from '../errors.ts';
import { packageRoot } from '../files.ts';
import type { MeterReading } from '../telemetry/readings.ts';
import { columns } from '../text.ts';
import { type Teller, tellStory } from './story.ts';

const json = process.argv.includes('--json');
const out = json ? process.stderr : process.stdout;
const colour = out.isTTY === true && !process.env.NO_COLOR;
const paint = (code: number, text: string) => (colour ? `\x1b[${code}m${text}\x1b[0m` : text);
const say = (text: string) => out.write(`${text}\n`);
/** Values of a meter shown in the table; the JSON document has all. */
const SHOWN = 3;

let step = 0;
let state = '';
const teller: Teller = {
  step: (title) => say(`\n${paint(1, `${++step}. ${title}`)}`),
  detail: (text) => say(`   ${text}`),
  progress: ({ state: now, received, total }) => {
    if (now === null || now === state) return;
    state = now;
    say(`   ${now}${now === 'FETCHING' ? ` ${received} of ${total} bytes` : ''}`);
  },
  log: (line) => say(paint(2, `   | ${formatLine(line)}`)),
  readings: (readings) => say(tableOf(readings)),
};

function tableOf(readings: MeterReading[]): string {
  const rows = readings.map(({ manufacturer, id, encrypted, records }) => {
    const values = records.filter(({ value }) => typeof value === 'number').slice(0, SHOWN);
    const shown = values.map(({ quantity, unit, value }) => `${quantity} ${value} ${unit}`.trim()).join(', ');
    const more = records.length - values.length;
    return [manufacturer, id, encrypted ? 'AES' : '', more > 0 ? `${shown} (${more} more)` : shown];
  });
  const table = columns(rows, ['meter', 'id', 'key', 'readings']).replace(/^/gm, '   ');
  return `${table}\n   ${readings.length} telegrams, ${readings.filter(({ encrypted }) => encrypted).length} of them encrypted`;
}

try {
  const { chaos } = parseArgs({ options: { json: { type: 'boolean' }, chaos: { type: 'string' } } }).values;
  const outcome = await tellStory(join(packageRoot(), '.mote', 'demo'), teller, chaos ? parseChaos(chaos) : undefined);
  say(outcome.ok ? `\n${paint(32, 'The whole road works.')}` : `\n${paint(31, 'Something on the road did not work.')}`);
  if (json) process.stdout.write(`${JSON.stringify(outcome, null, 2)}\n`);
  process.exitCode = outcome.ok ? 0 : 1;
} catch (error) {
  if (!(error instanceof MoteError)) throw error;
  process.stderr.write(`${error.code} ${error.message}\n${error.help}\n`);
  if (json) process.stdout.write(`${JSON.stringify({ ok: false, error }, null, 2)}\n`);
  process.exitCode = error.exit;
}
