/** Several components, sets and encrypted payloads on the emulated board: the real kernel and all modules of the firmware. */
import { sha256 } from '@noble/hashes/sha2.js';
import { beforeAll, expect, it } from 'vitest';
import { ErrorCode } from '../../runtime/abi/generated/contract.ts';
import { readBundle } from '../../host-shim/release/bundle.ts';
import { encodeCbor } from '../../host-shim/release/cbor.ts';
import { devicePublicKey, openDelivery, sealGroupKey, signDelivery } from '../../host-shim/release/group.ts';
import { transferOf } from '../../host-shim/release/protocol.ts';
import { owner, type TestDevice, testBundle, testDevice } from '../support/device.ts';

type Changes = NonNullable<Parameters<typeof testBundle>[1]>;

const STEADY = 'test/fixtures/modules/steady';
const FAULTY = 'test/fixtures/modules/faulty';
const SEED = '07'.repeat(32);
const GROUP = { name: 'meters', key: new Uint8Array(32).fill(9) };
const BASE = 'acme/lab/esp32c6/one';
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const digestOf = (bundle: Uint8Array) => hex(readBundle(bundle).manifest.digest);

let gateway: Uint8Array;
let steady: Uint8Array;
beforeAll(async () => {
  gateway = await testBundle('modules/gateway', { sequence: 1 });
  steady = await testBundle(STEADY, { sequence: 1, component: 'steady' });
});

async function started(options?: Parameters<typeof testDevice>[0]): Promise<TestDevice> {
  const device = await testDevice(options);
  device.board.start();
  device.after(100);
  return device;
}

/** What runs, by component. */
function runs(device: TestDevice): Record<string, string> {
  device.send({ kind: 3 });
  const report = device.after(100);
  return Object.fromEntries((report?.components ?? []).map(({ component, digest }) => [component, hex(digest)]));
}

/** Bundles of these folders that become active together. */
async function setOf(sequence: number, folders: [string, Changes][]): Promise<Uint8Array[]> {
  const alone = await Promise.all(folders.map(([folder, changes]) => testBundle(folder, { sequence, ...changes })));
  const set = alone
    .map((bundle) => readBundle(bundle).manifest)
    .map(({ component, digest }) => ({ component, digest }))
    .sort((a, b) => (a.component < b.component ? -1 : 1));
  return Promise.all(folders.map(([folder, changes]) => testBundle(folder, { sequence, set, ...changes })));
}

function pushAll(device: TestDevice, bundles: Uint8Array[]) {
  return bundles.map((bundle, i) => device.push(bundle, { ms: i === bundles.length - 1 ? 60_000 : 5000 })).at(-1);
}

it('runs two modules side by side and updates them together', async () => {
  const device = await started({ places: 2 });
  expect(device.push(gateway)?.state).toBe('CONFIRMED');
  expect(device.push(steady)?.state).toBe('CONFIRMED');
  expect(runs(device)).toEqual({ gateway: digestOf(gateway), steady: digestOf(steady) });
  const [first, second] = await setOf(2, [
    [STEADY, { component: 'steady' }],
    [FAULTY, {}],
  ]);
  expect(pushAll(device, [first!, second!])).toMatchObject({ state: 'REVERTED', reason: 'trap: unreachable executed' });
  expect(runs(device)).toEqual({ gateway: digestOf(gateway), steady: digestOf(steady) });
  const good = await setOf(3, [
    [STEADY, { component: 'steady', needs: { gateway: 3 } }],
    ['modules/gateway', {}],
  ]);
  expect(pushAll(device, good)?.state).toBe('CONFIRMED');
  device.board.reset();
  device.after(5000);
  device.send({ kind: 3 });
  expect(device.after(100)?.components?.map(({ sequence }) => sequence)).toEqual([3, 3]);
});

