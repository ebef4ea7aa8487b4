import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Broker, startBroker } from '../../../host-shim/board/broker.ts';
import { connect } from '../../../host-shim/release/link.ts';
import { type Progress, push, type PushOptions } from '../../../host-shim/release/push.ts';
import { encodeReport } from '../../../host-shim/release/protocol.ts';
import { FakeDevice, type Faults } from './fake-device.ts';
import { hex, sample, wasmOf } from './sample.ts';

const SIZE = 10_000;
const wasm = wasmOf(SIZE).map((byte, i) => (i < 16 ? byte : (i * 7) & 0xff));
const bundle = sample({ wasm });
const digest = createHash('sha256').update(wasm).digest('hex');

let broker: Broker;
let device: FakeDevice | undefined;
let serial = 0;
let base = '';
beforeAll(async () => {
  broker = await startBroker();
});
afterAll(() => broker.stop());
afterEach(async () => {
  await device?.stop();
  device = undefined;
});

/** Patient, so that nothing is sent twice because the machine is busy; the tests of repetition are not. */
const calm = { timeoutMs: 30_000, resendMs: 10_000 };
const eager = { timeoutMs: 30_000, resendMs: 100 };

async function pushTo(faults: Faults, options: Partial<PushOptions> = {}) {
  base = `acme/lab/gateway/g${++serial}`;
  device = await FakeDevice.start(broker.url, base, SIZE, faults);
  return push({ bundle, broker: broker.url, device: base, ...calm, ...options });
}

describe('a push', () => {
  test('goes through the states, in ten chunks in order', async () => {
    const seen: Progress[] = [];
    const result = await pushTo({}, { onProgress: (progress) => seen.push(progress) });
    expect(result).toEqual({
      state: 'CONFIRMED',
      transfer: expect.stringMatching(/^[0-9a-f]{16}$/),
      chunks: 10,
      bytes: SIZE,
      running: digest,
    });
    expect(device!.chunks).toEqual([0, 1024, 2048, 3072, 4096, 5120, 6144, 7168, 8192, 9216]);
    expect(hex(device!.module)).toBe(hex(wasm));
    expect(seen.map(({ state, received }) => [state, received])).toEqual([
      ['OFFERED', 0],
      ['FETCHING', 0],
      ['FETCHING', 4096],
      ['FETCHING', 8192],
      ['STAGED', SIZE],
      ['ARMED', SIZE],
      ['TRIAL', SIZE],
      ['CONFIRMED', SIZE],
    ]);
  });

  test('keeps to the window while a report is long in coming', async () => {
    expect(await pushTo({ slow: 60 }, {})).toMatchObject({ state: 'CONFIRMED', chunks: 10 });
    expect(device!.furthestAhead).toBe(4096);
  });

  test('sends again what is lost: an offer, chunks at both ends of a window, the last one', async () => {
    const result = await pushTo({ deaf: 2, lose: [0, 3072, 4096, 9216] }, eager);
    expect(result).toMatchObject({ state: 'CONFIRMED', running: digest });
    expect(result.chunks).toBeGreaterThan(10);
    expect(device!.received.filter(({ kind }) => kind === 1).length).toBeGreaterThanOrEqual(3);
  });

  test('does not answer a repeated report with repeated chunks', async () => {
    const result = await pushTo({ repeat: 3 }, {});
    expect(result).toMatchObject({ state: 'CONFIRMED', chunks: 10 });
    expect(device!.chunks).toHaveLength(10);
  });

  test('asks when the news of the confirmation is lost', async () => {
    expect(await pushTo({ loseConfirmed: true }, eager)).toMatchObject({ state: 'CONFIRMED', running: digest });
    expect(device!.received.some(({ kind }) => kind === 3)).toBe(true);
  });

  test('goes on from the last sector with a device that restarts on the way', async () => {
    const result = await pushTo({ cutAt: 6144 }, eager);
    expect(result).toMatchObject({ state: 'CONFIRMED', running: digest });
    const offsets = device!.received.flatMap((message) => (message.kind === 2 ? [message.offset] : []));
    const afterTheCut = offsets.slice(offsets.indexOf(5120) + 1);
    expect(Math.min(...afterTheCut)).toBe(4096);
  });

  test('run again after it was broken off, it resumes', async () => {
    await expect(pushTo({ dieAt: 8192 }, { timeoutMs: 3000, resendMs: 100 })).rejects.toMatchObject({
      key: 'push-stalled',
      exit: 5,
    });
    await device!.stop();
    // The same board after a restart: two sectors are in its slot.
    device = await FakeDevice.start(broker.url, base, SIZE);
    Object.assign(device, { next: 8192 });
    device.module.set(wasm.subarray(0, 8192));
    const result = await push({ bundle, broker: broker.url, device: base, ...calm });
    expect(result).toMatchObject({ state: 'CONFIRMED', chunks: 2, bytes: SIZE - 8192, running: digest });
  });

  test('of what already runs is done at once', async () => {
    await pushTo({});
    const again = await push({ bundle, broker: broker.url, device: base, ...calm });
    expect(again).toMatchObject({ state: 'CONFIRMED', chunks: 0, bytes: 0, running: digest });
  });

  test("ends with the device's reason when it refuses or reverts", async () => {
    const refused = await pushTo({ refuse: 'bad-signature' });
    expect(refused).toEqual({
      state: 'REFUSED',
      transfer: refused.transfer,
      chunks: 0,
      bytes: 0,
      reason: 'bad-signature',
    });
    await device!.stop();
    expect(await pushTo({ revert: 'trap: out of bounds' })).toMatchObject({
      state: 'REVERTED',
      reason: 'trap: out of bounds',
      chunks: 10,
    });
  });

  test('a damaged file of what the device confirmed before is not called confirmed', async () => {
    expect(await pushTo({}, {})).toMatchObject({ state: 'CONFIRMED' });
    const damaged = bundle.slice();
    damaged[damaged.length - 1]! ^= 1;
    const again = await push({ bundle: damaged, broker: broker.url, device: base, ...calm });
    expect(again).toMatchObject({ state: 'REFUSED', reason: 'bad-digest', chunks: 0, running: digest });
  });

  test("works over the caller's client and leaves it open, through noise and other devices' reports", async () => {
    const client = await connect(broker.url);
    try {
      const other = encodeReport({
        state: 'REFUSED',
        transfer: new Uint8Array(8),
        next: 0,
        reason: 'busy',
        running: null,
        component: null,
        sequence: 0,
      });
      expect(await pushTo({ noise: other }, { broker: client })).toMatchObject({ state: 'CONFIRMED', running: digest });
      await device!.stop();
      expect(await pushTo({ noise: Buffer.from('ffff', 'hex') }, { broker: client })).toMatchObject({
        state: 'CONFIRMED',
      });
      expect(client.connected).toBe(true);
      expect(client.listenerCount('message')).toBe(0);
    } finally {
      await client.endAsync(true);
    }
  });

  test('a retained report of the past is not believed', async () => {
    base = `acme/lab/gateway/g${++serial}`;
    const client = await connect(broker.url);
    const { createHash: hash } = await import('node:crypto');
    const { openBundle } = await import('../../../host-shim/release/bundle.ts');
    const transfer = new Uint8Array(hash('sha256').update(openBundle(bundle).envelope).digest().subarray(0, 8));
    const past = encodeReport({
      state: 'REVERTED',
      transfer,
      next: 0,
      reason: 'trap',
      running: null,
      component: null,
      sequence: 0,
    });
    await client.publishAsync(`${base}/ota-state`, Buffer.from(past), { qos: 1, retain: true });
    device = await FakeDevice.start(broker.url, base, SIZE);
    expect(await push({ bundle, broker: client, device: base, ...calm })).toMatchObject({
      state: 'CONFIRMED',
    });
    await client.endAsync(true);
  });
});

