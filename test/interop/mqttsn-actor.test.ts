// modules/mqtt-sn as an actor: the client on the device itself, over the contract's datagrams, to mosquitto; under the emulated
// board's interpreter and on rv32imac under QEMU.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { UdpLink } from '../../host-shim/board/datagram.ts';
import { type Board, type BoardOptions, createBoard, DeviceSettings, NorFlash } from '../../host-shim/index.ts';
import { createQemuBoard } from '../../host-shim/qemu/index.ts';
import { compileModule } from '../../runtime/guest/compiler/index.ts';
import { CLASS, repoRoot, VENDOR } from '../support/device.ts';
import { describeTarget } from '../support/tools.ts';
import { Bench, noMosquitto, until } from './mqttsn-lab.ts';

const BASE = 'acme/lab/esp32c6/beacon';
const ROW = 20;
let scratch: string;
let modules: { beacon: Uint8Array; 'mqtt-sn': Uint8Array };
let budget: NonNullable<BoardOptions['supervisor']>['budget'];
const ends: (() => unknown)[] = [];
beforeAll(async () => {
  const out = join(repoRoot, 'build', 'test-modules', 'actor');
  const [beacon, network] = [
    await compileModule(join(repoRoot, 'test/fixtures/modules/beacon'), { out }),
    await compileModule(join(repoRoot, 'modules/mqtt-sn'), { out }),
  ];
  modules = { beacon: beacon.wasm, 'mqtt-sn': network.wasm };
  budget = beacon.manifest.budgets;
}, 60_000);
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'mote-actor-'));
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
  rmSync(scratch, { recursive: true, force: true });
});

type Make = (options: Omit<BoardOptions, 'flash'>) => Promise<Board>;
const emulated: Make = (options) => createBoard({ ...options, flash: new NorFlash() });
const rv32: Make = (options) => createQemuBoard({ ...options, flash: join(scratch, 'flash.bin') });

async function run(make: Make) {
  const bench = await Bench.start('mosquitto');
  ends.push(() => bench.stop());
  const port = bench.gateway.port;
  const peer = await bench.mqtt(`${BASE}/#`);
  const [org, edge, thingType, thing] = BASE.split('/') as [string, string, string, string];
  const log: string[] = [];
  const board = await make({
    name: 'beacon',
    settings: new DeviceSettings({
      ...{ identity: { org, edge, thingType, thing }, vendor: VENDOR, class: CLASS, trust: [] },
      keys: { 'mqtt-sn/gateway': Buffer.from(`127.0.0.1:${port}`).toString('hex') },
    }),
    datagram: new UdpLink(),
    builtins: modules,
    supervisor: { name: 'beacon', budget },
    log: ({ actor, text }) => log.push(`${actor}: ${text}`),
  });
  ends.push(() => board.stop());
  board.start();
  const on = (topic: string) =>
    peer.inbox.filter((message) => message.topic === `${BASE}/${topic}`).map(({ text }) => text);
  await until(() => on('row').length >= 3, 20_000);
  expect(log).toContain('mqtt-sn: connected to the gateway');
  // Down as well: what is said to it, it says again.
  await peer.publishAsync(`${BASE}/say`, 'hello', { qos: 1 });
  await until(() => on('echo').length > 0 || log.some((line) => line.includes('ended')), 10_000).catch(() => undefined);
  // The gateway goes away and comes back: the client connects again, and the row has no hole.
  await bench.gateway.stop();
  await bench.startGateway({ port });
  await until(() => on('row').length >= ROW, 40_000);
  expect([...new Set(on('row'))].slice(0, ROW)).toEqual(Array.from({ length: ROW }, (_, at) => String(at)));
  expect(on('echo')).toEqual(['hello']);
  expect(board.counters.resets).toBe(0);
}

const built = existsSync(join(repoRoot, 'build', 'kernel.wasm'));
const why = `${noMosquitto}${built ? '' : ' (SKIPPED: run npm run build first)'}`;
describe.skipIf(why !== '')(`the MQTT-SN actor on the emulated board${why}`, () => {
  test('publishes and hears', () => run(emulated), 90_000);
});

describeTarget(`the MQTT-SN actor on rv32 under QEMU${noMosquitto}`, () => {
  test.skipIf(noMosquitto !== '')('publishes and hears', () => run(rv32), 120_000);
});
