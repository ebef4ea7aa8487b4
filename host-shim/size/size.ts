/**
 * What a module needs, measured on the kernel itself: the least of each budget with which it starts and takes what it is
 * given. Deterministic, and no tool is needed; rv32 adds its own numbers where GCC and QEMU are installed.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ActorsBudget } from '../../runtime/abi/generated/contract.ts';
import type { CompiledModule } from '../../runtime/guest/compiler/index.ts';
import { FileFlash, FLASH_LAYOUT, NorFlash } from '../board/flash.ts';
import { Kernel, type KernelPorts, type Machine } from '../board/kernel.ts';
import { fault, MoteError } from '../errors.ts';
import { packageRoot, readBounded } from '../files.ts';

export interface Need {
  what: 'wasm' | 'memory' | 'stack' | 'fuel';
  /** Bytes, or loop heads and calls. */
  needs: number;
  budget: number;
  ok: boolean;
}

export interface Size {
  name: string;
  version: string;
  needs: Need[];
  /** Undefined where the rv32 board cannot be built or run here. */
  rv32: Rv32 | undefined;
  ok: boolean;
}

/** On rv32imac, at the start. */
export interface Rv32 {
  instructions: number;
  /** Bytes of heap beside linear memory: the engine's code, its tables, its stack. */
  engine: number;
  /** Bytes of C stack at the deepest. */
  stack: number;
}

/** The least that the kernel takes as a budget (bounds.h). */
const LEAST = { memory: 1024, stack: 512, fuel: 1 } as const;
const MOST_STEPS = 10_000;

/**
 * `frames`: radio frames that the module gets after its start; what it does with them counts.
 * Throws not-built, and budget-exceeded when the module does not run within its own budgets.
 */
export async function measureSize(module: CompiledModule, frames: Uint8Array[] = [], rv32 = false): Promise<Size> {
  const kernel = await WebAssembly.compile(await readBounded(join(packageRoot(), 'build', 'kernel.wasm')));
  const { name, version, wasm, manifest } = module;
  const { memory, stack, fuel, mailbox } = manifest.budgets;
  const budgets = { memory, stack, fuel, mailbox };
  const runs = (changes: Partial<ActorsBudget>): string | undefined =>
    play((ports) => new Kernel(kernel, ports), name, wasm, { ...budgets, ...changes }, frames);
  const reason = runs({});
  if (reason !== undefined) throw fault('budget-exceeded', { name, why: reason });

  const slot = FLASH_LAYOUT.find((region) => region.name === 'slots')!.size / 2;
  const needs: Need[] = [{ what: 'wasm', needs: wasm.length, budget: slot, ok: wasm.length <= slot }];
  for (const what of ['memory', 'stack', 'fuel'] as const) {
    const needed = least(LEAST[what], budgets[what], (value) => runs({ [what]: value }) === undefined);
    needs.push({ what, needs: needed, budget: budgets[what], ok: true });
  }
  const measured = rv32 ? await onTarget(name, wasm, budgets) : undefined;
  return { name, version, needs, rv32: measured, ok: needs.every(({ ok }) => ok) };
}

/** A frame as hex digits, blanks allowed. Throws telegram-malformed. */
export function telegramBytes(text: string): Uint8Array {
  const digits = text.replaceAll(/\s/g, '');
  if (!/^([0-9a-f]{2}){1,290}$/i.test(digits)) throw fault('telegram-malformed', { why: `"${text.slice(0, 40)}"` });
  return new Uint8Array(Buffer.from(digits, 'hex'));
}

/** The least value from `low` to `high` that works, when `high` does and more is never worse. */
function least(low: number, high: number, works: (value: number) => boolean): number {
  let [from, to] = [low, high];
  while (from < to) {
    const middle = from + Math.floor((to - from) / 2);
    if (works(middle)) to = middle;
    else from = middle + 1;
  }
  return to;
}

/** Starts the module and gives it the frames; why it ended, or undefined. */
function play(
  make: (ports: KernelPorts) => Machine,
  name: string,
  wasm: Uint8Array,
  budget: ActorsBudget,
  frames: Uint8Array[],
): string | undefined {
  let last = 'it does not start';
  const machine = make({
    ...quiet,
    builtins: { [name]: wasm },
    log: (level, _actor, text) => {
      if (level === 'warn' || level === 'error') last = text;
    },
  });
  const work = () => {
    for (let steps = 0; machine.step(); steps++) if (steps > MOST_STEPS) return;
  };
  if (machine.boot(name, budget) <= 0) return last;
  work();
  for (const frame of frames) {
    machine.onRadio(frame, -60);
    work();
  }
  return machine.halted() ? last : undefined;
}

/** A board with nothing around it: empty settings, a broker that takes everything, random bytes that are always the same. */
const quiet: Omit<KernelPorts, 'builtins' | 'log'> = {
  now: () => 0,
  unix: () => undefined,
  random: (out) => out.fill(7),
  settings: { get: () => undefined },
  flash: new NorFlash(),
  radio: { send: () => 0, listen: () => () => {} },
  mqtt: {
    start: () => {},
    stop: async () => {},
    connected: () => true,
    publish: () => 0,
    subscribe: () => 0,
    forget: () => {},
  },
};

async function onTarget(name: string, wasm: Uint8Array, budget: ActorsBudget): Promise<Rv32 | undefined> {
  const { buildBoard, QemuMachine } = await import('../qemu/index.ts');
  const folder = await mkdtemp(join(tmpdir(), 'mote-size-'));
  try {
    const { elf } = await buildBoard();
    const flash = join(folder, 'flash.bin');
    (await FileFlash.open(flash)).close();
    const machine = new QemuMachine(
      { elf, flash, count: true },
      { ...quiet, builtins: { [name]: wasm }, log: () => {} },
    );
    machine.gauge();
    machine.boot(name, budget);
    machine.step();
    const { instructions } = machine;
    const { heap, stack } = machine.gauge();
    machine.stop();
    return { instructions, engine: heap - budget.memory, stack };
  } catch (error) {
    if (error instanceof MoteError && error.key === 'tool-missing') return undefined;
    throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
