// From declarations to a Thing Model and a Thing Description; what breaks between two; which releases may.
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256 } from '@noble/hashes/sha2.js';
import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compareModels } from '../../host-shim/schema/compare.ts';
import { jsonSchemas, thingDescription } from '../../host-shim/schema/describe.ts';
import { decodeModel, modelOf } from '../../host-shim/schema/load.ts';
import { encodeModel, type ThingModel, thingModel } from '../../host-shim/schema/model.ts';
import { checkRelease, saysBreaking } from '../../host-shim/schema/policy.ts';
import { parseDeclarations } from '../../runtime/guest/compiler/declarations.ts';
import { repoRoot } from '../support/device.ts';
import { mote } from './cli/harness.ts';

const PUMP = join(repoRoot, 'test', 'fixtures', 'modules', 'pump');
/** The W3C's own schema for Thing Descriptions 1.1. */
const OFFICIAL = join(repoRoot, 'node_modules/wot-thing-description-types/schema/td-json-schema-validation.json');
/** The same for Thing Models. */
const OFFICIAL_TM = join(repoRoot, 'node_modules/wot-thing-model-types/schema/tm-json-schema-validation.json');
const lacks = (file: string, name: string) => (existsSync(file) ? '' : ` (SKIPPED: npm install --no-save ${name})`);

let pump: ThingModel;
beforeAll(async () => {
  pump = (await modelOf(PUMP)).model!;
});

describe('the model of a module', () => {
  test('says all that schema.ts says', () => {
    expect(Object.keys(pump.events!)).toEqual(['Measurement']);
    expect(Object.keys(pump.actions!)).toEqual(['pump.run', 'stop']);
    expect(pump.properties!.desired).toMatchObject({
      ...{
        title: 'Settings',
        description: 'How it shall run.',
        writeOnly: true,
        type: 'object',
        required: ['interval'],
      },
      properties: {
        interval: { type: 'integer', unit: 's', minimum: 1, maximum: 3600 },
        level: { type: 'number', unit: '%' },
      },
    });
    expect(pump.properties!.reported!.required).toEqual(['interval', 'level', 'mode', 'quiet']);
    expect(pump.actions!['pump.run']).toMatchObject({
      idempotent: true,
      output: { properties: { volume: { unit: 'l' } } },
    });
    expect(pump.actions!.stop).toEqual({ title: 'Stop', description: 'Stops it.', safe: false, idempotent: false });
  });

  test('is the same bytes each time, and comes back from them', async () => {
    const again = (await modelOf(PUMP)).model!;
    expect(sha256(encodeModel(again))).toEqual(sha256(encodeModel(pump)));
    expect(decodeModel(encodeModel(pump), 'here')).toEqual(pump);
    expect(thingModel('x', '1.0.0', [])).toBeNull();
  });

  test.each([
    '',
    '[]',
    '{',
    '{"@type":"Thing"}',
    '{"@type":"tm:ThingModel","title":"x","version":{"model":"1"},"events":{"a":{}}}',
  ])('what is none is refused: %j', (text) => {
    expect(() => decodeModel(Buffer.from(text), 'there')).toThrow(expect.objectContaining({ code: 'MOTE-2112' }));
  });

  const noTd = lacks(OFFICIAL, 'wot-thing-description-types@1.1.0-12-March-2025');
  test.skipIf(noTd !== '')(`its Thing Description holds before the W3C's schema${noTd}`, async () => {
    const ajv = new Ajv({ strict: false, validateFormats: false });
    const validate = ajv.compile(JSON.parse(await readFile(OFFICIAL, 'utf8')));
    const td = thingDescription(pump, { thing: 'acme/lab/pump/p1', broker: 'mqtts://broker.example:8883' });
    expect([validate(td), validate.errors]).toEqual([true, null]);
    const rules = (await modelOf(join(repoRoot, 'modules', 'rules'))).model!;
    const nested = thingDescription(rules, { thing: 'acme/lab/pump/p1', broker: 'mqtts://broker.example:8883' });
    expect([validate(nested), validate.errors]).toEqual([true, null]);
    // A validator that takes everything would not be one.
    expect(validate({ ...td, security: undefined })).toBe(false);
    expect(validate({ ...td, properties: { reported: { type: 'objekt', forms: [] } } })).toBe(false);
  });

  const noTm = lacks(OFFICIAL_TM, 'wot-thing-model-types@1.1.0-12-March-2025');
  test.skipIf(noTm !== '')(`the model itself, too${noTm}`, async () => {
    const validate = new Ajv({ strict: false, validateFormats: false }).compile(
      JSON.parse(await readFile(OFFICIAL_TM, 'utf8')),
    );
    expect([validate(pump), validate.errors]).toEqual([true, null]);
    expect([validate((await modelOf(join(repoRoot, 'modules', 'rules'))).model), validate.errors]).toEqual([
      true,
      null,
    ]);
    expect(validate({ ...pump, title: 1 })).toBe(false);
  });

  test('its forms are the topics of the device', () => {
    const td = thingDescription(pump, { thing: 'acme/lab/pump/p1', broker: 'mqtt://b:1883' }) as never as {
      events: { Measurement: { forms: object[] } };
      actions: { stop: { forms: object[] } };
    };
    expect(td.events.Measurement.forms[0]).toMatchObject({
      href: 'mqtt://b:1883',
      'mqv:filter': 'acme/lab/pump/p1/tlm',
    });
    expect(td.actions.stop.forms[0]).toMatchObject({ 'mqv:topic': 'acme/lab/pump/p1/cmd', op: 'invokeaction' });
    expect(() => thingDescription(pump, { thing: 'acme/lab', broker: 'x' })).toThrow(
      expect.objectContaining({ key: 'topic-invalid' }),
    );
  });

  test('its JSON Schemas judge documents', () => {
    const ajv = new Ajv2020({ strict: false });
    const schemas = jsonSchemas(pump);
    const desired = ajv.compile(schemas['properties/desired']!);
    expect(desired({ interval: 60, mode: 'auto' })).toBe(true);
    for (const wrong of [
      {},
      { interval: 0 },
      { interval: 1.5 },
      { interval: 1, mode: 'on' },
      { interval: 1, level: 101 },
    ]) {
      expect([wrong, desired(wrong)]).toEqual([wrong, false]);
    }
    expect(Object.keys(schemas)).toContain('actions/pump.run/output');
  });
});

