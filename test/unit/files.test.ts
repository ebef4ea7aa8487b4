import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readBounded, writeWhole } from '../../host-shim/files.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mote-files-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('a file is written whole, with its mode, and replaces the one before', async () => {
  const path = join(folder, 'file');
  await writeWhole(path, 'old, and longer', { mode: 0o600 });
  await writeWhole(path, new Uint8Array([1, 2]), { mode: 0o600 });
  expect([...(await readBounded(path))]).toEqual([1, 2]);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readdir(folder)).toEqual(['file']);
});

test('an exclusive write leaves what is there, a dangling link included', async () => {
  const path = join(folder, 'file');
  await writeWhole(path, 'first', { exclusive: true });
  await expect(writeWhole(path, 'second', { exclusive: true })).rejects.toMatchObject({ code: 'EEXIST' });
  expect(await readFile(path, 'utf8')).toBe('first');
  await symlink(join(folder, 'elsewhere'), join(folder, 'link'));
  await expect(writeWhole(join(folder, 'link'), 'x', { exclusive: true })).rejects.toMatchObject({ code: 'EEXIST' });
  expect((await readdir(folder)).sort()).toEqual(['file', 'link']);
});

test('what cannot be written leaves nothing behind and says why', async () => {
  await mkdir(join(folder, 'taken'));
  await writeFile(join(folder, 'file'), '');
  const cases = { taken: /it is a folder/, 'no/file': /does not exist/, 'file/x': /not a folder/ };
  for (const [name, why] of Object.entries(cases)) {
    const error = await writeWhole(join(folder, name), 'x').catch((thrown) => thrown);
    expect([name, error.key, error.message]).toEqual([name, 'file-unwritable', expect.stringMatching(why)]);
  }
  await expect(writeWhole(join(folder, 'x'.repeat(300)), 'x')).rejects.toMatchObject({ key: 'file-unwritable' });
  expect((await readdir(folder)).sort()).toEqual(['file', 'taken']);
});

test('reads are bounded', async () => {
  const path = join(folder, 'file');
  await writeFile(path, '12345');
  expect((await readBounded(path, 5)).length).toBe(5);
  await expect(readBounded(path, 4)).rejects.toMatchObject({ key: 'file-too-big', details: { size: 5, limit: 4 } });
  await expect(readBounded(join(folder, 'none'))).rejects.toMatchObject({ key: 'file-missing', exit: 3 });
  await expect(readBounded(folder)).rejects.toMatchObject({ key: 'file-unreadable' });
});
