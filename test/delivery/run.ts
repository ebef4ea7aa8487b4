/**
 * `npm run test:delivery`: the whole proof, on all processors. Without arguments all of it; `--quick` the share of every build;
 * `--json` one document {rows} on stdout; `--mutants` the planted bugs alone; `--only <name>` the parts whose name begins so.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { audits } from './audit.ts';
import { clocks, executions, floods, sleeper } from './commands.ts';
import { crashes, decay, ROOMS } from './crash.ts';
import { mutants } from './mutants.ts';
import { type Subject, subject } from './rig.ts';
import { type Row, together } from './row.ts';
import { losses, overflow, saturation, shares, storms, WEATHERS } from './telemetry.ts';
import { twins } from './twin.ts';

interface Options {
  quick: boolean;
  mutants: boolean;
  only: string;
  seeds: number;
  records: number;
}

/** Jobs of one part are the same test in several places: their rows are counted together. */
interface Job {
  part: string;
  run: (made: Subject) => Row[] | Promise<Row[]>;
}

/** The longest first, so that no processor waits long for another. */
function jobs({ quick, mutants: bugs, only, seeds, records }: Options): Job[] {
  const job = (part: string, run: Job['run']): Job => ({ part, run });
  const planted = job('mutants', plantedBugs);
  if (bugs) return [planted];
  const all = [
    ...WEATHERS.map((weather) => job('D1', (made) => losses(made, seeds, records, [weather]))),
    ...ROOMS.map((room) => job('D2', (made) => crashes(made, quick ? 61 : 1, quick ? 3 : 40, [room]))),
    ...(quick ? [] : [planted]),
    job('D3', (made) => executions(made, quick ? 200 : 1000)),
    job('D4', (made) => clocks(made)),
    job('D5', (made) => twins(made)),
    job('D6', (made) => [...overflow(made), ...saturation(made), ...shares(made)]),
    job('D7', (made) => storms(made)),
    job('D8', (made) => sleeper(made)),
    job('D10', (made) => audits(made)),
    job('flood', (made) => floods(made)),
    job('decay', (made) => decay(made, quick ? 60 : 1000)),
  ];
  return all.filter(({ part }) => part.startsWith(only));
}

async function plantedBugs(made: Subject): Promise<Row[]> {
  const verdicts = await mutants(made);
  const missed = verdicts.filter(({ noticed }) => !noticed).map(({ name }) => `not noticed: ${name}`);
  const value = verdicts.length - missed.length;
  const ok = missed.length === 0;
  return [{ name: 'planted bugs noticed', value, unit: `of ${verdicts.length}`, goal: 'all', ok, bad: missed }];
}

interface Done {
  at: number;
  rows: Row[];
  seconds: number;
}

async function work(): Promise<void> {
  const list = jobs(workerData as Options);
  const made = await subject();
  parentPort!.on('message', async (at: number) => {
    const began = performance.now();
    const rows = await list[at]!.run(made);
    parentPort!.postMessage({ at, rows, seconds: (performance.now() - began) / 1000 } satisfies Done);
  });
  parentPort!.postMessage(null);
}

const say = (text: string) => process.stderr.write(`${text}\n`);

/** The rows of each job, in the order of the list. */
function play(options: Options): Promise<Row[][]> {
  const list = jobs(options);
  const results: Row[][] = [];
  let next = 0;
  let open = list.length;
  return new Promise((resolve, reject) => {
    const workers = Array.from({ length: Math.min(availableParallelism(), list.length) }, () => {
      const worker = new Worker(new URL(import.meta.url), { workerData: options });
      worker.on('error', reject);
      worker.on('message', (done: Done | null) => {
        if (done) {
          results[done.at] = done.rows;
          say(
            `${list[done.at]!.part}: ${done.seconds.toFixed(1)} s${done.rows.every(({ ok }) => ok) ? '' : ', FAILED'}`,
          );
          open--;
        }
        if (next < list.length) worker.postMessage(next++);
        if (open > 0) return;
        for (const each of workers) void each.terminate();
        resolve(results);
      });
      return worker;
    });
  });
}

function report(rows: Row[], asJson: boolean): void {
  for (const { name, value, unit, goal, ok, bad } of rows) {
    say(`${ok ? 'ok  ' : 'FAIL'} ${name}: ${value} ${unit}${goal === undefined ? '' : ` (goal ${goal})`}`);
    for (const text of bad ?? []) say(`     ${text}`);
  }
  const measured = (name: string) => rows.find((row) => row.name === name)?.value;
  if (asJson) process.stdout.write(`${JSON.stringify({ rows }, null, 2)}\n`);
  else if (measured('D1 records') !== undefined && measured('D3 commands') !== undefined) {
    const count = (name: string) => measured(name)!.toLocaleString('en-US');
    const cuts = (measured('D2 crash points') ?? 0) + (measured('D2 cuts of a recovery') ?? 0);
    process.stdout.write(
      `delivery: ${count('D1 records')} records, ${count('D1 lost without declaration')} undeclared losses; ` +
        `${count('D3 commands')} commands, ${count('D3 run twice')} run twice, ${count('D3 unanswered')} unanswered; ` +
        `${cuts.toLocaleString('en-US')} crash points, wear ${measured('D9 flash programs for a record')!.toFixed(2)}x\n`,
    );
  }
  process.exitCode = rows.every(({ ok }) => ok) ? 0 : 1;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      json: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      mutants: { type: 'boolean', default: false },
      only: { type: 'string', default: '' },
      seeds: { type: 'string' },
      records: { type: 'string' },
    },
  });
  const { quick, json, only } = values;
  const began = performance.now();
  // Made once, before all threads want it.
  await subject();
  const results = await play({
    ...{ quick, only, mutants: values.mutants },
    seeds: Number(values.seeds ?? (quick ? 1 : 20)),
    records: Number(values.records ?? (quick ? 1000 : 10_000)),
  });
  const rows = new Map<string, Row>();
  for (const row of results.flat()) rows.set(row.name, rows.has(row.name) ? together(rows.get(row.name)!, row) : row);
  const seconds = Math.round((performance.now() - began) / 1000);
  report(
    [...rows.values(), { name: 'time', value: seconds, unit: `s on ${availableParallelism()} processors`, ok: true }],
    json,
  );
}

if (isMainThread) await main();
else await work();
