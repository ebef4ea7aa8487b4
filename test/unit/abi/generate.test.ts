import { mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { generate, generatedFiles } from '../../../runtime/abi/generate.ts';
import { Capability, ErrorCode, LAYOUT, WORLDS } from '../../../runtime/abi/generated/contract.ts';
import { packageRoot } from '../../../runtime/abi/package-root.ts';

const source = readFileSync(join(packageRoot(), 'runtime', 'abi', 'mote.wit'), 'utf8');
const header = 'runtime/abi/generated/contract.h';
const bindings = 'runtime/guest/generated/host.ts';
const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function projectWith(wit: string): string {
  const root = mkdtempSync(join(tmpdir(), 'mote-abi-'));
  folders.push(root);
  mkdirSync(join(root, 'runtime', 'abi'), { recursive: true });
  writeFileSync(join(root, 'runtime', 'abi', 'mote.wit'), wit);
  return root;
}

test('the committed files are what mote.wit makes', () => {
  expect(generate({ check: true })).toEqual([]);
});

test('a changed contract makes every file stale; checking writes nothing, generating brings it up to date', () => {
  const root = projectWith(source);
  expect(generate({ root })).toHaveLength(4);
  expect(generate({ root, check: true })).toEqual([]);
  writeFileSync(join(root, 'runtime', 'abi', 'mote.wit'), source.replace('len: u32 }', 'len: u64 }'));
  const stale = generate({ root, check: true });
  expect(stale).toHaveLength(3);
  expect(generate({ root, check: true })).toEqual(stale);
  expect(generate({ root })).toEqual(stale);
  expect(generate({ root, check: true })).toEqual([]);
});

describe('contract.h', () => {
  const text = generatedFiles(source).get(header)!;

  test('numbers errors downwards from -1, and the rest upwards from 0', () => {
    expect(text).toContain('\tMOTE_ERR_DENIED = -1,');
    expect(text).toContain('\tMOTE_ERR_OFFLINE = -7,');
    expect(text).toContain('\tMOTE_CAP_SETTINGS = 0,');
    expect(text).toContain('\tMOTE_ACTOR_MESSAGE_HEALTH = 7,');
  });

  test('has a row for each import, with capability and scope', () => {
    expect(text).toContain('X("log", "write", "v(iii)", mote_log_write, MOTE_CAP_NONE, MOTE_SCOPE_NONE, 0, "")');
    expect(text).toContain(
      'X("mqtt", "publish", "v(iiiiii)", mote_mqtt_publish, MOTE_CAP_MQTT_PUBLISH, MOTE_SCOPE_TEXT, 0, "")',
    );
    expect(text).toContain(
      'X("flash", "read", "v(iiii)", mote_flash_read, MOTE_CAP_FLASH, MOTE_SCOPE_REGION, 0, ":read")',
    );
    expect(text).toContain('mote_i2c_transfer, MOTE_CAP_I2C, MOTE_SCOPE_LINE, 0, "i2c#0:#1")');
    expect(text).toContain('mote_datagram_send, MOTE_CAP_DATAGRAM, MOTE_SCOPE_ANY, 0, "")');
    expect(text.match(/^\tX\("\w+", "\w+", "/gm)).toHaveLength(WORLDS.module.imports.length);
  });

  test('follows the scope when its parameter moves', () => {
    const moved = source.replace(
      'publish: func(topic: string, payload: list<u8>',
      'publish: func(payload: list<u8>, topic: string',
    );
    expect(moved).not.toBe(source);
    expect(generatedFiles(moved).get(header)).toContain('MOTE_CAP_MQTT_PUBLISH, MOTE_SCOPE_TEXT, 2, "")');
  });

  test('is plain ASCII', () => {
    expect(/^[\t\n\x20-\x7e]*$/.test(text)).toBe(true);
  });
});

test('the three languages agree on numbers and offsets', () => {
  const files = generatedFiles(source);
  const camel = (name: string) => name.replace(/-(.)/g, (_match, letter: string) => letter.toUpperCase());
  for (const [name, code] of Object.entries(ErrorCode)) {
    const pascal = camel(`-${name}`);
    expect(files.get(header)).toContain(`MOTE_ERR_${name.replaceAll('-', '_').toUpperCase()} = ${code},`);
    expect(files.get(bindings)).toContain(`  ${pascal} = ${code},`);
  }
  for (const [name, number] of Object.entries(Capability)) {
    expect(files.get(header)).toContain(`MOTE_CAP_${name.replaceAll('-', '_').toUpperCase()} = ${number},`);
  }
  const { size, at } = LAYOUT.ActorsStats;
  expect(files.get(header)).toContain(`#define MOTE_ACTORS_STATS_SIZE ${size}\n`);
  expect(files.get(header)).toContain(`#define MOTE_ACTORS_STATS_AT_FUEL_PEAK ${at.fuelPeak}\n`);
  expect(files.get(bindings)).toContain(`export const ACTORS_STATS_AT_FUEL_PEAK: usize = ${at.fuelPeak};`);
});

test('a grant of an unknown capability stops the generator', () => {
  expect(() => generatedFiles(source.replace('@grant radio-send', '@grant radio-sent'))).toThrow(
    "@grant names 'radio-sent', which is no case of types.capability",
  );
});

test('a scope that is neither text nor an enum stops the generator', () => {
  expect(() => generatedFiles(source.replace('@grant mail\n', '@grant mail to\n'))).toThrow(
    "the scope of 'send' must be a string or an enum: to",
  );
});
