// What the device costs, on rv32imac under QEMU: instructions (exact and the same in every run), bytes of flash and RAM.
//
// An estimate of time assumes 160 MHz and 1.5 cycles an instruction, from the interpreter's mix of loads and jumps through
// registers; the caches of a real part, and what it does beside, are not in it. Time in ports is not counted.
import { createCipheriv } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ml_dsa65 } from '@noble/post-quantum/ml-dsa.js';
import { blankImage } from '../../host-shim/board/flash.ts';
import type { KernelPorts } from '../../host-shim/board/kernel.ts';
import { imageParts } from '../../host-shim/qemu/image.ts';
import { buildBoard, type Gauge, QemuMachine } from '../../host-shim/qemu/index.ts';
import { packageRoot } from '../../runtime/abi/package-root.ts';
import { type CompiledModule, compileAssembly, compileModule } from '../../runtime/guest/compiler/index.ts';
import { FIXTURES } from '../unit/kernel/fixtures.ts';
import type { Row } from './pqc-measure.ts';

const GOALS = { kernel: 24 * 1024, roundTrip: 5000, ram: 220 * 1024, aheadVerify: 8e6, aheadRam: 120 * 1024 };
const [MHZ, CPI] = [160, 1.5];
const root = packageRoot();
const scratch = mkdtempSync(join(tmpdir(), 'mote-bench-'));

