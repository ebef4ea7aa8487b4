/**
 * kernel.wasm plays scenarios; where this machine has a C compiler, the same kernel compiled for it must say the same,
 * byte for byte and with the same fuel.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildKernel } from '../../runtime/kernel/build/index.ts';
import { buildProgram, compileProbe, findCompiler, out, runProgram, writeModules } from '../unit/kernel/host-build.ts';
import { FIXTURES } from '../unit/kernel/fixtures.ts';
import { play } from './kernel/machine.ts';
import { type Event, RET, Script, scenarioText, tell } from './kernel/scenario.ts';

const script = () => new Script();
const many = (count: number, event: (index: number) => Event) =>
  Array.from({ length: count }, (_, index) => event(index));
const spawn = (...args: Parameters<Script['spawn']>) => tell(1, script().spawn(...args));

function letter(to: number, inner: Script): Event {
  const outer = script();
  const payload = inner.bytes();
  return tell(1, outer.op('mailSend', to, outer.data(payload), payload.length, RET));
}

/** Each with the lines that must be among what is said. */
const SCENARIOS: Record<string, { events: Event[]; said: string[] }> = {
  'a supervisor and a child': {
    events: [
      spawn('child', 'probe', {}, [{ capability: 'settings', scope: 'keys/' }]),
      tell(2, script().op('randomGet', 8, RET)),
      tell(1, script().op('actorsTick', 2, RET).op('actorsCheck', 2, RET)),
      (() => {
        const ask = script();
        const [key, id] = [ask.text('keys/1'), ask.text('id')];
        return tell(2, ask.op('settingsGet', key, 6, RET).op('settingsGet', id, 2, RET).op('settingsGet', id, 0, RET));
      })(),
      letter(2, script().op('mailReply', RET, 0, RET)),
      tell(1, script().op('actorsInspect', 2, RET)),
      tell(2, script().op('trap')),
      tell(1, script().op('actorsInspect', 2, RET)),
    ],
    said: [
      '1 child: s',
      '1 probe: S 2',
      '1 child: l 00 0001020304050607',
      '1 child: t',
      '1 probe: h 2 1',
      '1 child: l 00 6b6579732f31',
      '1 child: l 01 00',
      '1 child: m 1',
      '1 probe: m 2',
      '2 child: trap: unreachable executed',
      '1 probe: x 2 trap: unreachable executed',
    ],
  },
  'modules that must not load, and one that may': {
    events: [...Object.keys(FIXTURES).map((name) => spawn(name, name)), spawn('last', 'probe')],
    said: ['1 last: s', '2 no-health: load: missing export health', '2 unknown-import: load: unknown import log.writ'],
  },
  'budgets crossed': {
    events: [
      ...many(7, () => spawn('child', 'probe')),
      tell(2, script().op('spin')),
      tell(3, script().op('recurse', 100_000)),
      tell(4, script().op('grow', 1).op('grow', 0xffffffff).op('load', 8191)),
      tell(4, script().op('load', 8192)),
      tell(5, script().op('burn', 199_000)),
      tell(5, script().op('burn', 200_000)),
      tell(6, script().op('realloc', 3, 0).op('randomGet', 4, RET)),
      tell(7, script().op('wide', 100_000)),
      tell(8, script().op('logWrite', 1, 8191, 2)),
    ],
    said: [
      '1 probe: x 2 fuel',
      '1 probe: x 3 trap: stack overflow',
      '1 child: g 4294967295 1',
      '1 probe: x 4 trap: out of bounds memory access',
      '1 probe: x 5 fuel',
      '1 probe: x 6 fuel',
      '1 probe: x 7 trap: stack overflow',
      '1 probe: x 8 trap: address outside memory',
    ],
  },
  'fuel, counted': {
    events: [
      ...many(12, (index) => spawn('child', 'probe', { fuel: 100_000 + index })),
      ...many(6, (index) => tell(2 + index, script().op('burn', 137 * index))),
      ...many(6, (index) => tell(8 + index, script().op('recurseThenRandom', 3 * index, 8))),
      ...many(12, (index) => tell(1, script().op('actorsInspect', 2 + index, RET))),
    ],
    said: [],
  },
  '64 modules': {
    events: [
      ...many(64, () => spawn('child', 'quiet', { memory: 1024, stack: 512 }, [{ capability: 'radio-receive' }])),
      { kind: 'radio', frame: Uint8Array.of(0x2c, 0x44), rssi: -90 },
      tell(1, script().op('actorsInspect', 65, RET)),
    ],
    said: ['= 65', '1 probe: f 2c44 910'],
  },
  timers: {
    events: [
      tell(
        1,
        script().op('timerSet', 1, 50, RET).op('timerSet', 2, 20, RET).op('timerSet', 3, 20, RET).op('timerCancel', 9),
      ),
      { kind: 'time', now: 1019 },
      { kind: 'time', now: 1020 },
      { kind: 'time', now: 5000 },
      tell(1, script().op('timerSet', 4, 0x7fffffff, RET).op('timerSet', 5, 0x80000000, RET)),
    ],
    said: ['1 probe: T 3', '1 probe: T 2', '1 probe: T 1', `halted 0, next ${5000 + 0x7fffffff}`],
  },
  'the supervisor ends': {
    events: [
      spawn('child', 'probe'),
      tell(1, script().op('trap')),
      { kind: 'radio', frame: Uint8Array.of(1), rssi: 0 },
    ],
    said: ['2 probe: trap: unreachable executed', 'halted 1, next -1'],
  },
};

let kernel: WebAssembly.Module;
let modules: Record<string, Uint8Array>;
beforeAll(async () => {
  kernel = await WebAssembly.compile(await readFile((await buildKernel()).file));
  modules = { ...FIXTURES, probe: await compileProbe() };
}, 300_000);

describe('kernel.wasm', () => {
  test.each(Object.entries(SCENARIOS))('%s', (_name, { events, said }) => {
    const lines = play(kernel, modules, events);
    expect(lines[0]).toBe('= 1');
    expect(lines).toEqual(expect.arrayContaining(said));
  });

  test('the same events give the same lines', () => {
    const { events } = SCENARIOS['fuel, counted']!;
    expect(play(kernel, modules, events)).toEqual(play(kernel, modules, events));
  });

  test('needs nothing of its host but ports', () => {
    const wanted = WebAssembly.Module.imports(kernel);
    expect(wanted.every(({ module, kind }) => module === 'port' && kind === 'function')).toBe(true);
    expect(wanted.length).toBeGreaterThan(0);
  });
});

const compiler = await findCompiler();
const missing = compiler ? '' : ' (SKIPPED: neither gcc nor clang with sanitizers is installed)';
describe.skipIf(!compiler)(`kernel.wasm and the kernel for this machine agree${missing}`, () => {
  let program: string;
  let folder: string;
  beforeAll(async () => {
    folder = await writeModules();
    program = await buildProgram(compiler!, 'play', ['script.c', 'mock_ports.c', '../../conformance/kernel/play.c']);
  }, 300_000);

  test.each(Object.entries(SCENARIOS))('%s', async (name, { events }) => {
    const file = join(out, `${name.replaceAll(/\W+/g, '-')}.scenario`);
    await writeFile(file, scenarioText(events));
    expect(await runProgram(program, [folder, file])).toEqual(play(kernel, modules, events));
  });
});
