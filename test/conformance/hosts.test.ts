/**
 * One script of messages, every host: kernel.wasm, and the kernel on rv32imac under QEMU in each way it is compiled.
 * Same lines byte for byte: answers of every import, refusals, traps, fuel.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blankImage, NorFlash } from '../../host-shim/board/flash.ts';
import { Kernel, type KernelPorts, type Machine } from '../../host-shim/board/kernel.ts';
import { buildBoard, QemuMachine, VARIANTS, type Variant } from '../../host-shim/qemu/index.ts';
import { importsOf, worldOf } from '../../runtime/abi/link.ts';
import { packageRoot } from '../../runtime/abi/package-root.ts';
import { parseWit } from '../../runtime/abi/wit.ts';
import { buildKernel } from '../../runtime/kernel/build/index.ts';
import { describeTarget } from '../support/tools.ts';
import { compileProbe } from '../unit/kernel/host-build.ts';
import { FIXTURES } from '../unit/kernel/fixtures.ts';
import { OPCODE, RET, Script, tell } from './kernel/scenario.ts';
import { playOn } from './hosts/play.ts';
import { BUS_SCENARIOS } from './hosts/buses.ts';
import { HOST_SCENARIOS, IMPORTS } from './hosts/scenarios.ts';
import { type Scenario, SCENARIOS } from './kernel/scenarios.ts';

const ALL: Record<string, Scenario> = { ...SCENARIOS, ...HOST_SCENARIOS, ...BUS_SCENARIOS };
const scratch = mkdtempSync(join(tmpdir(), 'mote-hosts-'));
const reference = new Map<string, string[]>();
let modules: Record<string, Uint8Array>;
let kernel: WebAssembly.Module;

beforeAll(async () => {
  kernel = await WebAssembly.compile(await readFile((await buildKernel()).file));
  modules = { ...FIXTURES, probe: await compileProbe() };
}, 300_000);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const wasm = (ports: KernelPorts): Machine => new Kernel(kernel, { ...ports, flash: new NorFlash() });

/** What kernel.wasm says: played once. */
function expected(name: string): string[] {
  const lines = reference.get(name) ?? playOn(wasm, modules, ALL[name]!.events);
  reference.set(name, lines);
  return lines;
}

describe('kernel.wasm', () => {
  it.each(Object.entries(ALL))('%s', (name, { said, unsaid = [] }) => {
    const lines = expected(name);
    expect(lines[0]).toBe('= 1');
    expect(lines).toEqual(expect.arrayContaining(said));
    expect(lines.filter((line) => unsaid.includes(line))).toEqual([]);
  });

  it('is asked for every import, with its grant and without', async () => {
    const wit = parseWit(await readFile(join(packageRoot(), 'runtime', 'abi', 'mote.wit'), 'utf8'));
    const names = importsOf(wit, worldOf(wit, 'module')).map(({ module, field }) =>
      `${module}_${field}`.replace(/_(\w)/g, (_, letter) => letter.toUpperCase()),
    );
    expect(Object.keys(OPCODE).slice(0, names.length)).toEqual(names);
    expect(IMPORTS.map(({ name }) => name)).toEqual(names);
  });
});

describe('kernel.wasm on the engine of this program', () => {
  let onHost: WebAssembly.Module;
  beforeAll(async () => {
    onHost = await WebAssembly.compile(await readFile((await buildKernel({ engine: 'host' })).file));
  }, 300_000);

  it.each(Object.entries(ALL))('%s', (name, { events }) => {
    const lines = playOn((ports) => new Kernel(onHost, { ...ports, flash: new NorFlash() }), modules, events);
    if (name === MALFORMED) expect(inShort(lines)).toEqual(inShort(expected(name)));
    else expect(lines).toEqual(expected(name));
  });
});