describe('a push that cannot be', () => {
  const to = (options: Partial<PushOptions>) =>
    push({ bundle, broker: broker.url, device: 'acme/lab/gateway/nobody', timeoutMs: 300, resendMs: 100, ...options });

  test('nobody there', async () => {
    await expect(to({})).rejects.toMatchObject({
      key: 'device-silent',
      exit: 5,
      message: 'acme/lab/gateway/nobody did not answer for 0.3 s',
    });
  });

  test('a device that talks nonsense', async () => {
    base = `acme/lab/gateway/g${++serial}`;
    const client = await connect(broker.url);
    await client.subscribeAsync(`${base}/ota`);
    client.on('message', () => client.publish(`${base}/ota-state`, 'hello'));
    await expect(to({ device: base, timeoutMs: 2000 })).rejects.toMatchObject({
      key: 'device-silent',
      message: expect.stringContaining('of its reports could not be read'),
    });
    await client.endAsync(true);
  });

  test('no broker', async () => {
    const gone = await startBroker();
    await gone.stop();
    await expect(to({ broker: gone.url })).rejects.toMatchObject({ key: 'broker-unreachable', exit: 1 });
    const error = await to({ broker: 'mqtt://user:secret@127.0.0.1:1' }).catch((thrown) => thrown);
    expect(error).toMatchObject({ key: 'broker-unreachable', message: expect.not.stringContaining('secret') });
  });

  test('not an address, not a device, not a bundle', async () => {
    for (const url of ['', 'localhost', 'http://localhost', 'mqtt//x'])
      await expect(to({ broker: url })).rejects.toMatchObject({ key: 'broker-url', exit: 2 });
    for (const topic of ['', 'a/b/c', 'a/b/c/d/e', 'a//c/d', '/a/b/c', 'a/+/c/d', 'a/b/c/#', 'a/b/c/\n']) {
      await expect(to({ device: topic })).rejects.toMatchObject({ key: 'topic-invalid', exit: 2 });
    }
    await expect(to({ bundle: new Uint8Array([1, 2, 3]) })).rejects.toMatchObject({ key: 'bundle-foreign' });
    await expect(to({ bundle: bundle.subarray(0, 99) })).rejects.toMatchObject({ key: 'bundle-malformed' });
  });

  test('the broker goes away on the way', async () => {
    const second = await startBroker();
    const client = await connect(second.url);
    const going = to({ broker: client, timeoutMs: 2000 });
    setTimeout(() => void second.stop(), 100);
    await expect(going).rejects.toMatchObject({
      exit: 5,
      message: expect.stringContaining('connection to the broker is lost'),
    });
    await client.endAsync(true);
  });
});
