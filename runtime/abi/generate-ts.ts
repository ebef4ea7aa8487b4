/** contract.ts: the contract for programs on the host. */
import { layoutOfDefinition } from './layout.ts';
import {
  abiVersion,
  capabilityOf,
  exportsOf,
  importsOf,
  pascal,
  refusedGrants,
  RUNTIME_EXPORTS,
  sharedEnum,
  worldOf,
} from './link.ts';
import type { Case, Definition, Type, Wit, World } from './wit.ts';

/** The module for every interface and world of `wit`. */
export function generateTypeScript(wit: Wit): string {
  const definitions = [...wit.interfaces.values()].flatMap((item) => item.definitions);
  return [
    '// Generated from runtime/abi/mote.wit by `npm run generate`. Do not edit.',
    '',
    "/** The contract's version: what a manifest's `abi` names. */",
    `export const ABI_VERSION = '${abiVersion(wit)}';`,
    '',
    ...errorCodes(sharedEnum(wit, 'error').cases),
    ...definitions.flatMap(definition),
    ...refused(wit),
    ...layouts(definitions),
    ...linkTypes(wit),
    ...worlds(wit),
    '',
  ].join('\n');
}

const camel = (name: string) => name.replace(/-([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase());
const key = (name: string) => (name.includes('-') ? `'${name}'` : name);

/** `log.level` is LogLevel; what `types` shares goes by its own name. */
function typeName({ owner, name }: Definition): string {
  return owner === 'types' ? pascal(name) : `${pascal(owner)}${pascal(name)}`;
}

function doc(text: string, indent = ''): string[] {
  if (!text) return [];
  const lines = text.split('\n');
  if (lines.length === 1) return [`${indent}/** ${text} */`];
  return [`${indent}/**`, ...lines.map((line) => `${indent} *${line && ` ${line}`}`), `${indent} */`];
}

function errorCodes(cases: Case[]): string[] {
  return [
    "/** types.error as the kernel's C functions and ports answer it: MOTE_ERR_* of contract.h. 0 and above is success. */",
    'export const ErrorCode = {',
    ...cases.flatMap((item, index) => [...doc(item.docs, '  '), `  ${key(item.name)}: ${-(index + 1)},`]),
    '} as const;',
    'export type ErrorName = keyof typeof ErrorCode;',
    '',
  ];
}

function definition(definition: Definition): string[] {
  if (definition.owner === 'types' && definition.name === 'error') return [];
  const name = typeName(definition);
  switch (definition.kind) {
    case 'enum':
      return [
        ...doc(definition.docs),
        `export const ${name} = {`,
        ...definition.cases.flatMap((item, index) => [...doc(item.docs, '  '), `  ${key(item.name)}: ${index},`]),
        '} as const;',
        `export type ${name} = keyof typeof ${name};`,
        '',
      ];
    case 'record':
      return [
        ...doc(definition.docs),
        `export interface ${name} {`,
        ...definition.fields.map((field) => `  ${camel(field.name)}: ${typeText(field.type)};`),
        '}',
        '',
      ];
    case 'variant':
      return [
        ...doc(definition.docs),
        `export type ${name} =`,
        `${definition.cases
          .flatMap((item) => [
            ...doc(item.docs, '  '),
            `  | { tag: '${item.name}'${item.type ? `; val: ${typeText(item.type)}` : ''} }`,
          ])
          .join('\n')};`,
        '/** Discriminants. */',
        `export const ${name}Tag = {`,
        ...definition.cases.map((item, index) => `  ${key(item.name)}: ${index},`),
        '} as const;',
        '',
      ];
  }
}

function typeText(type: Type): string {
  switch (type.kind) {
    case 'primitive':
      if (type.name === 'bool') return 'boolean';
      if (type.name === 'char') return 'string';
      return type.name.endsWith('64') && type.name !== 'f64' ? 'bigint' : 'number';
    case 'string':
      return 'string';
    case 'list':
      if (type.element.kind === 'primitive' && type.element.name === 'u8') return 'Uint8Array';
      return `${typeText(type.element)}[]`;
    case 'option':
      return `${typeText(type.some)} | undefined`;
    case 'named':
      return type.name === 'error' ? 'ErrorName' : typeName(type.definition);
    case 'result':
      throw new Error('a result inside a type has no TypeScript form here');
  }
}

function refused(wit: Wit): string[] {
  return [
    '/** Grants that no application module has: written with a `:`; a `*` at the end stands for any text. */',
    'export const REFUSED_GRANTS: readonly string[] = [',
    ...refusedGrants(wit).map((grant) => `  '${grant}',`),
    '];',
    '',
  ];
}

function layouts(definitions: Definition[]): string[] {
  const rows = definitions.flatMap((definition) => {
    if (definition.kind !== 'record') return [];
    const { size, align, offsets } = layoutOfDefinition(definition);
    const at = definition.fields.map((field, index) => `${camel(field.name)}: ${offsets[index]}`).join(', ');
    return [`  ${typeName(definition)}: { size: ${size}, align: ${align}, at: { ${at} } },`];
  });
  return [
    '/** Records in linear memory: bytes, and where each field begins. A list or string is an address and a length. */',
    'export const LAYOUT = {',
    ...rows,
    '} as const;',
    '',
  ];
}

function linkTypes(wit: Wit): string[] {
  const kinds = [...wit.worlds.values()].flatMap((world) =>
    importsOf(wit, world).flatMap((link) => (link.scope ? [link.scope.kind] : [])),
  );
  return [
    'export interface ContractImport {',
    '  module: string;',
    '  field: string;',
    "  /** wasm3's notation: result, then parameters; i i32, I i64, f f32, F f64, v nothing. */",
    '  signature: string;',
    '  /** What a call needs a grant of. */',
    '  capability: Capability | null;',
    "  /** What the scope of such a grant is: any text, numbers in a pattern, the name of an enum's case, or nothing. */",
    `  scope: ${[...new Set(kinds)].map((kind) => `'${kind}'`).join(' | ')} | null;`,
    '  /** Of a `line`: how the scope is written, # for a number. Of an enum: what may stand behind the name. Empty otherwise. */',
    '  pattern: string;',
    '}',
    '',
    'export interface ContractExport {',
    '  field: string;',
    '  signature: string;',
    '}',
    '',
    'export interface ContractWorld {',
    '  imports: readonly ContractImport[];',
    '  exports: readonly ContractExport[];',
    '}',
    '',
    '/** What every module exports beside the functions of its world. */',
    'export const RUNTIME_EXPORTS: readonly ContractExport[] = [',
    ...RUNTIME_EXPORTS.map(({ field, signature }) => `  { field: '${field}', signature: '${signature}' },`),
    '];',
    '',
  ];
}

function worlds(wit: Wit): string[] {
  const names = [...wit.worlds.keys()].map((name) => `'${name}'`);
  return [
    `export type WorldName = ${names.join(' | ')};`,
    '',
    'export const WORLDS: Record<WorldName, ContractWorld> = {',
    ...[...wit.worlds.keys()].flatMap((name) => world(wit, worldOf(wit, name))),
    '};',
  ];
}

function world(wit: Wit, world: World): string[] {
  const imports = importsOf(wit, world).map(({ module, field, signature, func, scope }) => {
    const capability = capabilityOf(wit, func.grant) === null ? 'null' : `'${func.grant!.capability}'`;
    const place = `module: '${module}', field: '${field}', signature: '${signature.text}'`;
    const pattern = (scope?.pattern ?? '').replaceAll(/#\d/g, '#');
    const scoped = `scope: ${scope ? `'${scope.kind}'` : 'null'}, pattern: '${pattern}'`;
    return `      { ${place}, capability: ${capability}, ${scoped} },`;
  });
  const exports = exportsOf(world).map(
    ({ field, signature }) => `      { field: '${field}', signature: '${signature.text}' },`,
  );
  return [
    `  ${key(world.name)}: {`,
    ...(imports.length ? ['    imports: [', ...imports, '    ],'] : ['    imports: [],']),
    '    exports: [',
    ...exports,
    '    ],',
    '  },',
  ];
}
