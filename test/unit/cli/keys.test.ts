/** The commands for what is secret and what travels: groups, deliveries, encrypted and packed bundles, exports, revocations. */
import { createPublicKey } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ERRORS, type ErrorKey } from '../../../host-shim/errors.ts';
import { readBundle } from '../../../host-shim/release/bundle.ts';
import { devicePublicKey, openDelivery } from '../../../host-shim/release/group.ts';
import { moduleIn } from '../../../host-shim/release/pack.ts';
import { openRollout } from '../../../host-shim/release/rollout.ts';
import { fields, hex, wasmOf } from '../release/sample.ts';
import { mote } from './harness.ts';

const SEED = '07'.repeat(32);
const startedIn = process.cwd();
let folder: string;
let wasm: Uint8Array;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mote-secrets-'));
  process.chdir(folder);
  await mote('keys', 'new', 'release');
  await mkdir('built');
  wasm = wasmOf(5000);
  await writeFile('built/gateway.wasm', wasm);
  const { component, version, budgets, grants } = fields;
  await writeFile('built/module.json', JSON.stringify({ name: component, version, world: 'module', budgets, grants }));
  await mote('sign', 'built/gateway.wasm', '--key', 'release', '--out', 'old.mote', '--sequence', '1');
});
afterAll(async () => {
  process.chdir(startedIn);
  await rm(folder, { recursive: true });
});

const say = async (...words: string[]) => {
  const { json, exit } = await mote(...words, '--json');
  expect([words, exit, json?.error]).toEqual([words, 0, undefined]);
  return json;
};
const refuses = async (key: ErrorKey, ...words: string[]) => {
  const { json, exit } = await mote(...words, '--json');
  expect([words, exit, json.error.code]).toEqual([words, ERRORS[key].exit, ERRORS[key].code]);
};
const sign = async (out: string, ...more: string[]) => {
  const made = await say('sign', 'built/gateway.wasm', '--key', 'release', '--sequence', '2', '--out', out, ...more);
  expect(made).toMatchObject({ file: out, component: 'gateway', sequence: 2 });
  return readBundle(await readFile(out));
};

test('a group: its key for its owner alone, sealed for a device by seed or public key', async () => {
  expect(await say('keys', 'group', 'new', 'meters')).toEqual({ name: 'meters', file: '.mote/keys/meters.group.json' });
  if (process.platform !== 'win32') expect((await stat('.mote/keys/meters.group.json')).mode & 0o777).toBe(0o600);
  await refuses('key-exists', 'keys', 'group', 'new', 'meters');
  await refuses('key-name', 'keys', 'group', 'new', 'Meters');
  await writeFile('device.json', JSON.stringify({ seed: SEED }));
  await writeFile('device.pub', hex(devicePublicKey(Buffer.from(SEED, 'hex'))));
  const words = ['keys', 'group', 'deliver', 'meters', '--key', 'release', '--sequence', '3'];
  for (const device of ['device.json', 'device.pub']) {
    const made = await say(...words, '--for', device, '--out', `${device}.key`);
    const delivery = openDelivery(await readFile(`${device}.key`));
    expect(made).toMatchObject({ group: 'meters', sequence: 3, file: `${device}.key` });
    expect(delivery).toMatchObject({ group: 'meters', sequence: 3 });
    // Sealed anew each time, and the key is nowhere in it.
    const { key } = JSON.parse(await readFile('.mote/keys/meters.group.json', 'utf8'));
    expect(hex(await readFile(`${device}.key`))).not.toContain(key);
  }
  expect(hex(await readFile('device.json.key'))).not.toBe(hex(await readFile('device.pub.key')));
  await writeFile('nothing.json', '{}');
  await refuses('key-damaged', ...words, '--for', 'nothing.json', '--out', 'x');
  await refuses(
    'file-missing',
    'keys',
    'group',
    'deliver',
    'others',
    '--key',
    'release',
    '--for',
    'device.pub',
    '--out',
    'x',
  );
});

