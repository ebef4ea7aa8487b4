/** Two people, two keys: a release says what may run, a rollout who is to have it. By the commands, on an emulated board. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type Board,
  type Broker,
  createBoard,
  DEFAULTS,
  DeviceSettings,
  MqttClient,
  NorFlash,
  startBroker,
} from '../../host-shim/index.ts';
import { packageRoot } from '../../host-shim/files.ts';
import { mote } from '../unit/cli/harness.ts';

const gateway = join(packageRoot(), 'modules', 'gateway');
const ROOTS = ['root-a', 'root-b', 'new-a', 'new-b', 'last-a', 'last-b'];
const startedIn = process.cwd();
let folder: string;
let broker: Broker;
const boards: Board[] = [];
const kids: Record<string, string> = {};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mote-rollout-'));
  process.chdir(folder);
  for (const name of [...ROOTS, 'release', 'orders', 'next']) {
    const root = ROOTS.includes(name) ? ['--algorithm', 'ML-DSA-87', '--no-encrypt'] : [];
    const { json } = await mote('keys', 'new', name, ...root, '--json');
    kids[name] = json.kid;
    if (json.companion) kids[json.companion.name] = json.companion.kid;
  }
  broker = await startBroker();
}, 60_000);
afterAll(async () => {
  for (const board of boards) await board.stop();
  await broker.stop();
  process.chdir(startedIn);
  await rm(folder, { recursive: true });
});

async function start(thing: string): Promise<{ base: string; board: Board }> {
  const base = `acme/lab/esp32c6/${thing}`;
  const settings = new DeviceSettings({
    identity: { org: 'acme', edge: 'lab', thingType: 'esp32c6', thing },
    vendor: DEFAULTS.vendor,
    class: DEFAULTS.class,
    trust: [kids.release!, kids['release-ed25519']!],
    policy: ['ML-DSA-65', 'Ed25519'],
    roots: [kids['root-a']!, kids['root-b']!],
    keys: {},
  });
  const mqtt = new MqttClient({ url: broker.url, base, retry: { first: 100, last: 1000 } });
  const board = await createBoard({ name: thing, flash: new NorFlash(), settings, mqtt });
  board.start();
  boards.push(board);
  return { base, board };
}

const say = async (...words: string[]) => (await mote(...words, '--json')).json;
const rotate = (roots: string[], ...more: string[]) =>
  say('keys', 'rotate', ...roots.flatMap((name) => ['--root', name]), ...more);
const newRoots = (...names: string[]) => names.flatMap((name) => ['--new-root', name]);

/** The state, or the reason of a refusal. */
async function push(file: string, base: string, ...flags: string[]): Promise<string> {
  const { json } = await mote('push', file, '--to', base, '--broker', broker.url, '--json', ...flags);
  return json.error ? json.error.message.split(': ').at(-1) : json.state;
}

async function sign(sequence: number, key = 'release'): Promise<string> {
  const out = `g${sequence}.mote`;
  expect((await mote('sign', gateway, '--key', key, '--sequence', String(sequence), '--out', out)).exit).toBe(0);
  return out;
}

const SET = '.mote/keys.set';

test('a device whose keys ask for it takes what a rollout names, and nothing else', async () => {
  const { base, board } = await start('rollout');
  expect(await push(await sign(1), base)).toBe('CONFIRMED');
  const first = await rotate(
    ['root-a', 'root-b'],
    ...newRoots('root-a', 'root-b'),
    ...['--release', 'release', '--rollout', 'orders'],
  );
  expect(first).toMatchObject({ sequence: 1, signed: 2, needed: 2, own: { signed: 2, needed: 2 } });
  expect(await push(SET, base)).toBe('CONFIRMED');

  const second = await sign(2);
  expect(await push(second, base)).toBe('no-rollout');
  const orders = async (file: string, devices: string, ...more: string[]) => {
    const made = await say('rollout', file, '--devices', devices, '--out', 'x.rollout', ...more);
    expect(made.error).toBeUndefined();
    return push(file, base, '--rollout', 'x.rollout');
  };
  expect(await orders(second, 'acme/lab/+/other', '--key', 'orders')).toBe('wrong-device');
  expect(await orders(second, 'acme/lab/#', '--key', 'orders', '--sequence', '100')).toBe('CONFIRMED');
  // A reset between the rollout and the offer costs nothing but saying it again.
  const third = await sign(3);
  await say('rollout', third, '--devices', base, '--key', 'orders', '--sequence', '101', '--out', 'y.rollout');
  const pushed = push(third, base, '--rollout', 'y.rollout');
  await new Promise((resolve) => setTimeout(resolve, 150));
  board.reset();
  expect(await pushed).toBe('CONFIRMED');
  expect(await orders(await sign(4), '#', '--key', 'orders', '--sequence', '100')).toBe('rollback');
}, 120_000);

test('roots are replaced twice; a device that slept through both catches up with one push', async () => {
  await rm(SET, { force: true });
  const { base: awake } = await start('awake');
  const { base: asleep } = await start('asleep');
  expect(await push(await sign(10), asleep)).toBe('CONFIRMED');
  await rotate(['root-a', 'root-b'], ...newRoots('root-a', 'root-b'), '--release', 'release');
  expect(await push(SET, awake)).toBe('CONFIRMED');

  // Nobody is made a root who cannot sign.
  const half = await rotate(['root-a', 'root-b', 'new-a'], ...newRoots('new-a', 'new-b'));
  expect(half).toMatchObject({ sequence: 2, signed: 2, needed: 2, own: { signed: 1, needed: 2 } });
  expect(await push(SET, awake)).toContain('waits for another root');
  expect((await rotate(['new-a', 'new-b'], '--release', 'next')).error).toMatchObject({ code: 'MOTE-3011' });
  expect(await say('keys', 'cosign', '--root', 'new-b')).toMatchObject({ own: { signed: 2, needed: 2 } });
  expect(await push(SET, awake)).toBe('CONFIRMED');
  // The roots before have no say any more.
  const stale = await rotate(['root-a', 'root-b'], '--release', 'next', '--set', SET);
  expect(stale).toMatchObject({ sequence: 3, signed: 0 });
  expect(await push(SET, awake)).toBe('unknown-key');
  await rm(SET);

  // The whole chain anew, further than before, with a key that is only known by its hash yet.
  await rotate(['root-a', 'root-b'], ...newRoots('root-a', 'root-b'), '--release', 'release');
  await rotate(['root-a', 'root-b', 'new-a', 'new-b'], ...newRoots('new-a', 'new-b'));
  await rotate(['new-a', 'new-b'], '--release', kids.next!, '--release', kids['next-ed25519']!);
  const last = await rotate(['new-a', 'new-b', 'last-a', 'last-b'], ...newRoots('last-a', 'last-b'));
  expect(last).toMatchObject({ sequence: 4, own: { signed: 2 } });
  expect(await push(SET, asleep)).toBe('CONFIRMED');
  expect(await push(SET, awake)).toBe('CONFIRMED');
  expect(await push(await sign(11, 'next'), asleep)).toBe('CONFIRMED');
  expect(await push(SET, asleep)).toBe('CONFIRMED');
}, 120_000);
