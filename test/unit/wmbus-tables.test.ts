/** What the decoder was built with is what the tables say. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { root } from '../vectors/wmbus-harness.ts';

const room = join(root, 'modules/wmbus');
const copy = mkdtempSync(join(tmpdir(), 'mote-tables-'));
afterAll(() => rmSync(copy, { recursive: true, force: true }));

const check = (folder: string) => spawnSync(process.execPath, [join(folder, 'tables/generate.mjs'), '--check']);

it('the generated tables are fresh', () => {
  const { status, stderr } = check(room);
  expect(stderr.toString()).toBe('');
  expect(status).toBe(0);
});

it.each([
  ['vif.txt', 'E001 0nnn  volume ', 'E001 0nnn  volumes ', /stale/],
  ['formats.txt', '0413', '0414', /signature/],
  ['vendors.txt', 'num u2 -1 volume m3 1', 'num u2 -2 volume m3 1', /stale/],
])('a change of %s is noticed', (file, from, to, message) => {
  cpSync(room, copy, { recursive: true });
  const path = join(copy, 'tables', file);
  const text = readFileSync(path, 'utf8');
  expect(text).toContain(from);
  writeFileSync(path, text.replace(from, to));
  const { status, stderr } = check(copy);
  expect(status).toBe(1);
  expect(stderr.toString()).toMatch(message);
});
