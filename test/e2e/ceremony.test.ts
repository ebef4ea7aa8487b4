/** A key is rotated in and another revoked, by the commands, on an emulated board over a real broker. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type Broker,
  type Board,
  createBoard,
  DEFAULTS,
  DeviceSettings,
  MqttClient,
  NorFlash,
  startBroker,
} from '../../host-shim/index.ts';
import { packageRoot } from '../../host-shim/files.ts';
import { mote } from '../unit/cli/harness.ts';

const BASE = 'acme/lab/esp32c6/ceremony';
const gateway = join(packageRoot(), 'modules', 'gateway');
const startedIn = process.cwd();
const passphraseBefore = process.env.MOTE_PASSPHRASE;
let folder: string;
let broker: Broker;
let board: Board;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mote-ceremony-'));
  process.chdir(folder);
  process.env.MOTE_PASSPHRASE = 'correct horse';
  const kids: Record<string, string> = {};
  for (const name of ['root-a', 'root-b', 'root-c', 'release', 'next']) {
    const { json } = await mote(
      'keys',
      'new',
      name,
      ...(name.startsWith('root') ? ['--algorithm', 'ML-DSA-87'] : []),
      '--json',
    );
    kids[name] = json.kid;
    if (json.companion) kids[json.companion.name] = json.companion.kid;
  }
  broker = await startBroker();
  const settings = new DeviceSettings({
    identity: { org: 'acme', edge: 'lab', thingType: 'esp32c6', thing: 'ceremony' },
    vendor: DEFAULTS.vendor,
    class: DEFAULTS.class,
    trust: [kids.release!, kids['release-ed25519']!],
    policy: ['ML-DSA-65', 'Ed25519'],
    roots: [kids['root-a']!, kids['root-b']!, kids['root-c']!],
    keys: {},
  });
  const mqtt = new MqttClient({ url: broker.url, base: BASE, retry: { first: 100, last: 1000 } });
  board = await createBoard({ name: 'ceremony', flash: new NorFlash(), settings, mqtt });
  board.start();
}, 60_000);
afterAll(async () => {
  await board.stop();
  await broker.stop();
  process.chdir(startedIn);
  if (passphraseBefore === undefined) delete process.env.MOTE_PASSPHRASE;
  else process.env.MOTE_PASSPHRASE = passphraseBefore;
  await rm(folder, { recursive: true });
});

let sequence = 0;
async function pushSignedBy(key: string, ...flags: string[]): Promise<string> {
  const signed = ['sign', gateway, '--key', key, '--sequence', String(++sequence), '--out', 'g.mote', ...flags];
  expect((await mote(...signed)).exit).toBe(0);
  return push('g.mote');
}

/** The state, or the reason of a refusal. */
async function push(file: string): Promise<string> {
  const { json } = await mote('push', file, '--to', BASE, '--broker', broker.url, '--json');
  return json.error ? json.error.message.split(': ').at(-1) : json.state;
}

test('both families sign; roots bring a key in and take another out; the device follows', async () => {
  expect(await pushSignedBy('release')).toBe('CONFIRMED');
  expect(await pushSignedBy('release', '--alone')).toBe('unsupported');
  expect(await pushSignedBy('next')).toBe('unknown-key');

  const keys = '.mote/keys.set';
  const roots = ['root-a', 'root-b', 'root-c'].flatMap((name) => ['--new-root', name]);
  const first = ['keys', 'rotate', ...roots, '--release', 'release', '--release', 'next', '--root', 'root-a', '--json'];
  expect((await mote(...first)).json).toMatchObject({ sequence: 1, signed: 1, needed: 2 });
  expect(await push(keys)).toContain('waits for another root');
  expect(await pushSignedBy('next')).toBe('unknown-key');
  expect((await mote('keys', 'cosign', '--root', 'root-c', '--json')).json).toMatchObject({ signed: 2, needed: 2 });
  expect(await push(keys)).toBe('CONFIRMED');
  expect(await pushSignedBy('next')).toBe('CONFIRMED');

  await mote('keys', 'revoke', 'release', '--root', 'root-b', '--root', 'root-c');
  expect(await push(keys)).toBe('CONFIRMED');
  expect(await pushSignedBy('release')).toBe('revoked-key');
  expect(await pushSignedBy('next')).toBe('CONFIRMED');
}, 120_000);
