/** docs/module.md against what the build takes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Capability } from '../../../runtime/abi/generated/contract.ts';
import { packageRoot } from '../../../runtime/abi/package-root.ts';
import { parseGrant, parseManifest } from '../../../runtime/guest/compiler/index.ts';

const page = readFileSync(join(packageRoot(), 'docs', 'module.md'), 'utf8');
const section = (title: string) => page.split(/^## /m).find((part) => part.startsWith(title))!;
/** Names in the first column of its tables. */
const firsts = (text: string) => [...text.matchAll(/^\| (`.+?) \|/gm)].flatMap(([, cell]) => cell!.match(/[\w-]+/g)!);
const example = JSON.parse(/^```json\n(.*?)^```/ms.exec(page)![1]!);

test('its example is one, and its keys are those of module.json', () => {
  const uuid = '01234567-89ab-4def-8123-456789abcdef';
  const optional = { needs: { meters: 3 }, oldest: 1, constants: { FRAME: 1200 }, vendor: uuid, class: uuid };
  expect(parseManifest({ ...example, ...optional }, 'docs/module.md')).toMatchObject(example);
  expect(firsts(page.split(/^## /m)[0]!)).toEqual(Object.keys({ ...example, ...optional }));
  expect(firsts(section('Budgets'))).toEqual(Object.keys(example.budgets));
});

test('budgets are taken within its ranges and not beyond', () => {
  for (const [, name, low, high] of section('Budgets').matchAll(/^\| `(\w+)` \|.*?\| ([\d,]+) to ([\d,^ -]+?) \|/gm)) {
    const number = (text: string) => (text.includes('^') ? 2 ** 32 - 1 : Number(text.replaceAll(',', '')));
    const taken = (value: number) => {
      try {
        parseManifest({ ...example, budgets: { ...example.budgets, [name!]: value } }, 'it');
        return true;
      } catch {
        return false;
      }
    };
    const step = name === 'memory' ? 8 : 1;
    const bounds = [number(low!) - step, number(low!), number(high!), number(high!) + step];
    expect([name, bounds.map(taken)]).toEqual([name, [false, true, true, false]]);
  }
});

test('every capability is named, and every grant in it is one', () => {
  expect(firsts(section('Grants')).sort()).toEqual(Object.keys(Capability).sort());
  for (const [, grant] of page.matchAll(/`((?:mail|http):\S+?)`/g)) expect(parseGrant(grant!).scope).not.toBe('');
});
