import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256 } from '@noble/hashes/sha2.js';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { readBundle } from '../../../host-shim/release/bundle.ts';
import { digestOf, makeArtifacts } from '../../../host-shim/release/oci.ts';
import { OciLayout } from '../../../host-shim/release/oci-layout.ts';
import { parseReference } from '../../../host-shim/release/registry.ts';
import { findRelease, pushRelease } from '../../../host-shim/release/release.ts';
import { type FakeOptions, startFake } from './registry.ts';
import { sample } from './sample.ts';

let folder: string;
const stops: (() => Promise<unknown>)[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mote-release-'));
});
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});
afterAll(() => rm(folder, { recursive: true }));

const sbom = Buffer.from('{"bomFormat":"CycloneDX"}');
const bundle = sample({ sbom: sha256(sbom) });

function artifactsOf(file: Uint8Array, materials: Uint8Array | null = sbom) {
  const { envelope, payload, manifest } = readBundle(file);
  const { component, version } = manifest;
  return makeArtifacts({ envelope, wasm: payload, sbom: materials, component, version, created: 0 });
}

let turn = 0;
async function layoutOf(file: Uint8Array, materials: Uint8Array | null = sbom): Promise<string> {
  const path = join(folder, `layout-${++turn}`);
  const layout = new OciLayout(path);
  for (const [at, artifact] of artifactsOf(file, materials).entries())
    await layout.add(artifact, at === 0 ? '1.2.3' : undefined);
  return path;
}

async function fake(options: FakeOptions = {}) {
  const registry = await startFake(options);
  stops.push(registry.stop);
  return registry;
}

test('the module is in the Wasm artifact layout, the rest refers to it', () => {
  const [module, envelope, materials] = artifactsOf(bundle).map(({ manifest }) => JSON.parse(manifest.toString()));
  const { payload } = readBundle(bundle);
  expect(module).toMatchObject({
    schemaVersion: 2,
    config: { mediaType: 'application/vnd.wasm.config.v0+json' },
    layers: [{ mediaType: 'application/wasm', digest: digestOf(payload), size: payload.length }],
  });
  const [{ blobs, descriptor }] = artifactsOf(bundle) as [ReturnType<typeof artifactsOf>[0]];
  expect(JSON.parse(Buffer.from(blobs[0]!.bytes).toString())).toEqual({
    created: '1970-01-01T00:00:00Z',
    architecture: 'wasm',
    os: 'wasip1',
    layerDigests: [digestOf(payload)],
  });
  expect([envelope.artifactType, envelope.subject.digest]).toEqual([
    'application/vnd.mote.envelope.v1',
    descriptor.digest,
  ]);
  expect([materials.artifactType, materials.subject.digest]).toEqual([
    'application/vnd.cyclonedx+json',
    descriptor.digest,
  ]);
});

test('a folder gives back the bundle that went in, byte for byte', async () => {
  const path = await layoutOf(bundle);
  for (const place of [path, `${path}:1.2.3`]) {
    const found = await findRelease(place);
    expect(found.bundle).toEqual(bundle);
    expect(Buffer.from(found.sbom!)).toEqual(sbom);
  }
  expect((await readdir(path)).sort()).toEqual(['blobs', 'index.json', 'oci-layout']);
  await expect(findRelease(`${path}:2`)).rejects.toMatchObject({ key: 'release-missing', exit: 3 });
});

test.each([false, true])('through a registry, with its own referrers: %s', async (referrers) => {
  const registry = await fake({ referrers });
  const path = await layoutOf(bundle);
  const place = `${registry.host}/acme/gateway:1`;
  const { artifact, count } = await pushRelease(path, place);
  expect(count).toBe(3);
  expect((await findRelease(place)).bundle).toEqual(bundle);
  const byDigest = `${registry.host}/acme/gateway@${artifact}`;
  expect((await findRelease(byDigest)).artifact).toBe(artifact);
  expect(registry.manifests.has(artifact.replace(':', '-'))).toBe(!referrers);
  // Again: nothing is uploaded twice, nothing is listed twice.
  const uploads = registry.requests.filter((line) => line.startsWith('POST')).length;
  await pushRelease(path, place);
  expect(registry.requests.filter((line) => line.startsWith('POST')).length).toBe(uploads);
  expect((await findRelease(place)).bundle).toEqual(bundle);
});