it('opens what was encrypted for its group, and only with the key', async () => {
  const device = await started({ seed: SEED });
  device.push(steady);
  const secret = await testBundle('modules/gateway', { sequence: 2, encrypt: GROUP });
  const plain = readBundle(gateway).payload;
  expect(Buffer.from(secret).includes(Buffer.from(plain.subarray(0, 8)))).toBe(false);
  expect(device.push(secret)).toMatchObject({ state: 'REFUSED', reason: 'no-key' });
  const sealed = sealGroupKey(GROUP.key, devicePublicKey(new Uint8Array(Buffer.from(SEED, 'hex'))));
  const { envelope } = openDelivery(signDelivery({ sequence: 1, group: GROUP.name, sealed }, [owner]));
  device.mqtt.publish(`${BASE}/ota`, encodeCbor([8, transferOf(envelope), envelope, sealed]));
  const taken = device.after(1000);
  expect(taken, JSON.stringify([taken?.reason, device.log.slice(-6)])).toMatchObject({ state: 'CONFIRMED' });
  const report = device.push(secret);
  expect(report?.state).toBe('CONFIRMED');
  expect(hex(report!.running!)).toBe(digestOf(gateway));
  device.board.reset();
  device.after(5000);
  device.send({ kind: 3 });
  expect(hex(device.after(100)!.running!)).toBe(digestOf(gateway));
});

it('keeps a table beside its modules, and takes no module without the table that it needs', async () => {
  const device = await started({ places: 2 });
  const wanting = await testBundle(STEADY, { sequence: 1, component: 'steady', needs: { table: 7 } });
  expect(device.push(wanting)).toMatchObject({ state: 'REFUSED', reason: 'dependency: table' });
  const wasm = new Uint8Array(5000).map((_, i) => i * 7);
  const table = await testBundle(STEADY, { sequence: 7, component: 'table', kind: 'data', grants: [], wasm });
  expect(device.push(table)?.state).toBe('CONFIRMED');
  expect(device.push(wanting)?.state).toBe('CONFIRMED');
  expect(runs(device)).toEqual({ table: hex(sha256(wasm)), steady: digestOf(wanting) });
});

it('lets a module read a table as it was signed, the new one after an update, and nothing beyond', async () => {
  const device = await started({ places: 2 });
  const radio = device.ether.attach();
  const sum = (bytes: Uint8Array) => bytes.reduce((sum, byte) => (Math.imul(sum, 31) + byte) >>> 0, 0);
  /** What the module says of the bytes from `offset` on. */
  const asked = (offset: number, length: number) => {
    const before = device.log.length;
    radio.send(Uint8Array.of(offset, length));
    device.after(100);
    return device.log.slice(before).map(({ text }) => text);
  };
  expect(
    device.push(await testBundle('test/fixtures/modules/reader', { sequence: 1, component: 'reader' }))?.state,
  ).toBe('CONFIRMED');
  expect(asked(0, 1)).toEqual([`${ErrorCode['not-found']}`]);
  for (const [sequence, size, step] of [
    [1, 300, 7],
    [2, 100, 11],
  ] as const) {
    const wasm = new Uint8Array(size).map((_, i) => i * step);
    const table = await testBundle(STEADY, { sequence, component: 'table', kind: 'data', grants: [], wasm });
    expect(device.push(table)?.state).toBe('CONFIRMED');
    expect(asked(3, 40)).toEqual([`${size} 40 ${sum(wasm.subarray(3, 43))}`]);
    device.board.reset();
    device.after(5000);
    expect(asked(60, 40)).toEqual([`${size} 40 ${sum(wasm.subarray(60, 100))}`]);
  }
  // One byte beyond its end.
  expect(asked(61, 40)).toEqual([`${ErrorCode.invalid}`]);
});

it('lets another supervisor take the place of the built-in one, and gives up one that does nothing', async () => {
  const device = await started({ places: 2 });
  device.push(steady);
  const own = { component: 'supervisor', kind: 'supervisor', grants: [] } as const;
  const good = await testBundle('modules/supervisor', { sequence: 1, ...own, grants: [] });
  expect(device.push(good)?.state).toBe('CONFIRMED');
  expect(runs(device)).toEqual({ steady: digestOf(steady), supervisor: digestOf(good) });
  device.board.reset();
  device.after(5000);
  expect(runs(device)).toEqual({ steady: digestOf(steady), supervisor: digestOf(good) });
  const silent = await testBundle(STEADY, { sequence: 2, ...own, grants: [] });
  expect(device.push(silent, { ms: 400_000 })).toMatchObject({ state: 'REVERTED', reason: 'interrupted' });
  expect(runs(device)).toEqual({ steady: digestOf(steady), supervisor: digestOf(good) });
  const next = await testBundle('test/fixtures/modules/faulty', { sequence: 2, component: 'steady' });
  expect(device.push(next)?.state).toBe('REVERTED');
});
