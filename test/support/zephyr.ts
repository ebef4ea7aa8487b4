/** Zephyr images for tests: built with the Zephyr that ZEPHYR_BASE names, run on this machine. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Device } from '../../host-shim/index.ts';
import { linkHeader } from '../../host-shim/qemu/protocol.ts';
import { editWasm3, isCore, readSources, wasm3Folder } from '../../runtime/kernel/build/index.ts';
import { repoRoot } from './device.ts';

const OUT = join(repoRoot, 'build', 'zephyr');

/** Why nothing can be tested with Zephyr here; undefined when it can. Stands in the names of skipped tests. */
export function noZephyr(): string | undefined {
  if (!process.env.ZEPHYR_BASE) return 'ZEPHYR_BASE is not set';
  for (const command of ['cmake', 'ninja', 'dtc', 'riscv64-unknown-elf-gcc', 'qemu-system-riscv32']) {
    if (spawnSync('sh', ['-c', `command -v ${command}`]).status !== 0) return `${command} is missing`;
  }
  return undefined;
}

/** Why no module can be compiled ahead of time. */
export function noWasm2c(): string | undefined {
  return spawnSync('sh', ['-c', 'command -v wasm2c']).status === 0 ? undefined : 'wasm2c is missing';
}

/** Why nothing of MCUboot can be compiled: it is a Zephyr module, and west is not there to find it. */
export function noMcuboot(): string | undefined {
  const modules = (process.env.ZEPHYR_MODULES ?? '').split(';');
  return modules.some((folder) => basename(folder) === 'mcuboot') ? undefined : 'ZEPHYR_MODULES names no mcuboot';
}

/** Why native_sim does not run: it is a 32-bit program, and its network stands in a namespace. */
export function noNativeSim(): string | undefined {
  const works = (script: string) => spawnSync('sh', ['-c', script]).status === 0;
  if (!works('unshare -rn ip link')) return 'no network namespace can be made (unshare, iproute2)';
  if (!works('echo "#include <stdio.h>" | gcc -m32 -E -xc - && gcc -m32 -print-libgcc-file-name'))
    return 'gcc-multilib is missing';
  return noZephyr();
}

export interface ImageOptions {
  /** For the file's name. */
  name: string;
  board: string;
  device: Device;
  /** Folder of built modules, which of them become part of the image, and the folder of the supervisor's module.json. */
  modules?: string;
  builtins?: string[];
  supervisor?: string;
  conf?: string[];
  /** Devicetree overlays; with them the board has a build folder of this image's own. */
  overlays?: string[];
  /** Interpret the modules of the firmware, too. Else they are compiled ahead of time, where wasm2c is installed. */
  interpret?: boolean;
}

/** The path of the image. Each board has one build folder, so that a second image of it costs a link. */
export function buildImage({
  name,
  board,
  device,
  modules,
  builtins,
  supervisor,
  conf = [],
  overlays = [],
  interpret,
}: ImageOptions): string {
  const out = join(OUT, overlays.length > 0 ? `test-${board}-${name}` : `test-${board}`);
  const deviceFile = join(OUT, `test-${name}.json`);
  mkdirSync(out, { recursive: true });
  writeFileSync(deviceFile, JSON.stringify(device), { mode: 0o600 });
  const define = {
    MOTE_DEVICE: deviceFile,
    MOTE_MODULES: modules ?? join(repoRoot, 'build', 'modules'),
    ...(builtins && { MOTE_BUILTINS: builtins.join(';') }),
    ...(interpret && { CONFIG_MOTE_AHEAD: 'n' }),
    MOTE_SUPERVISOR: supervisor ?? join(repoRoot, 'modules', 'supervisor'),
  };
  const { status, stderr } = spawnSync(
    process.execPath,
    [
      join(repoRoot, 'zephyr-board', 'build.mjs'),
      board,
      ...['--out', out],
      ...conf.flatMap((file) => ['--conf', file]),
      ...overlays.flatMap((file) => ['--overlay', file]),
      ...Object.entries(define).flatMap(([key, value]) => ['--define', `${key}=${value}`]),
    ],
    { encoding: 'utf8', maxBuffer: 2 ** 26 },
  );
  if (status !== 0) throw new Error(`build.mjs ${board} ended with ${status}:\n${stderr.slice(-4000)}`);
  const image = join(OUT, `test-${name}.${board.startsWith('native') ? 'exe' : 'elf'}`);
  copyFileSync(join(out, 'zephyr', board.startsWith('native') ? 'zephyr.exe' : 'zephyr.elf'), image);
  return image;
}

/**
 * The kernel in a Zephyr image for `QemuMachine` (zephyr-board/conformance); `drivers`: with the application's ports of buses on
 * Zephyr's emulated controllers. Throws when dist/ is older than its sources.
 */
export async function buildConformance({ drivers = false } = {}): Promise<string> {
  const out = join(OUT, drivers ? 'test-drivers' : 'test-conformance');
  const more = join(repoRoot, 'zephyr-board', 'conformance', 'drivers');
  const { status, stderr } = spawnSync(
    process.execPath,
    [
      join(repoRoot, 'zephyr-board', 'build.mjs'),
      ...['qemu_riscv32', '--app', 'conformance', '--out', out],
      ...(drivers ? ['--conf', join(more, 'drivers.conf'), '--overlay', join(more, 'drivers.overlay')] : []),
    ],
    { encoding: 'utf8', maxBuffer: 2 ** 26 },
  );
  if (status !== 0) throw new Error(`build.mjs ended with ${status}:\n${stderr.slice(-4000)}`);
  await checkPrepared(out);
  return join(out, 'zephyr', 'zephyr.elf');
}

/** What was compiled is what the sources of this checkout make: prepare.mjs runs from dist/. */
async function checkPrepared(out: string): Promise<void> {
  const engines = join(out, 'modules', 'mote-wasm3', 'source');
  const [engine, ...more] = readdirSync(engines);
  if (!engine || more.length > 0) throw new Error(`${engines} holds ${readdirSync(engines)}, not one source`);
  const wanted: [string, string][] = Object.entries(
    editWasm3(await readSources(process.env.WASM3_DIR ?? wasm3Folder(), isCore)),
  ).map(([name, text]) => [join(engines, engine, name), text]);
  for (const [file, text] of [...wanted, [join(out, 'link', 'link_codes.h'), linkHeader()] as const])
    if (readFileSync(file, 'utf8') !== text) throw new Error(`${file} is not what the sources make: run npm run build`);
}

export interface Machine {
  /** What it has written so far. */
  readonly console: () => string;
  /** Resolves when the console holds this. */
  says(text: string, ms?: number): Promise<void>;
  /** Power off. */
  stop(): Promise<void>;
}

/** This image in QEMU or as a process; `memory` is a file that keeps its flash. */
export function startImage(image: string, memory: string, broker: string): Machine {
  const host = new URL(broker).host;
  return machine(
    spawn(process.execPath, [
      join(repoRoot, 'zephyr-board', 'run.mjs'),
      image,
      ...['--memory', memory, '--broker', host],
    ]),
  );
}

export function machine(child: ChildProcess): Machine {
  let text = '';
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (text += chunk));
  return {
    console: () => text,
    async says(wanted, ms = 20_000) {
      const end = Date.now() + ms;
      while (!text.includes(wanted)) {
        if (Date.now() > end || child.exitCode !== null) throw new Error(`it never said "${wanted}", but:\n${text}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    async stop() {
      if (child.exitCode === null) child.kill();
      await ended;
    },
  };
}
