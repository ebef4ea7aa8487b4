// npm run bench [-- names…] [-- --json]: speed and size, as ratios against a peer in the same run. Each suite is a
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
  rows.push(...(await suite.rows()));
}
if (json) process.stdout.write(`${JSON.stringify({ rows }, null, 2)}\n`);
else {
  const { default: Table } = await import('cli-table3');
  const table = new Table({
    head: ['', 'value', 'unit', 'peer', 'ratio', 'goal', ''],
    style: { head: [], border: [] },
  });
  const number = (value) =>
    typeof value === 'number' ? Number(value.toPrecision(4)).toLocaleString('en') : (value ?? '');
  for (const { name, value, unit, peer, ratio, goal, ok } of rows) {
    table.push([name, number(value), unit ?? '', peer ?? '', number(ratio), goal ?? '', ok ? 'ok' : 'MISSED']);
  }
  process.stdout.write(`${table}\n`);
}
process.exitCode = rows.every(({ ok }) => ok) ? 0 : 1;
