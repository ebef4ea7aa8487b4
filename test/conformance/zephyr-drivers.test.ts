/**
 * The Zephyr application's ports of buses, pins, converters and serial ports, on Zephyr's own emulated controllers (qemu_riscv32).
 * The parts behind those are the ones of every other host: drivers read them alike, and what is refused is refused alike.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blankImage, NorFlash } from '../../host-shim/board/flash.ts';
import { Kernel, type KernelPorts, type Machine } from '../../host-shim/board/kernel.ts';
import { packageRoot } from '../../host-shim/files.ts';
import { loop420 } from '../../host-shim/parts/catalog/loop420.ts';
import { compileHarness } from '../../host-shim/parts/kit/harness.ts';
import { DriverSession } from '../../host-shim/parts/kit/session.ts';
import { QemuMachine } from '../../host-shim/qemu/index.ts';
import type { CompiledModule } from '../../runtime/guest/compiler/index.ts';
import { buildKernel } from '../../runtime/kernel/build/index.ts';
import { buildConformance, noZephyr } from '../support/zephyr.ts';
import { compileProbe } from '../unit/kernel/host-build.ts';
import { compileSubjects, playDriver, SUBJECTS } from './hosts/parts.ts';
import { playOn } from './hosts/play.ts';
import { type Event, RET, Script, tell } from './kernel/scenario.ts';

const missing = noZephyr();
const script = () => new Script();

/** Their scripts are several calls of a driver of Zephyr's, so that a fault of "the next transfer" hits another one. */
const IN_PIECES = ['max31865', 'ds18b20'];

/** What the driver said. Of those in pieces without that fault, and without times, which it moves. */
function readings(name: string, seen: string): string[] {
  const lines = seen.split('\n').filter((line) => /^\d/.test(line));
  if (!IN_PIECES.includes(name)) return lines;
  return lines.map((line) => line.replace(/^\d+ /, '')).filter((line) => !line.startsWith('nack '));
}

const transfer = (name: 'i2cTransfer' | 'spiTransfer' | 'oneWireTransfer', numbers: number[], steps: number[]) => {
  const ask = script();
  return ask.op(name, ...numbers, steps.length ? ask.data(steps) : 0, steps.length, RET);
};
const UART = [9600, 8, 1, 1, 2000, 16];

/** What a module asks of each bus, and gets; actor 2 has no grant, actor 3 one of everything. */
const EVENTS: Event[] = [
  tell(1, script().spawn('none', 'probe')),
  tell(
    1,
    script().spawn('all', 'probe', {}, [
      { capability: 'i2c', scope: 'i2c0' },
      { capability: 'spi', scope: 'spi0:1' },
      { capability: 'one-wire', scope: 'onewire0' },
      { capability: 'gpio', scope: '6-9' },
      { capability: 'pwm', scope: 'pwm0:0' },
      { capability: 'uart', scope: 'uart1' },
    ]),
  ),
  ...[1, 2, 3].flatMap((actor) => [
    // Answers, or does not; is asked whether it is there; is no bus.
    ...[0x10, 0x7f].map((address) => tell(actor, transfer('i2cTransfer', [0, address], [1, 1, 0xd0, 2, 3]))),
    tell(actor, transfer('i2cTransfer', [0, 0x10], [])),
    tell(actor, transfer('i2cTransfer', [99, 0x10], [2, 1])),
    ...[0, 1, 2, 3].map((mode) =>
      tell(actor, transfer('spiTransfer', [0, 1, mode, 1_000_000], [1, 2, 0xaa, 0x55, 2, 3])),
    ),
    tell(actor, transfer('spiTransfer', [0, 1, 0, 2_000_000], [4, 2, 1, 2])),
    tell(actor, transfer('spiTransfer', [99, 1, 0, 1000], [2, 1])),
    tell(actor, transfer('oneWireTransfer', [99], [0])),
    tell(actor, script().op('gpioInput', 9, 1, RET).op('gpioRead', 9, RET).op('gpioWatch', 9, 3, RET)),
    tell(actor, script().op('gpioWatch', 9, 0, RET).op('gpioWrite', 6, 1, RET).op('gpioInput', 99, 0, RET)),
    tell(actor, script().op('pwmSet', 0, 0, 20_000, 5000, RET).op('pwmSet', 99, 0, 20_000, 5000, RET)),
    tell(actor, script().op('uartOpen', 1, ...UART, RET)),
    tell(actor, (() => { const ask = script(); return ask.op('uartWrite', 1, ask.data([1, 2, 0xc0]), 3, RET); })()), // biome-ignore format: one line
    tell(
      actor,
      script()
        .op('uartClose', 1, RET)
        .op('uartOpen', 99, ...UART, RET),
    ),
  ]),
  // What comes from outside: edges of a watched pin, bytes on an open port.
  tell(
    3,
    script()
      .op('gpioInput', 8, 0, RET)
      .op('gpioWatch', 8, 3, RET)
      .op('uartOpen', 1, ...UART, RET),
  ),
  { kind: 'gpio', actor: 3, pin: 8, high: true, count: 1, at: 0 },
  { kind: 'gpio', actor: 3, pin: 8, high: false, count: 2, at: 0 },
  { kind: 'uart', actor: 3, port: 1, bytes: Uint8Array.of(0x68, 0xc0, 0xdb, 0x16), faults: 0 },
];

