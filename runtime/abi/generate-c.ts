/** contract.h: the contract for the kernel and for boards. */
import { layoutOf, layoutOfDefinition } from './layout.ts';
import {
  abiVersion,
  capabilityOf,
  exportsOf,
  type Import,
  importsOf,
  RUNTIME_EXPORTS,
  sharedEnum,
  snake,
  worldOf,
} from './link.ts';
import type { Case, Definition, Wit } from './wit.ts';

/** The header for the interfaces of `world`. */
export function generateC(wit: Wit, world: string): string {
  const { imports, exports } = worldOf(wit, world);
  const interfaces = [...imports, ...exports];
  const links = importsOf(wit, worldOf(wit, world));
  return [
    '/* Generated from runtime/abi/mote.wit by `npm run generate`. Do not edit. */',
    '#ifndef MOTE_CONTRACT_H',
    '#define MOTE_CONTRACT_H',
    '',
    `#define MOTE_ABI_VERSION "${abiVersion(wit)}"`,
    '',
    ...errors(sharedEnum(wit, 'error').cases),
    ...capabilities(sharedEnum(wit, 'capability').cases),
    '/* types.step */',
    ...enumeration('step', ['step'], sharedEnum(wit, 'step').cases, (index) => index),
    '',
    ...interfaces.flatMap((from) => from.definitions.flatMap(definition)),
    ...messageCapabilities(
      wit,
      interfaces.flatMap((from) => from.definitions),
    ),
    ...links.flatMap(returnArea),
    ...hostTable(links),
    ...exportTable(wit, world),
    '#endif',
    '',
  ].join('\n');
}

const upper = (...parts: string[]) => snake(['mote', ...parts].join('_')).toUpperCase();

function enumeration(tag: string, prefix: string[], cases: Case[], value: (index: number) => number): string[] {
  const items = cases.flatMap((item, index) => [
    ...(item.docs ? [`\t/* ${item.docs.replaceAll('\n', ' ')} */`] : []),
    `\t${upper(...prefix, item.name)} = ${value(index)},`,
  ]);
  return [`enum mote_${snake(tag)} {`, ...items, '};', `#define ${upper(...prefix, 'count')} ${cases.length}`];
}

function names(prefix: string[], cases: Case[]): string {
  return `#define ${upper(...prefix, 'names')} { ${cases.map((item) => `"${item.name}"`).join(', ')} }`;
}

function errors(cases: Case[]): string[] {
  return [
    '/*',
    ' * types.error as an int32_t: -(n + 1) for the n-th case, so that 0 and above is success.',
    ' * In a return area stands n: MOTE_ERR_CASE() converts.',
    ' */',
    ...enumeration('error', ['err'], cases, (index) => -(index + 1)),
    names(['err'], cases),
    '#define MOTE_ERR_CASE(error) (-(error) - 1)',
    '',
  ];
}

function capabilities(cases: Case[]): string[] {
  return [
    '/* types.capability. MOTE_CAP_NAMES holds the names as a manifest writes them. */',
    ...enumeration('capability', ['cap'], cases, (index) => index),
    names(['cap'], cases),
    '#define MOTE_CAP_NONE (-1)',
    '',
  ];
}

function definition(definition: Definition): string[] {
  const prefix = [definition.owner, definition.name];
  const layout = layoutOfDefinition(definition);
  const title = `/* ${definition.owner}.${definition.name} */`;
  if (definition.kind === 'record') {
    return [
      title,
      ...definition.fields.map(
        (field, index) => `#define ${upper(...prefix, 'at', field.name)} ${layout.offsets[index]}`,
      ),
      `#define ${upper(...prefix, 'size')} ${layout.size}`,
      `#define ${upper(...prefix, 'align')} ${layout.align}`,
      '',
    ];
  }
  const lines = [title, ...enumeration(prefix.join('_'), prefix, definition.cases, (index) => index)];
  if (definition.kind === 'enum') lines.push(names(prefix, definition.cases));
  return [...lines, ''];
}

