/**
 * The one script of messages on the kernel inside a Zephyr image: the same lines as kernel.wasm says, byte for byte.
 * Underneath are Zephyr's C library, heap, threads and flash driver.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blankImage, NorFlash } from '../../host-shim/board/flash.ts';
import { Kernel } from '../../host-shim/board/kernel.ts';
import { QemuMachine } from '../../host-shim/qemu/index.ts';
import { buildKernel } from '../../runtime/kernel/build/index.ts';
import { buildConformance, noZephyr } from '../support/zephyr.ts';
import { FIXTURES } from '../unit/kernel/fixtures.ts';
import { compileProbe } from '../unit/kernel/host-build.ts';
import { playOn } from './hosts/play.ts';
import { BUS_SCENARIOS } from './hosts/buses.ts';
import { HOST_SCENARIOS } from './hosts/scenarios.ts';
import { SCENARIOS } from './kernel/scenarios.ts';

const missing = noZephyr();
const ALL = { ...SCENARIOS, ...HOST_SCENARIOS, ...BUS_SCENARIOS };

describe.skipIf(missing)(`the kernel in Zephyr on qemu_riscv32${missing ? ` (skipped: ${missing})` : ''}`, () => {
  const scratch = mkdtempSync(join(tmpdir(), 'mote-zephyr-hosts-'));
  // The image has its own flash; the machine wants the file.
  const flash = join(scratch, 'flash.bin');
  let kernel: WebAssembly.Module;
  let modules: Record<string, Uint8Array>;
  let elf: string;

  beforeAll(async () => {
    kernel = await WebAssembly.compile(await readFile((await buildKernel()).file));
    modules = { ...FIXTURES, probe: await compileProbe() };
    writeFileSync(flash, blankImage());
    elf = await buildConformance();
  }, 600_000);
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  it.each(Object.entries(ALL))('%s', (_name, { events }) => {
    const expected = playOn((ports) => new Kernel(kernel, { ...ports, flash: new NorFlash() }), modules, events);
    const said = playOn((ports) => new QemuMachine({ elf, flash }, ports), modules, events);
    expect(said).toEqual(expected);
  });
});
