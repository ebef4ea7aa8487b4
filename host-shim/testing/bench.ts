/** How modules/bench learns what to start: settings that only it may read. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Capability } from '../../runtime/abi/generated/contract.ts';
import { type ModuleManifest, parseGrant, readManifest } from '../../runtime/guest/compiler/manifest.ts';
import type { SettingsPort } from '../board/ports.ts';
import { fault } from '../errors.ts';
import { codeOf, packageRoot } from '../files.ts';

export type Actor = Pick<ModuleManifest, 'name' | 'budgets' | 'grants'>;

export const BENCH = 'bench';
export const DELIVERY = 'delivery';
/** The device's base topic. */
export const BASE = 'home/bench/virtual/test';

/** Whether a module with this grant speaks to modules/delivery. */
export const usesDelivery = (grant: string): boolean => grant === 'mail' || grant === `mail:${DELIVERY}`;

/** A module of mote itself, as its module.json has it. */
export function actorOf(name: string): Promise<Actor> {
  return readManifest(join(packageRoot(), 'modules', name));
}

/** The Wasm of a module of mote itself. Throws not-built. */
export function builtin(name: string): Promise<Uint8Array<ArrayBuffer>> {
  return built(join('modules', `${name}.wasm`));
}

let compiled: Promise<WebAssembly.Module> | undefined;

/** The kernel with its interpreter, once for all boards. Throws not-built. */
export function kernel(): Promise<WebAssembly.Module> {
  compiled ??= built('kernel.wasm').then((bytes) => WebAssembly.compile(bytes));
  return compiled;
}

async function built(file: string): Promise<Uint8Array<ArrayBuffer>> {
  const path = join(packageRoot(), 'build', file);
  return readFile(path).then(
    (bytes) => new Uint8Array(bytes),
    (error) => {
      throw codeOf(error) === 'ENOENT' ? fault('not-built', { path }, error) : error;
    },
  );
}

/** The device's settings and, for modules/bench, the modules to start in this order. */
export function benchSettings(actors: Actor[], settings: Readonly<Record<string, string | Uint8Array>>): SettingsPort {
  const known = new Map<string, Uint8Array>(
    Object.entries(settings).map(([name, value]) => [name, typeof value === 'string' ? utf8(value) : value]),
  );
  for (const [place, { name, budgets, grants }] of actors.entries()) {
    const { memory, stack, fuel, mailbox } = budgets;
    known.set(`bench/${place}/name`, utf8(name));
    known.set(`bench/${place}/budget`, new Uint8Array(Uint32Array.of(memory, stack, fuel, mailbox).buffer));
    for (const [index, grant] of grants.entries()) {
      const { capability, scope } = parseGrant(grant);
      known.set(`bench/${place}/grant-${index}`, Uint8Array.of(Capability[capability], ...utf8(scope)));
    }
  }
  return { get: (name) => known.get(name) };
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
