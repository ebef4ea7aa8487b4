/** The attacks one by one, and a share of the sweep; `npm run test:faults` plays all of it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { ATTACKS } from './checks.ts';
import { flips } from './decay.ts';
import { fuzz } from './fuzz.ts';
import { SMALLEST } from './geometries.ts';
import { repoRoot, type Subject, supervisor } from './rig.ts';
import { scenarios } from './scenarios.ts';
import { sweep } from './sweep.ts';
import { wear, wearTable } from './wear.ts';

let subject: Subject;
beforeAll(async () => {
  subject = await supervisor();
});

describe('an attack fails', () => {
  it.each(ATTACKS.map(({ name, run }) => [name, run] as const))('%s', (_name, run) => {
    run(subject);
  });
});

describe('on the smallest flash', () => {
  it.each(scenarios(SMALLEST).map((scenario) => [scenario.name, scenario] as const))(
    '%s survives a cut at, in and after every operation',
    (_name, scenario) => {
      const { cuts, bad } = sweep(subject, SMALLEST, scenario);
      expect(bad).toEqual([]);
      expect(cuts).toBeGreaterThan(20);
    },
  );

  it('a flipped bit of any record leaves the device whole', () => {
    for (const scenario of scenarios(SMALLEST)) expect(flips(subject, SMALLEST, scenario, 37).bad).toEqual([]);
  });
});

it('malformed offers are refused and write nothing', () => {
  const { bad, reasons } = fuzz(subject, 3000, 7);
  expect(bad).toEqual([]);
  expect(Object.keys(reasons).length).toBeGreaterThan(4);
  expect(fuzz(subject, 500, 8, 'key set').bad).toEqual([]);
});

it('the table of flash wear in docs/updates.md is what a run counts', () => {
  const text = readFileSync(join(repoRoot, 'docs', 'updates.md'), 'utf8');
  expect(text).toContain(`-->\n${wearTable(wear(subject))}\n<!-- /wear -->`);
});
