/** Drivers of one part on each bus, and what a day in the life of one shows: the same on every host. */
import { join } from 'node:path';
import { packageRoot } from '../../../host-shim/files.ts';
import { ds18b20 } from '../../../host-shim/parts/catalog/ds18b20.ts';
import { hx711 } from '../../../host-shim/parts/catalog/hx711.ts';
import { max31865 } from '../../../host-shim/parts/catalog/max31865.ts';
import { modbusMeter } from '../../../host-shim/parts/catalog/modbus.ts';
import { tmp117 } from '../../../host-shim/parts/catalog/tmp117.ts';
import type { Description } from '../../../host-shim/parts/description.ts';
import { compileHarness } from '../../../host-shim/parts/kit/harness.ts';
import { DriverSession } from '../../../host-shim/parts/kit/session.ts';
import { type TraceLine, traceText } from '../../../host-shim/parts/trace.ts';
import type { CompiledModule } from '../../../runtime/guest/compiler/index.ts';

export interface Subject {
  name: string;
  className: string;
  made?: string;
  config: string;
  part: Description;
  at: string;
  settings?: Record<string, string>;
}

/** One of each bus. */
export const SUBJECTS: Subject[] = [
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

export type Host = NonNullable<Parameters<typeof DriverSession.open>[0]['board']>;

/** The subjects' modules, by name. */
export async function compileSubjects(): Promise<Map<string, CompiledModule>> {
  const modules = new Map<string, CompiledModule>();
  const folder = join(packageRoot(), 'modules', 'sensors', 'assembly');
  for (const { name, className, made } of SUBJECTS) {
    const source = join(folder, `${name}.ts`);
    modules.set(name, await compileHarness({ source, className, ...(made && { made }) }));
  }
  return modules;
}

/** Everything that can be seen of a day in a driver's life: readings, faults, recovery, and the wire. */
export async function playDriver(
  module: CompiledModule,
  { config, part, at, settings }: Subject,
  board: Host,
): Promise<string> {
  const trace: TraceLine[] = [];
  const session = await DriverSession.open({
    module,
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
