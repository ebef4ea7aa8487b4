/**
 * Offsets in memory against jco's: the host lowers lists of every record of mote.wit into a module, and the module gives
 * the bytes back as they stand.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { transpile } from '@bytecodealliance/jco';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { layoutOf, layoutOfDefinition } from '../../runtime/abi/layout.ts';
import { packageRoot } from '../../runtime/abi/package-root.ts';
import { type Definition, parseWit, type Type } from '../../runtime/abi/wit.ts';
import { componentOf } from '../../runtime/guest/compiler/component.ts';
import { compileAssembly } from '../../runtime/guest/compiler/index.ts';

type Peek = Record<string, (rows: unknown[]) => Uint8Array>;

const mote = readFileSync(join(packageRoot(), 'runtime', 'abi', 'mote.wit'), 'utf8');
const wit = parseWit(mote);
const compound = [...wit.interfaces.values()]
  .flatMap(({ definitions }) => definitions)
  .filter(({ kind }) => kind !== 'enum');
const camel = (name: string) => name.replace(/-([a-z])/g, (_match, letter: string) => letter.toUpperCase());
let folder: string;
let peek: Peek;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mote-layout-'));
  const uses = compound.map(({ owner, name }) => `use ${owner}.{${name}};`);
  const functions = compound.map(({ name }) => `peek-${name}: func(rows: list<${name}>) -> list<u8>;`);
  const witSource = `${mote}\ninterface peek { ${[...uses, ...functions].join('\n')} }\nworld peeker { export peek; }`;
  const sources = compound.map((definition) => {
    const { size } = layoutOfDefinition(definition);
    return `export function peek_${definition.name}(ptr: usize, len: usize): usize { return lowerBytes(new Bytes(ptr, <i32>len * ${size})); }`;
  });
  const entry = join(folder, 'index.ts');
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(entry, `import { Bytes, lowerBytes } from 'motekit/runtime/guest';\n${sources.join('\n')}`);
  const { wasm } = await compileAssembly([entry, join(packageRoot(), 'runtime', 'guest', 'pure.ts')]);
  const { files } = await transpile(await componentOf(wasm, 'peeker', witSource), { name: 'peeker', base64Cutoff: 0 });
  for (const [name, contents] of Object.entries(files)) {
    if (!name.includes('/')) writeFileSync(join(folder, name), contents);
  }
  ({ peek } = await import(pathToFileURL(join(folder, 'peeker.js')).href));
});

afterAll(() => rmSync(folder, { recursive: true }));

let counter = 0;

/** 1 to 100, in turn: no two neighbours alike. */
function next(): number {
  counter = (counter % 100) + 1;
  return counter;
}

/** A value of `type` as jco takes it, and what must stand in memory: bytes by offset, lengths of slices. */
function sample(type: Type, at: number, expected: Map<number, number>): unknown {
  switch (type.kind) {
    case 'primitive': {
      const { size } = layoutOf(type);
      if (type.name === 'bool') {
        expected.set(at, 1);
        return true;
      }
      for (let byte = 0; byte < size; byte++) expected.set(at + byte, next());
      const bytes = Array.from({ length: size }, (_, byte) => expected.get(at + byte)!);
      const value = bytes.reduceRight((sum, byte) => sum * 256n + BigInt(byte), 0n);
      return type.name.endsWith('64') ? value : Number(value);
    }
    case 'string':
    case 'list': {
      const length = next();
      expected.set(at + 4, length);
      for (let byte = 5; byte < 8; byte++) expected.set(at + byte, 0);
      return type.kind === 'string' ? 'x'.repeat(length) : new Uint8Array(length);
    }
    case 'named':
      return sampleOf(type.definition, at, expected);
    default:
      throw new Error(`no sample of ${type.kind}`);
  }
}

function sampleOf(definition: Definition, at: number, expected: Map<number, number>, which = -1): unknown {
  const layout = layoutOfDefinition(definition);
  if (definition.kind === 'record') {
    return Object.fromEntries(
      definition.fields.map(({ name, type }, index) => [
        camel(name),
        sample(type, at + layout.offsets[index]!, expected),
      ]),
    );
  }
  const number = which < 0 ? definition.cases.length - 1 : which;
  const { name, type } = definition.cases[number]!;
  expected.set(at, number);
  if (definition.kind === 'enum') return name;
  return type ? { tag: name, val: sample(type, at + layout.payload, expected) } : { tag: name };
}

describe.each(compound.map((definition) => [`${definition.owner}.${definition.name}`, definition] as const))(
  '%s',
  (_name, definition) => {
    const { size } = layoutOfDefinition(definition);

    test('stands in memory as layout.ts says, one row behind the other', () => {
      const count = definition.kind === 'record' ? 3 : definition.kind === 'variant' ? definition.cases.length : 0;
      expect(count).toBeGreaterThan(1);
      const expected = new Map<number, number>();
      const rows = Array.from({ length: count }, (_, row) => sampleOf(definition, row * size, expected, row));
      const bytes = peek[camel(`peek-${definition.name}`)]!(rows);
      expect(bytes).toHaveLength(count * size);
      for (const [at, byte] of expected) expect(bytes[at], `byte ${at}`).toBe(byte);
    });

    test('a planted wrong layout is caught', () => {
      const expected = new Map<number, number>();
      const rows = [0, 1].map((row) => sampleOf(definition, row * (size + 4), expected, row));
      const bytes = peek[camel(`peek-${definition.name}`)]!(rows);
      expect([...expected].some(([at, byte]) => bytes[at] !== byte)).toBe(true);
    });
  },
);
