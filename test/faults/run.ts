/**
 * The proof that updates cannot brick a device. Prints what was played and what went wrong:
 *
 *     node dist/test/faults/run.js [--all] [--json]
 *
 * Without --all: a share of it, some three minutes of one processor. Two threads play it.
 */
import { pathToFileURL } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { ATTACKS as ON_ONE } from './attacks.ts';
import { ON_AUTHORITY } from './authority.ts';
import { ON_SEVERAL } from './several.ts';
import { failing, flips } from './decay.ts';
import { fuzz } from './fuzz.ts';
import { GEOMETRIES, SMALLEST, USUAL } from './geometries.ts';
import { MUTANTS, mutableFirmware } from './mutants.ts';
import { type Subject, supervisor } from './rig.ts';
import { scenarios } from './scenarios.ts';
import { sweep } from './sweep.ts';

const ATTACKS = [...ON_ONE, ...ON_SEVERAL, ...ON_AUTHORITY];

export interface Row {
  name: string;
  value: number;
  unit: string;
  ok: boolean;
  /** What went wrong, in words; at most ten. */
  bad: string[];
}

export interface RunOptions {
  all?: boolean;
  say?: (text: string) => void;
}

/** One row for each kind of fault. The two halves take about as long as each other: each has a processor. */
export async function rows({ all = false, say = () => {} }: RunOptions = {}): Promise<Row[]> {
  const halves = await Promise.all((['others', 'cuts'] as const).map((half) => inThread(half, all, say)));
  return halves.flat();
}

type AddRow = (name: string, value: number, unit: string, bad: string[]) => void;

function inThread(half: Half, all: boolean, say: (text: string) => void): Promise<Row[]> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: { half, all } });
    worker.on('message', (message: string | Row[]) => (typeof message === 'string' ? say(message) : resolve(message)));
    worker.on('error', reject);
  });
}

async function play(half: Half, all: boolean, say: (text: string) => void): Promise<Row[]> {
  const made: Row[] = [];
  await HALVES[half](await supervisor(), all, say, (name, value, unit, bad) => {
    made.push({ name, value, unit, ok: bad.length === 0 && value > 0, bad: bad.slice(0, 10) });
    say(`${name}: ${value} ${unit}, ${bad.length} bad`);
    for (const line of bad.slice(0, 10)) say(`  ${line}`);
  });
  return made;
}

type Play = (subject: Subject, all: boolean, say: (text: string) => void, row: AddRow) => Promise<void> | void;

const HALVES = { cuts: playCuts, others: playOthers } satisfies Record<string, Play>;
type Half = keyof typeof HALVES;

/** Cuts, and records that rot or cannot be written. */
function playCuts(subject: Subject, all: boolean, _say: (text: string) => void, row: AddRow): void {
  const cuts = { cuts: 0, pairs: 0, bad: [] as string[] };
  const geometries = { geometries: 0, cuts: 0, bad: [] as string[] };
  for (const scenario of scenarios(SMALLEST)) {
    const pairs = all || scenario.pairs;
    const count = sweep(subject, SMALLEST, scenario, { pairs });
    cuts.cuts += count.cuts;
    cuts.pairs += count.pairs;
    cuts.bad.push(...count.bad);
  }
  for (const scenario of scenarios(USUAL)) {
    const count = sweep(subject, USUAL, scenario, { every: all ? 1 : 3 });
    cuts.cuts += count.cuts;
    cuts.bad.push(...count.bad);
  }
  for (const [n, geometry] of GEOMETRIES.entries()) {
    geometries.geometries++;
    const many = scenarios(geometry);
    for (const [m, scenario] of many.entries()) {
      if (!all && (n + m) % many.length !== 0) continue;
      const count = sweep(subject, geometry, scenario, { every: all ? 1 : 7 });
      geometries.cuts += count.cuts;
      geometries.bad.push(...count.bad);
    }
  }
  row('cuts', cuts.cuts + geometries.cuts, 'cuts', [...cuts.bad, ...geometries.bad]);
  row('pairs', cuts.pairs, 'pairs', []);
  row('geometries', geometries.geometries, 'geometries', []);

  const rot = { runs: 0, bad: [] as string[] };
  for (const scenario of scenarios(SMALLEST)) {
    const count = flips(subject, SMALLEST, scenario, all ? 1 : 19);
    rot.runs += count.runs;
    rot.bad.push(...count.bad);
  }
  row('flipped bits of journal records', rot.runs, 'flips', rot.bad);

  const broken = { runs: 0, bad: [] as string[] };
  for (const geometry of [SMALLEST, USUAL]) {
    for (const scenario of scenarios(geometry)) {
      for (const rate of [0.5, 1]) {
        const count = failing(subject, geometry, scenario, rate, all ? 200 : 10);
        broken.runs += count.runs;
        broken.bad.push(...count.bad);
      }
    }
  }
  row('runs with journal writes that fail', broken.runs, 'runs', broken.bad);
}

