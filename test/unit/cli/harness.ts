/** Runs a command from its source, in this process. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Command, Config } from '@oclif/core';
import { captureOutput } from '@oclif/test';
import { COMMANDS } from '../../../cli/index.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

export interface Outcome {
  exit: number;
  stdout: string;
  stderr: string;
  /** What `--json` printed. */
  // biome-ignore lint/suspicious/noExplicitAny: each command prints another shape, and the tests say which
  json: any;
}

/** `mote(...)` as typed, the command's words first: `mote('keys', 'new', 'release')`. */
export async function mote(...argv: string[]): Promise<Outcome> {
  const id = [3, 2, 1]
    .map((words) => argv.slice(0, words).join(':'))
    .find((name) => name in COMMANDS) as keyof typeof COMMANDS;
  const Found: Command.Class = COMMANDS[id];
  Found.id = id;
  // Without its table of commands oclif has nothing to load from dist/.
  const { oclif: _, ...pjson } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'));
  const config = new Config({ root, pjson: { ...pjson, oclif: { bin: 'mote' } } });
  await config.load();
  const rest = argv.slice(id.split(':').length);
  const { error, stdout, stderr } = await captureOutput(() => Found.run(rest, config));
  const exit = error === undefined ? 0 : (error.oclif?.exit ?? -1);
  if (exit === -1) throw error;
  return { exit, stdout, stderr, json: argv.includes('--json') ? JSON.parse(stdout) : undefined };
}
