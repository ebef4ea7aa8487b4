/**
 * A pure module as a typed ES module for Node and browsers: core Wasm -> component -> `jco transpile`. The same Wasm as on
 * the device; a call costs some tens of microseconds, so this serves types, conformance and tooling.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { packageRoot } from '../../abi/package-root.ts';
import { ContractError } from './check.ts';
import { inspectWasm, type WasmInfo } from './inspect.ts';
import { renameWasm } from './rename.ts';

/** What the guest's pure.ts exports beside the world, and what a component calls it. */
const RUNTIME = new Map([
  ['memory', 'cm32p2_memory'],
  ['cabi_realloc', 'cm32p2_realloc'],
]);
const POST = 'post';

/**
 * Makes the component of a core module of `world`, a world of `witSource`.
 * @throws ContractError when an export or import is missing or has another signature than the world's
 */
export async function componentOf(wasm: Uint8Array, world: string, witSource: string): Promise<Uint8Array> {
  const { componentEmbed, componentNew } = await import('@bytecodealliance/jco');
  // wasm-tools' own dummy of the world knows every name and signature: nothing is spelled by hand.
  const wanted = inspectWasm(await componentEmbed({ dummy: true, witSource, world }));
  const imports = new Map(wanted.imports.map((item) => [`${interfaceOf(item.module)}.${snake(item.field)}`, item]));
  const exports = new Map<string, { name: string; signature: string }[]>();
  for (const { field, kind, signature } of wanted.exports) {
    if (kind !== 'func' || !field.includes('|')) continue;
    const short = field.endsWith('_post') ? POST : snake(field.slice(field.lastIndexOf('|') + 1));
    exports.set(short, [...(exports.get(short) ?? []), { name: field, signature }]);
  }
  refuseMismatch(inspectWasm(wasm), world, imports, exports);
  const renamed = renameWasm(wasm, {
    import: (module, field) => {
      const item = imports.get(`${module}.${field}`)!;
      return [item.module, item.field];
    },
    export: (field) => (exports.get(field) ?? []).map(({ name }) => name).concat(RUNTIME.get(field) ?? []),
  });
  return componentNew(await componentEmbed({ binary: renamed, witSource, world }), []);
}

/**
 * Writes `<outDir>/<world>.js`, its core Wasm and its types, in place of what was there.
 * @param module the Wasm, or the path of a file with it
 */
export async function componentize(module: Uint8Array | string, world: string, outDir: string): Promise<void> {
  const { transpile } = await import('@bytecodealliance/jco');
  const wasm = typeof module === 'string' ? await readFile(module) : module;
  const witSource = await readFile(join(packageRoot(), 'runtime', 'abi', 'mote.wit'), 'utf8');
  const component = await componentOf(wasm, world, witSource);
  const { files } = await transpile(component, { name: world, base64Cutoff: 0 });

  const folder = resolve(outDir);
  const fresh = `${folder}.${randomUUID()}`;
  try {
    for (const [name, contents] of Object.entries(files)) {
      const file = join(fresh, ...name.split('/'));
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, contents);
    }
    await rm(folder, { recursive: true, force: true });
    await rename(fresh, folder);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

function refuseMismatch(
  have: WasmInfo,
  world: string,
  imports: Map<string, { signature: string }>,
  exports: Map<string, { signature: string }[]>,
): void {
  const problems: string[] = [];
  for (const { module, field, signature } of have.imports) {
    const found = imports.get(`${module}.${field}`);
    if (!found) problems.push(`import ${module}.${field} is not part of the world`);
    else if (found.signature !== signature)
      problems.push(`import ${module}.${field} is ${signature}, not ${found.signature}`);
  }
  for (const [field, [wanted]] of exports) {
    const found = have.exports.find((item) => item.field === field);
    if (!found) problems.push(`the export ${field} is missing`);
    else if (found.signature !== wanted!.signature)
      problems.push(`export ${field} is ${found.signature}, not ${wanted!.signature}`);
  }
  for (const field of RUNTIME.keys()) {
    if (!have.exports.some((item) => item.field === field)) problems.push(`the export ${field} is missing`);
  }
  if (problems.length > 0) throw new ContractError(`the module for world '${world}'`, problems);
}

const snake = (name: string) => name.replaceAll('-', '_');

/** `cm32p2|mote:device/log@0.1` is `log`. */
const interfaceOf = (module: string) => snake(/\/([a-z0-9-]+)@/.exec(module)?.[1] ?? module);
