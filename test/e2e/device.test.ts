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

it('is said to be silent when it is', async () => {
  const absent = { broker: broker.url, device: 'acme/lab/esp32c6/two', timeoutMs: 300 };
  await expect(deviceSlots(absent)).rejects.toMatchObject({ key: 'device-silent' });
});
