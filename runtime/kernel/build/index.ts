/** Compiles the kernel, with wasm3 inside, to kernel.wasm: no compiler on this machine is needed. */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';
import { packageRoot } from '../../abi/package-root.ts';
import { editWasm3, isCore, type Sources } from './wasm3-source.ts';

export { AnchorError, EDITS, editWasm3, isCore, type Sources, versionOf } from './wasm3-source.ts';

export interface BuildOptions {
  /** Path of the result; default `build/kernel.wasm` of the package. Beside it, wasm3/ holds the edited source of the engine. */
  out?: string;
  /** Told what is being done; silent by default. */
  log?: (line: string) => void;
  /** What runs the modules: wasm3 inside the kernel, or the WebAssembly engine that runs the kernel itself. */
  engine?: 'wasm3' | 'host';
}

export interface BuildResult {
  /** The path of kernel.wasm. */
  file: string;
  bytes: number;
  /** The inputs were those of the last build, and nothing was done. */
  cached: boolean;
}

/** Settings of wasm3 for 32-bit targets, the same on each of them. */
export const ENGINE_DEFINES = {
  d_m3CodePageAlignSize: 1024,
  // Slots of a frame: twice as many, so that a byte names one (engine/pack.h).
  d_m3MaxFunctionStackHeight: 128,
  d_m3MaxLinearMemoryPages: 1,
  // Binaryen merges functions of equal body; start, stop, arena_reset and _initialize may be one and keep all their names.
  d_m3MaxDuplicateFunctionImpl: 6,
  d_m3VerboseErrorMessages: 0,
  // On: a measured value in SenML or JSON is an f64, and AssemblyScript's `number` too.
  d_m3HasFloat: 1,
  // 0.9 only; in Wasm there is no address of the native stack to compare with. meter.h bounds the depth in both.
  d_m3MaxNativeStack: 0,
  // 0.9 only: its validator knows the nesting that the kernel allows (engine/meter.h), 64 blocks in a function.
  d_m3ValCtrlDepth: 66,
} as const;

const TARGET = ['--target=wasm32-wasip1', '-O2', '-mtail-call', '-DNDEBUG', '-fno-strict-aliasing'];
const STRICT = ['-std=c11', '-Wall', '-Wextra', '-Werror', '-Wno-unused-command-line-argument'];
const LINK = ['-mexec-model=reactor', '-Wl,--strip-all', '-Wl,--gc-sections', '-Wl,-z,stack-size=131072'];

/**
 * Build kernel.wasm unless its inputs are unchanged. Throws an AnchorError when wasm3 is not the one that is known,
 * an Error with the compiler's output when it refuses.
 */
export async function buildKernel(options: BuildOptions = {}): Promise<BuildResult> {
  const root = packageRoot();
  const onHost = options.engine === 'host';
  const file = resolve(options.out ?? join(root, 'build', onHost ? 'kernel-host.wasm' : 'kernel.wasm'));
  const log = options.log ?? (() => {});
  const compiler = compilerVersion();
  if (compiler === undefined) return built(file);
  const wasm3 = onHost ? {} : await wasm3Sources();
  const kernel = await readSources(join(root, 'runtime/kernel'), (name) => /\.[ch]$/.test(name));
  const engine = await readSources(join(root, 'runtime/kernel/engine'), (name) => /\.[ch]$/.test(name));
  const contract = await readSources(join(root, 'runtime/abi/generated'), (name) => name === 'contract.h');

  const engineFlags = onHost ? ['-DMOTE_ENGINE_HOST'] : engineDefines();
  const flags = [...TARGET, ...STRICT, ...LINK, ...engineFlags].join(' ');
  const stamp = hashOf([wasm3, kernel, engine, contract, { compiler, flags }]);
  const stampFile = `${file}.stamp`;
  const previous = await readFile(file).catch(() => undefined);
  if (previous && (await readFile(stampFile, 'utf8').catch(() => '')) === stamp) {
    return { file, bytes: previous.length, cached: true };
  }

  log(`kernel: compiling ${onHost ? 'the kernel' : 'wasm3 and the kernel'} to ${basename(file)}`);
  const tree = { wasm3, runtime: { kernel: { ...kernel, engine }, abi: { generated: contract } } };
  const wasm = await compile(
    tree,
    sourcesOf('runtime/kernel', kernel),
    sourcesOf('runtime/kernel/engine', engine),
    wasm3,
    engineFlags,
  );
  const folder = join(dirname(file), 'wasm3');
  await mkdir(onHost ? dirname(file) : folder, { recursive: true });
  await Promise.all(Object.entries(wasm3).map(([name, text]) => writeAtomically(join(folder, name), text)));
  await writeAtomically(file, wasm);
  await writeAtomically(stampFile, stamp);
  return { file, bytes: wasm.length, cached: false };
}

