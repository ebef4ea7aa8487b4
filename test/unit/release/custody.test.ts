/** Keys whose seed is not simply in the file: under a passphrase, or with a command. */
import { spawnSync } from 'node:child_process';
import { createPublicKey } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ml_dsa65 } from '@noble/post-quantum/ml-dsa.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ALGORITHMS, algorithmNamed } from '../../../host-shim/release/algorithms.ts';
import { readBundle } from '../../../host-shim/release/bundle.ts';
import { messageRepresentative } from '../../../host-shim/release/external.ts';
import { enterKey, loadSigner, newKey, showKey } from '../../../host-shim/release/keystore.ts';
import { exportPublic, importPublic } from '../../../host-shim/release/publickey.ts';
import { verifyBundle } from '../../../host-shim/release/verify.ts';
import { hex, sample, seed } from './sample.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mote-custody-'));
});
afterAll(() => rm(folder, { recursive: true }));

const says = (passphrase: string) => ({ passphrase: async () => passphrase });

test('a seed under a passphrase is not in the file, and signs with the passphrase alone', async () => {
  const made = await newKey(folder, 'locked', 'ML-DSA-65', 'pässword');
  expect(made.custody).toBe('passphrase');
  expect(await showKey(folder, 'locked')).toEqual(made);
  const file = JSON.parse(await readFile(join(folder, 'locked.json'), 'utf8'));
  expect(file).toMatchObject({ version: 2, sealed: { kdf: 'scrypt', log2n: 17, cipher: 'AES-256-GCM' } });
  expect(file).not.toHaveProperty('seed');
  const message = Buffer.from('message');
  for (const same of ['pässword', 'pa\u0308ssword']) {
    const signer = await loadSigner(folder, 'locked', says(same));
    expect(signer.algorithm.verify(signer.publicKey, message, signer.sign(message))).toBe(true);
  }
  await expect(loadSigner(folder, 'locked', says('password'))).rejects.toMatchObject({ key: 'key-locked', exit: 4 });
  await expect(loadSigner(folder, 'locked')).rejects.toMatchObject({ key: 'key-locked' });
  await expect(newKey(folder, 'empty', 'Ed25519', '')).rejects.toMatchObject({ key: 'key-locked' });
});

test('nothing of a sealed file can be exchanged', async () => {
  await newKey(folder, 'a', 'Ed25519', 'p');
  await newKey(folder, 'b', 'Ed25519', 'p');
  const [a, b] = await Promise.all(
    ['a', 'b'].map(async (name) => JSON.parse(await readFile(join(folder, `${name}.json`), 'utf8'))),
  );
  const other = (text: string) => text.replace(/^./, (digit) => (digit === '0' ? '1' : '0'));
  const changed = [
    ['key-locked', { ...a, sealed: b.sealed }],
    ['key-locked', { ...b, sealed: a.sealed }],
    ['key-locked', { ...a, created: b.created === a.created ? '2020-01-01T00:00:00Z' : b.created }],
    ['key-locked', { ...a, sealed: { ...a.sealed, data: other(a.sealed.data) } }],
    ['key-locked', { ...a, sealed: { ...a.sealed, salt: other(a.sealed.salt) } }],
    ['key-locked', { ...a, sealed: { ...a.sealed, log2n: 14 } }],
    ['key-damaged', { ...a, kid: b.kid }],
    ['key-damaged', { ...a, public: b.public }],
    ['key-damaged', { ...a, sealed: { ...a.sealed, log2n: 30 } }],
    ['key-damaged', { ...a, sealed: { ...a.sealed, kdf: 'none' } }],
    ['key-damaged', { ...a, version: 1 }],
  ];
  for (const [key, content] of changed) {
    await writeFile(join(folder, 'x.json'), JSON.stringify(content), { mode: 0o600 });
    await expect(loadSigner(folder, 'x', says('p'))).rejects.toMatchObject({ key });
  }
});

