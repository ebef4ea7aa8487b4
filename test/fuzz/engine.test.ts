/**
 * Random modules on each engine: what they compute, what they trap with and the fuel that it takes is the same on wasm3 as
 * this repository edits it, on this program's own WebAssembly, and on rv32. MOTE_ENGINES=5000 for more, MOTE_SEED for others.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { blankImage, NorFlash } from '../../host-shim/board/flash.ts';
import { Kernel, type KernelPorts, type Machine } from '../../host-shim/board/kernel.ts';
import { seededChance } from '../../host-shim/board/random.ts';
import { buildBoard, QemuMachine } from '../../host-shim/qemu/index.ts';
import { buildKernel } from '../../runtime/kernel/build/index.ts';
import { describeTarget } from '../support/tools.ts';
import { assemble, constant, I32, I64, OP, type, VOID } from '../unit/kernel/wasm.ts';
import { randomProgram } from './engine-program.ts';

const COUNT = Number(process.env.MOTE_ENGINES ?? 200);
const ON_RV32 = Math.ceil(COUNT / 20);
const SEED = process.env.MOTE_SEED ?? 'engines';
const scratch = mkdtempSync(join(tmpdir(), 'mote-engines-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

let wasm3: WebAssembly.Module;
let host: WebAssembly.Module;
beforeAll(async () => {
  wasm3 = await WebAssembly.compile(await readFile((await buildKernel()).file));
  host = await WebAssembly.compile(await readFile((await buildKernel({ engine: 'host' })).file));
}, 300_000);

const program = (index: number) => randomProgram(seededChance(`${SEED} ${index}`));

/** What it says and publishes, to its end; `fuel` is what it has. */
function played(make: (ports: KernelPorts) => Machine, wasm: Uint8Array, fuel = 1_000_000): string[] {
  const lines: string[] = [];
  const machine = make({
    log: (_level, actor, text) => lines.push(`${actor}: ${text}`),
    now: () => 0,
    unix: () => undefined,
    random: (out) => out.fill(0),
    settings: { get: () => undefined },
    flash: undefined as never,
    builtins: { it: wasm },
    radio: undefined,
    mqtt: {
      start: () => {},
      stop: async () => {},
      connected: () => true,
      publish: (_topic, payload) => {
        lines.push(Buffer.from(payload).toString('hex'));
        return 0;
      },
      subscribe: () => 0,
      forget: () => {},
    },
  });
  try {
    machine.boot('it', { memory: 16_384, stack: 16_384, fuel, mailbox: 64 });
    while (machine.step());
  } finally {
    (machine as Partial<QemuMachine>).stop?.();
  }
  return lines;
}

const onWasm3 = (ports: KernelPorts) => new Kernel(wasm3, { ...ports, flash: new NorFlash() });
const onHost = (ports: KernelPorts) => new Kernel(host, { ...ports, flash: new NorFlash() });

it(`${COUNT} random modules do the same on wasm3 and on this program's WebAssembly`, () => {
  let published = 0;
  let trapped = 0;
  for (let index = 0; index < COUNT; index++) {
    const wasm = program(index);
    expect(WebAssembly.validate(Uint8Array.from(wasm)), `module ${index}`).toBe(true);
    const lines = played(onWasm3, wasm);
    expect(lines, `module ${index}`).toEqual(played(onHost, wasm));
    expect(lines.join(), `module ${index}`).not.toContain('load:');
    if (lines.length === 1 && !lines[0]!.includes(':')) published++;
    else trapped++;
  }
  // A generator whose modules all trap at once would prove nothing.
  expect(published).toBeGreaterThan(COUNT / 2);
  expect(trapped).toBeGreaterThan(0);
}, 600_000);

it('a value of 64 bits that waits twice across a block keeps both its halves', () => {
  const wide = [OP.i64Const, ...constant(0x1234_5678).slice(1), OP.i64Const, 32, 0x86];
  const twice = [OP.localGet, 0, OP.localGet, 0, OP.block, VOID, OP.end, OP.drop, OP.globalGet, 0, 0xad, 0x7c];
  const nothing = type();
  const wasm = assemble({
    imports: [{ module: 'mqtt', field: 'publish', type: type([I32, I32, I32, I32, I32, I32]) }],
    memory: 1,
    globals: [constant(7)],
    functions: [
      {
        type: nothing,
        exports: ['start'],
        body: [
          ...[...constant(64), ...wide, OP.call, 6, 0x37, 0, 0],
          ...[
            ...constant(0),
            ...constant(0),
            ...constant(64),
            ...constant(8),
            ...constant(0),
            ...constant(16),
            OP.call,
            0,
          ],
        ],
      },
      { type: type([I32, I32, I32, I32, I32]), exports: ['handle'], body: [] },
      { type: type([], [I32]), exports: ['health'], body: constant(1) },
      { type: nothing, exports: ['stop'], body: [] },
      { type: type([I32, I32, I32, I32], [I32]), exports: ['cabi_realloc'], body: constant(4096) },
      { type: type([I64], [I64]), body: twice },
    ],
  });
  expect(played(onHost, wasm)).toEqual(['0700000078563412']);
  expect(played(onWasm3, wasm)).toEqual(['0700000078563412']);
});

it('they spend the same fuel: the least with which they end', () => {
  for (let index = 0; index < Math.ceil(COUNT / 20); index++) {
    const wasm = program(index);
    const least = (make: typeof onHost) => {
      let [low, high] = [1, 1 << 20];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (played(make, wasm, middle).includes('it: fuel')) low = middle + 1;
        else high = middle;
      }
      return low;
    };
    expect(least(onWasm3), `module ${index}`).toBe(least(onHost));
  }
}, 600_000);

describeTarget('rv32 under QEMU', () => {
  it(`does the same with ${ON_RV32} of them`, async () => {
    const { elf } = await buildBoard();
    const flash = join(scratch, 'flash.bin');
    writeFileSync(flash, blankImage());
    for (let index = 0; index < ON_RV32; index++) {
      const wasm = program(index);
      const onRv32 = (ports: KernelPorts) => new QemuMachine({ elf, flash }, ports);
      expect(played(onRv32, wasm), `module ${index}`).toEqual(played(onWasm3, wasm));
    }
  }, 300_000);
});
