/**
 * Drivers against the same virtual parts on every host: kernel.wasm, the engine of this program, and rv32 under QEMU. The same
 * readings, the same faults, and on the buses the same transfers at the same times.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { blankImage } from '../../host-shim/board/flash.ts';
import type { BoardOptions } from '../../host-shim/board/board.ts';
import { packageRoot } from '../../host-shim/files.ts';
import { ds18b20 } from '../../host-shim/parts/catalog/ds18b20.ts';
import { hx711 } from '../../host-shim/parts/catalog/hx711.ts';
import { max31865 } from '../../host-shim/parts/catalog/max31865.ts';
import { modbusMeter } from '../../host-shim/parts/catalog/modbus.ts';
import { tmp117 } from '../../host-shim/parts/catalog/tmp117.ts';
import type { Description } from '../../host-shim/parts/description.ts';
import { compileHarness } from '../../host-shim/parts/kit/harness.ts';
import { DriverSession } from '../../host-shim/parts/kit/session.ts';
import { traceText } from '../../host-shim/parts/trace.ts';
import { Replay, type TraceLine } from '../../host-shim/parts/trace.ts';
import { buildBoard, QemuMachine } from '../../host-shim/qemu/index.ts';
import type { CompiledModule } from '../../runtime/guest/compiler/index.ts';
import { buildKernel } from '../../runtime/kernel/build/index.ts';
import { describeTarget } from '../support/tools.ts';

interface Subject {
  name: string;
  className: string;
  made?: string;
  config: string;
  part: Description;
  at: string;
  settings?: Record<string, string>;
}

/** One of each bus. */
const SUBJECTS: Subject[] = [
  { name: 'tmp117', className: 'Tmp117', config: 'tmp117 bus=0', part: tmp117, at: 'i2c0:0x48' },
  { name: 'max31865', className: 'Max31865', config: 'max31865 bus=0 select=1', part: max31865, at: 'spi0:1' },
  { name: 'ds18b20', className: 'Ds18b20', config: 'ds18b20 bus=0', part: ds18b20, at: 'onewire0' },
  { name: 'hx711', className: 'Hx711', config: 'hx711 data=4 clock=5', part: hx711, at: 'gpio4:5' },
  {
    name: 'modbus-client',
    className: 'ModbusClient',
    made: 'new ModbusClient(config)',
    config: 'modbus port=1 unit=1 plan=meter timeout=100',
    part: modbusMeter,
    at: 'uart1',
    settings: { 'sensors/meter': '4 0 f32 0 V voltage;3 3 u16 -3 A current' },
  },
];

type Host = NonNullable<Parameters<typeof DriverSession.open>[0]['board']>;

const scratch = mkdtempSync(join(tmpdir(), 'mote-parts-hosts-'));
const modules = new Map<string, CompiledModule>();
const reference = new Map<string, string>();

beforeAll(async () => {
  const folder = join(packageRoot(), 'modules', 'sensors', 'assembly');
  for (const { name, className, made } of SUBJECTS) {
    const source = join(folder, `${name}.ts`);
    modules.set(name, await compileHarness({ source, className, ...(made && { made }) }));
  }
}, 300_000);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Everything that can be seen of a day in a driver's life: readings, faults, recovery, and the wire. */
async function played({ name, config, part, at, settings }: Subject, board: Host): Promise<string> {
  const trace: TraceLine[] = [];
  const session = await DriverSession.open({
    module: modules.get(name)!,
    config,
    wires: [{ part, at, name: 'it' }],
    trace: (line) => trace.push(line),
    ...(settings && { settings }),
    board,
  });
  try {
    const it = session.wiring.part('it');
    const lines: string[] = [];
    session.clock.advance(1000);
    const step = (what: string) => lines.push(`${session.clock.now()} ${what} ${JSON.stringify(session.fresh())}`);
    for (const [knob, { min, max, start }] of Object.entries(part.knobs))
      for (const value of [min, start, max - (max - start) / 3, start]) {
        it.turn(knob, value);
        step(`${knob} ${value}`);
        session.clock.advance(1000);
      }
    for (const fault of [
      { kind: 'absent' },
      { kind: 'stuck' },
      { kind: 'nack', at: 1 },
      { kind: 'garbage', seed: 1 },
    ] as const) {
      it.inject(fault);
      step(fault.kind);
      it.heal();
      session.clock.advance(1000);
      step('healed');
    }
    return `${lines.join('\n')}\n${traceText(trace)}`;
  } finally {
    await session.close();
  }
}

async function expected(subject: Subject): Promise<string> {
  const known = reference.get(subject.name) ?? (await played(subject, {}));
  reference.set(subject.name, known);
  return known;
}

test.each(SUBJECTS)('$name reads, fails and reads again on kernel.wasm', async (subject) => {
  const seen = await expected(subject);
  expect(seen).toMatch(/"code":0,"fault":"","records":\[\{/);
  expect(seen).toMatch(/absent .*"code":-/);
  expect(seen.split('\n').filter((line) => /healed .*"code":0/.test(line))).toHaveLength(4);
});

test('a recorded trace plays the part: the same readings without it', async () => {
  const [subject] = SUBJECTS as [Subject];
  const lines: TraceLine[] = [];
  const open = (wires: Parameters<typeof DriverSession.open>[0]['wires'], trace?: (line: TraceLine) => void) =>
    DriverSession.open({ module: modules.get(subject.name)!, config: subject.config, wires, ...(trace && { trace }) });
  const real = await open([{ part: subject.part, at: subject.at }], (line) => lines.push(line));
  real.clock.advance(1000);
  const readings = [real.fresh(), real.reading(), real.reading()];
  await real.close();
  expect(readings[0]!.records[0]!.value).toBe(25);
  const replay = new Replay(lines);
  const played = await open([{ replay, at: subject.at }]);
  expect([played.fresh(), played.reading(), played.reading()]).toEqual(readings);
  expect(replay.left).toBe(0);
  // One more than was recorded: the board stops and says why.
  const errors: Error[] = [];
  played.board.on('error', (error) => errors.push(error));
  expect(() => played.reading()).toThrow();
  expect(errors[0]?.message).toContain('the trace ends after');
  await played.close();
});

describe('the engine of this program', () => {
  let kernel: WebAssembly.Module;
  beforeAll(async () => {
    kernel = await WebAssembly.compile(await readFile((await buildKernel({ engine: 'host' })).file));
  }, 300_000);

  test.each(SUBJECTS)('$name', async (subject) => {
    expect(await played(subject, { kernel })).toBe(await expected(subject));
  });
});

describeTarget('rv32 under QEMU', () => {
  let elf: string;
  beforeAll(async () => {
    ({ elf } = await buildBoard());
  }, 300_000);

  test.each(SUBJECTS)('$name', async (subject) => {
    const flash = join(scratch, 'flash.bin');
    writeFileSync(flash, blankImage());
    const machine: BoardOptions['machine'] = (ports) => new QemuMachine({ elf, flash }, ports);
    expect(await played(subject, { machine })).toBe(await expected(subject));
  });
});
