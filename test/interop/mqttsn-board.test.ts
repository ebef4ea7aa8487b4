// A board whose broker is behind MQTT-SN: the demo's gateway module hears meters and is heard over UDP, through
// `startGateway`, by mosquitto: from the emulated ESP32-C6 and from rv32imac under QEMU.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  type Board,
  createBoard,
  DeviceSettings,
  Ether,
  FileFlash,
  MqttClient,
  type MqttLink,
  push,
} from '../../host-shim/index.ts';
import { MemoryStore, MqttBus, Receiver } from '../../host-shim/fleet/index.ts';
import { SnMqttLink } from '../../host-shim/mqttsn/board-link.ts';
import { createQemuBoard } from '../../host-shim/qemu/index.ts';
import { thumbprint } from '../../host-shim/release/algorithms.ts';
import { readMeter } from '../../host-shim/telemetry/readings.ts';
import { CLASS, owner, repoRoot, testBundle, VENDOR } from '../support/device.ts';
import { describeTarget } from '../support/tools.ts';
import { connectBroker } from '../../host-shim/mqtt/connection.ts';
import { Bench, noMosquitto } from './mqttsn-lab.ts';
import { lossyProxy } from './mqttsn-lossy.ts';

const BASE = 'acme/lab/esp32c6/udp';
/** EN 13757-4 annex C, frame format B. */
const TELEGRAM = Buffer.from('1444AE0C7856341201078C2027780B134365877AC5', 'hex');
const READINGS = 5;
let scratch: string;
let bench: Bench;
const ends: (() => unknown)[] = [];
beforeEach(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'mote-udp-'));
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
  rmSync(scratch, { recursive: true, force: true });
});

type Make = (mqtt: MqttLink, ether: Ether) => Promise<Board>;

function parts() {
  const [org, edge, thingType, thing] = BASE.split('/') as [string, string, string, string];
  const trust = [Buffer.from(thumbprint(owner.algorithm, owner.publicKey)).toString('hex')];
  return new DeviceSettings({
    identity: { org, edge, thingType, thing },
    vendor: VENDOR,
    class: CLASS,
    trust,
    keys: {},
  });
}

const emulated: Make = async (mqtt, ether) => {
  const flash = await FileFlash.open(join(scratch, 'flash.bin'));
  ends.push(() => flash.close());
  return createBoard({ name: 'emulated', flash, settings: parts(), mqtt, radio: ether.attach() });
};
const rv32: Make = (mqtt, ether) =>
  createQemuBoard({ name: 'rv32', flash: join(scratch, 'flash.bin'), settings: parts(), mqtt, radio: ether.attach() });

async function run(make: Make, broker: 'aedes' | 'mosquitto') {
  bench = await Bench.start(broker);
  ends.push(() => bench.stop());
  // A signed offer is longer than a datagram: the module comes over MQTT, then the board runs on UDP alone.
  const wired = await make(new MqttClient({ url: bench.broker.url, base: BASE }), new Ether());
  wired.start();
  const client = await connectBroker(bench.broker.url);
  ends.push(() => client.endAsync(true));
  const bundle = await testBundle('modules/gateway');
  expect(await push({ bundle, broker: client, device: BASE })).toMatchObject({ state: 'CONFIRMED' });
  await wired.stop();

  const proxy = await lossyProxy(bench.gateway.port, { seed: 'board', loss: 0.2, duplicate: 0.05, reorder: 0.1 });
  ends.push(() => proxy.stop());
  const heard: Uint8Array[] = [];
  const receiver = new Receiver(new MemoryStore(), {
    onDelivery: (_, { records }) => heard.push(...records.filter((one) => one.class === 0).map((one) => one.payload)),
  });
  ends.push(await receiver.serve(new MqttBus(client), BASE));
  const ether = new Ether();
  const settings = { retry: 100, retryMax: 400, retries: 12, keepAlive: 20 };
  const link = new SnMqttLink({ host: '127.0.0.1', port: proxy.port, base: BASE, settings });
  const board = await make(link, ether);
  ends.push(() => board.stop());
  board.start();
  await vi.waitFor(() => expect(link.connected()).toBe(true), 10_000);
  await vi.waitFor(
    () => {
      ether.transmit(TELEGRAM);
      expect(heard.length).toBeGreaterThanOrEqual(READINGS);
    },
    { timeout: 20_000, interval: 200 },
  );
  expect(new Set(heard.map((pack) => readMeter(pack)?.id))).toEqual(new Set(['12345678']));
  expect(proxy.counts.lost).toBeGreaterThan(0);
  expect(bench.gateway.stats().received).toBeGreaterThan(READINGS);
}

const built = existsSync(join(repoRoot, 'build', 'kernel.wasm'));
const why = `${noMosquitto}${built ? '' : ' (SKIPPED: run npm run build first)'}`;
describe.skipIf(why !== '')(`the emulated board through mosquitto${why}`, () => {
  test('publishes over a net that loses one datagram in five', () => run(emulated, 'mosquitto'), 60_000);
});

describeTarget(`rv32 under QEMU through mosquitto${noMosquitto}`, () => {
  test.skipIf(noMosquitto !== '')('publishes over the same net', () => run(rv32, 'mosquitto'), 90_000);
});