export async function rows(): Promise<Row[]> {
  try {
    const { elf, map } = await buildBoard();
    const module = (folder: string) => compileModule(join(root, folder));
    const fixture = (name: string) =>
      compileModule(join(root, 'test/fixtures/modules', name), { out: join(root, 'build/test-modules', name) });
    const supervisor = await module('modules/supervisor');
    const gateway = await module('modules/gateway');
    const verifier = await module('modules/ml-dsa');
    const checker = await module('modules/verifier');
    const delivery = await module('modules/delivery');
    const relay = await fixture('relay');
    const echo = await fixture('echo');
    return [
      ...(await flash(map, [supervisor, verifier, gateway])),
      ...starts(elf, [supervisor, gateway, verifier, echo]),
      ...(await messages(elf, relay, echo)),
      ...verify(elf, relay, verifier),
      ...telegram(elf, gateway),
      ...(await memory(elf, map, [supervisor, gateway, checker, verifier, delivery])),
      ...deepestNesting(elf),
      ...(await ahead(relay, supervisor, gateway, verifier)),
    ];
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

const bytes = (name: string, value: number, goal?: number): Row => ({
  name,
  value,
  unit: 'bytes',
  ...(goal === undefined ? {} : { goal }),
  ok: goal === undefined || value <= goal,
});

function instructions(name: string, value: number, goal?: number): Row {
  const ms = ((value * CPI) / (MHZ * 1000)).toPrecision(3);
  return {
    ...bytes(name, value, goal),
    unit: 'instructions',
    peer: `${ms} ms at ${MHZ} MHz, ${CPI} cycles each`,
  };
}

/** `ahead`: modules that the image has compiled. */
type Parts = Partial<KernelPorts> & { ahead?: string[] };
type Built = Pick<CompiledModule, 'wasm'> & Partial<CompiledModule>;

/** A machine with these modules, the first of them started with every grant. */
function machine(elf: string, builtins: Record<string, Built>, { ahead = [], ...ports }: Parts = {}) {
  const flash = join(scratch, 'flash.bin');
  writeFileSync(flash, blankImage());
  const wasm = Object.fromEntries(Object.entries(builtins).map(([name, { wasm }]) => [name, wasm]));
  const made = new QemuMachine(
    { elf, flash, count: true, ahead },
    {
      log: () => {},
      now: () => 0,
      unix: () => undefined,
      random: (out) => out.fill(7),
      settings: { get: () => undefined },
      flash: undefined as never,
      builtins: wasm,
      radio: undefined,
      mqtt: undefined,
      ...ports,
    },
  );
  made.gauge();
  const [name, first] = Object.entries(builtins)[0]!;
  made.boot(name, first.manifest?.budgets ?? { memory: 4096, stack: 1024, fuel: 10_000, mailbox: 1024 });
  return made;
}

/** Instructions of each step until nothing is left to do. */
function work(machine: QemuMachine): number[] {
  const steps: number[] = [];
  while (machine.step()) steps.push(machine.instructions);
  return steps;
}

async function flash(map: string, modules: CompiledModule[]): Promise<Row[]> {
  const parts = await imageParts(map);
  const kernel = parts.kernel.flash + parts.engine.flash;
  return [
    bytes('flash: kernel without wasm3 (-Os)', kernel, GOALS.kernel),
    bytes('flash: wasm3 (-O2)', parts.wasm3.flash),
    bytes('flash: C library', parts.libc.flash),
    bytes('flash: the board under QEMU', parts.board.flash),
    ...modules.map(({ name, wasm }) => bytes(`flash: module ${name}, Wasm`, wasm.length)),
  ];
}

function starts(elf: string, modules: CompiledModule[]): Row[] {
  return modules.flatMap((module) => {
    const made = machine(elf, { [module.name]: module });
    const [start = 0] = work(made);
    const { heap, heapPeak, stack } = made.gauge();
    made.stop();
    const { memory, stack: vm } = module.manifest.budgets;
    return [
      instructions(`start ${module.name} (${module.bytes} bytes of Wasm)`, start),
      bytes(`start ${module.name}: linear memory`, memory),
      bytes(`start ${module.name}: engine's heap, its stack of ${vm} included`, heap - memory),
      bytes(`start ${module.name}: heap at most, for a moment`, heapPeak),
      bytes(`start ${module.name}: C stack`, stack),
    ];
  });
}

/** A message in, handed on as a letter, answered; the round trip is the letter and its answer. */
function exchange(elf: string, sender: Built, peer: Built) {
  const made = machine(elf, { sender, peer });
  work(made);
  made.onMqtt(1, 't', new Uint8Array());
  const [relayed = 0, answered = 0, heard = 0, ...more] = work(made);
  if (heard === 0 || more.length > 0) throw new Error('that was no message, letter and answer');
  made.gauge();
  made.onMqtt(1, 't', new Uint8Array());
  work(made);
  const { stack } = made.gauge();
  made.stop();
  return { relayed, roundTrip: answered + heard, heard, stack };
}

async function messages(elf: string, relay: CompiledModule, echo: CompiledModule): Promise<Row[]> {
  const bare = (name: string) =>
    compileAssembly(join(root, 'test/bench/assembly', `${name}.ts`), { memory: 4096, asc: { runtime: 'stub' } });
  const kernel = exchange(elf, await bare('ping'), await bare('pong'));
  const written = exchange(elf, relay, echo);
  return [
    instructions('empty message to a module and its answer, kernel and engine', kernel.roundTrip, GOALS.roundTrip),
    instructions('empty message handled, kernel and engine', kernel.heard),
    instructions(
      'empty message to a module and its answer, modules written with the SDK',
      written.roundTrip,
      GOALS.roundTrip,
    ),
    instructions('empty message handled, module written with the SDK', written.heard),
    instructions('MQTT message passed on as a letter, module written with the SDK', written.relayed),
    bytes('empty message: C stack', written.stack),
  ];
}

/** One signature checked: instructions of that message, and the C stack. */
function verification(elf: string, relay: CompiledModule, verifier: CompiledModule, parts: Parts = {}) {
  const made = machine(elf, { relay, peer: verifier }, parts);
  work(made);
  made.gauge();
  const { publicKey, secretKey } = ml_dsa65.keygen(new Uint8Array(32).fill(1));
  const message = new Uint8Array(32).fill(2);
  const signature = ml_dsa65.sign(message, secretKey);
  made.onMqtt(1, 't', Uint8Array.from([65, ...publicKey, ...signature, ...message]));
  const spent = Math.max(...work(made));
  const { stack } = made.gauge();
  made.stop();
  return { spent, stack };
}

function verify(elf: string, relay: CompiledModule, verifier: CompiledModule): Row[] {
  const { spent, stack } = verification(elf, relay, verifier);
  return [instructions('ML-DSA-65 verify of 32 bytes, interpreted', spent), bytes('ML-DSA-65 verify: C stack', stack)];
}

/** EN 13757-4 format A without CRCs: 255 bytes, 240 of them in mode 5 (EN 13757-7), 39 records of volume. */
function longTelegram(key: Uint8Array): Uint8Array {
  const header = [254, 0x44, 0xae, 0x0c, 0x78, 0x56, 0x34, 0x12, 0x01, 0x07, 0x7a, 0x2a, 0x00, 0xf0, 0x05];
  const plain = new Uint8Array(240).fill(0x2f);
  for (let record = 0; record < 39; record++) plain.set([0x04, 0x13, record, 1, 0, 0], 2 + 6 * record);
  const iv = Uint8Array.from([...header.slice(2, 10), ...new Array(8).fill(0x2a)]);
  const cipher = createCipheriv('aes-128-cbc', key, iv).setAutoPadding(false);
  return Uint8Array.from([...header, ...cipher.update(plain), ...cipher.final()]);
}

function telegram(elf: string, gateway: CompiledModule): Row[] {
  const key = new Uint8Array(16).fill(9);
  let published = 0;
  const made = machine(elf, { gateway }, { settings: { get: () => key }, mqtt: online(() => published++) });
  work(made);
  made.gauge();
  const frame = longTelegram(key);
  made.onRadio(frame, -70);
  const [spent = 0] = work(made);
  const { stack, heapPeak, heap } = made.gauge();
  made.stop();
  if (published !== 1) throw new Error(`the gateway published ${published} messages about the telegram`);
  return [
    instructions(`wM-Bus: ${frame.length} bytes in AES mode 5 to a SenML publication of 39 records`, spent),
    bytes('wM-Bus: C stack', stack),
    bytes('wM-Bus: heap taken by the message', heapPeak - heap),
  ];
}

function online(publish: () => void): NonNullable<KernelPorts['mqtt']> {
  return {
    start: () => {},
    stop: async () => {},
    connected: () => true,
    publish: () => {
      publish();
      return 0;
    },
    subscribe: () => 0,
    forget: () => {},
  };
}

/** Heap and C stack of a module after its start. */
function started(elf: string, module: Built & { name: string }, parts: Parts = {}): Gauge {
  const made = machine(elf, { [module.name]: module }, parts);
  work(made);
  const gauge = made.gauge();
  made.stop();
  return gauge;
}

/** RAM for variables, the board's own left out. */
async function variables(map: string): Promise<number> {
  const { kernel, engine, wasm3, compiled, libc } = await imageParts(map);
  return kernel.ram + engine.ram + wasm3.ram + compiled.ram + libc.ram;
}

/** Supervisor and gateway at work; the verifier comes and goes. */
async function memory(
  elf: string,
  map: string,
  modules: [supervisor: CompiledModule, gateway: CompiledModule, ...CompiledModule[]],
): Promise<Row[]> {
  const statics = await variables(map);
  const gauges = modules.map((module) => started(elf, module));
  const stack = Math.max(...gauges.map(({ stack }) => stack));
  const [supervisor, gateway, checker, mlDsa, delivery] = gauges.map(({ heap }) => heap) as [
    number,
    number,
    number,
    number,
    number,
  ];
  /** Compiling the gateway takes more than it leaves behind. */
  const moment = gauges[1]!.heapPeak - gateway;
  const both = supervisor + gateway + moment;
  return [
    bytes('RAM: variables of kernel, wasm3 and C library', statics),
    bytes('RAM: heap of supervisor and gateway, at most', both),
    bytes('RAM: C stack, deepest', stack),
    bytes('RAM: kernel, wasm3, supervisor and gateway together', statics + both + stack, GOALS.ram),
    bytes('RAM: verifier and ML-DSA-65, only while they verify', checker + mlDsa),
    bytes('RAM: delivery, where a board keeps telemetry', delivery),
  ];
}

/** The most C stack that a module can make the compiler take, but for its other bounds (engine/meter.h). */
function deepestNesting(elf: string): Row[] {
  const { stack } = started(elf, { name: 'nested', wasm: FIXTURES['nested-60']! });
  return [bytes('C stack: compiling 60 blocks inside each other', stack)];
}

/** Supervisor and verifier as part of the firmware's code, the gateway interpreted. */
async function ahead(
  relay: CompiledModule,
  supervisor: CompiledModule,
  gateway: CompiledModule,
  verifier: CompiledModule,
): Promise<Row[]> {
  const modules = { supervisor: supervisor.wasm, peer: verifier.wasm, gateway: gateway.wasm };
  const { elf, map } = await buildBoard({ ahead: { image: 'bench', modules } });
  const names = Object.keys(modules);
  const parts = await imageParts(map);
  const { spent, stack } = verification(elf, relay, verifier, { ahead: names });
  const first = started(elf, supervisor, { ahead: names });
  const second = started(elf, gateway);
  const builtIn = started(elf, gateway, { ahead: names });
  const deepest = Math.max(stack, first.stack, second.stack);
  const whole = (await variables(map)) + first.heap + deepest;
  return [
    bytes('ahead of time: flash of supervisor, verifier and gateway as C', parts.compiled.flash),
    instructions('ahead of time: ML-DSA-65 verify of 32 bytes', spent, GOALS.aheadVerify),
    bytes('ahead of time: ML-DSA-65 verify, C stack', stack),
    bytes('ahead of time: RAM of kernel, wasm3 and supervisor', whole),
    bytes('ahead of time: RAM with the gateway, part of the firmware too', whole + builtIn.heapPeak, GOALS.aheadRam),
    bytes('ahead of time: RAM with the gateway, over the air and interpreted', whole + second.heapPeak, GOALS.aheadRam),
  ];
}
