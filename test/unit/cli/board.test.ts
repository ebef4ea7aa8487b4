// mote board list, show and types.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { packageRoot } from '../../../host-shim/files.ts';
import { mote } from './harness.ts';

const folder = mkdtempSync(join(tmpdir(), 'mote-board-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('list names every board', async () => {
  const { json } = await mote('board', 'list', '--json');
  expect(json.map(({ name }: { name: string }) => name)).toEqual(['a0', 'esp32c6_devkitc', 's0', 'virtual']);
  expect((await mote('board', 'list')).stdout).toMatch(/s0 +ESP32-C6-MINI-1U-N4 +Zephyr +S0 gateway/);
});

test('show tells buses, pins and parts', async () => {
  const { stdout } = await mote('board', 'show', 's0');
  expect(stdout).toMatch(/uart1 +board\.uart\.mbus +wired M-Bus/);
  expect(stdout).toMatch(/21 +spi0:2 \(wmbus\)/);
  expect(stdout).toMatch(/W5500 +spi0:0/);
  expect((await mote('board', 'show', 'virtual', '--json')).json.parts[0].at).toBe('i2c0:0x76');
});

test('types prints the constants that are there to import, and writes those of a board of one’s own', async () => {
  const made = readFileSync(join(packageRoot(), 'runtime/guest/boards/a0.ts'), 'utf8');
  expect((await mote('board', 'types', 'a0')).stdout.trim()).toBe(made.trim());
  const own = JSON.parse(readFileSync(join(packageRoot(), 'runtime/boards/a0.json'), 'utf8'));
  const file = join(folder, 'own.json');
  writeFileSync(file, JSON.stringify({ ...own, name: 'own' }));
  const out = join(folder, 'board.ts');
  expect((await mote('board', 'types', file, '--out', out)).exit).toBe(0);
  expect(readFileSync(out, 'utf8')).toBe(made.replace('runtime/boards/a0.json', 'runtime/boards/own.json'));
});

test('run records the buses of a board, and says what is wrong with a trace', async () => {
  const file = join(folder, 'trace.jsonl');
  const board = ['run', '--board', 'virtual', '--port', '0', '--for', '0', '--flash', join(folder, 'flash.bin')];
  const run = async (...flags: string[]) => {
    const { exit, json } = await mote(...board, '--settings', join(folder, 'device.json'), '--json', ...flags);
    return [exit, json.error?.code];
  };
  expect(await run('--record', file)).toEqual([0, undefined]);
  expect(readFileSync(file, 'utf8')).toBe('');
  expect(await run('--record', join(folder, 'no', 'trace.jsonl'))).toEqual([1, 'MOTE-1004']);
  expect(await run('--replay', file)).toEqual([1, 'MOTE-7103']);
  writeFileSync(file, '{"t":1,"bus":"i2c0","address":72,"steps":["w 0f","r 2"],"result":"0117"}\n');
  expect(await run('--replay', file)).toEqual([0, undefined]);
  writeFileSync(file, '{"t":1,"bus":"can0","steps":[],"result":""}\n');
  expect(await run('--replay', file)).toEqual([1, 'MOTE-7103']);
});

test('says what is wrong', async () => {
  const unknown = await mote('board', 'show', 'b7', '--json');
  expect([unknown.exit, unknown.json.error.code]).toEqual([3, 'MOTE-7101']);
  expect(unknown.json.error.message).toContain('a0, esp32c6_devkitc, s0, virtual');
  const file = join(folder, 'bad.json');
  writeFileSync(file, '{"name":"x"}');
  const invalid = await mote('board', 'types', file, '--json');
  expect([invalid.exit, invalid.json.error.code]).toEqual([1, 'MOTE-7102']);
  writeFileSync(file, '{');
  expect((await mote('board', 'types', file, '--json')).json.error.code).toBe('MOTE-7102');
});
