// npm run check: format, lint, types of host and modules, generated files are fresh.
import { ensureInstalled, run, say, tool } from './lib.mjs';

ensureInstalled();
const steps = [
  ['format and lint', tool('biome'), ['check', '--error-on-warnings', '.']],
  ['types of the host', process.execPath, [tool('tsc'), '-p', 'tsconfig.json']],
  ['types of the modules', process.execPath, [tool('tsc'), '-p', 'modules/tsconfig.json']],
  ['tables of ciphers are fresh', process.execPath, ['modules/lib/tables/pqc.mjs', '--check']],
  ['tables of meters are fresh', process.execPath, ['modules/wmbus/tables/generate.mjs', '--check']],
  ['tables of sensors are fresh', process.execPath, ['modules/sensors/tables/generate.mjs', '--check']],
  ['generated files are fresh', process.execPath, ['scripts/generate.mjs', '--check']],
];
const failed = steps.filter(([name, command, args]) => {
  say(`check: ${name}`);
  return run(command, args) !== 0;
});
for (const [name] of failed) process.stderr.write(`check failed: ${name}\n`);
process.exit(failed.length === 0 ? 0 : 1);
