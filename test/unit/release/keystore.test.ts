import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listKeys, loadSigner, newKey, resolveTrust, showKey } from '../../../host-shim/release/keystore.ts';

let folder: string;
beforeAll(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'mote-keys-')), 'deep', 'keys');
});
afterAll(() => rm(join(folder, '..', '..'), { recursive: true }));

test('no folder, no keys', async () => {
  expect(await listKeys(folder)).toEqual([]);
  await expect(showKey(folder, 'release')).rejects.toMatchObject({ key: 'key-missing', exit: 3 });
});

test('a new key is one file for its owner alone, and signs', async () => {
  const made = await newKey(folder, 'release');
  expect(made).toMatchObject({ name: 'release', algorithm: 'ML-DSA-65' });
  expect(await readdir(folder)).toEqual(['release.json']);
  expect((await stat(join(folder, 'release.json'))).mode & 0o777).toBe(0o600);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  const file = JSON.parse(await readFile(join(folder, 'release.json'), 'utf8'));
  expect(file).toMatchObject({ version: 1, alg: 'ML-DSA-65', kid: made.kid, public: made.publicKey });
  expect(file.seed).toMatch(/^[0-9a-f]{64}$/);
  const signer = await loadSigner(folder, 'release');
  const message = Buffer.from('message');
  expect(signer.algorithm.verify(signer.publicKey, message, signer.sign(message))).toBe(true);
  expect(Buffer.from(signer.publicKey).toString('hex')).toBe(made.publicKey);
});

test('what is shown of a key holds no seed', async () => {
  const { seed } = JSON.parse(await readFile(join(folder, 'release.json'), 'utf8'));
  expect(JSON.stringify([await showKey(folder, 'release'), await listKeys(folder)])).not.toContain(seed);
});

test('a key is never overwritten, not even by two at once', async () => {
  const before = await readFile(join(folder, 'release.json'), 'utf8');
  await expect(newKey(folder, 'release')).rejects.toMatchObject({ key: 'key-exists', exit: 1 });
  expect(await readFile(join(folder, 'release.json'), 'utf8')).toBe(before);
  const race = await Promise.allSettled([1, 2, 3, 4].map(() => newKey(folder, 'race', 'Ed25519')));
  expect(race.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  expect((await readdir(folder)).sort()).toEqual(['race.json', 'release.json']);
});

test('lists by name', async () => {
  await newKey(folder, 'a-root', 'ML-DSA-87');
  const keys = await listKeys(folder);
  expect(keys.map(({ name, algorithm }) => [name, algorithm])).toEqual([
    ['a-root', 'ML-DSA-87'],
    ['race', 'Ed25519'],
    ['release', 'ML-DSA-65'],
  ]);
});

test('names that are no file names', async () => {
  for (const name of ['', '../x', 'a/b', 'A', '.hidden', 'x'.repeat(33), 'a b', 'con:', 'ä']) {
    await expect(newKey(folder, name)).rejects.toMatchObject({ key: 'key-name', exit: 2 });
    await expect(showKey(folder, name)).rejects.toMatchObject({ key: 'key-name' });
  }
});

test('trust by name or by thumbprint', async () => {
  const { kid } = await showKey(folder, 'release');
  const resolved = await resolveTrust(folder, ['release', kid.toUpperCase()]);
  expect(resolved.map((bytes) => Buffer.from(bytes).toString('hex'))).toEqual([kid, kid]);
  for (const what of ['nobody', kid.slice(1), '../release', '']) {
    await expect(resolveTrust(folder, [what])).rejects.toMatchObject({ key: 'trust-invalid', exit: 2 });
  }
});

test('damaged key files are named and say nothing of the seed', async () => {
  const good = JSON.parse(await readFile(join(folder, 'release.json'), 'utf8'));
  const { seed: _, ...noSeed } = good;
  const damaged = [
    '',
    '{',
    `{"seed":"${good.seed}" oops`,
    'null',
    '[]',
    JSON.stringify({ ...good, version: 2 }),
    JSON.stringify({ ...good, alg: 'RSA' }),
    JSON.stringify({ ...good, extra: 1 }),
    JSON.stringify(noSeed),
    JSON.stringify({ ...good, seed: `${good.seed.slice(2)}00` }),
    JSON.stringify({ ...good, kid: '00'.repeat(32) }),
    JSON.stringify({ ...good, created: 'yesterday' }),
  ];
  for (const content of damaged) {
    await writeFile(join(folder, 'damaged.json'), content, { mode: 0o600 });
    const error = await loadSigner(folder, 'damaged').catch((thrown) => thrown);
    expect([content, error.key]).toEqual([content, 'key-damaged']);
    expect(error.message).not.toContain(good.seed.slice(4, 20));
  }
  await rm(join(folder, 'damaged.json'));
});

test.skipIf(process.platform === 'win32')('a key that others may read does not sign', async () => {
  await chmod(join(folder, 'race.json'), 0o640);
  await expect(loadSigner(folder, 'race')).rejects.toMatchObject({
    key: 'key-exposed',
    exit: 4,
    help: expect.stringContaining('chmod 600'),
  });
  await chmod(join(folder, 'race.json'), 0o600);
});

test('a store that is a file, and a folder with the name of a key file', async () => {
  const file = join(folder, '..', 'file');
  await writeFile(file, '');
  await expect(newKey(file, 'x')).rejects.toMatchObject({ key: 'file-unwritable' });
  await expect(newKey(join(file, 'below'), 'x')).rejects.toMatchObject({ key: 'file-unwritable' });
  await expect(listKeys(file)).rejects.toMatchObject({ key: 'file-unreadable' });
  await mkdir(join(folder, 'folder.json'));
  await expect(showKey(folder, 'folder')).rejects.toMatchObject({ key: 'file-unreadable' });
  await rm(join(folder, 'folder.json'), { recursive: true });
});
