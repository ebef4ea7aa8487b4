/** Two modules and a table that become active together, pushed by the sender itself over a real broker. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Broker, startBroker } from '../../host-shim/board/broker.ts';
import { MqttClient } from '../../host-shim/board/mqtt.ts';
import { type Board, createBoard, DeviceSettings, NorFlash } from '../../host-shim/index.ts';
import { thumbprint } from '../../host-shim/release/algorithms.ts';
import { readBundle } from '../../host-shim/release/bundle.ts';
import { push } from '../../host-shim/release/push.ts';
import { pushSet } from '../../host-shim/release/push-set.ts';
import { buildKernel } from '../../runtime/kernel/build/index.ts';
import { CLASS, owner, testBundle, VENDOR } from '../support/device.ts';

const identity = { org: 'acme', edge: 'lab', thingType: 'esp32c6', thing: 'set' };
const device = Object.values(identity).join('/');
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

let broker: Broker;
let board: Board;
let pair: { name: string; bundle: Uint8Array }[];

/** Two modules of the repository, signed as one set. */
async function makeSet(sequence: number, folders: [string, string]) {
  const plain = await Promise.all(folders.map((folder) => testBundle(folder, { sequence })));
  const set = plain
    .map((bundle) => readBundle(bundle).manifest)
    .map(({ component, digest }) => ({ component, digest }))
    .sort((a, b) => (a.component < b.component ? -1 : 1));
  return Promise.all(
    folders.map(async (folder) => ({ name: folder, bundle: await testBundle(folder, { sequence, set }) })),
  );
}

beforeAll(async () => {
  const [started, { file: kernel }] = await Promise.all([startBroker(), buildKernel({ engine: 'host' })]);
  broker = started;
  pair = await makeSet(1, ['modules/gateway', 'test/fixtures/modules/echo']);
  board = await createBoard({
    name: 'set',
    kernel,
    flash: new NorFlash(),
    settings: new DeviceSettings({
      identity,
      vendor: VENDOR,
      class: CLASS,
      trust: [hex(thumbprint(owner.algorithm, owner.publicKey))],
      places: 2,
      keys: {},
    }),
    mqtt: new MqttClient({ url: broker.url, base: device, retry: { first: 50, last: 500 } }),
  });
  board.start();
}, 120_000);
afterAll(async () => {
  await board?.stop();
  await broker?.stop();
});

const usual = () => ({ broker: broker.url, device, resendMs: 200, timeoutMs: 20_000 });

describe('a set', () => {
  it('is CONFIRMED whole', async () => {
    const seen: string[] = [];
    const result = await pushSet({
      ...usual(),
      bundles: pair,
      onProgress: ({ state }, component) => seen.push(`${component} ${state}`),
    });
    expect(result.state).toBe('CONFIRMED');
    expect(seen).toContain('gateway STAGED');
    expect(seen).not.toContain('gateway CONFIRMED');
  }, 60_000);

  it('goes back whole when one of it fails', async () => {
    const bad = await makeSet(2, ['test/fixtures/modules/faulty', 'test/fixtures/modules/echo']);
    const result = await pushSet({ ...usual(), bundles: bad });
    expect(result.state).not.toBe('CONFIRMED');
    // Pushed again, what runs is said to run.
    for (const { bundle } of pair) {
      const again = await push({ ...usual(), bundle });
      expect(again).toMatchObject({ state: 'CONFIRMED', chunks: 0 });
    }
  }, 60_000);

  it.each<[string, () => { name: string; bundle: Uint8Array }[], RegExp]>([
    ['with one missing', () => pair.slice(0, 1), /is missing/],
    ['with one twice', () => [...pair, pair[0]!], /twice/],
  ])('%s is not sent', async (_, bundles, said) => {
    await expect(pushSet({ ...usual(), bundles: bundles() })).rejects.toThrow(said);
  });

  it('of bundles that were signed each for itself is not sent', async () => {
    const alone = await testBundle('modules/gateway', { sequence: 9 });
    const bundles = [{ name: 'gateway', bundle: alone }, ...pair.slice(1)];
    await expect(pushSet({ ...usual(), bundles })).rejects.toMatchObject({ key: 'set-incomplete' });
  });
});