test('of several envelopes for one module the highest sequence counts; those of nobody do not', async () => {
  const registry = await fake();
  const place = `${registry.host}/a:1`;
  for (const sequence of [9, 11, 10]) {
    await pushRelease(await layoutOf(sample({ sequence, sbom: sha256(sbom) })), place);
  }
  expect((await findRelease(place)).manifest.sequence).toBe(11);
  const [module, envelope] = artifactsOf(bundle, null);
  const junk = Buffer.from('junk');
  const layer = { mediaType: 'application/cose', digest: digestOf(junk), size: 4 };
  const manifest = Buffer.from(JSON.stringify({ ...JSON.parse(envelope!.manifest.toString()), layers: [layer] }));
  registry.blobs.set(layer.digest, junk);
  registry.manifests.set(digestOf(manifest), { type: '', bytes: manifest });
  const tag = module!.descriptor.digest.replace(':', '-');
  const index = JSON.parse(Buffer.from(registry.manifests.get(tag)!.bytes).toString());
  index.manifests.unshift({ ...envelope!.descriptor, digest: digestOf(manifest), size: manifest.length });
  registry.manifests.set(tag, { type: '', bytes: Buffer.from(JSON.stringify(index)) });
  expect((await findRelease(place)).manifest.sequence).toBe(11);
});

test.each(['basic', 'bearer'] as const)('login by %s', async (kind) => {
  const login = { user: 'u', password: 'p' };
  const registry = await fake({ login: { kind, ...login } });
  const place = `${registry.host}/a:1`;
  const path = await layoutOf(bundle);
  await expect(pushRelease(path, place)).rejects.toMatchObject({ key: 'registry-denied', exit: 4 });
  await expect(pushRelease(path, place, { ...login, password: 'q' })).rejects.toMatchObject({ key: 'registry-denied' });
  await pushRelease(path, place, login);
  expect((await findRelease(place, login)).bundle).toEqual(bundle);
});

test('what a registry changes is found out', async () => {
  const path = await layoutOf(bundle);
  const flip = (body: Uint8Array) => body.map((byte, at) => (at === body.length >> 1 ? byte ^ 1 : byte));
  for (const part of ['/blobs/sha256', '/manifests/sha256:']) {
    let lying = false;
    const registry = await fake({ corrupt: (at, body) => (lying && at.includes(part) ? flip(body) : body) });
    await pushRelease(path, `${registry.host}/a:1`);
    lying = true;
    await expect(findRelease(`${registry.host}/a:1`)).rejects.toMatchObject({ key: 'release-invalid' });
  }
  let endless = false;
  const big = Buffer.alloc(5 * 1024 * 1024);
  const registry = await fake({ corrupt: (at, body) => (endless && at.includes('/manifests/') ? big : body) });
  await pushRelease(path, `${registry.host}/a:1`);
  endless = true;
  await expect(findRelease(`${registry.host}/a:1`)).rejects.toMatchObject({
    key: 'release-invalid',
    message: expect.stringContaining('longer than'),
  });
});

test('a release without its envelope or its bill of materials', async () => {
  const place = await layoutOf(sample({ sbom: sha256(Buffer.from('other')) }));
  await expect(findRelease(place)).rejects.toMatchObject({ message: expect.stringContaining('bill of materials') });
  const path = join(folder, 'bare');
  await new OciLayout(path).add(artifactsOf(bundle)[0]!, 'x');
  await expect(findRelease(path)).rejects.toMatchObject({ message: expect.stringContaining('no signed envelope') });
  const none = await findRelease(await layoutOf(sample(), null));
  expect(none.sbom).toBeNull();
});

