/**
 * The proof that updates cannot brick a device. Prints what was played and what went wrong:
 *
 *     node dist/test/faults/run.js [--all] [--json]
 *
 * Without --all: a share of it, which has to end within a minute on two processors.
 */
import { availableParallelism } from 'node:os';
import { pathToFileURL } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { type Counts, type Kind, pieces, UNITS } from './parts.ts';
import { supervisor } from './rig.ts';

export interface Row {
  name: string;
  value: number;
  unit: string;
  ok: boolean;
  /** What `value` may be at most, where that is asked for. */
  goal?: number;
  /** What went wrong, in words; at most ten. */
  bad: string[];
}

export interface RunOptions {
  all?: boolean;
  say?: (text: string) => void;
}

/** The share of every build, s. */
const GOAL = 60;
const THREADS_MAX = 8;
const TIME = "time of CI's share";

/** One row for each kind of fault, and one for the time that it took. */
export async function rows({ all = false, say = () => {} }: RunOptions = {}): Promise<Row[]> {
  const started = performance.now();
  const left = pieces(all).map((_, index) => index);
  const threads = Math.min(Math.max(availableParallelism(), 2), THREADS_MAX);
  const counts = (await Promise.all(Array.from({ length: threads }, () => inThread(left, all, say)))).flat();
  const made = (Object.keys(UNITS) as Kind[]).map((name): Row => {
    const value = counts.reduce((sum, count) => sum + (count[name]?.value ?? 0), 0);
    const bad = counts.flatMap((count) => count[name]?.bad ?? []);
    say(`${name}: ${value} ${UNITS[name]}, ${bad.length} bad`);
    for (const line of bad.slice(0, 10)) say(`  ${line}`);
    return { name, value, unit: UNITS[name], ok: bad.length === 0 && value > 0, bad: bad.slice(0, 10) };
  });
  const seconds = Math.round((performance.now() - started) / 100) / 10;
  say(`${seconds} s, ${(process.cpuUsage().user / 1e6).toFixed(1)} s of processors`);
  if (!all) made.push({ name: TIME, value: seconds, unit: 's', ok: seconds <= GOAL, goal: GOAL, bad: [] });
  return made;
}

/** `ota: N cuts, N pairs, N geometries, N bad; mutants n/n`. */
export function summary(made: readonly Row[]): string {
  const value = (name: Kind) => made.find((row) => row.name === name)!.value.toLocaleString('en');
  const bad = made.filter(({ name }) => name !== 'mutants').reduce((sum, row) => sum + row.bad.length, 0);
  const mutants = made.find(({ name }) => name === 'mutants')!;
  const caught = `${mutants.value - mutants.bad.length}/${mutants.value}`;
  return `ota: ${value('cuts')} cuts, ${value('pairs')} pairs, ${value('geometries')} geometries, ${bad} bad; mutants ${caught}`;
}

/** A thread that takes one piece after the other until none is left. */
function inThread(left: number[], all: boolean, say: (text: string) => void): Promise<Counts[]> {
  return new Promise((resolve, reject) => {
    const done: Counts[] = [];
    const worker = new Worker(new URL(import.meta.url), { workerData: { all } });
    const next = () => worker.postMessage(left.shift() ?? null);
    worker.on('message', (message: string | Counts) => {
      if (typeof message === 'string') return say(message);
      done.push(message);
      next();
    });
    worker.on('error', reject);
    worker.on('exit', (code) => (code === 0 ? resolve(done) : reject(new Error(`a thread ended with ${code}`))));
    next();
  });
}

/** The other end of `inThread`. */
async function serve(): Promise<void> {
  const port = parentPort!;
  const { all } = workerData as { all: boolean };
  const subject = supervisor();
  const work = pieces(all);
  for await (const index of messages()) {
    const { name, play } = work[index]!;
    const started = performance.now();
    const counts = await play(await subject, (text) => port.postMessage(text));
    port.postMessage(`${name}: ${((performance.now() - started) / 1000).toFixed(1)} s`);
    port.postMessage(counts);
  }
}

/** Numbers of pieces, until there are no more. */
async function* messages(): AsyncGenerator<number> {
  for (;;) {
    const index = await new Promise<number | null>((resolve) => parentPort!.once('message', resolve));
    if (index === null) return;
    yield index;
  }
}

async function main(): Promise<void> {
  const made = await rows({
    all: process.argv.includes('--all'),
    say: (text) => void process.stderr.write(`${text}\n`),
  });
  const json = process.argv.includes('--json');
  process.stdout.write(`${json ? JSON.stringify({ summary: summary(made), rows: made }, null, 2) : summary(made)}\n`);
  process.exitCode = made.every(({ name, ok }) => ok || name === TIME) ? 0 : 1;
}

if (!isMainThread) await serve();
else if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) await main();
