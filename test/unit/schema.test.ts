// schema.ts: read as AssemblyScript reads it, compiled into codecs that run on the board, and refused with file and line.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Board, createBoard, DeviceSettings, LocalMqtt, NorFlash, VirtualClock } from '../../host-shim/index.ts';
import { seededChance } from '../../host-shim/board/random.ts';
import { decodeValue, encodeValue, type Value } from '../../host-shim/fleet/wire.ts';
import { readSenml } from '../../host-shim/telemetry/senml.ts';
import { compileModule } from '../../runtime/guest/compiler/index.ts';
import { parseDeclarations, readDeclarations } from '../../runtime/guest/compiler/declarations.ts';
import { CLASS, repoRoot, VENDOR } from '../support/device.ts';

const PUMP = join(repoRoot, 'test', 'fixtures', 'modules', 'pump');
const BASE = 'acme/lab/pump/p1';

describe('declarations', () => {
  test('are read with their documentation', async () => {
    const all = await readDeclarations(PUMP);
    expect(all.map(({ kind, name, command }) => [kind, name, command])).toEqual([
      ['telemetry', 'Measurement', ''],
      ['desired', 'Settings', ''],
      ['reported', 'Status', ''],
      ['command', 'Run', 'pump.run'],
      ['result', 'Ran', 'pump.run'],
      ['command', 'Stop', 'stop'],
    ]);
    expect(all[0]).toMatchObject({ description: 'What the pump measures.', idempotent: false });
    expect(all[3]).toMatchObject({ description: 'Runs it for a while.', idempotent: true });
    expect(all[1]!.fields[0]).toEqual({
      ...{ name: 'interval', core: 'u32', type: 'integer', description: 'Between measurements.', unit: 's' },
      ...{ minimum: 1, maximum: 3600, required: true },
    });
    expect(all[1]!.fields[2]).toMatchObject({ enum: ['off', 'auto', 'manual'], maxLength: 64, required: false });
  });

  test.each([
    ['a type that is none', 'class A extends Telemetry {\n  a: Map;\n}', '2: a: is of type Map'],
    [
      'a tag that is none',
      'class A extends Telemetry {\n  /** @units m */\n  a: f32;\n}',
      '3: a: there is no tag @units',
    ],
    [
      'a bound that is none',
      'class A extends Telemetry {\n  /** @minimum low */\n  a: f32;\n}',
      '3: a: @minimum low is not a number',
    ],
    [
      'bounds beyond the type',
      'class A extends Desired {\n  /** @maximum 300 */\n  a: u8;\n}',
      '3: a: u8 does not hold its bounds',
    ],
    [
      'a unit of a text',
      'class A extends Desired {\n  /** @unit m */\n  a: string;\n}',
      '3: a: only numbers have units',
    ],
    ['two documents', 'class A extends Desired { a: u8; }\nclass B extends Desired { a: u8; }', 'one class for it'],
    [
      'two of one command',
      '/** @command x */\nclass A extends Command {}\n/** @command x */\nclass B extends Command {}',
      'two classes are',
    ],
    [
      'a result of nothing',
      '/** @command x */\nclass A extends Result { a: u8; }',
      'the result of x, which no class is',
    ],
    ['no fields', 'class A extends Telemetry {}', 'has no fields'],
    ['what is not AssemblyScript', 'class A extends Telemetry {\n  a: ;\n}', 'schema.ts:2: '],
  ])('%s is refused', async (_, text, why) => {
    await expect(parseDeclarations(text)).rejects.toThrow(why);
  });

  test('only classes of ours count', async () => {
    expect(
      await parseDeclarations('class A extends Other { a: Map; }\nclass B { b: Map; }\nfunction f(): void {}'),
    ).toEqual([]);
  });
});

