/**
 * The contract as a linker sees it: which core Wasm function stands behind each function of mote.wit,
 * which capability a call needs, and which parameter the grant's scope is compared with.
 */
import { exportSignature, importSignature, type Signature } from './layout.ts';
import type { Definition, Func, Grant, Interface, Type, Wit, World } from './wit.ts';

export interface Scope {
  /**
   * `text`: address and length at `parameter` and the next. `line`: numbers in a `pattern`. `any`: whatever it is.
   * Otherwise the name of the enum whose case's name counts.
   */
  kind: 'text' | 'line' | 'any' | string;
  /** Index among the core parameters. */
  parameter: number;
  /** Of a `line`: the text of the scope, `#n` standing for the number in core parameter n. */
  pattern: string;
}

export interface Import {
  module: string;
  field: string;
  func: Func;
  signature: Signature;
  /** Number of the capability that a call needs; null: none. */
  capability: number | null;
  scope: Scope | null;
}

export interface Export {
  field: string;
  func: Func;
  signature: Signature;
}

/** What every module exports beside the functions of its world; the kernel calls them around each message. */
export const RUNTIME_EXPORTS = [
  { field: 'cabi_realloc', signature: 'i(iiii)' },
  { field: 'arena_reset', signature: 'v()' },
] as const;

/** `kebab-case` of WIT as the name of a core import, export or C function. */
export function snake(name: string): string {
  return name.replaceAll('-', '_');
}

export function pascal(name: string): string {
  return name.replace(/(?:^|-)([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase());
}

/** `major.minor` of the package: what a manifest's "abi" names. */
export function abiVersion(wit: Wit): string {
  return wit.version.split('.').slice(0, 2).join('.');
}

export function worldOf(wit: Wit, name: string): World {
  const world = wit.worlds.get(name);
  if (!world) throw new Error(`the contract has no world '${name}'`);
  return world;
}

/** The enum `types.<name>`. */
export function sharedEnum(wit: Wit, name: string): Extract<Definition, { kind: 'enum' }> {
  const found = wit.interfaces.get('types')?.definitions.find((definition) => definition.name === name);
  if (found?.kind !== 'enum') throw new Error(`the contract has no enum types.${name}`);
  return found;
}

/** Grants that no application module has, as manifests write them, always with a `:`; a `*` at the end stands for any text. */
export function refusedGrants(wit: Wit): string[] {
  return sharedEnum(wit, 'capability').cases.flatMap(({ name, refused }) => refused.map((scope) => `${name}:${scope}`));
}

/** Number of the capability that `grant` names; null for no grant. Throws when the contract has none of that name. */
export function capabilityOf(wit: Wit, grant: Grant | null): number | null {
  if (!grant) return null;
  const number = sharedEnum(wit, 'capability').cases.findIndex((item) => item.name === grant.capability);
  if (number < 0) throw new Error(`@grant names '${grant.capability}', which is no case of types.capability`);
  return number;
}

export function importsOf(wit: Wit, world: World): Import[] {
  return world.imports.flatMap((from) => from.functions.map((func) => importOf(wit, from, func)));
}

export function exportsOf(world: World): Export[] {
  return world.exports.flatMap((to) =>
    to.functions.map((func) => ({ field: snake(func.name), func, signature: exportSignature(func) })),
  );
}

function importOf(wit: Wit, from: Interface, func: Func): Import {
  const signature = importSignature(func);
  const capability = capabilityOf(wit, func.grant);
  const { parameter, pattern } = func.grant ?? {};
  const scope = pattern ? lineOf(func, signature, pattern) : parameter ? scopeOf(func, signature, parameter) : null;
  return { module: snake(from.name), field: snake(func.name), func, signature, capability, scope };
}

function scopeOf(func: Func, signature: Signature, name: string): Scope {
  const type = func.parameters.find((parameter) => parameter.name === name)!.type;
  const kind = scopeKind(type);
  if (!kind) throw new Error(`the scope of '${func.name}' must be a string or an enum: ${name}`);
  const flatName = kind === 'text' ? `${name}.ptr` : name;
  return { kind, parameter: signature.parameters.findIndex((parameter) => parameter.name === flatName), pattern: '' };
}

function lineOf(func: Func, signature: Signature, written: string): Scope {
  if (written === '*') return { kind: 'any', parameter: 0, pattern: '' };
  // The name of an enum's case, and behind it what is done.
  const named = /^\{([^}]*)\}(:[a-z]+)$/.exec(written);
  const type = named && func.parameters.find((parameter) => parameter.name === named[1])?.type;
  if (type && scopeKind(type)) return { ...scopeOf(func, signature, named[1]!), pattern: named[2]! };
  const pattern = written.replace(/\{([^}]*)\}/g, (_match, name: string) => {
    const index = signature.parameters.findIndex((parameter) => parameter.name === name);
    if (index < 0 || index > 9 || signature.parameters[index]!.flat !== 'i')
      throw new Error(`a number in the scope of '${func.name}' must be one of its first ten core parameters: ${name}`);
    return `#${index}`;
  });
  return { kind: 'line', parameter: 0, pattern };
}

function scopeKind(type: Type): string | null {
  if (type.kind === 'string') return 'text';
  return type.kind === 'named' && type.definition.kind === 'enum' ? type.definition.name : null;
}