describe.skipIf(missing)(`buses on Zephyr's drivers${missing ? ` (skipped: ${missing})` : ''}`, () => {
  const scratch = mkdtempSync(join(tmpdir(), 'mote-zephyr-drivers-'));
  const flash = join(scratch, 'flash.bin');
  let kernel: WebAssembly.Module;
  let modules: Map<string, CompiledModule>;
  let probe: Uint8Array;
  let elf: string;

  beforeAll(async () => {
    kernel = await WebAssembly.compile(await readFile((await buildKernel()).file));
    probe = await compileProbe();
    modules = await compileSubjects();
    writeFileSync(flash, blankImage());
    elf = await buildConformance({ drivers: true });
  }, 600_000);
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  const onZephyr = (ports: KernelPorts): Machine => new QemuMachine({ elf, flash }, ports);
  const onWasm = (ports: KernelPorts): Machine => new Kernel(kernel, { ...ports, flash: new NorFlash() });

  it.each(SUBJECTS)('$name reads, fails and reads again as on kernel.wasm', async (subject) => {
    const module = modules.get(subject.name)!;
    const here = await playDriver(module, subject, { machine: onZephyr });
    const there = await playDriver(module, subject, {});
    expect(readings(subject.name, here).length).toBeGreaterThan(10);
    expect(readings(subject.name, here)).toEqual(readings(subject.name, there));
    // On I2C the same transfers at the same times, too: the port makes of a script what it says.
    if (subject.part.bus === 'i2c') expect(here).toBe(there);
  });

  it('a converter reads what stands on its channel', async () => {
    const source = join(packageRoot(), 'modules', 'sensors', 'assembly', 'loop420.ts');
    const module = await compileHarness({ source, className: 'Loop420' });
    const session = await DriverSession.open({
      module,
      config: 'loop420 unit=0 channel=3 shunt=100000',
      wires: [{ part: loop420, at: 'adc0:3' }],
      board: { machine: onZephyr },
    });
    try {
      const part = session.wiring.part('4-20mA');
      for (const current of [0.0038, 0.012, 0.0205]) {
        part.turn('current', current);
        const { code, records } = session.fresh();
        expect(code).toBe(0);
        // 12 bits of 3300 mV across 100 ohms, and its noise.
        expect(records.find(({ quantity }) => quantity === 'current')?.value).toBeCloseTo(current, 4);
        session.clock.advance(1000);
      }
    } finally {
      await session.close();
    }
  });

  it('answers and refuses as the other hosts do', () => {
    // How a board asks for a pin's level and a port's settings is its own, and so is its clock; its inbox takes the first step.
    const own = /^(input|read|write|watch|open|close|=) /;
    const seen = (make: (ports: KernelPorts) => Machine) =>
      playOn(make, { probe }, EVENTS)
        .filter((line) => !own.test(line))
        .map((line) => line.replace(/( e \d+ \d+ \d+) \d+$/, '$1'));
    const there = seen(onWasm);
    expect(there).toEqual(
      expect.arrayContaining([
        'i2c 0 16 0101d00203',
        'spi 0 1 3 1000000 0102aa550203',
        'pwm 0 0 20000 5000',
        'uart 3 1 0102c0',
        '1 all: e 8 1 1',
        '1 all: e 8 0 2',
        '1 all: u 1 68c0db16 0',
      ]),
    );
    expect(seen(onZephyr).map((line) => line.replace(/^uart 1 1/, 'uart 3 1'))).toEqual(
      there.map((line) => line.replace(/^uart 1 1/, 'uart 3 1')),
    );
  });
});
