/** Releases in a real registry: Debian's docker-registry on loopback, and skopeo as another client of it. */
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { sha256 } from '@noble/hashes/sha2.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readBundle } from '../../host-shim/release/bundle.ts';
import { makeArtifacts } from '../../host-shim/release/oci.ts';
import { OciLayout } from '../../host-shim/release/oci-layout.ts';
import { findRelease, pushRelease } from '../../host-shim/release/release.ts';
import { sample, wasmOf } from '../unit/release/sample.ts';

const missing = ['docker-registry', 'skopeo'].filter((tool) => spawnSync(tool, ['--version']).status !== 0);
const why = missing.length > 0 ? ` (MISSING: apt-get install ${missing.join(' ')})` : '';
const run = promisify(execFile);

describe.skipIf(missing.length > 0)(`docker-registry${why}`, () => {
  let folder: string;
  let host: string;
  let server: ChildProcess;
  const sbom = Buffer.from('{"bomFormat":"CycloneDX"}');
  const bundle = sample({ wasm: wasmOf(20_000), sbom: sha256(sbom) });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mote-registry-'));
    host = `127.0.0.1:${await freePort()}`;
    // JSON is YAML, too.
    const config = {
      version: '0.1',
      log: { level: 'error', accesslog: { disabled: true } },
      storage: { filesystem: { rootdirectory: join(folder, 'storage') } },
      http: { addr: host },
    };
    await writeFile(join(folder, 'config.yml'), JSON.stringify(config));
    server = spawn('docker-registry', ['serve', join(folder, 'config.yml')], { stdio: 'ignore' });
    for (let n = 0; n < 100; n++) {
      const up = await fetch(`http://${host}/v2/`).then(
        ({ ok }) => ok,
        () => false,
      );
      if (up) return;
      await sleep(100);
    }
    throw new Error('docker-registry did not start within 10 s');
  }, 20_000);

  afterAll(async () => {
    const ended = new Promise((resolve) => server.once('exit', resolve));
    server.kill('SIGTERM');
    await ended;
    await rm(folder, { recursive: true });
  });

  test('push, pull, and again under another tag', async () => {
    const layout = await layoutOf(join(folder, 'release'));
    const pushed = await pushRelease(layout, `${host}/acme/gateway:1.2.3`);
    expect(pushed.count).toBe(3);
    await pushRelease(layout, `${host}/acme/gateway:stable`);
    for (const reference of [':1.2.3', ':stable', `@${pushed.artifact}`]) {
      const found = await findRelease(`${host}/acme/gateway${reference}`);
      expect(found.bundle).toEqual(bundle);
      expect(Buffer.from(found.sbom!)).toEqual(sbom);
    }
    await expect(findRelease(`${host}/acme/gateway:2`)).rejects.toMatchObject({ key: 'release-missing' });
    await expect(findRelease(`${host}/acme/none:1`)).rejects.toMatchObject({ key: 'release-missing' });
  });

  test('skopeo copies our folder to the registry and back, and the module is the one we signed', async () => {
    const layout = await layoutOf(join(folder, 'theirs'));
    await skopeo('copy', '--dest-tls-verify=false', `oci:${layout}:1.2.3`, `docker://${host}/theirs:1`);
    const raw = await skopeo('inspect', '--raw', '--tls-verify=false', `docker://${host}/theirs:1`);
    const manifest = JSON.parse(raw);
    expect(manifest.config.mediaType).toBe('application/vnd.wasm.config.v0+json');
    expect(manifest.layers).toHaveLength(1);
    await skopeo('copy', '--src-tls-verify=false', `docker://${host}/theirs:1`, `oci:${join(folder, 'back')}:1`);
    const blob = join(folder, 'back', 'blobs', 'sha256', manifest.layers[0].digest.slice('sha256:'.length));
    expect(new Uint8Array(await readFile(blob))).toEqual(readBundle(bundle).payload);
    // A copy of the module alone is no release: nothing signed came with it.
    await expect(findRelease(`${host}/theirs:1`)).rejects.toMatchObject({
      message: expect.stringContaining('no signed envelope'),
    });
  });

  async function layoutOf(path: string): Promise<string> {
    const { envelope, payload, manifest } = readBundle(bundle);
    const { component, version } = manifest;
    const layout = new OciLayout(path);
    const artifacts = makeArtifacts({ envelope, wasm: payload, sbom, component, version, created: 0 });
    for (const [turn, artifact] of artifacts.entries()) await layout.add(artifact, turn === 0 ? '1.2.3' : undefined);
    return path;
  }
});

async function skopeo(...args: string[]): Promise<string> {
  return (await run('skopeo', ['--insecure-policy', ...args])).stdout;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}
