// A device without MQTT: the supervisor starts modules/mqtt-sn, modules/delivery goes by it, a gateway and mosquitto follow, and
// motekit/fleet is at the other end. On the emulated board, and on rv32imac under QEMU, which is killed in the middle of it.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { UdpLink } from '../../host-shim/board/datagram.ts';
import {
  callCommand,
  decodeValue,
  encodeValue,
  getTwin,
  lastReported,
  MemoryStore,
  MqttBus,
  Receiver,
  setDesired,
  verifyAudit,
  auditOf,
} from '../../host-shim/fleet/index.ts';
import {
  type Board,
  type BoardOptions,
  createBoard,
  DeviceSettings,
  FileFlash,
  MqttClient,
  push,
} from '../../host-shim/index.ts';
import { connectBroker } from '../../host-shim/mqtt/connection.ts';
import { createQemuBoard, type QemuMachine } from '../../host-shim/qemu/index.ts';
import { thumbprint } from '../../host-shim/release/algorithms.ts';
import { CLASS, owner, repoRoot, testBundle, VENDOR } from '../support/device.ts';
import { describeTarget } from '../support/tools.ts';
import { Bench, noMosquitto } from './mqttsn-lab.ts';

const BASE = 'acme/lab/esp32c6/udponly';
const SAMPLES = 30;
/** Of the board's turns, from when it is asked for to the end of the power. */
const TURNS = 40;
let scratch: string;
const ends: (() => unknown)[] = [];
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'mote-device-'));
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
  rmSync(scratch, { recursive: true, force: true });
});

interface Made {
  board: Board;
  /** Takes the power away in the middle of its work, and gives it back. */
  cut(): Promise<void>;
}
type Make = (options: Omit<BoardOptions, 'flash'>) => Promise<Made>;

const emulated: Make = async (options) => {
  const flash = await FileFlash.open(join(scratch, 'flash.bin'));
  ends.push(() => flash.close());
  const board = await createBoard({ ...options, flash });
  return { board, cut: async () => void board.reset() };
};

const rv32: Make = async (options) => {
  let machine: QemuMachine | undefined;
  const board = await createQemuBoard({
    ...options,
    flash: join(scratch, 'flash.bin'),
    onMachine: (made) => {
      machine = made;
    },
  });
  board.on('error', () => {});
  const cut = async () => {
    const gone = new Promise<void>((resolve) => board.once('powercut', () => resolve()));
    machine!.cutPower(TURNS, 500);
    await gone;
    board.start();
  };
  return { board, cut };
};

function settings(gateway?: string): DeviceSettings {
  const [org, edge, thingType, thing] = BASE.split('/') as [string, string, string, string];
  return new DeviceSettings({
    ...{ identity: { org, edge, thingType, thing }, vendor: VENDOR, class: CLASS },
    trust: [Buffer.from(thumbprint(owner.algorithm, owner.publicKey)).toString('hex')],
    keys: gateway === undefined ? {} : { 'mqtt-sn/gateway': Buffer.from(gateway).toString('hex') },
  });
}

async function run(make: Make) {
  const bench = await Bench.start('mosquitto');
  ends.push(() => bench.stop());
  const client = await connectBroker(bench.broker.url);
  ends.push(() => client.endAsync(true));
  const bus = new MqttBus(client);
  const store = new MemoryStore();
  const receiver = new Receiver(store);
  ends.push(await receiver.serve(bus, 'acme/lab/+/+'));

  // A signed offer is longer than a datagram: the module comes over MQTT.
  const wired = await make({
    ...{ name: 'wired', settings: settings() },
    mqtt: new MqttClient({ url: bench.broker.url, base: BASE }),
  });
  wired.board.start();
  const bundle = await testBundle('test/fixtures/modules/station');
  expect(await push({ bundle, broker: client, device: BASE })).toMatchObject({ state: 'CONFIRMED' });
  await wired.board.stop();

  const log: string[] = [];
  const device = await make({
    name: 'udponly',
    settings: settings(`127.0.0.1:${bench.gateway.port}`),
    datagram: new UdpLink(),
    log: ({ actor, text }) => log.push(`${actor}: ${text}`),
  });
  ends.push(() => device.board.stop());
  device.board.start();
  await vi.waitFor(() => expect(log).toContain('mqtt-sn: connected to the gateway'), 20_000);

  const at = { bus, thing: BASE, timeout: 30_000 };
  const call = async (amount: number) => {
    const outcome = await callCommand({ ...at, name: 'station.add', arguments: encodeValue({ amount }), repeat: 1000 });
    expect(outcome.status).toBe('OK');
    return { ...outcome, sum: decodeValue(outcome.result) };
  };
  await setDesired({ ...at, change: { document: { total: SAMPLES } }, until: 'applied' });
  const first = await call(1);
  expect((await call(2)).sum).toEqual({ runs: 2, sum: 3 });
  await vi.waitFor(() => expect(receiver.counters.records).toBeGreaterThan(5), 20_000);
  await device.cut();
  // It begins anew after the cut, and knows what it has done.
  expect((await call(5)).sum).toEqual({ runs: 1, sum: 5 });
  const again = { ...at, name: 'station.add', id: first.id, arguments: encodeValue({ amount: 1 }) };
  expect(decodeValue((await callCommand(again)).result)).toEqual({ runs: 1, sum: 1 });

  const reported = await vi.waitFor(
    async () => {
      const now = await getTwin(at);
      expect(now.outbox.records).toBe(0);
      expect(now.outbox.next - 1).toBeGreaterThan(SAMPLES);
      expect(store.deliveries.at(-1)!.delivery.cursor.upto).toBe(now.outbox.next - 1);
      return now;
    },
    { timeout: 60_000, interval: 500 },
  );
  expect(reported).toMatchObject({ applied: reported.stored, document: { total: SAMPLES } });
  const numbers = store.deliveries.flatMap(({ delivery }) => delivery.records.map(({ seq }) => seq));
  const lost = store.deliveries.flatMap(({ delivery }) => delivery.losses);
  expect(lost.filter(({ declared }) => !declared)).toEqual([]);
  expect(new Set(numbers).size).toBe(numbers.length);
  const declared = lost.reduce((sum, { from, to }) => sum + to - from + 1, 0);
  expect(numbers.length + declared).toBe(reported.outbox.next - 1);
  const verdict = verifyAudit(auditOf(store.deliveries, BASE), reported.audit);
  expect(verdict.bad).toBeNull();
  // What the broker keeps came by the same road: retained, and the will's counterpart.
  expect(await lastReported({ bus, thing: BASE })).toMatchObject({ online: true, reported: { epoch: reported.epoch } });
  expect(bench.gateway.stats().received).toBeGreaterThan(SAMPLES);
}

const built = existsSync(join(repoRoot, 'build', 'kernel.wasm'));
const why = `${noMosquitto}${built ? '' : ' (SKIPPED: run npm run build first)'}`;
describe.skipIf(why !== '')(`delivery by MQTT-SN on the emulated board${why}`, () => {
  test('telemetry, twin, commands and audit, across a power cut', () => run(emulated), 120_000);
});

describeTarget(`delivery by MQTT-SN on rv32 under QEMU${noMosquitto}`, () => {
  test.skipIf(noMosquitto !== '')('the same, and QEMU is killed', () => run(rv32), 180_000);
});