/** Two builds at the same time, in tests for example, must not read each other's halves. */
async function writeAtomically(file: string, contents: string | Uint8Array): Promise<void> {
  const partial = `${file}.${process.pid}`;
  await writeFile(partial, contents);
  await rename(partial, file);
}

const WASM3 = 'react-native-webassembly/package.json';

/** Where npm put wasm3's source. */
export const wasm3Folder = (): string => join(dirname(createRequire(import.meta.url).resolve(WASM3)), 'cpp');

/** wasm3's source as it is compiled on every target: edited, file name to text. An installed package has it ready. */
export async function wasm3Sources(): Promise<Sources> {
  if (resolved(WASM3) === undefined) return readSources(join(packageRoot(), 'build', 'wasm3'), isCore);
  return editWasm3(await readSources(wasm3Folder(), isCore));
}

/** What the package brought: its sources do not change. */
async function built(file: string): Promise<BuildResult> {
  const { length } = await readFile(file);
  return { file, bytes: length, cached: true };
}

/** The file of a package that is installed; undefined where it is not. */
function resolved(name: string): string | undefined {
  try {
    return createRequire(import.meta.url).resolve(name);
  } catch {
    return undefined;
  }
}

/** The files of a folder (not of its folders) whose names pass. */
export async function readSources(folder: string, wanted: (name: string) => boolean): Promise<Sources> {
  const names = (await readdir(folder)).filter(wanted).sort();
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), 'utf8')])),
  );
}

/** `-Dname=value` for each of the engine's settings. */
export function engineDefines(): string[] {
  return Object.entries(ENGINE_DEFINES).map(([name, value]) => `-D${name}=${value}`);
}

/** Undefined where motekit was installed as a package: the compiler is for who works on it. */
const compilerVersion = (): string | undefined => resolved('@yowasp/clang')?.replace(packageRoot(), '');

function hashOf(parts: Record<string, string>[]): string {
  const hash = createHash('sha256');
  for (const part of parts) for (const [name, text] of Object.entries(part)) hash.update(`${name}\0${text}\0`);
  return hash.digest('hex');
}

const sourcesOf = (folder: string, sources: Sources) =>
  Object.keys(sources)
    .filter((name) => name.endsWith('.c'))
    .map((name) => `${folder}/${name}`);

type Tree = { [name: string]: Tree | string | Uint8Array };

async function compile(
  tree: Tree,
  kernel: string[],
  engine: string[],
  wasm3: Sources,
  engineFlags: string[],
): Promise<Uint8Array> {
  const { commands, runLLVM } = await import('@yowasp/clang');
  await runLLVM(undefined, {}, { fetchProgress: () => {} }); // else it reports its loading on standard output
  let output = '';
  const collect = (bytes: Uint8Array | null) => {
    if (bytes) output += Buffer.from(bytes).toString();
  };
  const clang = async (files: Tree, args: string[]): Promise<Tree> => {
    output = '';
    try {
      const made = await commands.clang(args, files, { stdout: collect, stderr: collect });
      return made ?? {};
    } catch (cause) {
      throw new Error(`kernel.wasm: the compiler refuses:\n${output}`, { cause });
    }
  };
  const include = [
    ...['-isystem', 'wasm3', '-Iruntime/kernel', '-Iruntime/kernel/engine', '-Iruntime/abi/generated'],
    ...engineFlags,
  ];
  const ours = await clang(tree, [...TARGET, ...STRICT, ...include, '-c', ...kernel, ...engine]);
  const interpreter = sourcesOf('wasm3', wasm3);
  const theirs = interpreter.length > 0 ? await clang(tree, [...TARGET, '-w', ...include, '-c', ...interpreter]) : {};
  const objects: Tree = {};
  for (const made of [ours, theirs])
    for (const [name, bytes] of Object.entries(made)) if (name.endsWith('.o')) objects[name] = bytes;
  const linked = await clang(objects, [...TARGET, ...LINK, ...Object.keys(objects), '-o', 'kernel.wasm']);
  const wasm = linked['kernel.wasm'];
  if (!(wasm instanceof Uint8Array)) throw new Error(`kernel.wasm: the linker wrote nothing:\n${output}`);
  return wasm;
}