describe('what breaks', () => {
  const of = async (body: string) => thingModel('m', '1.0.0', await parseDeclarations(body))!;
  const field = (kind: string, text: string) => of(`class A extends ${kind} { b: u8; ${text} }`);
  const unit = (text: string) => `/** ${text} */ a: f32;`;

  // What changes, and whether that breaks who hears it (Telemetry), and who says it (Desired).
  test.each([
    ['a field is removed', 'a: u8;', '', true, true],
    ['a field is added', '', 'a: u8;', false, true],
    ['a field with a default is added', '', 'a: u8 = 1;', false, false],
    [
      'a whole number becomes any',
      '/** @minimum 0 @maximum 9 */ a: u8;',
      '/** @minimum 0 @maximum 9 */ a: f32;',
      true,
      false,
    ],
    [
      'any number becomes whole',
      '/** @minimum 0 @maximum 9 */ a: f32;',
      '/** @minimum 0 @maximum 9 */ a: u8;',
      false,
      true,
    ],
    ['a number becomes text', 'a: u8;', 'a: string;', true, true],
    ['its unit changes', unit('@unit m'), unit('@unit km'), true, true],
    ['its range grows', 'a: u8;', 'a: u16;', true, false],
    ['its range shrinks', 'a: u16;', 'a: u8;', false, true],
    ['it gets a bound', unit(''), unit('@maximum 5'), false, true],
    ['it loses a bound', unit('@minimum 5'), unit(''), true, false],
    ['a text may be longer', 'a: string;', '/** @maxLength 99 */ a: string;', true, false],
    ['a value is added', '/** @enum x y */ a: string;', '/** @enum x y z */ a: string;', true, false],
    ['a value is removed', '/** @enum x y */ a: string;', '/** @enum x */ a: string;', false, true],
    ['a text becomes one of some', 'a: string;', '/** @enum x */ a: string;', false, true],
    ['it need not be there', 'a: u8;', 'a: u8 = 0;', false, false],
    ['it has to be there', 'a: u8 = 0;', 'a: u8;', false, true],
    ['words change', '/** One. */ a: u8;', '/** Two. */ a: u8;', false, false],
  ])('%s', async (_, before, after, out, into) => {
    const breaks = async (kind: string) =>
      compareModels(await field(kind, before), await field(kind, after)).some(({ breaking }) => breaking);
    expect([await breaks('Telemetry'), await breaks('Desired')]).toEqual([out, into]);
  });

  test('whole classes', async () => {
    const run = '/** @command run */ class Run extends Command { a: u8 = 0; }';
    const judged = async (before: string, after: string) =>
      compareModels(await of(before), await of(after)).map(({ where, breaking }) => [where, breaking]);
    const other = 'class T extends Telemetry { a: u8; }';
    expect(await judged(run + other, other)).toEqual([
      ['actions/run', true],
      ['actions/run/input', true],
    ]);
    expect(await judged(other, run + other)).toEqual([
      ['actions/run', false],
      ['actions/run/input', false],
    ]);
    expect(await judged('class Run extends Command {}', run.replace(' = 0', ''))).toEqual([
      ['actions/run/input', true],
    ]);
    expect(await judged(run.replace('run', 'run @idempotent'), run)).toEqual([['actions/run', true]]);
    expect(compareModels(pump, pump)).toEqual([]);
    expect(compareModels(pump, null).every(({ breaking }) => breaking)).toBe(true);
    expect(compareModels(null, pump).some(({ breaking }) => breaking)).toBe(false);
  });

  test.each([
    ['1.2.3', '2.0.0', true],
    ['1.2.3', '1.3.0', false],
    ['1.2.3', '1.2.3', false],
    ['2.0.0', '1.9.0', false],
    ['0.3.1', '0.4.0', true],
    ['0.3.1', '0.3.2', false],
    ['0.9.0', '1.0.0', true],
    ['spring', 'summer', false],
  ])('from %s to %s it may: %s', (before, after, may) => {
    expect(saysBreaking(before, after)).toBe(may);
  });

  test('a release that breaks is refused by name', async () => {
    const [before, after] = [
      await of('class A extends Telemetry { a: u8; b: u8; }'),
      await of('class A extends Telemetry { a: u8; }'),
    ];
    const wrong = () => checkRelease('m', { version: '1.0.0', model: before }, { version: '1.1.0', model: after });
    expect(wrong).toThrow(
      expect.objectContaining({ code: 'MOTE-2111', message: expect.stringContaining('events/A/b was removed') }),
    );
    expect(checkRelease('m', { version: '1.0.0', model: before }, { version: '2.0.0', model: after })).toHaveLength(1);
  });
});

