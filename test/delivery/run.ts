/**
 * `npm run test:delivery`: the whole proof. Without arguments all of it; `--quick` the share of every build; `--json` one
 * document {rows} on stdout; `--mutants` the planted bugs alone; `--only <name>` the parts whose name begins so.
 */
import { parseArgs } from 'node:util';
import { audits } from './audit.ts';
import { clocks, executions, floods, sleeper } from './commands.ts';
import { crashes, decay } from './crash.ts';
import { mutants } from './mutants.ts';
import { subject } from './rig.ts';
import type { Row } from './row.ts';
import { losses, overflow, saturation, shares, storms } from './telemetry.ts';
import { twins } from './twin.ts';

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
const { quick } = values;
const seeds = Number(values.seeds ?? (quick ? 1 : 20));
const records = Number(values.records ?? (quick ? 1000 : 10_000));

const made = await subject();
const parts: Record<string, () => Row[]> = {
  D1: () => losses(made, seeds, records),
  D2: () => crashes(made, quick ? 61 : 1, quick ? 3 : 40),
  D3: () => executions(made, quick ? 200 : 1000),
  D4: () => clocks(made),
  D5: () => twins(made),
  D6: () => [...overflow(made), ...saturation(made), ...shares(made)],
  D7: () => storms(made),
  D8: () => sleeper(made),
  D10: () => audits(made),
  flood: () => floods(made),
  decay: () => decay(made, quick ? 60 : 1000),
};

const rows: Row[] = [];
const say = (text: string) => process.stderr.write(`${text}\n`);
function add(row: Row): void {
  rows.push(row);
  const goal = row.goal === undefined ? '' : ` (goal ${row.goal})`;
  say(`${row.ok ? 'ok  ' : 'FAIL'} ${row.name}: ${row.value} ${row.unit}${goal}`);
  for (const bad of row.bad ?? []) say(`     ${bad}`);
}

if (!values.mutants) {
  for (const [name, run] of Object.entries(parts)) {
    if (!name.startsWith(values.only)) continue;
    const began = performance.now();
    for (const row of run()) add(row);
    say(`     ${name} took ${((performance.now() - began) / 1000).toFixed(1)} s`);
  }
}
if (values.mutants || (!quick && values.only === '')) {
  const verdicts = await mutants(made);
  for (const { name, noticed, why } of verdicts)
    say(`${noticed ? 'noticed' : 'MISSED '} ${name}${noticed ? `: ${why}` : ''}`);
  const missed = verdicts.filter(({ noticed }) => !noticed);
  add({
    name: 'planted bugs noticed',
    value: verdicts.length - missed.length,
    unit: `of ${verdicts.length}`,
    goal: 'all',
    ok: missed.length === 0,
  });
}

const measured = (name: string) => rows.find((row) => row.name === name)?.value;
if (values.json) process.stdout.write(`${JSON.stringify({ rows }, null, 2)}\n`);
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
