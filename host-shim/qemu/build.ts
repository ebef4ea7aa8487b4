/**
 * Builds the kernel, wasm3 and the board's own C for rv32imac: build/qemu/board-<variant>.elf, with its link map.
 * Only what changed is compiled again. Needs GCC for RISC-V with picolibc (Debian: TOOLS).
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { ENGINE_DEFINES, readSources, wasm3Sources } from '../../runtime/kernel/build/index.ts';
import type { Sources } from '../../runtime/kernel/build/wasm3-source.ts';
import { fault } from '../errors.ts';
import { codeOf, packageRoot } from '../files.ts';
import { writeCompiled } from './ahead.ts';
import { linkHeader, MEMORY } from './protocol.ts';

/** Each command that this room calls, and the Debian packages that bring it. */
export const TOOLS: Readonly<Record<string, readonly string[]>> = {
  'riscv64-unknown-elf-gcc': ['gcc-riscv64-unknown-elf', 'picolibc-riscv64-unknown-elf'],
  'qemu-system-riscv32': ['qemu-system-misc'],
  wasm2c: ['wabt'],
};

/** How the parts of an image are optimised. `product`: small where it does not matter, fast where it does. */
export const VARIANTS = {
  product: { kernel: '-Os', engine: '-O2' },
  O2: { kernel: '-O2', engine: '-O2' },
  Os: { kernel: '-Os', engine: '-Os' },
} as const;
export type Variant = keyof typeof VARIANTS;

/** Bytes of the C stack: compiling the deepest nesting that the kernel allows takes 12,028 (conformance measures). */
export const STACK = 14_336;

export interface BuiltBoard {
  elf: string;
  map: string;
  built: boolean;
}

export interface BoardBuild {
  variant?: Variant;
  /** Modules that are compiled ahead of time, by name, and what the image with them is called. */
  ahead?: { image: string; modules: Readonly<Record<string, Uint8Array>> };
  /** Folder of the results; default: build/qemu of the package. */
  out?: string;
  log?: (line: string) => void;
}

const run = promisify(execFile);
const GCC = 'riscv64-unknown-elf-gcc';
/**
 * Not rv32imac_zicsr: GCC 12 then picks a 64-bit multilib; ISA 2.2 has the CSRs within. The default build of picolibc
 * copies memory byte by byte, its release build by words.
 */
const TARGET = [
  ...['--specs=picolibc.specs', '--oslib=semihost', '--crt0=semihost', '--picolibc-buildtype=release'],
  ...['-march=rv32imac', '-misa-spec=2.2', '-mabi=ilp32', '-mcmodel=medany'],
  ...['-ffunction-sections', '-fdata-sections', '-fno-strict-aliasing', '-DNDEBUG'],
];
const STRICT = ['-std=gnu11', '-Wall', '-Wextra', '-Werror'];
const WRAPPED = ['malloc', 'calloc', 'realloc', 'free'].map((name) => `-Wl,--wrap=${name}`);

/** Throws tool-missing, and build-failed with what the compiler says. */
export async function buildBoard(options: BoardBuild = {}): Promise<BuiltBoard> {
  const folder = options.out ?? join(packageRoot(), 'build', 'qemu');
  return oneAtATime(folder, () => build(folder, options));
}

async function build(folder: string, options: BoardBuild): Promise<BuiltBoard> {
  const { variant = 'product', ahead, log = () => {} } = options;
  const root = packageRoot();
  const include = { wasm3: join(folder, 'wasm3'), link: join(folder, 'include') };
  await writeSources(include.wasm3, await wasm3Sources());
  await writeSources(include.link, { 'link_codes.h': linkHeader() });
  const { stdout: compiler } = await call(GCC, ['--version']);
  const kernel = join(root, 'runtime/kernel');
  const engine = join(kernel, 'engine');
  const contract = join(root, 'runtime/abi/generated');
  const part = (name: string, sources: string, flags: string[], includes: string[] = []) =>
    compile({ out: join(folder, name), sources, flags: [...TARGET, ...flags], includes, compiler, log });
  const { kernel: small, engine: fast } = VARIANTS[variant];
  const defines = Object.entries(ENGINE_DEFINES).map(([name, value]) => `-D${name}=${value}`);
  const parts = [
    await part(`wasm3${fast}`, include.wasm3, ['-std=gnu11', '-w', fast, ...defines], [engine, contract]),
    await part(
      `engine${fast}${ahead ? '-ahead' : ''}`,
      engine,
      [...STRICT, fast, ...defines, ...(ahead ? ['-DMOTE_ENGINE_NAME=mote_engine_wasm3'] : [])],
      [contract, kernel, engine, `=${include.wasm3}`],
    ),
    await part(`kernel${small}`, kernel, [...STRICT, small], [engine, contract]),
    await part(
      `board${small}`,
      join(root, 'host-shim/qemu/board'),
      [...STRICT, small],
      [kernel, contract, include.link],
    ),
  ];
  if (ahead) {
    const compiled = join(engine, 'compiled');
    const made = join(folder, `ahead-${ahead.image}`);
    await writeCompiled(made, ahead.modules);
    parts.push(await part(`engine${fast}-compiled`, compiled, [...STRICT, fast], [engine, contract]));
    parts.push(
      await part(`compiled-Os-${ahead.image}`, made, ['-std=gnu11', '-w', '-Os'], [compiled, engine, contract]),
    );
  }
  const name = `board-${variant}${ahead ? `-${ahead.image}` : ''}`;
  const elf = join(folder, `${name}.elf`);
  const map = join(folder, `${name}.map`);
  const symbols = {
    __flash: MEMORY.code.at,
    __flash_size: MEMORY.code.size,
    __ram: MEMORY.ram.at,
    __ram_size: MEMORY.ram.size,
    // Not __stack_size: the linker script does not see it from the command line.
    __heap_end: MEMORY.ram.at + MEMORY.ram.size - STACK,
  };
  const flags = [
    ...TARGET,
    ...WRAPPED,
    ...['-Wl,--gc-sections', `-Wl,-Map=${map}`],
    ...Object.entries(symbols).map(([name, value]) => `-Wl,--defsym=${name}=${value}`),
  ];
  const key = digest([flags.join(' '), compiler, ...parts.map(({ key }) => key)]);
  const built = await whenChanged(elf, key, async () => {
    await call(GCC, [...flags, ...parts.flatMap(({ objects }) => objects), '-o', elf]);
  });
  return { elf, map, built };
}

