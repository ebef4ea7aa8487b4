/** What the supervisor knows of other modules is what they say of themselves. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { packageRoot } from '../../host-shim/files.ts';
import { readManifest } from '../../runtime/guest/compiler/index.ts';

it.each([
  ['verifier', 'VERIFIER_BUDGET'],
  ['ml-dsa', 'ML_DSA_BUDGET'],
  ['ed25519', 'ED25519_BUDGET'],
])('starts %s with the budget of its module.json', async (name, constant) => {
  const modules = join(packageRoot(), 'modules');
  const source = await readFile(join(modules, 'supervisor', 'assembly', 'checker.ts'), 'utf8');
  const [, words = ''] = new RegExp(`${constant}: ActorBudget = new ActorBudget\\(([^)]*)\\)`).exec(source) ?? [];
  const { budgets } = await readManifest(join(modules, name));
  const { memory, stack, fuel, mailbox } = budgets;
  expect(words.split(',').map((word) => Number(word.replaceAll('_', '')))).toEqual([memory, stack, fuel, mailbox]);
});