/** Attacks, malformed offers, and the mutants, of which each has to be noticed. */
async function playOthers(subject: Subject, all: boolean, say: (text: string) => void, row: AddRow): Promise<void> {
  row('attacks', ATTACKS.length, 'attacks', attacks(subject));

  const malformed = [fuzz(subject, all ? 1_000_000 : 100_000), fuzz(subject, all ? 50_000 : 2000, 2, 4)];
  const offers = malformed.reduce((sum, each) => sum + each.offers, 0);
  row(
    'malformed offers',
    offers,
    'offers',
    malformed.flatMap(({ bad }) => bad),
  );
  for (const { reasons } of malformed) {
    say(
      `  ${Object.entries(reasons)
        .map(([reason, n]) => `${reason} ${n}`)
        .join(', ')}`,
    );
  }

  row('mutants', MUTANTS.length, 'mutants', await hunt(say));
}

/** `ota: N cuts, N pairs, N geometries, N bad; mutants n/n`. */
export function summary(made: readonly Row[]): string {
  const value = (name: string) => made.find((row) => row.name === name)!.value.toLocaleString('en');
  const bad = made.filter(({ name }) => name !== 'mutants').reduce((sum, row) => sum + row.bad.length, 0);
  const mutants = made.find(({ name }) => name === 'mutants')!;
  const caught = `${mutants.value - mutants.bad.length}/${mutants.value}`;
  return `ota: ${value('cuts')} cuts, ${value('pairs')} pairs, ${value('geometries')} geometries, ${bad} bad; mutants ${caught}`;
}

function attacks(subject: Subject, stopEarly = false): string[] {
  const bad: string[] = [];
  for (const { name, run } of ATTACKS) {
    try {
      run(subject);
    } catch (error) {
      bad.push(`${name}: ${(error as Error).message.replaceAll(/\s+/g, ' ')}`);
      if (stopEarly) break;
    }
  }
  return bad;
}

/** The names of the mutants that nothing noticed. */
async function hunt(say: (text: string) => void): Promise<string[]> {
  const make = await mutableFirmware();
  const healthy = notices(make(0));
  if (healthy) throw new Error(`the firmware without a planted bug fails: ${healthy}`);
  return MUTANTS.flatMap(({ name }, i) => {
    const noticed = notices(make(i + 1));
    if (noticed) say(`  caught: ${name}: ${noticed.slice(0, 140)}`);
    return noticed ? [] : [name];
  });
}

function notices(subject: Subject): string | undefined {
  const [attack] = attacks(subject, true);
  if (attack) return attack;
  for (const scenario of scenarios(SMALLEST)) {
    try {
      const [bad] = sweep(subject, SMALLEST, scenario, { every: 2 }).bad;
      if (bad) return bad;
    } catch (error) {
      return String(error);
    }
  }
  return undefined;
}

async function main(): Promise<void> {
  const json = process.argv.includes('--json');
  const started = performance.now();
  const made = await rows({
    all: process.argv.includes('--all'),
    say: (text) => void process.stderr.write(`${text}\n`),
  });
  process.stderr.write(`${((performance.now() - started) / 1000).toFixed(1)} s\n`);
  process.stdout.write(`${json ? JSON.stringify({ summary: summary(made), rows: made }, null, 2) : summary(made)}\n`);
  process.exitCode = made.every(({ ok }) => ok) ? 0 : 1;
}

if (!isMainThread) {
  const { half, all } = workerData as { half: Half; all: boolean };
  parentPort?.postMessage(await play(half, all, (text) => parentPort?.postMessage(text)));
} else if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) await main();
