/** The kernel's C tests as programs of this machine, with the sanitizers that its compiler has. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { main as asc } from 'assemblyscript/asc';
import { packageRoot } from '../../../runtime/abi/package-root.ts';
import { engineDefines, wasm3Sources } from '../../../runtime/kernel/build/index.ts';
import { FIXTURES } from './fixtures.ts';

const run = promisify(execFile);
const root = packageRoot();
const here = join(root, 'test/unit/kernel');
export const out = join(root, 'build/test/kernel');

/** `gcc` or `clang`, whichever can link a sanitized program; null when none can. */
export async function findCompiler(): Promise<string | null> {
  await mkdir(out, { recursive: true });
  const probe = join(out, 'compiler.c');
  await writeFile(probe, 'int main(void) { return 0; }\n');
  for (const compiler of ['gcc', 'clang']) {
    const made = await run(compiler, ['-std=c11', '-fsanitize=address,undefined', probe, '-o', join(out, 'compiler')])
      .then(() => true)
      .catch(() => false);
    if (made) return compiler;
  }
  return null;
}

/** Writes every module of the tests as <name>.wasm; returns their folder. */
export async function writeModules(): Promise<string> {
  const folder = join(out, 'modules');
  await mkdir(folder, { recursive: true });
  for (const [name, bytes] of Object.entries(FIXTURES)) await writeFile(join(folder, `${name}.wasm`), bytes);
  await writeFile(join(folder, 'probe.wasm'), await compileProbe());
  return folder;
}

/** The module of assembly/probe.ts. Its own allocator and no runtime: what the kernel asks of it must be visible. */
export async function compileProbe(): Promise<Uint8Array> {
  let wasm: Uint8Array | undefined;
  let messages = '';
  const write = (text: string | Uint8Array) => {
    messages += text;
  };
  const options = ['--runtime', 'stub', '-O3', '--converge', '--noAssert', '--use', 'abort=', '--memoryBase', '16'];
  const { error } = await asc(
    ['assembly/probe.ts', '-o', 'probe.wasm', '--config', 'none', '--baseDir', here, ...options],
    {
      readFile: async (name, base) => readFile(join(base, name), 'utf8').catch(() => null),
      writeFile: async (_name, contents) => {
        wasm = contents as Uint8Array;
      },
      stdout: { write },
      stderr: { write },
    },
  );
  if (error || !wasm) throw new Error(`assembly/probe.ts does not compile:\n${messages}`);
  return wasm;
}

/** Compiles a test program with the kernel and wasm3 in it; returns its path. Unchanged parts are kept from the last time. */
export async function buildProgram(
  compiler: string,
  name: string,
  sources: string[],
  link: string[] = [],
): Promise<string> {
  const wasm3 = join(out, 'wasm3');
  await mkdir(wasm3, { recursive: true });
  for (const [file, text] of Object.entries(await wasm3Sources())) {
    if ((await readFile(join(wasm3, file), 'utf8').catch(() => '')) !== text) await writeFile(join(wasm3, file), text);
  }
  const kernel = join(root, 'runtime/kernel');
  const include = [
    '-isystem',
    wasm3,
    `-I${kernel}`,
    `-I${join(kernel, 'engine')}`,
    `-I${here}`,
    `-I${join(root, 'runtime/abi/generated')}`,
  ];
  const common = ['-std=gnu11', '-g', '-fno-omit-frame-pointer', ...include, ...engineDefines()];
  // wasm3 puns types and calls through unlike pointers by design: only its addresses are watched.
  const theirs = [...common, '-O2', '-w', '-fno-strict-aliasing', '-fsanitize=address'];
  const ours = [
    ...common,
    '-O1',
    '-Wall',
    '-Wextra',
    '-Werror',
    '-fsanitize=address,undefined',
    '-fno-sanitize-recover=all',
  ];

  const cFiles = async (folder: string) =>
    (await readdir(folder)).filter((file) => file.endsWith('.c')).map((file) => join(folder, file));
  const newest = Math.max(
    ...(await Promise.all(
      [kernel, join(kernel, 'engine'), wasm3, join(root, 'runtime/abi/generated'), here].map(async (folder) => {
        const headers = (await readdir(folder)).filter((file) => file.endsWith('.h'));
        return Math.max(
          0,
          ...(await Promise.all(headers.map(async (file) => (await stat(join(folder, file))).mtimeMs))),
        );
      }),
    )),
  );
  const objects = await Promise.all([
    ...(await cFiles(wasm3)).map((file) => object(compiler, file, theirs, newest)),
    ...[...(await cFiles(kernel)), ...(await cFiles(join(kernel, 'engine')))].map((file) =>
      object(compiler, file, ours, newest),
    ),
    ...sources.map((file) => object(compiler, join(here, file), ours, newest)),
  ]);
  const program = join(out, name);
  await run(compiler, ['-fsanitize=address,undefined', ...link, ...objects, '-lm', '-o', program]);
  return program;
}

let busy = Promise.resolve();

async function object(compiler: string, source: string, flags: string[], newestHeader: number): Promise<string> {
  const key = createHash('sha256')
    .update([compiler, source, ...flags].join('\0'))
    .digest('hex')
    .slice(0, 16);
  const file = join(out, `${key}.o`);
  const made = await stat(file).then(
    (found) => found.mtimeMs,
    () => 0,
  );
  if (made > newestHeader && made > (await stat(source)).mtimeMs) return file;
  // One at a time: the machine's other core belongs to other tests.
  busy = busy.then(async () => {
    await run(compiler, [...flags, '-c', source, '-o', file]);
  });
  await busy;
  return file;
}

/** Runs a test program; its lines on success, an Error with all that it printed otherwise. */
export async function runProgram(program: string, args: string[] = []): Promise<string[]> {
  try {
    const { stdout } = await run(program, args, { maxBuffer: 1 << 24 });
    return stdout.trim().split('\n');
  } catch (cause) {
    const failed = cause as { stdout?: string; stderr?: string; message: string };
    throw new Error(`${failed.message}\n${failed.stdout ?? ''}${failed.stderr ?? ''}`);
  }
}