describe('the budget `stack`', () => {
  const DEPTHS = [1, 2, 4, 8, 12, 16, 24, 32, 48, 64, 96];

  /** The calls inside each other that go well; the others must have ended their module in the same words. */
  function passing(make: (ports: KernelPorts) => Machine, stack: number): number[] {
    const events = DEPTHS.flatMap((depth, index) => [
      tell(1, new Script().spawn('child', 'probe', { stack })),
      tell(2 + index, new Script().op('recurse', depth)),
      tell(1, new Script().op('actorsStop', 2 + index, RET)),
    ]);
    const lines = playOn(make, modules, events);
    const ended = lines.filter((line) => line.startsWith('1 probe: x '));
    for (const line of ended) expect(line).toMatch(/trap: stack overflow$/);
    const failed = new Set(ended.map((line) => Number(line.split(' ')[3]) - 2));
    return DEPTHS.filter((_, index) => !failed.has(index));
  }

  it('ends what recurses past it, on the interpreter and on the engine of this program, and sooner when it is smaller', async () => {
    const onHost = await WebAssembly.compile(await readFile((await buildKernel({ engine: 'host' })).file));
    const host = (ports: KernelPorts) => new Kernel(onHost, { ...ports, flash: new NorFlash() });
    const budgets = [1280, 2048, 3072];
    const onWasm3 = budgets.map((stack) => passing(wasm, stack).length);
    const inV8 = budgets.map((stack) => passing(host, stack).length);
    for (const found of [onWasm3, inV8]) {
      expect(found[0]).toBeGreaterThan(0);
      expect(found[0]).toBeLessThan(found[1]!);
      expect(found[1]).toBeLessThan(found[2]!);
    }
    // Its frames lack the interpreter's temporaries: it never refuses what the device would run.
    for (const [index, deepest] of onWasm3.entries()) expect(inV8[index]).toBeGreaterThanOrEqual(deepest);
    expect(budgets.map((stack) => passing(host, stack).length)).toEqual(inV8);
  });
});

/**
 * Modules that are not valid, or that pass the interpreter's own limits (nesting, slots, frames): another engine refuses
 * the first in its own words, and runs the second as far as they go.
 */
const MALFORMED = 'modules that must not load, and one that may';
const INTERPRETERS_OWN = ['nested-10000', 'too-many-arguments', 'many-results', 'loops'];
const own = INTERPRETERS_OWN.map((name) => Object.keys(FIXTURES).indexOf(name) + 2);

function inShort(lines: string[]): string[] {
  const isOwn = (line: string) =>
    INTERPRETERS_OWN.some((name) => line.startsWith(`2 ${name}:`)) || own.some((id) => line.match(`[Sx] ${id}\\b`));
  const named = /load: (?!(unknown|missing|wrong|imports|export|data|linear)).*$/;
  return lines.filter((line) => !isOwn(line)).map((line) => line.replace(named, 'load: …'));
}

describeTarget('rv32 under QEMU', () => {
  describe.each(Object.keys(VARIANTS) as Variant[])('compiled as %s', (variant) => {
    let elf: string;
    beforeAll(async () => {
      ({ elf } = await buildBoard({ variant }));
    }, 300_000);

    it.each(Object.entries(ALL))('%s', (name, { events }) => {
      const flash = join(scratch, 'flash.bin');
      writeFileSync(flash, blankImage());
      const lines = playOn((ports) => new QemuMachine({ elf, flash }, ports), modules, events);
      expect(lines).toEqual(expected(name));
    });
  });
});

describeTarget(
  'rv32 under QEMU, the probe compiled ahead of time',
  () => {
    let elf: string;
    beforeAll(async () => {
      ({ elf } = await buildBoard({ ahead: { image: 'probe', modules: { probe: modules.probe! } } }));
    }, 300_000);

    it.each(Object.entries(ALL))('%s', (name, { events }) => {
      const flash = join(scratch, 'flash.bin');
      writeFileSync(flash, blankImage());
      const lines = playOn((ports) => new QemuMachine({ elf, flash, ahead: ['probe'] }, ports), modules, events);
      expect(lines).toEqual(expected(name));
    });
  },
  { ahead: true },
);