test('damage in a folder', async () => {
  const path = await layoutOf(bundle);
  const blob = join(path, 'blobs', 'sha256', digestOf(readBundle(bundle).payload).slice(7));
  await writeFile(blob, 'other');
  await expect(findRelease(path)).rejects.toMatchObject({ key: 'release-invalid' });
  await rm(blob);
  await expect(findRelease(path)).rejects.toMatchObject({ key: 'release-missing' });
  const index = await readFile(join(path, 'index.json'), 'utf8');
  for (const content of ['', '{}', '[]', index.replaceAll('sha256:', 'sha256:../'), index.replace(/\d+/, '-1')]) {
    await writeFile(join(path, 'index.json'), content);
    await expect(findRelease(path)).rejects.toMatchObject({ key: 'release-invalid' });
  }
});

test('places', async () => {
  const digest = `sha256:${'0'.repeat(64)}`;
  const good = {
    'localhost/a': ['localhost', 'a', 'latest'],
    'localhost:5000/acme/gate-way:1.0': ['localhost:5000', 'acme/gate-way', '1.0'],
    [`ghcr.io/acme/x@${digest}`]: ['ghcr.io', 'acme/x', digest],
    '[::1]:5000/a:b': ['[::1]:5000', 'a', 'b'],
  };
  for (const [text, [host, repository, reference]] of Object.entries(good)) {
    expect(parseReference(text)).toEqual({ host, repository, reference });
  }
  const bad = [
    '',
    'a',
    'acme/gateway:1',
    'http://a.b/c',
    'a.b/../c',
    'a.b/C',
    'a.b/c:',
    'a.b/c@sha256:0',
    'a.b/c?x=1',
    'u@a.b/c',
  ];
  for (const text of bad) {
    expect([text, parseReference(text)]).toEqual([text, null]);
    await expect(findRelease(text || 'x')).rejects.toMatchObject({ key: 'release-place', exit: 2 });
  }
  await expect(findRelease('127.0.0.1:1/a:1')).rejects.toMatchObject({ key: 'registry-unreachable' });
});

test('a release that breaks the one before it in the registry is refused, unless its major version says so', async () => {
  const { host } = await fake();
  const model = (fields: string[]) => ({
    ...{ '@context': 'https://www.w3.org/2022/wot/td/v1.1', '@type': 'tm:ThingModel', title: 'gateway' },
    version: { model: '1' },
    events: {
      T: {
        title: 'T',
        data: { type: 'object', properties: Object.fromEntries(fields.map((name) => [name, { type: 'number' }])) },
      },
    },
  });
  const push = async (version: string, fields: string[]) => {
    const schema = Buffer.from(JSON.stringify(model(fields)));
    const { envelope, payload, manifest } = readBundle(sample({ version, schema: sha256(schema) }));
    const layout = new OciLayout(join(folder, `breaking-${++turn}`));
    const parts = { envelope, wasm: payload, sbom: null, schema, component: manifest.component, version, created: 0 };
    for (const [at, artifact] of makeArtifacts(parts).entries())
      await layout.add(artifact, at === 0 ? version : undefined);
    return pushRelease(layout.name, `${host}/acme/gateway:${version}`);
  };
  await push('1.0.0', ['a', 'b']);
  await push('1.1.0', ['a', 'b', 'c']);
  await expect(push('1.2.0', ['a', 'b'])).rejects.toMatchObject({ code: 'MOTE-2111', exit: 4 });
  await expect(push('1.1.0', ['a'])).rejects.toMatchObject({ code: 'MOTE-2111' });
  // A repair of an older line is held to that line.
  await push('1.0.1', ['a', 'b']);
  await push('2.0.0', ['a']);
  expect((await findRelease(`${host}/acme/gateway:2.0.0`)).schema).not.toBeNull();
});