/** Stands for a token: holds the seed, sees µ alone. */
const TOKEN = `
import { readFileSync } from 'node:fs';
import { ml_dsa65 } from ${JSON.stringify(import.meta.resolve('@noble/post-quantum/ml-dsa.js'))};
const [seed, mode] = process.argv.slice(2);
const mu = readFileSync(0);
if (mode === 'sad') { process.stderr.write('no token in slot 1'); process.exit(3); }
if (mu.length !== 64 || process.env.MOTE_ALG !== 'ML-DSA-65' || !/^[0-9a-f]{64}$/.test(process.env.MOTE_KID)) process.exit(4);
const { secretKey } = ml_dsa65.keygen(Buffer.from(seed, 'hex'));
const signature = ml_dsa65.internal.sign(mu, secretKey, { externalMu: true });
if (mode === 'lies') signature[0] ^= 1;
process.stdout.write(signature);
`;

test('a command signs with the message representative', async () => {
  const token = join(folder, 'token.mjs');
  await writeFile(token, TOKEN);
  const algorithm = algorithmNamed('ML-DSA-65')!;
  const pem = exportPublic(algorithm, algorithm.publicKey(seed(0)), '', 'pem');
  const enter = (name: string, ...more: string[]) =>
    enterKey(folder, name, [process.execPath, token, hex(seed(0)), ...more], pem);
  expect(await enter('token')).toMatchObject({ algorithm: 'ML-DSA-65', custody: 'command' });
  const signer = await loadSigner(folder, 'token');
  const bundle = sample({ signers: [signer] });
  const trust = [Buffer.from((await showKey(folder, 'token')).kid, 'hex')];
  expect(verifyBundle(bundle, { trust }).ok).toBe(true);
  expect(readBundle(bundle).signatures).toHaveLength(1);
  for (const [mode, why] of [
    ['sad', 'no token in slot 1'],
    ['lies', 'no signature by this key'],
  ] as const) {
    await enter(mode, mode);
    const bad = await loadSigner(folder, mode);
    expect(() => bad.sign(Buffer.from('x'))).toThrow(
      expect.objectContaining({ key: 'signer-failed', message: expect.stringContaining(why) }),
    );
  }
  await enterKey(folder, 'gone', ['/nowhere/token'], pem);
  const gone = await loadSigner(folder, 'gone');
  expect(() => gone.sign(Buffer.from('x'))).toThrow(expect.objectContaining({ key: 'signer-failed' }));
  // A command is run as its file says, so nobody else may have written it.
  await chmod(join(folder, 'token.json'), 0o644);
  await expect(loadSigner(folder, 'token')).rejects.toMatchObject({ key: 'key-exposed' });
});

test('the message representative is the one of FIPS 204', () => {
  const { publicKey, secretKey } = ml_dsa65.keygen(seed(0));
  const message = Buffer.from('message');
  const mu = messageRepresentative(publicKey, message);
  const signature = ml_dsa65.internal.sign(mu, secretKey, { externalMu: true, extraEntropy: false });
  expect(signature).toEqual(ml_dsa65.sign(message, secretKey, { extraEntropy: false }));
});

test('PEM goes out and comes back; Node and OpenSSL read ours, and we theirs', () => {
  for (const algorithm of ALGORITHMS) {
    const publicKey = algorithm.publicKey(seed(0));
    const pem = exportPublic(algorithm, publicKey, '', 'pem');
    expect(importPublic(pem)).toEqual({ algorithm, publicKey });
    expect(importPublic(pem.replaceAll('\n', '\r\n')).publicKey).toEqual(publicKey);
  }
  const ed25519 = algorithmNamed('Ed25519')!;
  const pem = exportPublic(ed25519, ed25519.publicKey(seed(0)), '', 'pem');
  const node = createPublicKey(pem);
  expect(node.asymmetricKeyType).toBe('ed25519');
  expect(node.export({ format: 'pem', type: 'spki' })).toBe(`${pem}\n`);
  const openssl = spawnSync('openssl', ['pkey', '-pubin'], { input: pem });
  if (openssl.status !== null) expect(openssl.stdout.toString()).toBe(`${pem}\n`);
  const bad = ['', 'x', pem.replace('PUBLIC', 'PRIVATE'), pem + pem, pem.replace('MCow', 'MCox')];
  for (const text of bad) expect(() => importPublic(text)).toThrow(/it is not one PEM block|its algorithm/);
});