function messageCapabilities(wit: Wit, definitions: Definition[]): string[] {
  const message = definitions.find((item) => item.owner === 'actor' && item.name === 'message');
  if (message?.kind !== 'variant') return [];
  const grants = message.cases.map((item) => capabilityMacro(wit, capabilityOf(wit, item.grant)));
  const longest = Math.max(...message.cases.map((item) => (item.type ? layoutOf(item.type).flat.length : 0)));
  return [
    '/* The capability an actor needs to be sent each message, by discriminant. */',
    `#define MOTE_ACTOR_MESSAGE_CAPABILITIES { ${grants.join(', ')} }`,
    '/* Core parameters of handle() after the discriminant; those that a message does not use are 0. */',
    `#define MOTE_ACTOR_MESSAGE_FLAT ${longest}`,
    '',
  ];
}

function capabilityMacro(wit: Wit, capability: number | null): string {
  return capability === null ? 'MOTE_CAP_NONE' : upper('cap', sharedEnum(wit, 'capability').cases[capability]!.name);
}

/** Of a function with a `ret` parameter: the area's size, and where the payload (or error) stands behind the discriminant. */
function returnArea(link: Import): string[] {
  if (link.signature.parameters.at(-1)?.name !== 'ret') return [];
  const layout = layoutOf(link.func.result!);
  const prefix = ['ret', link.module, link.field];
  return [
    `/* ${link.module}.${link.field} */`,
    `#define ${upper(...prefix, 'size')} ${layout.size}`,
    `#define ${upper(...prefix, 'align')} ${layout.align}`,
    `#define ${upper(...prefix, 'payload')} ${layout.payload}`,
    '',
  ];
}

function hostTable(links: Import[]): string[] {
  const kinds = ['none', ...new Set(links.flatMap((link) => (link.scope ? [link.scope.kind] : [])))];
  const rows = links.map((link) => {
    const capability = link.func.grant ? upper('cap', link.func.grant.capability) : 'MOTE_CAP_NONE';
    const { kind = 'none', parameter = 0, pattern = '' } = link.scope ?? {};
    const scope = `${upper('scope', kind)}, ${parameter}, "${pattern}"`;
    const { module, field, signature } = link;
    return `\tX("${module}", "${field}", "${signature.text}", mote_${module}_${field}, ${capability}, ${scope})`;
  });
  return [
    '/*',
    ' * What the scope of a grant is compared with. TEXT: the string whose address is the given core parameter and whose',
    ' * length is the next one. LINE: a pattern in which #n stands for the number in core parameter n. ANY: a grant of the',
    ' * capability will do. Other: the name of the case of that enum, its number being the given core parameter, and behind it',
    ' * the pattern.',
    ' */',
    'enum mote_scope {',
    ...kinds.map((kind, index) => `\t${upper('scope', kind)} = ${index},`),
    '};',
    '',
    '/*',
    ' * X(module, field, wasm3 signature, handler, capability, scope, scope parameter, scope pattern) for every import.',
    ' * Core parameters:',
    ...links.map(
      (link) => ` * ${link.module}.${link.field}(${link.signature.parameters.map((p) => p.name).join(', ')})`,
    ),
    ' */',
    `#define MOTE_HOST_TABLE(X) \\`,
    rows.join(' \\\n'),
    `#define MOTE_HOST_COUNT ${links.length}`,
    '',
  ];
}

function exportTable(wit: Wit, world: string): string[] {
  const rows = [
    ...exportsOf(worldOf(wit, world)).map(({ field, signature }) => [field, signature.text]),
    ...RUNTIME_EXPORTS.map(({ field, signature }) => [field, signature]),
  ];
  return [
    '/*',
    ' * X(field, wasm3 signature, C identifier) for every export of a module, beside its memory. start() also runs its top-level',
    ' * statements and must be the first call; cabi_realloc(0, 0, align, size) gives room for what a message carries;',
    ' * arena_reset() drops what was allocated since start() and is called after each handle().',
    ' */',
    '#define MOTE_EXPORT_TABLE(X) \\',
    rows.map(([field, signature]) => `\tX("${field}", "${signature}", mote_guest_${field})`).join(' \\\n'),
    '',
  ];
}
