/** Runs AssemblyScript's compiler in this process, with mote's arena as its runtime and `motekit/` as a package. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import type binaryen from 'assemblyscript/binaryen';
import { packageRoot } from '../../abi/package-root.ts';
import { CODECS, withCodecs } from './codecs.ts';
import { SCHEMA_FILE } from './declarations.ts';

export interface Optimization {
  /** 0 to 3: speed. */
  optimizeLevel?: number;
  /** 0 to 2: size. */
  shrinkLevel?: number;
  converge?: boolean;
  noAssert?: boolean;
}

export interface AscOptions extends Optimization {
  /** What the file will be called, without ending: the Wasm names its source map by it. Default: `module`. */
  name?: string;
  /** Bytes: where the arena ends. */
  memory: number;
  /** Names in the Wasm, no optimisation, a source map. */
  debug?: boolean;
  /** A source map for an optimised build, too. */
  sourceMap?: boolean;
  /** More options of asc, for example `exportRuntime` or `exportStart`. They win over asconfig.json. */
  asc?: Record<string, unknown>;
}

export interface Compilation {
  wasm: Uint8Array;
  sourceMap: string | null;
  /** Where static data (also what has no bytes in the Wasm) ends and the arena begins. */
  heapBase: number;
  /** Every file that was looked for: absolute path -> SHA-256, or null when it was not there. */
  sources: Map<string, string | null>;
}

export interface Diagnostic {
  message: string;
  /** Relative to the base directory; empty when the message is about no place. */
  file: string;
  /** From 1; 0 without a place. */
  line: number;
  column: number;
}

/** The source does not compile. The message holds every diagnostic with its file, line and column. */
export class CompileError extends Error {
  readonly diagnostics: Diagnostic[];

  constructor(what: string, diagnostics: Diagnostic[], output: string) {
    const places = diagnostics.map(({ file, line, column, message }) =>
      file ? `${file}:${line}:${column}: ${message}` : message,
    );
    super(
      `${what} does not compile:\n${(places.length ? places : [output.trim()]).map((line) => `  ${line}`).join('\n')}`,
    );
    this.name = 'CompileError';
    this.diagnostics = diagnostics;
  }
}

type Asc = typeof import('assemblyscript/asc');

const PAGE = 65_536;
const PACKAGE = 'motekit';

let loaded: Promise<Asc> | undefined;

/** asc takes 0.6 s to load: only who compiles pays. */
function loadAsc(): Promise<Asc> {
  loaded ??= quickly(async () => {
    const asc = await import('assemblyscript/asc');
    const arena = await readFile(join(packageRoot(), 'runtime', 'guest', 'arena.ts'), 'utf8');
    // `--runtime <file>` would be taken for a garbage collector and get a shadow stack; under the name of the stub it is not.
    (asc.libraryFiles as Record<string, string>)['rt/stub'] = arena;
    return asc;
  });
  return loaded;
}

/**
 * Binaryen is 20,000 functions of WebAssembly, of which a module's build calls most a few times: V8 spends 2.5 s of processor
 * time in compiling them all and in optimising them, for a build of 1.5 s. What is loaded in `load` is compiled as it is called
 * and not optimised; what comes later is as ever.
 */
async function quickly<T>(load: () => Promise<T>): Promise<T> {
  const set = (on: boolean) => {
    setFlagsFromString(`--${on ? '' : 'no-'}wasm-lazy-compilation`);
    setFlagsFromString(`--${on ? 'no-' : ''}wasm-dynamic-tiering`);
    setFlagsFromString(`--${on ? 'no-' : ''}wasm-tier-up`);
  };
  set(true);
  try {
    return await load();
  } finally {
    set(false);
  }
}

/** What a cached result depends on beside sources and options. */
export function compilerIdentity(): Promise<string> {
  identity ??= (async () => {
    const files = [
      fileURLToPath(new URL('../package.json', import.meta.resolve('assemblyscript/asc'))),
      join(packageRoot(), 'asconfig.json'),
      join(packageRoot(), 'runtime', 'guest', 'arena.ts'),
    ];
    const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')));
    return sha256([...texts, CODECS].join('\0'));
  })();
  return identity;
}
let identity: Promise<string> | undefined;

/**
 * Compiles `entries` (absolute paths) to one module.
 * @param base absolute; places in diagnostics and source maps are relative to it
 * @throws CompileError
 */
export function runAsc(entries: string[], base: string, options: AscOptions): Promise<Compilation> {
  const compilation = queue.then(() => runAlone(entries, base, options));
  queue = compilation.catch(() => undefined);
  return compilation;
}

/** One at a time: Binaryen's settings are global. */
let queue: Promise<unknown> = Promise.resolve();