interface Part {
  out: string;
  /** A folder: each .c of it becomes an object, not those of its folders. */
  sources: string;
  flags: string[];
  /** Folders of headers; one that begins with "=" holds headers of others, whose warnings are theirs. */
  includes: string[];
  compiler: string;
  log: (line: string) => void;
}

async function compile({ out, sources, flags, includes, compiler, log }: Part) {
  const folders = [sources, ...includes.map((folder) => folder.replace(/^=/, ''))];
  const seen = await Promise.all(folders.map((folder) => readSources(folder, (name) => /\.[ch]$/.test(name))));
  const files = Object.keys(seen[0]!).filter((name) => name.endsWith('.c'));
  const objects = files.map((file) => join(out, file.replace(/c$/, 'o')));
  const headers = seen.flatMap(Object.entries).filter(([name]) => name.endsWith('.h'));
  const key = digest([compiler, ...flags, ...Object.entries(seen[0]!).flat(), ...headers.flat()]);
  await whenChanged(join(out, 'objects'), key, async () => {
    log(`qemu: compiling ${basename(out).replace('-', ' -')} for rv32imac`);
    await mkdir(out, { recursive: true });
    const search = includes.flatMap((folder) =>
      folder.startsWith('=') ? ['-isystem', folder.slice(1)] : ['-I', folder],
    );
    const queue = objects.entries();
    const worker = async () => {
      for (const [i, object] of queue) {
        await call(GCC, [...flags, ...search, '-c', join(sources, files[i]!), '-o', object]);
      }
    };
    await Promise.all([worker(), worker()]);
    await writeFile(join(out, 'objects'), objects.join('\n'));
  });
  return { key, objects };
}

/** Milliseconds after which a lock was left by a program that has ended. */
const STALE = 180_000;

/** Several programs may want the same image at the same time: the first builds it. */
async function oneAtATime<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const lock = join(folder, '.lock');
  await mkdir(folder, { recursive: true });
  for (;;) {
    try {
      await mkdir(lock);
      break;
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
      const { mtimeMs } = await stat(lock).catch(() => ({ mtimeMs: Date.now() }));
      if (Date.now() - mtimeMs > STALE) await rm(lock, { recursive: true, force: true });
      else await setTimeout(100);
    }
  }
  try {
    return await work();
  } finally {
    await rm(lock, { recursive: true, force: true });
  }
}

async function writeSources(folder: string, sources: Sources): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(sources)) {
    const file = join(folder, name);
    if ((await readFile(file, 'utf8').catch(() => undefined)) !== text) await writeFile(file, text);
  }
}

async function whenChanged(file: string, key: string, make: () => Promise<void>): Promise<boolean> {
  const stamp = `${file}.stamp`;
  const there = await readFile(file).catch(() => undefined);
  if (there && (await readFile(stamp, 'utf8').catch(() => '')) === key) return false;
  await make();
  await writeFile(stamp, key);
  return true;
}

function digest(parts: string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length}:${part}`);
  return hash.digest('hex');
}

async function call(command: string, args: string[]): Promise<{ stdout: string }> {
  try {
    return await run(command, args, { maxBuffer: 1 << 24 });
  } catch (error) {
    if (codeOf(error) === 'ENOENT') throw toolMissing(command, error);
    throw fault('build-failed', { what: 'the rv32 board', why: String((error as { stderr?: unknown }).stderr) }, error);
  }
}

/** tool-missing, with the packages that bring the tool. */
export function toolMissing(tool: string, cause?: unknown): Error {
  return fault('tool-missing', { tool, packages: (TOOLS[tool] ?? [tool]).join(' ') }, cause);
}