test('what travels: encrypted, compressed, as a difference, and both; inspect says so', async () => {
  const encrypted = await sign('e.mote', '--encrypt', 'meters');
  expect(encrypted.manifest).toMatchObject({ encryption: { group: 'meters' }, size: wasm.length });
  expect(encrypted.payload.length).toBe(wasm.length + 16);
  expect(hex(encrypted.payload)).not.toContain(hex(wasm.subarray(0, 16)));
  const packed = await sign('c.mote', '--compress');
  expect(moduleIn(await readFile('c.mote'), 'c.mote')).toEqual(Buffer.from(wasm));
  expect(packed.payload.length).toBeLessThan(wasm.length / 2);

  await writeFile('built/gateway.wasm', Buffer.concat([wasm, Buffer.of(0, 6, 1, 0x78, 1, 2, 3, 4)]));
  const delta = await sign('d.mote', '--delta-from', 'old.mote');
  expect(hex(delta.manifest.packing!.base!)).toBe(hex(readBundle(await readFile('old.mote')).manifest.digest));
  expect(delta.payload.length).toBeLessThan(packed.payload.length + 16);
  const both = await sign('b.mote', '--delta-from', 'old.mote', '--encrypt', 'meters');
  expect(both.payload.length).toBe(both.manifest.packing!.size + 16);
  const squeezed = await sign('s.mote', '--compress', '--encrypt', 'meters');
  expect(squeezed.manifest.packing!.base).toBeNull();

  await refuses(
    'base-unusable',
    'sign',
    'built/gateway.wasm',
    '--key',
    'release',
    '--delta-from',
    'e.mote',
    '--out',
    'x',
  );
  await refuses('file-missing', 'sign', 'built/gateway.wasm', '--key', 'release', '--encrypt', 'others', '--out', 'x');
  await refuses(
    'usage',
    'sign',
    'built/gateway.wasm',
    '--key',
    'release',
    '--compress',
    '--delta-from',
    'x',
    '--out',
    'x',
  );
  for (const [file, words] of [
    ['e.mote', 'encrypted for the group meters'],
    ['c.mote', 'compressed'],
    ['d.mote', 'what differs from'],
    ['b.mote', 'encrypted for the group meters'],
  ] as const) {
    const { stdout, exit } = await mote('inspect', file);
    expect([file, exit, stdout]).toEqual([file, 0, expect.stringMatching(new RegExp(`travels +.*${words}`))]);
  }
  const { manifest, wasm: inside } = await say('inspect', 'b.mote');
  expect(manifest.encryption.salt).toMatch(/^[0-9a-f]{64}$/);
  expect(inside).toBeNull();
  // A device is asked for all but the group's key, which it alone has.
  for (const file of ['e.mote', 'c.mote', 'd.mote', 'b.mote']) {
    expect((await mote('verify', file, '--trust', 'release', '--json')).json.reason).toBe(null);
  }
});

test('exports: PEM that others read, COSE, raw, thumbprint; nothing of the seed', async () => {
  const { kid, publicKey } = await say('keys', 'show', 'release-ed25519');
  const secret = JSON.parse(await readFile('.mote/keys/release-ed25519.json', 'utf8')).seed;
  const texts: Record<string, string> = {};
  for (const format of ['pem', 'cose', 'raw', 'thumbprint']) {
    const { text } = await say('keys', 'export', 'release-ed25519', '--format', format);
    expect(text).not.toContain(secret);
    texts[format] = text;
  }
  expect(texts.thumbprint).toBe(kid);
  expect(texts.raw).toBe(publicKey);
  expect(texts.cose).toContain(publicKey);
  expect(createPublicKey(texts.pem!).export({ format: 'jwk' }).x).toBe(
    Buffer.from(publicKey, 'hex').toString('base64url'),
  );
  expect((await mote('keys', 'export', 'release')).stdout).toMatch(/^-----BEGIN PUBLIC KEY-----\n[\s\S]+-----END/);
  await refuses('key-missing', 'keys', 'export', 'nobody');
  await refuses('usage', 'keys', 'export', 'release', '--format', 'jwk');
});

test('revoke: by name with its companion, or by thumbprint; never back', async () => {
  for (const name of ['root-a', 'root-b']) {
    await mote('keys', 'new', name, '--algorithm', 'ML-DSA-87', '--no-encrypt');
  }
  await mote('keys', 'new', 'other');
  const by = ['--root', 'root-a', '--root', 'root-b'];
  await refuses('keys-refused', 'keys', 'revoke', 'other', ...by);
  const first = ['--new-root', 'root-a', '--new-root', 'root-b', '--release', 'release', '--release', 'other'];
  expect((await say('keys', 'rotate', ...first, ...by)).keys).toHaveLength(4);
  const revoked = await say('keys', 'revoke', 'other', ...by);
  expect(revoked).toMatchObject({ sequence: 2, signed: 2, needed: 2, own: { signed: 2, needed: 2 } });
  expect([revoked.keys.length, revoked.revoked.length]).toEqual([2, 2]);
  await refuses('keys-refused', 'keys', 'rotate', '--release', 'other', ...by);
  const stranger = 'ab'.repeat(32);
  expect((await say('keys', 'revoke', stranger, ...by)).revoked).toContain(stranger);
  await refuses('trust-invalid', 'keys', 'revoke', 'nobody', ...by);
  await refuses('key-missing', 'keys', 'revoke', 'release', '--root', 'nobody');
});

test('a rollout: of a bundle, for filters, until a date', async () => {
  const words = ['rollout', 'old.mote', '--key', 'release', '--out', 'o.rollout'];
  const made = await say(
    ...words,
    '--devices',
    'acme/+/gateway/#',
    '--devices',
    'a/b/c/d',
    '--expires',
    '2031-01-01',
    '--sequence',
    '9',
  );
  expect(made).toMatchObject({ sequence: 9, components: ['gateway'], devices: ['acme/+/gateway/#', 'a/b/c/d'] });
  const { manifests, expiry, signatures } = openRollout(await readFile('o.rollout'));
  expect([manifests.length, expiry, signatures.length]).toEqual([1, Date.parse('2031-01-01') / 1000, 2]);
  for (const bad of ['', 'a/#/b', 'a+/b', 'a//b', 'a/ b', '#/a', 'ä', 'a'.repeat(97)]) {
    await refuses('rollout-invalid', ...words, '--devices', bad);
  }
  await refuses('rollout-invalid', ...words, '--devices', '#', '--sequence', '4294967296');
  await refuses('manifest-invalid', ...words, '--devices', '#', '--expires', 'soon');
  await refuses('bundle-foreign', 'rollout', 'device.json', '--key', 'release', '--devices', '#', '--out', 'x');
});