async function runAlone(entries: string[], base: string, options: AscOptions): Promise<Compilation> {
  const asc = await loadAsc();
  const name = `${options.name ?? 'module'}.wasm`;
  const sources = new Map<string, string | null>();
  const texts = new Map<string, string>();
  const outputs = new Map<string, string | Uint8Array>();
  const errors: AscDiagnostic[] = [];
  const schema = join(dirname(entries[0]!), SCHEMA_FILE);
  let heapBase = 0;
  let stderr = '';
  const { error } = await asc.main(await argumentsOf(entries, base, name, options), {
    readFile: async (path, from) => {
      const file = fileOf(resolve(base, from, path));
      const text = await readFile(file, 'utf8').catch(() => null);
      sources.set(file, text === null ? null : sha256(text));
      if (text === null) return null;
      const whole = file === schema ? await withCodecs(text, relative(base, file)) : text;
      texts.set(file, whole);
      return whole;
    },
    writeFile: async (path, contents) => {
      outputs.set(path, contents);
    },
    listFiles: () => [],
    transforms: [{ afterCompile: async (module: binaryen.Module) => (heapBase = await heapBaseOf(module)) }] as never,
    reportDiagnostic: (diagnostic) => {
      if (diagnostic.category === ERROR) errors.push(diagnostic as unknown as AscDiagnostic);
    },
    stderr: {
      write: (text: string | Uint8Array) => {
        stderr += text;
      },
    },
    stdout: { write: () => undefined },
  });
  const wasm = outputs.get(name);
  const what = relative(base, entries[0]!);
  if (error || !(wasm instanceof Uint8Array)) {
    const diagnostics = errors.map((diagnostic) => place(diagnostic, base, texts));
    throw new CompileError(what, diagnostics, stderr || String(error));
  }
  const map = outputs.get(`${name}.map`);
  return { wasm, sourceMap: typeof map === 'string' ? map : null, heapBase, sources };
}

/** Only the compiler knows: the optimiser folds the global away, and zeros have no data segment. */
async function heapBaseOf(module: binaryen.Module): Promise<number> {
  const { default: binaryen } = await import('assemblyscript/binaryen');
  const { init } = binaryen.getGlobalInfo(module.getGlobal('~lib/memory/__heap_base'));
  return (binaryen.getExpressionInfo(init) as binaryen.ConstInfo).value as number;
}

export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

async function argumentsOf(entries: string[], base: string, outFile: string, options: AscOptions): Promise<string[]> {
  const config = JSON.parse(await readFile(join(packageRoot(), 'asconfig.json'), 'utf8'));
  const { name: _, memory, debug = false, sourceMap = false, asc: more = {}, ...optimization } = options;
  const pages = Math.ceil(memory / PAGE);
  const merged = {
    ...config.options,
    ...(debug ? config.targets.debug : { ...config.targets.release, ...optimization }),
    ...(sourceMap ? { sourceMap } : {}),
    initialMemory: pages,
    maximumMemory: pages,
    ...more,
    use: [...config.options.use, `MOTE_HEAP_END=${memory}`, ...((more.use as string[] | undefined) ?? [])],
    outFile,
    baseDir: base,
    config: 'none',
    noColors: true,
  };
  return [...entries.map((entry) => relative(base, entry).split(sep).join('/')), ...flags(merged)];
}

function flags(options: Record<string, unknown>): string[] {
  return Object.entries(options).flatMap(([name, value]) => {
    if (typeof value === 'boolean') return value ? [`--${name}`] : [];
    return (Array.isArray(value) ? value : [value]).flatMap((item) => [`--${name}`, String(item)]);
  });
}

/** `node_modules/motekit/` is always this very package, so that the SDK fits the compiler. */
function fileOf(path: string): string {
  const inside = `${sep}node_modules${sep}${PACKAGE}${sep}`;
  const at = path.lastIndexOf(inside);
  return at < 0 ? path : join(packageRoot(), path.slice(at + inside.length));
}

const ERROR = 3;

interface AscDiagnostic {
  category: number;
  message: string;
  range: { start: number; source: { normalizedPath: string } | null } | null;
}

/** asc tells an offset; people want a line. */
function place({ message, range }: AscDiagnostic, base: string, texts: Map<string, string>): Diagnostic {
  const file = range?.source?.normalizedPath ?? '';
  const before = texts
    .get(fileOf(resolve(base, file.replace(/^~lib\//, 'node_modules/'))))
    ?.slice(0, range?.start)
    .split('\n');
  return { message, file, line: before?.length ?? 0, column: before ? before.at(-1)!.length + 1 : 0 };
}
