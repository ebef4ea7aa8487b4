// npm run bench [-- names…] [--json] [--goals]: speed and size, as ratios against a peer in the same run. Each suite is a
// program of test/bench that answers rows {name, value, unit, peer?, ratio?, goal?, ok}.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from './build.mjs';
import { fail, root, say } from './lib.mjs';

/** What plain `npm run bench` runs: short, and without tools from outside npm. */
const DEFAULT = ['engines', 'ml-dsa'];

const args = process.argv.slice(2);
const json = args.includes('--json');
/** Only the rows that have one. */
const goals = args.includes('--goals');
const names = args.filter((arg) => !arg.startsWith('-'));
await build();
const folder = join(root, 'dist', 'test', 'bench');
const suites = names.length > 0 ? names : DEFAULT;
const rows = [];
for (const name of suites) {
  const file = join(folder, `${name}.js`);
  const suite = await import(pathToFileURL(file).href).catch((error) => {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    const known = readdirSync(folder).filter((entry) => entry.endsWith('.js'));
    fail(`there is no bench ${name}; there are: ${known.map((entry) => entry.slice(0, -3)).join(', ')}`);
  });
  say(`bench: ${name} …`);
  const answered = await suite.rows();
  rows.push(...(goals ? answered.filter(({ goal }) => goal !== undefined) : answered));
}
if (json) process.stdout.write(`${JSON.stringify({ rows }, null, 2)}\n`);
else {
  const { columns } = await import(pathToFileURL(join(root, 'dist', 'host-shim', 'text.js')).href);
  const number = (value) => {
    if (typeof value !== 'number') return value ?? '';
    return (Number.isInteger(value) ? value : Number(value.toPrecision(4))).toLocaleString('en');
  };
  const lines = rows.map(({ name, value, unit, peer, ratio, goal, ok }) => [
    ...[name, number(value), unit ?? '', peer ?? '', number(ratio), number(goal)],
    ok ? 'ok' : 'MISSED',
  ]);
  process.stdout.write(`${columns(lines, ['', 'value', 'unit', 'peer', 'ratio', 'goal', ''])}\n`);
}
process.exitCode = rows.every(({ ok }) => ok) ? 0 : 1;