describe('the codecs of a module on the board', () => {
  let board: Board;
  let mqtt: LocalMqtt;
  let clock: VirtualClock;
  let heard: [string, Uint8Array][];
  beforeAll(async () => {
    const { wasm, manifest } = await compileModule(PUMP, { out: join(repoRoot, 'build', 'test-modules') });
    const [org, edge, thingType, thing] = BASE.split('/') as [string, string, string, string];
    mqtt = new LocalMqtt();
    clock = new VirtualClock();
    board = await createBoard({
      name: 'pump',
      flash: new NorFlash(),
      settings: new DeviceSettings({
        identity: { org, edge, thingType, thing },
        vendor: VENDOR,
        class: CLASS,
        trust: [],
        keys: {},
      }),
      mqtt: mqtt.link(BASE),
      clock,
      builtins: { pump: wasm },
      supervisor: { name: 'pump', budget: manifest.budgets },
    });
    heard = [];
    mqtt.subscribe(`${BASE}/echo/+`, (topic, payload) => heard.push([topic.slice(BASE.length + 6), payload]));
    board.start();
    clock.advance(10);
  });
  afterAll(() => board.stop());

  function exchange(topic: string, payload: Uint8Array): [string, Uint8Array] {
    heard.length = 0;
    mqtt.publish(`${BASE}/in/${topic}`, payload);
    clock.advance(10);
    expect(board.counters.resets).toBe(0);
    return heard[0]!;
  }
  const asked = (topic: string, value: Value): [string, Value] => {
    const [what, bytes] = exchange(topic, encodeValue(value));
    return [what, bytes.length > 0 ? decodeValue(bytes) : null];
  };

  test('telemetry is a SenML pack', () => {
    const [what, pack] = exchange('measure', new Uint8Array());
    expect(what).toBe('measurement');
    expect(readSenml(pack)).toEqual([
      { name: 'flow', unit: 'l/h', value: 2.5 },
      { name: 'temperature', unit: 'Cel', value: 21.3 },
      { name: 'hours', unit: 's', value: 123_456_789 },
      { name: 'running', unit: '', value: true },
      { name: 'mode', unit: '', value: 'auto' },
    ]);
  });

  test('a document is taken with what it leaves out, and reported in deterministic CBOR', () => {
    expect(asked('settings', { interval: 60 })).toEqual([
      'status',
      { interval: 60, level: 50, mode: 'auto', quiet: false },
    ]);
    const all = { interval: 3600, level: 33.5, mode: 'off', quiet: true };
    expect(asked('settings', all)).toEqual(['status', all]);
    expect(asked('settings', { ...all, level: 7, later: { a: [1, 'x'] } })).toEqual(['status', { ...all, level: 7 }]);
    // Binary16 subnormals, binary32 and binary64.
    for (const level of [2 ** -24, 0.1, Math.fround(0.1), 65_504 / 1024, 99.99]) {
      expect(asked('settings', { ...all, level })).toEqual(['status', { ...all, level: Math.fround(level) }]);
    }
  });

  test.each([
    ['without a field that it needs', { level: 1 }],
    ['below its bound', { interval: 0 }],
    ['above its bound', { interval: 3601 }],
    ['of another type', { interval: '60' }],
    ['a fraction for a whole number', { interval: 1.5 }],
    ['above a bound of a fraction', { interval: 1, level: 100.5 }],
    ['not a number', { interval: 1, level: Number.NaN }],
    ['a value that is none of its enum', { interval: 1, mode: 'on' }],
    ['a number for a flag', { interval: 1, quiet: 1 }],
    ['null for a flag', { interval: 1, quiet: null }],
    ['an array', [1]],
    ['text', 'interval'],
  ] as [string, Value][])('%s: refused', (_, value) => {
    expect(asked('settings', value)).toEqual(['refused', null]);
  });

  test('arguments and results', () => {
    expect(asked('run', { seconds: 20, why: 'é✓😀' })).toEqual(['ran', { volume: 2.5 + 4 }]);
    expect(asked('run', { seconds: 600, why: '12345678' })).toEqual(['ran', { volume: 83 }]);
    expect(asked('run', { seconds: 20, why: '123456789' })).toEqual(['refused', null]);
    expect(asked('run', { seconds: -1 })).toEqual(['refused', null]);
  });

  test('2,000 mutated documents: taken or refused, never a trap', () => {
    const whole = encodeValue({ interval: 3600, level: 33.5, mode: 'off', quiet: true });
    const chance = seededChance('schema');
    const random = (below: number) => Math.floor(chance() * below);
    const seen = { status: 0, refused: 0 };
    for (let n = 0; n < 2000; n++) {
      const mutant = whole.slice(0, random(8) ? whole.length : random(whole.length));
      for (let flips = random(3) + 1; flips > 0 && mutant.length > 0; flips--)
        mutant[random(mutant.length)] = random(256);
      seen[exchange('settings', mutant)[0] as 'status']++;
    }
    expect(seen.status).toBeGreaterThan(10);
    expect(seen.status + seen.refused).toBe(2000);
  });
});