describe('mote schema, build, sign and release', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mote-schema-'));
    await mote('keys', 'new', 'k', '--keys', join(folder, 'keys'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  /** The pump with another version and another schema.ts, as a project of its own that has motekit as a package. */
  async function variant(name: string, version: string, change: (schema: string) => string): Promise<string> {
    const at = join(folder, 'projects', name);
    await cp(PUMP, at, { recursive: true });
    const edit = async (file: string, how: (text: string) => string) =>
      writeFile(join(at, file), how(await readFile(join(at, file), 'utf8')));
    await edit('module.json', (text) => text.replace('1.2.0', version));
    await edit('schema.ts', (text) => change(text.replace('../../../../modules/lib', 'motekit/modules/lib')));
    await writeFile(join(at, 'package.json'), '{}');
    return at;
  }
  const same = (text: string) => text;
  const without = (text: string) =>
    text.replace('  running: bool = false;\n', '').replace(/^.*@unit Cel.*$/m, '  /** @unit K */');
  const unused = (text: string) =>
    text.replace(
      '  quiet: bool = false;\n}\n\n/** How it runs',
      '  quiet: bool = false;\n  later: u8 = 1;\n}\n\n/** How it runs',
    );

  test('show and diff', async () => {
    const shown = await mote('schema', 'show', PUMP);
    expect(decodeModel(Buffer.from(shown.stdout), 'stdout')).toEqual(pump);
    const td = await mote('schema', 'show', PUMP, '--on', 'acme/lab/pump/p1', '--broker', 'mqtt://b:1', '--json');
    expect(td.json).toMatchObject({ id: 'urn:mote:acme:lab:pump:p1', version: { instance: '1.2.0' } });
    expect((await mote('schema', 'show', PUMP, '--json-schema', '--json')).json['events/Measurement']).toMatchObject({
      type: 'object',
    });
    const none = await mote('schema', 'show', join(repoRoot, 'test/fixtures/modules/echo'), '--json');
    expect([none.exit, none.json.error.code]).toEqual([3, 'MOTE-2114']);

    const fine = await mote('schema', 'diff', PUMP, await variant('fine', '1.3.0', unused), '--json');
    expect([fine.exit, fine.json]).toMatchObject([
      0,
      { breaking: false, changes: [{ where: 'properties/desired/later' }] },
    ]);
    const bad = await variant('bad', '1.3.0', without);
    const breaks = await mote('schema', 'diff', PUMP, bad, '--json');
    expect([breaks.exit, breaks.json.error.code]).toEqual([1, 'MOTE-2115']);
    expect(breaks.json).toMatchObject({ breaking: true, allowed: false });
  });

  test('build writes the model; sign puts its digest into the manifest, and refuses what breaks', {
    timeout: 60_000,
  }, async () => {
    const out = join(folder, 'out');
    const built = await mote('build', PUMP, '--out', out, '--json');
    const bytes = await readFile(built.json.schema);
    expect(decodeModel(bytes, 'built')).toEqual(pump);
    const file = join(folder, 'pump.mote');
    const sign = (module: string, ...more: string[]) =>
      mote('sign', module, '--key', 'k', '--keys', join(folder, 'keys'), '--out', file, ...more, '--json');
    expect((await sign(await variant('same', '1.2.0', same))).exit).toBe(0);
    const { readBundle } = await import('../../host-shim/release/bundle.ts');
    expect(Buffer.from(readBundle(await readFile(file)).manifest.schema!)).toEqual(Buffer.from(sha256(bytes)));
    // The fixture's index.ts uses every field, so what a variant leaves out is refused before it is compiled.
    const fine = await variant('fine', '1.3.0', unused);
    expect((await sign(fine, '--previous', built.json.schema)).exit).toBe(0);
    const smaller = await variant('smaller', '1.3.0', (text) => text.replace('@maximum 3600', '@maximum 60'));
    const refused = await sign(smaller, '--previous', built.json.schema);
    expect([refused.exit, refused.json.error.code]).toEqual([4, 'MOTE-2111']);
    const major = await variant('smaller', '2.0.0', (text) => text.replace('@maximum 3600', '@maximum 60'));
    expect((await sign(major, '--previous', built.json.schema)).exit).toBe(0);
  });

  test('release create refuses what breaks the release before', { timeout: 60_000 }, async () => {
    const out = join(folder, 'pump.oci');
    const create = (module: string) =>
      mote('release', 'create', module, '--key', 'k', '--keys', join(folder, 'keys'), '--out', out, '--json');
    const first = await create(await variant('first', '1.2.0', same));
    expect([first.exit, first.json.tag]).toEqual([0, '1.2.0']);
    const smaller = (version: string) =>
      variant('smaller', version, (text) => text.replace('@maximum 3600', '@maximum 60'));
    const refused = await create(await smaller('1.3.0'));
    expect([refused.exit, refused.json.error.code]).toEqual([4, 'MOTE-2111']);
    expect((await create(await smaller('1.2.0'))).exit).toBe(4);
    expect((await create(await variant('fine', '1.3.0', unused))).exit).toBe(0);
    expect((await create(await smaller('2.0.0'))).exit).toBe(0);
    const diff = await mote('schema', 'diff', `${out}:1.3.0`, `${out}:2.0.0`, '--json');
    expect(diff.json).toMatchObject({ breaking: true, allowed: true });
    const shown = await mote('schema', 'show', `${out}:1.2.0`, '--json');
    expect(shown.json).toMatchObject({ title: 'pump', version: { model: '1.2.0' } });
  });
});
