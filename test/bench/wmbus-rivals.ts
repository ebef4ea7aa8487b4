// Decoders in other languages, as programs of their own in the same run: pyMeterBus and, with MOTE_PEER_RUST=1, m-bus-parser
// in Rust, which cargo builds into build/peers (minutes). Each is timed over the telegrams that it reads, and so are we.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../vectors/wmbus-harness.ts';
import type { Row } from './pqc-measure.ts';

interface Rival {
  name: string;
  rounds: number;
  /** The program and its arguments, or why there is none. */
  command(): string[] | string;
}

const RUST = '0.5.3';
const PYTHON = '0.8.5';

const RIVALS: Rival[] = [
  { name: `m-bus-parser ${RUST} (Rust, native)`, rounds: 60, command: buildRust },
  { name: `pyMeterBus ${PYTHON}`, rounds: 6, command: python },
];

/** `given`: a line for each telegram, its digits and its key's; `rateOf`: telegrams a second of ours over some of them. */
export function rivalRows(given: string[], rateOf: (picked: Set<number>) => number): Row[] {
  return RIVALS.flatMap(({ name, rounds, command }) => {
    const found = command();
    if (typeof found === 'string') return [missing(name, found)];
    const [program, ...args] = found as [string, ...string[]];
    const input = given.map((line) => `${line}\n`).join('');
    const { stdout, status } = spawnSync(program, [...args, String(rounds)], { input, encoding: 'utf8' });
    if (status !== 0) return [missing(name, `it ended with ${status}`)];
    const { read, seconds } = JSON.parse(stdout) as { read: number[]; seconds: number };
    const theirs = (rounds * read.length) / seconds;
    const ours = rateOf(new Set(read));
    return [
      {
        name: `wM-Bus decode to JSON by ${name}, ${read.length} of ${given.length} read`,
        value: theirs,
        unit: 'telegrams/s',
        ok: true,
      },
      {
        name: 'wM-Bus decode to JSON, V8, those that this one reads',
        value: ours,
        unit: 'telegrams/s',
        peer: name,
        ratio: ours / theirs,
        ok: true,
      },
    ];
  });
}

const missing = (name: string, why: string): Row => ({
  name: `wM-Bus against ${name}: NOT MEASURED, ${why}`,
  value: 0,
  unit: 'telegrams/s',
  ok: true,
});

function buildRust(): string[] | string {
  const folder = join(root, 'build', 'peers', 'm-bus-parser');
  const program = join(folder, 'target', 'release', 'rival');
  if (!existsSync(program)) {
    if (!process.env.MOTE_PEER_RUST) return 'MOTE_PEER_RUST=1 builds it with cargo';
    mkdirSync(join(folder, 'src'), { recursive: true });
    copyFileSync(join(root, 'test/support/wmbus-rival.rs'), join(folder, 'src', 'main.rs'));
    writeFileSync(
      join(folder, 'Cargo.toml'),
      `[package]\nname = "rival"\nversion = "0.0.0"\nedition = "2021"\n\n[dependencies]\n` +
        `m-bus-parser = { version = "=${RUST}", features = ["std", "decryption"] }\n`,
    );
    const { status } = spawnSync('cargo', ['build', '--release', '--quiet'], { cwd: folder, timeout: 300_000 });
    if (status !== 0) return status === null ? 'no cargo' : 'cargo build failed';
  }
  return [program];
}

function python(): string[] | string {
  const venv = join(root, 'build', 'peers', 'bin', 'python');
  const program = process.env.MOTE_PYTHON ?? (existsSync(venv) ? venv : 'python3');
  if (spawnSync(program, ['-c', 'import meterbus']).status !== 0) return `pip install pymeterbus==${PYTHON}`;
  return [program, join(root, 'test/support/wmbus-rival.py')];
}
