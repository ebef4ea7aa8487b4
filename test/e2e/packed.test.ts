/** Updates that travel packed: compressed, and as what differs from the module that runs. */
import { deflateSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { readBundle } from '../../host-shim/release/bundle.ts';
import { devicePublicKey, openDelivery, sealGroupKey, signDelivery } from '../../host-shim/release/group.ts';
import { packModule } from '../../host-shim/release/pack.ts';
import { transferOf } from '../../host-shim/release/protocol.ts';
import { owner, testBundle, type TestDevice, testDevice } from '../support/device.ts';

const GATEWAY = 'modules/gateway';
const GROUP = { name: 'meters', key: new Uint8Array(32).fill(9) };
const SEED = '07'.repeat(32);
let device: TestDevice;
let first: Uint8Array;
/** The module before and after: a gateway, and the same with more in it. */
let old: Uint8Array;
let next: Uint8Array;

beforeAll(async () => {
  first = await testBundle(GATEWAY);
  old = readBundle(first).payload;
  // A custom section more (WebAssembly core 2.5.2), and nothing else: what a small change looks like to a difference.
  next = Buffer.concat([old, Buffer.of(0, 6, 1, 0x78, 1, 2, 3, 4)]);
}, 60_000);

async function running(options?: Parameters<typeof testDevice>[0]): Promise<TestDevice> {
  device = await testDevice(options);
  device.board.start();
  expect(device.push(first)).toMatchObject({ state: 'CONFIRMED' });
  return device;
}

describe('a packed update', () => {
  it('is CONFIRMED compressed, on a device that runs nothing yet', async () => {
    const fresh = await testDevice();
    fresh.board.start();
    const bundle = await testBundle(GATEWAY, { packed: packModule(old) });
    expect(fresh.push(bundle)).toMatchObject({ state: 'CONFIRMED', running: readBundle(first).manifest.digest });
    console.log(`compressed: ${readBundle(bundle).payload.length} of ${old.length} bytes travel`);
    await fresh.board.stop();
  }, 60_000);

  it('is CONFIRMED as a difference, and the next one has it as its base', async () => {
    await running();
    const bundle = await testBundle(GATEWAY, { wasm: next, sequence: 2, packed: packModule(next, old) });
    const { manifest, payload } = readBundle(bundle);
    expect(payload.length).toBeLessThan(old.length / 20);
    expect(device.push(bundle)).toMatchObject({ state: 'CONFIRMED', running: manifest.digest });
    const third = Buffer.concat([next, Buffer.of(0, 3, 1, 0x79, 9)]);
    const again = await testBundle(GATEWAY, { wasm: third, sequence: 3, packed: packModule(third, next) });
    expect(device.push(again)).toMatchObject({ state: 'CONFIRMED', running: readBundle(again).manifest.digest });
    await device.board.stop();
  }, 60_000);

  it.each([
    ['compressed', null],
    ['as a difference', 'old'],
  ])(
    'is CONFIRMED %s and encrypted for its group, which a device without the key refuses',
    async (_, base) => {
      const packed = packModule(next, base === null ? null : old);
      const secret = await testBundle(GATEWAY, { wasm: next, sequence: 2, packed, encrypt: GROUP });
      const { manifest, payload } = readBundle(secret);
      expect(payload.length).toBe(packed!.payload.length + 16);
      const stranger = await running();
      expect(stranger.push(secret)).toMatchObject({ state: 'REFUSED', reason: 'no-key' });
      await stranger.board.stop();
      await running({ seed: SEED });
      const sealed = sealGroupKey(GROUP.key, devicePublicKey(Buffer.from(SEED, 'hex')));
      const { envelope } = openDelivery(signDelivery({ sequence: 1, group: GROUP.name, sealed }, [owner]));
      device.send({ kind: 8, transfer: transferOf(envelope), envelope, sealed });
      expect(device.after(1000)).toMatchObject({ state: 'CONFIRMED' });
      if (base !== null) {
        const wrong = { ...packed!, base: new Uint8Array(32) };
        const other = await testBundle(GATEWAY, { wasm: next, sequence: 2, packed: wrong, encrypt: GROUP });
        expect(device.push(other)).toMatchObject({ state: 'REFUSED', reason: 'no-base' });
      }
      expect(device.push(secret)).toMatchObject({ state: 'CONFIRMED', running: manifest.digest });
      const spoilt = { ...packed!, payload: packed!.payload.map((byte) => byte ^ 0x55) };
      const bad = await testBundle(GATEWAY, {
        wasm: old,
        sequence: 3,
        packed: { ...spoilt, base: null },
        encrypt: GROUP,
      });
      expect(device.push(bad)).toMatchObject({ state: 'REFUSED', reason: 'bad-payload', running: manifest.digest });
      await device.board.stop();
    },
    60_000,
  );

  it('of another base is refused before a byte of it travels', async () => {
    await running();
    const bundle = await testBundle(GATEWAY, { wasm: next, sequence: 2, packed: packModule(next, next.subarray(1)) });
    const writes = device.flash.counters.programs;
    expect(device.push(bundle)).toMatchObject({ state: 'REFUSED', reason: 'no-base' });
    expect(device.flash.counters.programs - writes).toBeLessThanOrEqual(4);
    expect(device.after(0)).toMatchObject({ running: readBundle(first).manifest.digest });
    await device.board.stop();
  }, 60_000);

  it.each<[string, (stream: Uint8Array) => Uint8Array]>([
    ['another module', () => deflateSync(old)],
    ['a longer one', () => deflateSync(Buffer.concat([next, Buffer.alloc(5000)]))],
    ['no stream', (stream) => stream.map((byte) => byte ^ 0x55)],
    ['a stream cut short', (stream) => stream.subarray(0, stream.length - 6)],
  ])(
    'that holds %s is refused, and what runs stays',
    async (_, spoil) => {
      await running();
      const good = packModule(next)!;
      const packed = { base: null, payload: spoil(good.payload) };
      const bundle = await testBundle(GATEWAY, { wasm: next, sequence: 2, packed });
      expect(device.push(bundle)).toMatchObject({ state: 'REFUSED', running: readBundle(first).manifest.digest });
      const fine = await testBundle(GATEWAY, { wasm: next, sequence: 3, packed: good });
      expect(device.push(fine)).toMatchObject({ state: 'CONFIRMED' });
      await device.board.stop();
    },
    60_000,
  );
});
