import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ERRORS, type ErrorKey } from '../../../host-shim/errors.ts';
import { packageRoot } from '../../../host-shim/files.ts';
import { startFake } from '../release/registry.ts';
import { mote } from './harness.ts';

const gateway = join(packageRoot(), 'modules', 'gateway');
const startedIn = process.cwd();
let folder: string;
let registry: Awaited<ReturnType<typeof startFake>>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mote-cli-release-'));
  process.chdir(folder);
  await mote('keys', 'new', 'release');
  registry = await startFake();
});
afterAll(async () => {
  await registry.stop();
  process.chdir(startedIn);
  await rm(folder, { recursive: true });
});

test('create, push, show, sbom, pull: what comes out is what a device would take', async () => {
  const place = `${registry.host}/acme/gateway:stable`;
  const made = await mote('release', 'create', gateway, '--key', 'release', '--sequence', '5', '--out', 'r', '--json');
  expect(made).toMatchObject({ exit: 0, json: { component: 'gateway', sequence: 5, folder: 'r' } });
  expect((await mote('release', 'push', 'r', place, '--json')).json).toEqual({
    place,
    artifact: made.json.artifact,
    artifacts: 4,
  });
  const shown = await mote('release', 'show', place);
  for (const part of [made.json.artifact, made.json.sbom, 'ML-DSA-65', 'radio-receive'])
    expect(shown.stdout).toContain(part);
  const printed = await mote('release', 'sbom', place);
  expect(JSON.parse(printed.stdout)).toMatchObject({ bomFormat: 'CycloneDX' });
  const summary = (await mote('release', 'sbom', 'r', '--json')).json;
  expect(summary).toMatchObject({ component: 'gateway', sha256: made.json.sbom });
  expect(summary.contents).toContainEqual({ type: 'file', name: 'modules/gateway/index.ts' });
  const pulled = await mote('release', 'pull', place, '--out', 'g.mote', '--json');
  expect(pulled.json).toMatchObject({ digest: made.json.digest, file: 'g.mote' });
  expect((await mote('verify', 'g.mote', '--running', '4')).exit).toBe(0);

  // The same version again takes over its tag.
  await mote('release', 'create', gateway, '--key', 'release', '--sequence', '6', '--out', 'r');
  expect((await mote('release', 'show', 'r', '--json')).json.sequence).toBe(6);
}, 60_000);

test('what can go wrong', async () => {
  await mkdir('other');
  await writeFile('other/file', '');
  const fails = async (key: ErrorKey, ...argv: string[]) => {
    const { exit, json } = await mote('release', ...argv, '--json');
    expect([argv, exit, json.error.code]).toEqual([argv, ERRORS[key].exit, ERRORS[key].code]);
  };
  const create = ['create', gateway, '--key', 'release', '--out'];
  await fails('release-folder', ...create, 'other');
  await fails('release-folder', ...create, 'other/file');
  await fails('key-missing', 'create', gateway, '--key', 'nobody', '--out', 'x');
  await fails('module-missing', 'create', 'other', '--key', 'release', '--out', 'x');
  await fails('usage', ...create, 'x', '--reproducible');
  await fails('release-place', 'show', 'nowhere');
  await fails('release-place', 'push', 'r', `${registry.host}/a@sha256:${'0'.repeat(64)}`);
  await fails('release-missing', 'pull', `${registry.host}/none:1`, '--out', 'x');
  await fails('registry-unreachable', 'show', '127.0.0.1:1/a:1');
});
