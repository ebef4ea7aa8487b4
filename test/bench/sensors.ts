// What each driver of modules/sensors costs: Wasm and linear memory beside another driver of its bus, instructions and host
// calls of one reading on rv32imac under QEMU, against the same virtual part as in its tests.
//
// A reading is `start` and `read`, `read` again where the part lets wait, and what came on its own since the one before. Instructions are exact and the same in every run; what
// a call of a driver that does nothing costs is subtracted for each call, and time in ports is not counted.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { blankImage } from '../../host-shim/board/flash.ts';
import type { KernelPorts, Machine } from '../../host-shim/board/kernel.ts';
import type { BusesPort } from '../../host-shim/board/ports.ts';
import { compileHarness, type DriverSource } from '../../host-shim/parts/kit/harness.ts';
import { DriverSession } from '../../host-shim/parts/kit/session.ts';
import { buildBoard, QemuMachine } from '../../host-shim/qemu/index.ts';
import { packageRoot } from '../../runtime/abi/package-root.ts';
import { driverSource } from '../unit/sensors/source.ts';
import type { Row as Sensor } from '../unit/sensors/row.ts';
import { TABLE } from '../unit/sensors/table.ts';
import type { Row } from './pqc-measure.ts';

const GOALS = { wasm: 2048, calls: 3 };
/** One thing read, where a driver reads several with calls for each. */
const SINGLE: Record<string, Partial<Pick<Sensor, 'keys' | 'settings'>>> = {
  modbus: { settings: { meter: '4 0 f32 0 V voltage' } },
};
const root = packageRoot();
const nulls = join(root, 'test', 'bench', 'assembly', 'null-drivers.ts');

export async function rows(): Promise<Row[]> {
  const scratch = mkdtempSync(join(tmpdir(), 'mote-bench-sensors-'));
  try {
    const { elf } = await buildBoard();
    const flash = join(scratch, 'flash.bin');
    const bases = new Map<string, Promise<Cost>>();
    const baseOf = (bus: string) => {
      const className = bus === 'i2c' ? 'NullI2c' : bus === 'spi' ? 'NullSpi' : 'NullDriver';
      const base = bases.get(className) ?? costOf({ source: nulls, className }, undefined, elf, flash);
      bases.set(className, base);
      return base;
    };
    const made: Row[] = [];
    for (const sensor of TABLE) {
      const { bus, kind } = sensor.part;
      const base = await baseOf(bus);
      const cost = await costOf(driverSource(sensor.driver), sensor, elf, flash);
      const isRegister = ['registers', 'commands', 'memory'].includes(kind);
      made.push(
        row(sensor.driver, 'Wasm', cost.wasm - base.wasm, 'bytes', isRegister ? GOALS.wasm : undefined),
        row(sensor.driver, 'linear memory', cost.memory - base.memory, 'bytes'),
        row(
          sensor.driver,
          'one reading',
          cost.instructions - (cost.reads + 1) * (base.instructions / 2),
          'instructions',
        ),
        row(sensor.driver, 'host calls of a reading', cost.calls, 'calls', GOALS.calls),
      );
    }
    return made;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function row(driver: string, what: string, value: number, unit: string, goal?: number): Row {
  return {
    name: `${driver}: ${what}`,
    value,
    unit,
    ...(goal !== undefined && { goal }),
    ok: goal === undefined || value <= goal,
  };
}

interface Cost {
  wasm: number;
  memory: number;
  instructions: number;
  calls: number;
  /** Calls of `read`: a driver that waits is asked again. */
  reads: number;
}

async function costOf(driver: DriverSource, sensor: Sensor | undefined, elf: string, flash: string): Promise<Cost> {
  writeFileSync(flash, blankImage());
  const module = await compileHarness(driver);
  const single = SINGLE[sensor?.driver ?? ''] ?? {};
  let machine: Counting | undefined;
  let counter: { calls: number } | undefined;
  const session = await DriverSession.open({
    module,
    config: sensor ? `${sensor.driver} ${single.keys ?? sensor.keys}` : 'nothing',
    settings: Object.fromEntries(
      Object.entries({ ...sensor?.settings, ...single.settings }).map(([name, value]) => [`sensors/${name}`, value]),
    ),
    wires: sensor ? [{ part: sensor.part, at: sensor.at, name: 'it' }] : [],
    unix: 1_700_000_000_000,
    board: {
      machine: (ports) => {
        counter = { calls: 0 };
        machine = new Counting(new QemuMachine({ elf, flash, count: true }, counted(ports, counter)));
        return machine;
      },
    },
  });
  try {
    session.clock.advance(Math.ceil((sensor?.part.startMicros ?? 0) / 1000));
    const meter = () => ({ instructions: machine!.instructions, calls: counter!.calls, reads: 0 });
    let code = 0;
    do {
      code = session.briefly('open');
      session.clock.advance(Math.max(code, 0));
    } while (code > 0);
    // The first reading sets things up; the second is what it costs from then on.
    let from = meter();
    for (let reading = 0; reading < 2; reading++) {
      from = meter();
      session.clock.advance(sensor?.every ?? 0);
      code = session.briefly('start');
      session.clock.advance(Math.max(code, 0));
      do {
        code = session.briefly('read');
        from.reads++;
        if (code < 0) throw new Error(`${module.name} answers ${code}`);
        session.clock.advance(code);
      } while (code > 0);
    }
    const instructions = machine!.instructions - from.instructions;
    const calls = counter!.calls - from.calls;
    const memory = session.peak();
    // That it measured at all, and which is not counted.
    if (sensor && session.reading().records.length === 0) throw new Error(`${module.name} reads nothing`);
    return { wasm: module.bytes, memory, instructions, calls, reads: from.reads };
  } finally {
    await session.close();
  }
}

/** Adds up what the machine's commands cost. */
class Counting implements Machine {
  readonly #machine: QemuMachine;
  instructions = 0;

  constructor(machine: QemuMachine) {
    this.#machine = machine;
  }

  #add<T>(result: T): T {
    this.instructions += this.#machine.instructions;
    return result;
  }

  boot: Machine['boot'] = (...args) => this.#machine.boot(...args);
  onRadio: Machine['onRadio'] = (...args) => this.#add(this.#machine.onRadio(...args));
  onMqtt: Machine['onMqtt'] = (...args) => this.#add(this.#machine.onMqtt(...args));
  onGpio: Machine['onGpio'] = (...args) => this.#add(this.#machine.onGpio(...args));
  onUart: Machine['onUart'] = (...args) => this.#add(this.#machine.onUart(...args));
  onDatagram: Machine['onDatagram'] = (...args) => this.#add(this.#machine.onDatagram(...args));
  onHttp: Machine['onHttp'] = (...args) => this.#add(this.#machine.onHttp(...args));
  step = () => this.#add(this.#machine.step());
  nextDeadline = () => this.#machine.nextDeadline();
  halted = () => this.#machine.halted();
  stop = () => this.#machine.stop();
}

const ASKED = /^(i2c|spi|oneWire|gpio|adc|pwm|uart)/;

/** Ports whose buses count how often they are asked. */
function counted(ports: KernelPorts, counter: { calls: number }): KernelPorts {
  const buses = new Proxy(ports.buses as BusesPort, {
    get: (target, name) => {
      const value = Reflect.get(target, name) as unknown;
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        if (ASKED.test(String(name))) counter.calls++;
        return (value as (...args: unknown[]) => unknown).apply(target, args);
      };
    },
  });
  return { ...ports, buses };
}
