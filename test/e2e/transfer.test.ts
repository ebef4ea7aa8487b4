/** Transfers that others disturb: chunks out of order and of the past, two senders, a broker that restarts. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Board, type Broker, startBroker } from '../../host-shim/index.ts';
import { openBundle, readBundle } from '../../host-shim/release/bundle.ts';
import { CHUNK, transferOf, WINDOW } from '../../host-shim/release/protocol.ts';
import { type Progress, push } from '../../host-shim/release/push.ts';
import { testBundle, testDevice } from '../support/device.ts';
import { startOnline } from '../support/online.ts';

let bundles: Uint8Array[];
let broker: Broker;
const boards: Board[] = [];

beforeAll(async () => {
  const wasm = readBundle(await testBundle('modules/gateway')).payload;
  // Others than the one before by a custom section (WebAssembly core 2.5.2).
  const other = (n: number) => Buffer.concat([wasm, Buffer.of(0, 3, 1, 0x78, n)]);
  bundles = await Promise.all(
    [1, 2, 3].map((sequence) => testBundle('modules/gateway', { wasm: other(sequence), sequence })),
  );
  broker = await startBroker();
}, 60_000);
afterAll(async () => {
  for (const board of boards) await board.stop();
  await broker.stop();
});

test('chunks in any order, twice, and of another transfer: what comes in its turn is taken, and nothing else', async () => {
  const device = await testDevice();
  device.board.start();
  device.after(100);
  const [bundle, stale] = bundles.map((one) => ({
    ...openBundle(one),
    transfer: transferOf(openBundle(one).envelope),
  }));
  const { envelope, payload, transfer } = bundle!;
  device.send({ kind: 1, transfer, envelope });
  expect(device.after(1000)).toMatchObject({ state: 'FETCHING', next: 0 });
  const chunk = (offset: number, of = bundle!) =>
    device.send({ kind: 2, transfer: of.transfer, offset, data: of.payload.slice(offset, offset + CHUNK) });
  let next = 0;
  for (let turns = 0; device.reports.at(-1)?.state === 'FETCHING' && turns < 500; turns++) {
    const window = [3, 1, 0, 2, 0, 1].map((place) => next + place * CHUNK).filter((offset) => offset < payload.length);
    for (const offset of window) {
      chunk(offset);
      // Of a transfer that is none any more, at the very offset that is wanted.
      chunk(next, stale!);
    }
    device.after(200);
    const report = device.reports.at(-1)!;
    if (report.state !== 'FETCHING') break;
    expect(report.next).toBeGreaterThan(next);
    expect(report.next).toBeLessThanOrEqual(next + WINDOW);
    next = report.next;
  }
  device.after(5000);
  device.send({ kind: 3 });
  expect(device.after(100)).toMatchObject({ state: 'CONFIRMED', running: readBundle(bundles[0]!).manifest.digest });
  await device.board.stop();
});

async function start(thing: string, at = broker): Promise<string> {
  const { base, board } = await startOnline(thing, at);
  boards.push(board);
  return base;
}

const send = (device: string, bundle: Uint8Array, at = broker, onProgress?: (progress: Progress) => void) =>
  push({ bundle, broker: at.url, device, resendMs: 300, timeoutMs: 20_000, ...(onProgress && { onProgress }) });

test('two senders of one bundle: both hear of its end', async () => {
  const device = await start('both');
  const results = await Promise.all([send(device, bundles[0]!), send(device, bundles[0]!)]);
  expect(results.map(({ state }) => state)).toEqual(['CONFIRMED', 'CONFIRMED']);
}, 30_000);

test('two senders of two bundles: the newer one runs in the end, whoever was first', async () => {
  const device = await start('rivals');
  const [newer, older] = await Promise.all([send(device, bundles[2]!), send(device, bundles[1]!)]);
  expect(newer.state).toBe('CONFIRMED');
  // It came in between, or another one went on, or it was too late.
  if (older.state !== 'CONFIRMED') expect(`${older.state} ${older.reason}`).toMatch(/^REFUSED (busy|rollback)$/);
  expect(await send(device, bundles[2]!)).toMatchObject({
    state: 'CONFIRMED',
    chunks: 0,
    running: Buffer.from(readBundle(bundles[2]!).manifest.digest).toString('hex'),
  });
}, 60_000);

test('a broker that restarts in between: the push goes on where it was', async () => {
  let second = await startBroker();
  const port = Number(new URL(second.url).port);
  const device = await start('patient', second);
  let restarted: Promise<void> | undefined;
  const result = await send(device, bundles[0]!, second, ({ state, received }) => {
    if (state !== 'FETCHING' || received < 8192 || restarted) return;
    restarted = second.stop().then(async () => {
      second = await startBroker({ port });
    });
  });
  expect(result.state).toBe('CONFIRMED');
  expect(restarted).toBeDefined();
  // At most a window is sent twice.
  expect(result.bytes).toBeLessThanOrEqual(readBundle(bundles[0]!).payload.length + 2 * WINDOW);
  await restarted;
  await boards.pop()!.stop();
  await second.stop();
}, 40_000);
