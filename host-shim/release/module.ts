/** What is to be signed: a module's folder, which is built first, or Wasm that has been built, with its module.json. */
import { stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { sha256 } from '@noble/hashes/sha2.js';
import type { CompiledModule, CompileOptions } from '../../runtime/guest/compiler/index.ts';
import { DEFAULTS } from '../defaults.ts';
import { fault, MoteError } from '../errors.ts';
import { codeOf, readBounded, writeWhole } from '../files.ts';
import { modelOf } from '../schema/load.ts';
import { encodeModel, type ThingModel } from '../schema/model.ts';
import type { Release } from './bundle.ts';
import { inspectModule } from './inspect.ts';
import { makeSbom } from './sbom.ts';

/** What a bundle says of its module, before anybody signs. */
export type Unsigned = Omit<Release, 'sequence' | 'signers' | 'sbom'> & {
  /** The Thing Model whose digest `schema` is. */
  model?: ThingModel | null;
};

/** `compileModule` with the errors of the table: module-missing, module-invalid, file-missing, file-unwritable. */
export async function buildModule(folder: string, options?: CompileOptions): Promise<CompiledModule> {
  if (!(await isFolder(folder)) || !(await exists(join(folder, 'module.json')))) {
    throw fault('module-missing', { path: folder });
  }
  // asc and Binaryen take 0.6 s to load: only who compiles pays.
  const { compileModule } = await import('../../runtime/guest/compiler/index.ts');
  return compileModule(folder, options).catch((error) => {
    throw moduleFault(error, folder);
  });
}

/**
 * `path`: a module's folder or a .wasm file. `manifest`: the module.json of a .wasm file; by default the one beside it.
 * Vendor and class that module.json leaves out are those of the emulated board.
 * Throws as buildModule does, and wasm-invalid.
 */
export async function loadModule(path: string, manifest?: string): Promise<Unsigned> {
  if (await isFolder(path)) {
    const { wasm, manifest: description } = await buildModule(path);
    return release(wasm, description, path);
  }
  const wasm = await readBounded(path);
  inspectModule(wasm, path);
  const file = manifest ?? join(dirname(path), 'module.json');
  if (!(await exists(file))) throw fault('no-manifest', { path, file });
  const { readManifest } = await import('../../runtime/guest/compiler/manifest.ts');
  const folder = basename(file) === 'module.json' ? dirname(file) : file;
  const description = await readManifest(folder).catch((error) => {
    throw moduleFault(error, file);
  });
  return release(wasm, description, folder);
}

/** Writes the Thing Model of a module beside its Wasm, and gives its path; null for a module that declares nothing. */
export async function writeModel(folder: string, { file }: Pick<CompiledModule, 'file'>): Promise<string | null> {
  const { model } = await modelOf(folder);
  if (model === null) return null;
  const path = file.replace(/\.wasm$/, '.tm.json');
  await writeWhole(path, encodeModel(model));
  return path;
}

/** A module's folder, built, with its bill of materials. Throws as buildModule does. */
export async function loadWithSbom(folder: string): Promise<Unsigned & { materials: Uint8Array }> {
  const built = await buildModule(folder);
  const { projectOf } = await import('../../runtime/guest/compiler/index.ts');
  return {
    ...(await release(built.wasm, built.manifest, folder)),
    materials: await makeSbom(built, projectOf(resolve(folder))),
  };
}

/** Bytes that modules of other components may read: no module, and nothing is granted to it. Throws file-*. */
export async function loadData(path: string, component: string, version: string): Promise<Unsigned> {
  return {
    wasm: await readBounded(path),
    component,
    version,
    kind: 'data',
    // It runs nothing: the least that the form allows.
    budgets: { memory: 1024, fuel: 1, stack: 512, mailbox: 20, outbox: 0 },
    grants: [],
    vendor: DEFAULTS.vendor,
    class: DEFAULTS.class,
  };
}

/** A component of this name takes the supervisor's place (docs/bundle.cddl). */
const SUPERVISOR = 'supervisor';

type Description = CompiledModule['manifest'];

async function release(wasm: Uint8Array, description: Description, folder: string): Promise<Unsigned> {
  const { name, version, budgets, grants, needs, oldest, vendor, class: board } = description;
  const { model } = (await isFolder(folder)) ? await modelOf(folder) : { model: null };
  return {
    model,
    ...(model && { schema: sha256(encodeModel(model)) }),
    wasm,
    component: name,
    version,
    budgets,
    // A supervisor has all of them, whatever it says.
    grants: name === SUPERVISOR ? [] : grants,
    ...(needs && Object.keys(needs).length > 0 && { needs }),
    ...(oldest !== undefined && { oldest }),
    ...(name === SUPERVISOR && { kind: 'supervisor' as const }),
    vendor: vendor ?? DEFAULTS.vendor,
    class: board ?? DEFAULTS.class,
  };
}

/** The compiler's errors name file and line themselves; everything else that it throws is a fault of mote. */
function moduleFault(error: unknown, path: string): unknown {
  if (error instanceof MoteError || !(error instanceof Error)) return error;
  if (/^(Manifest|Compile|Contract|Schema)Error$/.test(error.name)) {
    return fault('module-invalid', { path, why: error.message }, error);
  }
  const code = codeOf(error);
  if (code && /^(EACCES|EPERM|EROFS|ENOSPC|ENOTDIR|EISDIR|EEXIST)$/.test(code) && 'path' in error) {
    return fault('file-unwritable', { path: String(error.path), why: code }, error);
  }
  return error;
}

const isFolder = (path: string): Promise<boolean> => stat(path).then((found) => found.isDirectory(), missing(path));
const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

function missing(path: string): (error: unknown) => never {
  return (error) => {
    throw codeOf(error) === 'ENOENT'
      ? fault('file-missing', { path }, error)
      : fault('file-unreadable', { path, why: codeOf(error) ?? 'unknown' }, error);
  };
}
