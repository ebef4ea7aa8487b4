/** Our reading of mote.wit against wasm-tools' (through jco): it makes a dummy module with every import and export. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { componentEmbed } from '@bytecodealliance/jco';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Export, exportsOf, type Import, importsOf, snake, worldOf } from '../../runtime/abi/link.ts';
import { packageRoot } from '../../runtime/abi/package-root.ts';
import { parseWit } from '../../runtime/abi/wit.ts';
import { inspectWasm, type WasmInfo } from '../../runtime/guest/compiler/inspect.ts';

const source = readFileSync(join(packageRoot(), 'runtime', 'abi', 'mote.wit'), 'utf8');
const dummies = new Map<string, WasmInfo>();

async function dummyOf(witSource: string, world: string): Promise<WasmInfo> {
  return inspectWasm(await componentEmbed({ dummy: true, witSource, world }));
}

beforeAll(async () => {
  for (const world of ['module', 'wmbus-codec']) dummies.set(world, await dummyOf(source, world));
});

/** `mote:device/log@0.1` in both manglings that wasm-tools knows. */
const interfaceName = (module: string) => snake(/\/([a-z0-9-]+)@/.exec(module)?.[1] ?? module);

function theirImports(info: WasmInfo): string[] {
  return info.imports
    .map(({ module, field, signature }) => `${interfaceName(module)}.${snake(field)} ${signature}`)
    .sort();
}

function theirExports(info: WasmInfo): string[] {
  return info.exports
    .filter(({ kind, field }) => kind === 'func' && field.includes('|') && !field.endsWith('_post'))
    .map(({ field, signature }) => `${snake(field.slice(field.lastIndexOf('|') + 1))} ${signature}`)
    .sort();
}

const ourImports = (imports: Import[]) =>
  imports.map(({ module, field, signature }) => `${module}.${field} ${signature.text}`).sort();
const ourExports = (exports: Export[]) => exports.map(({ field, signature }) => `${field} ${signature.text}`).sort();

describe.each(['module', 'wmbus-codec'])('world %s', (name) => {
  const wit = parseWit(source);
  const world = worldOf(wit, name);

  test('has the imports and core signatures that wasm-tools derives', () => {
    const ours = ourImports(importsOf(wit, world));
    expect(ours).toEqual(theirImports(dummies.get(name)!));
    expect(ours.length).toBe(
      name === 'module' ? wit.worlds.get('module')!.imports.flatMap((i) => i.functions).length : 0,
    );
  });

  test('has the exports and core signatures that wasm-tools derives', () => {
    const ours = ourExports(exportsOf(world));
    expect(ours.length).toBeGreaterThan(0);
    expect(ours).toEqual(theirExports(dummies.get(name)!));
  });
});

test('types that mote.wit does not use yet are flattened as wasm-tools does', async () => {
  const other = `package a:b@1.2.3;
    interface x {
      record r { a: u8, b: f64, c: option<f32> }
      variant v { none, wide(u64), narrow(f32), pair(r) }
      enum e { one }
      f: func(r: r, v: v) -> result<u64, e>;
      g: func(a: option<s64>, b: result<f32, s16>, c: char) -> option<e>;
      h: func(a: r, b: r, c: r, d: r, e: r) -> f32;
      i: func(a: list<r>) -> result;
    }
    world w { import x; }`;
  const wit = parseWit(other);
  expect(ourImports(importsOf(wit, worldOf(wit, 'w')))).toEqual(theirImports(await dummyOf(other, 'w')));
});

test('a planted wrong layout is caught: one more field, one wider integer', () => {
  const planted = [
    ['len: u32 }', 'len: u32, extra: u32 }'],
    ['delay: u32)', 'delay: u64)'],
    ['func() -> option<u64>', 'func() -> u64'],
  ];
  for (const [from, to] of planted) {
    const changed = source.replace(from!, to!);
    expect(changed).not.toBe(source);
    const wit = parseWit(changed);
    expect(ourImports(importsOf(wit, worldOf(wit, 'module')))).not.toEqual(theirImports(dummies.get('module')!));
  }
});
