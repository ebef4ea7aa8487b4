/** Holds a compiled module against the contract and its manifest, so that what a device would refuse fails in the build. */
import { RUNTIME_EXPORTS, WORLDS } from '../../abi/generated/contract.ts';
import type { WasmInfo } from './inspect.ts';
import { type ModuleManifest, parseGrant } from './manifest.ts';

/** The module compiles but cannot run. The message lists every reason. */
export class ContractError extends Error {
  readonly problems: string[];

  constructor(name: string, problems: string[]) {
    super(`${name} does not fit the contract:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'ContractError';
    this.problems = problems;
  }
}

/** Bytes of heap without which no message can be delivered. */
const MINIMAL_HEAP = 256;

/**
 * Throws ContractError when `info` is not a module of the manifest's world within the manifest's grants and memory.
 * `heapBase` is where its static data ends.
 */
export function checkContract(info: WasmInfo, heapBase: number, manifest: ModuleManifest): void {
  const problems = [
    ...checkExports(info, manifest),
    ...checkImports(info, manifest),
    ...checkMemory(info, heapBase, manifest),
  ];
  if (problems.length > 0) throw new ContractError(manifest.name, problems);
}

/** Grants that no call of the module needs: it could do without. `radio-receive` is about messages and never listed. */
export function unusedGrants(info: WasmInfo, manifest: ModuleManifest): string[] {
  const needed = new Set<string | null>(['radio-receive']);
  for (const link of WORLDS[manifest.world].imports) {
    if (info.imports.some(({ module, field }) => module === link.module && field === link.field))
      needed.add(link.capability);
  }
  return manifest.grants.filter((grant) => !needed.has(parseGrant(grant).capability));
}

function checkExports(info: WasmInfo, { world }: ModuleManifest): string[] {
  return [...WORLDS[world].exports, ...RUNTIME_EXPORTS].flatMap(({ field, signature }) => {
    const found = info.exports.find((item) => item.field === field && item.kind === 'func');
    if (!found) return [`world '${world}' wants the export ${field}${shape(signature)}, which the module lacks`];
    if (found.signature === signature) return [];
    return [`export ${field} is ${shape(found.signature)}, but world '${world}' wants ${shape(signature)}`];
  });
}

function checkImports(info: WasmInfo, { world, grants }: ModuleManifest): string[] {
  const granted = new Set(grants.map((grant) => parseGrant(grant).capability));
  return info.imports.flatMap(({ module, field, kind, signature }) => {
    const name = `${module}.${field}`;
    const wanted = WORLDS[world].imports.find((link) => link.module === module && link.field === field);
    if (kind !== 'func' || !wanted) return [`import ${name} is not part of world '${world}'`];
    if (signature !== wanted.signature) {
      return [`import ${name} is ${shape(signature)}, but the contract has ${shape(wanted.signature)}`];
    }
    if (!wanted.capability || granted.has(wanted.capability)) return [];
    return [`import ${name} needs the grant '${wanted.capability}', which module.json does not ask for`];
  });
}

function checkMemory(info: WasmInfo, heapBase: number, { budgets }: ModuleManifest): string[] {
  if (info.memory === null || info.memory.imported || !info.exports.some((item) => item.field === 'memory')) {
    return ['the module must define and export its memory'];
  }
  const needed = heapBase + MINIMAL_HEAP;
  if (needed <= budgets.memory) return [];
  return [
    `static data ends at byte ${heapBase}: with ${MINIMAL_HEAP} bytes of heap that is ${needed}, ` +
      `more than budgets.memory (${budgets.memory})`,
  ];
}

const WORDS: Record<string, string> = { i: 'i32', I: 'i64', f: 'f32', F: 'f64', v: '' };

/** `v(ii)` as `(i32, i32)`. */
function shape(signature: string): string {
  const [result, parameters] = signature.slice(0, -1).split('(') as [string, string];
  const words = (letters: string) => [...letters].map((letter) => WORDS[letter] ?? letter).join(', ');
  return `(${words(parameters)})${result === 'v' ? '' : `: ${words(result)}`}`;
}
