/**
 * From a module's folder to its Wasm. A folder holds module.json and index.ts; the build adds the exports of the module's
 * world and the arena, and refuses what a device would refuse.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { WORLDS } from '../../abi/generated/contract.ts';
import { packageRoot } from '../../abi/package-root.ts';
import { type AscOptions, type Compilation, compilerIdentity, type Optimization, runAsc, sha256 } from './asc.ts';
import { checkContract, unusedGrants } from './check.ts';
import { inspectWasm, type WasmInfo } from './inspect.ts';
import { type ModuleManifest, readManifest } from './manifest.ts';
import { freshStamp, type Stamp, writeAtomically } from './output.ts';

export { CompileError, type Diagnostic, type Optimization } from './asc.ts';
export { ContractError } from './check.ts';
export { inspectWasm, type WasmExport, WasmFormatError, type WasmImport, type WasmInfo } from './inspect.ts';
export {
  ManifestError,
  type ModuleManifest,
  type ParsedGrant,
  parseGrant,
  parseManifest,
  readManifest,
} from './manifest.ts';

export interface CompileOptions extends Optimization {
  /** Folder of the results; default: `build/modules` of the project that holds the module. */
  out?: string;
  /** Function names in the Wasm, no optimisation, and a source map beside it. */
  debug?: boolean;
  /** A source map for the optimised build, too. */
  sourceMap?: boolean;
}

export interface CompiledModule {
  name: string;
  version: string;
  wasm: Uint8Array;
  /** Absolute path of the Wasm; the map, when there is one, is `<file>.map`. */
  file: string;
  sourceMap: string | null;
  bytes: number;
  /** Bytes of linear memory: where static data ends and what the budget allows. */
  memory: { staticEnd: number; limit: number };
  imports: WasmInfo['imports'];
  exports: WasmInfo['exports'];
  sections: WasmInfo['sections'];
  manifest: ModuleManifest;
  /** Grants that no import of the module needs. */
  unusedGrants: string[];
  /** Every file it was compiled from: absolute path -> SHA-256, hex. The compiler's own library is not among them. */
  sources: Map<string, string>;
  /** Nothing had changed since the last build. */
  cached: boolean;
}

/**
 * Compiles the module in `dir` to `<out>/<name>.wasm`.
 * @throws ManifestError (module.json), CompileError (source), ContractError (exports, imports, grants, memory)
 */
export async function compileModule(dir: string, options: CompileOptions = {}): Promise<CompiledModule> {
  const folder = resolve(dir);
  const manifest = await readManifest(folder);
  const base = projectOf(folder);
  const { out = join(base, 'build', 'modules'), ...rest } = options;
  const file = join(resolve(out), `${manifest.name}.wasm`);
  const ascOptions: AscOptions = {
    ...rest,
    name: manifest.name,
    memory: manifest.budgets.memory,
    // The world's `start` runs the top-level statements, too: it is the first thing the kernel calls.
    asc: {
      ...(manifest.world === 'module' && { exportStart: 'start' }),
      ...(manifest.constants && { use: Object.entries(manifest.constants).map(([name, value]) => `${name}=${value}`) }),
    },
  };
  const inputs = [await compilerIdentity(), WORLDS[manifest.world], relative(base, folder), manifest, ascOptions];
  const job: Job = {
    folder,
    base,
    manifest,
    options: ascOptions,
    file,
    stampFile: join(dirname(file), `.${manifest.name}.stamp`),
    key: sha256(JSON.stringify(inputs)),
  };
  const known = await lastBuild(job);
  const made = known ?? (await build(job));
  const info = inspectWasm(made.wasm);
  return {
    name: manifest.name,
    version: manifest.version,
    wasm: made.wasm,
    file,
    sourceMap: made.sourceMap,
    bytes: made.wasm.length,
    memory: { staticEnd: made.heapBase, limit: manifest.budgets.memory },
    imports: info.imports,
    exports: info.exports,
    sections: info.sections,
    manifest,
    unusedGrants: unusedGrants(info, manifest),
    sources: new Map([...made.sources].filter((found): found is [string, string] => found[1] !== null).sort()),
    cached: known !== null,
  };
}

interface Job {
  folder: string;
  base: string;
  manifest: ModuleManifest;
  options: AscOptions;
  file: string;
  stampFile: string;
  /** Hash of all that the result depends on beside the sources. */
  key: string;
}

type Result = Compilation;

/** What the last build wrote, when a new one would write the same. */
async function lastBuild({ file, stampFile, key, options }: Job): Promise<Result | null> {
  const wasm = await readFile(file).catch(() => null);
  const stamp = await freshStamp(stampFile, key, wasm);
  if (!stamp || !wasm) return null;
  const wantsMap = options.debug || options.sourceMap;
  const sourceMap = wantsMap ? await readFile(`${file}.map`, 'utf8').catch(() => null) : null;
  if (wantsMap && sourceMap === null) return null;
  return { wasm: new Uint8Array(wasm), sourceMap, heapBase: stamp.heapBase, sources: new Map(stamp.sources) };
}

/** Compiles, checks and writes the Wasm, then the stamp: without a stamp that fits, the next build starts over. */
async function build({ folder, base, manifest, options, file, stampFile, key }: Job): Promise<Result> {
  const entry = join(packageRoot(), 'runtime', 'guest', manifest.world === 'module' ? 'exports.ts' : 'pure.ts');
  const made = await runAsc([join(folder, 'index.ts'), entry], base, options);
  checkContract(inspectWasm(made.wasm), made.heapBase, manifest);
  await writeAtomically(file, made.wasm);
  if (made.sourceMap !== null) await writeAtomically(`${file}.map`, made.sourceMap);
  const stamp: Stamp = { key, sources: [...made.sources], output: sha256(made.wasm), heapBase: made.heapBase };
  await writeAtomically(stampFile, JSON.stringify(stamp));
  return made;
}

/**
 * Compiles AssemblyScript files to one module without a world: libraries for their tests, programs for benches.
 * `memory` is where the arena ends, in bytes (default 65536). For @assemblyscript/loader pass `asc: { exportRuntime: true }`.
 * @throws CompileError
 */
export async function compileAssembly(
  entries: string | string[],
  options: Partial<AscOptions> = {},
): Promise<{ wasm: Uint8Array; sourceMap: string | null }> {
  const files = [entries].flat().map((entry) => resolve(entry));
  const { wasm, sourceMap } = await runAsc(files, projectOf(dirname(files[0]!)), { memory: 65_536, ...options });
  return { wasm, sourceMap };
}

/** The folder of the package.json above `folder`, or `folder` itself: where node_modules and build are. */
export function projectOf(folder: string): string {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, 'package.json'))) return at;
    if (dirname(at) === at) return folder;
  }
}
