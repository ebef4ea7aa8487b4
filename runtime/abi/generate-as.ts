/** host.ts: the contract for AssemblyScript: the raw imports, and numbers and places for the SDK to read and write with. */
import { type FlatParameter, type Flat, layoutOf, layoutOfDefinition } from './layout.ts';
import { type Import, importsOf, pascal, refusedGrants, sharedEnum, snake, worldOf } from './link.ts';
import type { Case, Definition, Wit } from './wit.ts';

/** The file for the interfaces of `world`. */
export function generateAssemblyScript(wit: Wit, world: string): string {
  const { imports, exports } = worldOf(wit, world);
  const definitions = [...imports, ...exports].flatMap((item) => item.definitions);
  return [
    '// Generated from runtime/abi/mote.wit by `npm run generate`. Do not edit.',
    '',
    '/** Why a call was not carried out; 0: it was. The same numbers as MOTE_ERR_* in C. */',
    ...enumeration('ErrorCode', sharedEnum(wit, 'error').cases, (index) => -(index + 1), ['  None = 0,']),
    ...enumeration('Capability', sharedEnum(wit, 'capability').cases, (index) => index),
    ...enumeration('Step', sharedEnum(wit, 'step').cases, (index) => index),
    ...definitions.flatMap(definition),
    ...importsOf(wit, worldOf(wit, world)).flatMap(declaration),
  ].join('\n');
}

/** grants.ts: names for whoever reads grants in manifests. A file of its own: strings are kept in all modules that import it. */
export function generateGrantNames(wit: Wit): string {
  const names = sharedEnum(wit, 'capability').cases.map(({ name }) => name);
  const text = (name: string, words: string[]) => `export const ${name}: string =\n  '${words.join(' ')}';`;
  return [
    '// Generated from runtime/abi/mote.wit by `npm run generate`. Do not edit.',
    '',
    '/** Names of capabilities, in order, as manifests have them. */',
    text('CAPABILITIES', names),
    '/** Grants that no application module has: written with a `:`; a `*` at the end stands for any text. */',
    text('REFUSED_GRANTS', refusedGrants(wit)),
    '',
  ].join('\n');
}

const constant = (...parts: string[]) => snake(parts.join('_')).toUpperCase();

function enumeration(name: string, cases: Case[], value: (index: number) => number, first: string[] = []): string[] {
  const items = cases.map((item, index) => `  ${pascal(item.name)} = ${value(index)},`);
  return [`export const enum ${name} {`, ...first, ...items, '}', ''];
}

function definition(definition: Definition): string[] {
  const { owner, name } = definition;
  if (definition.kind !== 'record') {
    return enumeration(`${pascal(owner)}${pascal(name)}`, definition.cases, (index) => index);
  }
  const layout = layoutOfDefinition(definition);
  return [
    ...definition.fields.map(
      (field, index) => `export const ${constant(owner, name, 'at', field.name)}: usize = ${layout.offsets[index]};`,
    ),
    `export const ${constant(owner, name, 'size')}: usize = ${layout.size};`,
    '',
  ];
}

function declaration({ module, field, func, signature }: Import): string[] {
  const parameters = signature.parameters.map((parameter) => `${identifier(parameter)}: ${typeText(parameter)}`);
  const returned = func.result && signature.result ? resultText(signature.result) : 'void';
  const lines = [
    ...docs(func.docs),
    '// @ts-ignore: decorator',
    `@external("${module}", "${field}")`,
    `export declare function ${module}_${field}(${parameters.join(', ')}): ${returned};`,
    '',
  ];
  if (signature.parameters.at(-1)?.name !== 'ret') return lines;
  const { size, payload } = layoutOf(func.result!);
  return [
    ...lines.slice(0, -1),
    `export const ${constant(module, field, 'ret_size')}: usize = ${size};`,
    `export const ${constant(module, field, 'ret_payload')}: usize = ${payload};`,
    '',
  ];
}

function docs(text: string): string[] {
  if (!text) return [];
  const lines = text.split('\n');
  return lines.length === 1 ? [`/** ${text} */`] : ['/**', ...lines.map((line) => ` *${line && ` ${line}`}`), ' */'];
}

/** `payload.ptr` is payloadPtr, `source.1` is source1, `budget.memory` is budgetMemory. */
function identifier({ name }: FlatParameter): string {
  return name.replace(/[.-](\w)/g, (_match, letter: string) => letter.toUpperCase());
}

function typeText({ name, flat }: FlatParameter): string {
  return /(?:\.ptr|\.len|^ret)$/.test(name) ? 'usize' : resultText(flat);
}

function resultText(flat: Flat): string {
  return { i: 'u32', I: 'u64', f: 'f32', F: 'f64' }[flat];
}
