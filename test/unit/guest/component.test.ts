/** Pure modules as typed ES modules, through wasm-tools and jco. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packageRoot } from '../../../runtime/abi/package-root.ts';
import { componentize, componentOf } from '../../../runtime/guest/compiler/component.ts';
import { compileModule, ContractError } from '../../../runtime/guest/compiler/index.ts';

interface Codec {
  wmbus: {
    decode(telegram: Uint8Array, key: Uint8Array): string;
    senml(telegram: Uint8Array, key: Uint8Array): Uint8Array;
  };
}

const NO_KEY = new Uint8Array();
const mote = readFileSync(join(packageRoot(), 'runtime', 'abi', 'mote.wit'), 'utf8');
let out: string;
let wasm: Uint8Array;

beforeAll(async () => {
  out = mkdtempSync(join(tmpdir(), 'mote-component-'));
  ({ wasm } = await compileModule(join(import.meta.dirname, 'assembly', 'codec'), { out }));
});

afterAll(() => rmSync(out, { recursive: true }));

async function load(module: Uint8Array | string, folder: string): Promise<Codec> {
  await componentize(module, 'wmbus-codec', folder);
  return import(pathToFileURL(join(folder, 'wmbus-codec.js')).href);
}

describe('a small codec', () => {
  let codec: Codec;

  beforeAll(async () => {
    codec = await load(wasm, join(out, 'tiny'));
  });

  test('is called with bytes and answers text and bytes', () => {
    expect(codec.wmbus.decode(Uint8Array.of(1, 2, 3), NO_KEY)).toBe('größe 3, key 0');
    expect(codec.wmbus.senml(Uint8Array.of(1, 2, 3), NO_KEY)).toEqual(Uint8Array.of(3, 2, 1));
    expect(codec.wmbus.senml(NO_KEY, NO_KEY)).toEqual(NO_KEY);
  });

  test('frees its arena after each answer: 4 KB of memory last for any number of calls', () => {
    const telegram = new Uint8Array(1000).fill(7);
    for (let call = 0; call < 100; call++) {
      expect(codec.wmbus.senml(telegram, NO_KEY)).toHaveLength(1000);
      expect(codec.wmbus.decode(telegram, NO_KEY)).toBe('größe 1000, key 0');
    }
  });

  test('throws what the module traps with, and when the telegram does not fit', async () => {
    const other = await load(wasm, join(out, 'trapping'));
    expect(() => other.wmbus.decode(NO_KEY, new TextEncoder().encode('trap'))).toThrow();
    const small = await load(wasm, join(out, 'small'));
    expect(() => small.wmbus.senml(new Uint8Array(5000), NO_KEY)).toThrow();
  });

  test('has types', () => {
    expect(existsSync(join(out, 'tiny', 'wmbus-codec.d.ts'))).toBe(true);
    const types = readFileSync(join(out, 'tiny', 'interfaces', 'mote-device-wmbus.d.ts'), 'utf8');
    expect(types).toMatch(/export function decode\(telegram: Uint8Array, key: Uint8Array\): string;/);
  });

  test('replaces the folder that was there', async () => {
    await load(join(out, 'tiny-codec.wasm'), join(out, 'tiny'));
    expect(existsSync(join(out, 'tiny', 'wmbus-codec.js'))).toBe(true);
  });
});

test('a module that is not of the world is refused by name', async () => {
  const { wasm: actor } = await compileModule(join(import.meta.dirname, 'assembly', 'probe'), { out });
  const refused = await componentOf(actor, 'wmbus-codec', mote).catch((error: Error) => error);
  expect(refused).toBeInstanceOf(ContractError);
  const { problems } = refused as ContractError;
  expect(problems).toContain('import log.write is not part of the world');
  expect(problems).toContain('the export decode is missing');
  expect(problems).toContain('the export post is missing');
});

test('modules/wmbus is a component', async () => {
  const { wasm: decoder } = await compileModule(join(packageRoot(), 'modules', 'wmbus'));
  const codec = await load(decoder, join(out, 'wmbus'));
  // A length field of 1 is too short for any telegram (EN 13757-4).
  const telegram = Uint8Array.of(1, 0x44);
  expect(JSON.parse(codec.wmbus.decode(telegram, NO_KEY))).toMatchObject({ ok: false });
  expect(codec.wmbus.senml(telegram, NO_KEY)).toHaveLength(0);
});
