/** What modules/sensors and modules/rules declare: their models, and that the rules' schema and the rules' reader mean the same. */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { encode } from 'cborg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compareModels } from '../../host-shim/schema/compare.ts';
import { jsonSchemas } from '../../host-shim/schema/describe.ts';
import { modelOf } from '../../host-shim/schema/load.ts';
import { parseDeclarations } from '../../runtime/guest/compiler/declarations.ts';
import { compileAssembly } from '../../runtime/guest/compiler/index.ts';
import { repoRoot } from '../support/device.ts';
import { mote } from './cli/harness.ts';

const RULES = join(repoRoot, 'modules', 'rules');
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mote-rules-'));
});
afterAll(() => rm(folder, { recursive: true }));

test('mote schema show tells what sensors and rules say and take', async () => {
  const sensors = await mote('schema', 'show', join(repoRoot, 'modules', 'sensors'), '--json');
  expect(Object.keys(sensors.json.events)).toEqual(['Fault', 'Reading']);
  const rules = await mote('schema', 'show', RULES, '--json');
  expect(Object.keys(rules.json.events)).toEqual(['Told']);
  const { desired, reported } = rules.json.properties;
  expect(desired).toMatchObject({ title: 'RuleSet', writeOnly: true, type: 'object' });
  expect(desired.properties.rules.additionalProperties.properties.say.enum).toEqual(['event', 'alarm']);
  expect(reported.properties.rules.properties.count.maximum).toBe(16);
});

describe("the rules' schema and the rules' reader", () => {
  const ON = { on: 'sensors/room/temperature' };
  const RIGHT = {
    hot: { ...ON, above: 30, clear: 28, for: 60, set: 15, say: 'alarm' },
    burst: { ...ON, change: 20000, within: 300 },
    mean: { ...ON, every: 3600, tell: 'mean' },
    check: { at: '22:30', days: [1, 2, 3, 4, 5] },
  };
  test.each<[string, object, boolean]>([
    ['all kinds', RIGHT, true],
    ['none', {}, true],
    ['a limit beyond 10^12', { a: { ...ON, above: 1_000_000_000_001 } }, false],
    ['a limit that is a text', { a: { ...ON, above: 'much' } }, false],
    ['a time beyond a week', { a: { ...ON, above: 1, for: 604_801 } }, false],
    ['no window', { a: { ...ON, every: 0, tell: 'mean' } }, false],
    ['an aggregate that there is not', { a: { ...ON, every: 1, tell: 'median' } }, false],
    ['an eighth day', { a: { at: '10:00', days: [8] } }, false],
    ['a pin that no board has', { a: { ...ON, above: 1, set: 256 } }, false],
    ['a class that there is not', { a: { ...ON, above: 1, say: 'shout' } }, false],
    ['a name of a reading that is too long', { a: { on: 'x'.repeat(65), above: 1 } }, false],
    ['rules that are a list', [RIGHT.hot], false],
  ])('%s', async (_, rules, right) => {
    const { model } = await modelOf(RULES);
    const schema = jsonSchemas(model!)['properties/desired']!;
    const valid = new Ajv2020({ strict: false }).compile(schema);
    expect(valid({ rules })).toBe(right);
    const { wasm } = await probe;
    const reader = new WebAssembly.Instance(new WebAssembly.Module(wasm as BufferSource)).exports as Reader;
    const bytes = encode({ rules });
    new Uint8Array(reader.memory.buffer).set(bytes, 4096);
    expect(reader.take(bytes.length) >= 0).toBe(right);
  });
});

interface Reader extends WebAssembly.Exports {
  memory: WebAssembly.Memory;
  take(length: number): number;
}
const probe = compileAssembly(join(import.meta.dirname, 'assembly', 'rules-probe.ts'), { asc: { memoryBase: 16384 } });

test('what breaks in a document with names that are not known before', async () => {
  const before = (await modelOf(RULES)).model;
  const copy = join(folder, 'rules');
  await cp(RULES, copy, { recursive: true });
  const file = join(copy, 'desired.schema.json');
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace('"alarm"', '"shout"'));
  const changes = compareModels(before, (await modelOf(copy)).model);
  expect(changes.map(({ where, breaking }) => [where, breaking])).toContainEqual([
    'properties/desired/rules/*/say',
    true,
  ]);
  await writeFile(file, '{"type":"array"}');
  await expect(modelOf(copy)).rejects.toMatchObject({ key: 'module-invalid' });
  await rm(file);
  await expect(modelOf(copy)).rejects.toMatchObject({ key: 'module-invalid' });
});

test.each([
  ['/** A. @schema a.json */ export class A extends Desired { a: u8 = 0; }', 'has fields and @schema'],
  ['/** A. @schema a.json */ export class A extends Telemetry {}', "is of a twin's document"],
  ['/** A. @schema ../a.json */ export class A extends Reported {}', 'needs a file beside schema.ts'],
  ['/** A. */ export class A extends Reported {}', 'has no fields'],
])('%s is refused', async (text, why) => {
  await expect(parseDeclarations(text)).rejects.toThrow(why);
});
