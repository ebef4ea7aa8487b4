/** What `mote device` asks a board over a real broker: slots, history, and the way back. */
import { sha256 } from '@noble/hashes/sha2.js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  type Board,
  type Broker,
  createBoard,
  DeviceSettings,
  MqttClient,
  NorFlash,
  startBroker,
} from '../../host-shim/index.ts';
import { ALGORITHMS, thumbprint } from '../../host-shim/release/algorithms.ts';
import { openBundle } from '../../host-shim/release/bundle.ts';
import { deviceHistory, deviceSlots, rollback } from '../../host-shim/release/device.ts';
import { ERRORS } from '../../host-shim/errors.ts';
import { mote } from '../unit/cli/harness.ts';
import { CLASS, owner, testBundle, testDevice, VENDOR } from '../support/device.ts';

const device = 'acme/lab/esp32c6/one';
const digestOf = (bundle: Uint8Array) => Buffer.from(sha256(openBundle(bundle).payload)).toString('hex');
let broker: Broker;
let board: Board;
let digests: string[];

beforeAll(async () => {
  const first = await testBundle('test/fixtures/modules/steady', { sequence: 1, version: '1.0.0' });
  const second = await testBundle('test/fixtures/modules/steady', {
    sequence: 2,
    version: '2.0.0',
    wasm: padded(first),
  });
  digests = [first, second].map(digestOf);
  const before = await testDevice();
  before.board.start();
  before.after(100);
  for (const bundle of [first, second]) expect(before.push(bundle)?.state).toBe('CONFIRMED');
  broker = await startBroker({ port: 0 });
  board = await createBoard({
    name: device,
    flash: new NorFlash({ image: new Uint8Array(Buffer.concat([0, 1, 2].map((region) => before.flash.dump(region)))) }),
    settings: new DeviceSettings({
      identity: { org: 'acme', edge: 'lab', thingType: 'esp32c6', thing: 'one' },
      vendor: VENDOR,
      class: CLASS,
      trust: [Buffer.from(thumbprint(ALGORITHMS[0]!, owner.publicKey)).toString('hex')],
      keys: {},
    }),
    mqtt: new MqttClient({ url: broker.url, base: device }),
  });
  board.start();
});
afterAll(async () => {
  await board.stop();
  await broker.stop();
});

/** The same module with a custom section of no meaning: other bytes. */
function padded(bundle: Uint8Array): Uint8Array {
  return new Uint8Array([...openBundle(bundle).payload, 0, 3, 1, 0x78, 0]);
}

it('tells what lies in its slots', async () => {
  const slots = await deviceSlots({ broker: broker.url, device });
  expect(slots.map(({ role, module }) => [role, module?.version, module?.digest])).toEqual([
    ['previous', '1.0.0', digests[0]],
    ['active', '2.0.0', digests[1]],
  ]);
});

it('tells its history, oldest first', async () => {
  const history = await deviceHistory({ broker: broker.url, device });
  const update = ['OFFERED', 'FETCHING', 'STAGED', 'ARMED', 'TRIAL', 'CONFIRMED'];
  expect(history.map(({ state }) => state)).toEqual([...update, ...update]);
});

it('goes back to what is expected, twice, and to nothing else', async () => {
  const [first, second] = digests as [string, string];
  await expect(rollback({ broker: broker.url, device, expect: '0'.repeat(64) })).rejects.toMatchObject({
    key: 'device-refused',
  });
  for (const wanted of [first, first, second]) {
    const report = await rollback({ broker: broker.url, device, expect: wanted });
    expect(Buffer.from(report.running!).toString('hex')).toBe(wanted);
  }
});

it('answers the commands: in words and JSON, with exit codes', async () => {
  const [first, second] = digests as [string, string];
  const at = ['--on', device, '--broker', broker.url];
  const slots = await mote('device', 'slots', ...at);
  expect(slots.stdout).toMatch(
    new RegExp(`^slot +role +module +sequence +digest\n1 +previous .* 1 +${first}\n2 +active `),
  );
  expect((await mote('device', 'slots', ...at, '--json')).json[1]).toEqual({
    slot: 2,
    role: 'active',
    module: { component: 'gateway', version: '2.0.0', sequence: 2, digest: second, size: expect.any(Number) },
  });
  const refused = await mote('device', 'rollback', ...at, '--expect', '0'.repeat(64), '--json');
  expect([refused.exit, refused.json.error.code]).toEqual([4, ERRORS['device-refused'].code]);
  expect(refused.json.error.message).toContain('not-found');
  expect((await mote('device', 'rollback', ...at, '--expect', 'abc')).exit).toBe(2);
  for (const [wanted, sequence] of [
    [first, 1],
    [first, 1],
    [second, 2],
  ]) {
    const { exit, json } = await mote('device', 'rollback', ...at, '--expect', String(wanted).toUpperCase(), '--json');
    expect([exit, json]).toEqual([0, { device, running: wanted, component: 'gateway', sequence }]);
  }
  const events = (await mote('device', 'history', ...at, '--json')).json;
  expect(events.at(-1)).toMatchObject({ state: 'CONFIRMED', active: 2, reason: null });
  const { stdout } = await mote('device', 'history', ...at);
  expect(stdout.split('\n')[0]).toMatch(/^record +state +slot +bytes +transfer +reason$/);
  expect(stdout.trim().split('\n')).toHaveLength(events.length + 1);
  for (const command of ['slots', 'history']) {
    const silent = ['device', command, '--on', 'a/b/c/nobody', '--broker', broker.url, '--timeout', '1', '--json'];
    expect((await mote(...silent)).exit).toBe(5);
  }
}, 30_000);

it('is said to be silent when it is', async () => {
  const absent = { broker: broker.url, device: 'acme/lab/esp32c6/two', timeoutMs: 300 };
  await expect(deviceSlots(absent)).rejects.toMatchObject({ key: 'device-silent' });
});
