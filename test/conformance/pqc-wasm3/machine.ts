// Runs a module's exports under wasm3 (compiled to Wasm with npm's compiler), in the shape of WebAssembly's own exports.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from '../../../modules/lib/pqc-builds.mjs';
import { engineDefines, isCore, readSources, wasm3Folder } from '../../../runtime/kernel/build/index.ts';

interface Harness {
  memory: WebAssembly.Memory;
  _initialize(): void;
  place_of_module(): number;
  place_of_name(): number;
  result_of_call(): number;
  error_text(): number;
  load_module(length: number): number;
  memory_base(): number;
  call_function(argument: number): number;
}

const ARGS = ['--target=wasm32-wasip1', '-O2', '-mtail-call', '-fno-strict-aliasing', '-w', '-mexec-model=reactor'];

async function harness(): Promise<Uint8Array<ArrayBuffer>> {
  const source = readFileSync(join(root, 'test', 'conformance', 'pqc-wasm3', 'harness.c'), 'utf8');
  const wasm3 = await readSources(wasm3Folder(), isCore);
  const args = [...ARGS, '-Wl,--strip-all', '-isystem', 'wasm3', ...engineDefines()];
  const key = createHash('sha256')
    .update(JSON.stringify([source, wasm3, args]))
    .digest('hex')
    .slice(0, 24);
  const cached = join(root, 'build', 'pqc', `wasm3-${key}.wasm`);
  if (existsSync(cached)) return new Uint8Array(readFileSync(cached));
  const { commands, runLLVM } = await import('@yowasp/clang');
  await runLLVM(undefined, {}, { fetchProgress: () => {} });
  const files = Object.keys(wasm3).filter((name) => name.endsWith('.c'));
  const made = await commands.clang([...args, 'harness.c', ...files.map((name) => `wasm3/${name}`), '-o', 'out.wasm'], {
    'harness.c': source,
    wasm3,
  });
  const wasm = made?.['out.wasm'];
  if (!(wasm instanceof Uint8Array)) throw new Error('the compiler made no wasm3 for the tests');
  mkdirSync(dirname(cached), { recursive: true });
  writeFileSync(cached, wasm);
  return new Uint8Array(wasm);
}

/**
 * in and out by `poke` and `peek`.
 */
export async function loadUnderWasm3(module: Uint8Array): Promise<{
  call(name: string, argument?: number): number;
  poke(address: number, bytes: Uint8Array): void;
  peek(address: number, length: number): Uint8Array<ArrayBuffer>;
}> {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(await harness()), {
    wasi_snapshot_preview1: new Proxy({}, { get: () => () => 0 }),
  });
  const h = instance.exports as unknown as Harness;
  h._initialize();
  const bytes = () => new Uint8Array(h.memory.buffer);
  const fail = (what: string) => {
    const at = h.error_text();
    const text = Buffer.from(bytes().subarray(at, bytes().indexOf(0, at))).toString();
    throw new Error(`wasm3: ${what}: ${text}`);
  };
  bytes().set(module, h.place_of_module());
  if (!h.load_module(module.length)) fail('load');
  return {
    call(name, argument = 0) {
      bytes().set(Buffer.from(`${name}\0`), h.place_of_name());
      if (!h.call_function(argument)) fail(name);
      return h.result_of_call();
    },
    poke: (address, data) => bytes().set(data, h.memory_base() + address),
    peek: (address, length) => bytes().slice(h.memory_base() + address, h.memory_base() + address + length),
  };
}
