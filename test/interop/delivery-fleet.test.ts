// The whole way of docs/delivery.md over a real broker: a module on the emulated board, our MQTT-SN client on a net that loses one
// datagram in five, the gateway, mosquitto, and motekit/fleet at the other end. Everything between is taken down once.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  callCommand,
  decodeValue,
  encodeValue,
  FileStore,
  getTwin,
  MqttBus,
  Receiver,
  readStore,
  setDesired,
} from '../../host-shim/fleet/index.ts';
import { auditOf, verifyAudit } from '../../host-shim/fleet/audit.ts';
import {
  type Board,
  createBoard,
  DeviceSettings,
  FileFlash,
  MqttClient,
  type MqttLink,
  push,
} from '../../host-shim/index.ts';
import { connectBroker } from '../../host-shim/mqtt/connection.ts';
import { SnMqttLink } from '../../host-shim/mqttsn/board-link.ts';
import { thumbprint } from '../../host-shim/release/algorithms.ts';
import { readSenml } from '../../host-shim/telemetry/senml.ts';
import { CLASS, owner, repoRoot, testBundle, VENDOR } from '../support/device.ts';
import { mote } from '../unit/cli/harness.ts';
import { Bench, noMosquitto } from './mqttsn-lab.ts';
import { type LossyProxy, lossyProxy } from './mqttsn-lossy.ts';

const BASE = 'acme/lab/esp32c6/station';
const SAMPLES = 60;
const CALLS = 6;
const LOSS = { seed: 'delivery', loss: 0.2, duplicate: 0.05, reorder: 0.1 };
const why = `${noMosquitto}${existsSync(join(repoRoot, 'build', 'kernel.wasm')) ? '' : ' (SKIPPED: run npm run build first)'}`;
let scratch: string;
const ends: (() => unknown)[] = [];
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), 'mote-delivery-'));
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
  rmSync(scratch, { recursive: true, force: true });
});

async function board(mqtt: MqttLink): Promise<Board> {
  const [org, edge, thingType, thing] = BASE.split('/') as [string, string, string, string];
  const trust = [Buffer.from(thumbprint(owner.algorithm, owner.publicKey)).toString('hex')];
  const settings = new DeviceSettings({
    identity: { org, edge, thingType, thing },
    vendor: VENDOR,
    class: CLASS,
    trust,
    keys: {},
  });
  const flash = await FileFlash.open(join(scratch, 'flash.bin'));
  const made = await createBoard({ name: 'station', flash, settings, mqtt });
  const stop = made.stop.bind(made);
  made.stop = async () => {
    if (!made.running) return;
    await stop();
    flash.close();
  };
  made.start();
  return made;
}

describe.skipIf(why !== '')(`a device, MQTT-SN, mosquitto, a fleet's receiver${why}`, () => {
  test('nothing is lost that was not declared, nothing is done twice', { timeout: 180_000 }, async () => {
    const bench = await Bench.start('mosquitto', { times: { retry: 100, retries: 12, wait: 1_000 } });
    ends.push(() => bench.stop());
    const client = await connectBroker(bench.broker.url);
    ends.push(() => client.endAsync(true));
    const bus = new MqttBus(client);

    // A signed offer is longer than a datagram: the module comes over MQTT.
    let device = await board(new MqttClient({ url: bench.broker.url, base: BASE }));
    const bundle = await testBundle('test/fixtures/modules/station');
    expect(await push({ bundle, broker: client, device: BASE })).toMatchObject({ state: 'CONFIRMED' });
    await device.stop();

    const port = bench.gateway.port;
    const proxy: LossyProxy = await lossyProxy(port, LOSS);
    ends.push(() => proxy.stop());
    const settings = { retry: 100, retryMax: 400, retries: 12, keepAlive: 5 };
    const link = () => new SnMqttLink({ host: '127.0.0.1', port: proxy.port, base: BASE, settings });
    device = await board(link());
    ends.push(() => device.stop());

    let store = await FileStore.open(join(scratch, 'store'));
    const counters = { records: 0, undeclared: 0, refused: 0 };
    let receiver = new Receiver(store);
    let end = await receiver.serve(bus, 'acme/lab/+/+');
    const restartReceiver = async () => {
      await end();
      for (const name of Object.keys(counters) as (keyof typeof counters)[]) counters[name] += receiver.counters[name];
      await store.close();
      store = await FileStore.open(join(scratch, 'store'));
      receiver = new Receiver(store);
      end = await receiver.serve(bus, 'acme/lab/+/+');
    };
    ends.push(() => store.close());

    const at = { bus, thing: BASE, timeout: 30_000 };
    await setDesired({ ...at, change: { document: { total: SAMPLES } }, until: 'applied' });
    const call = (amount: number) =>
      callCommand({ ...at, name: 'station.add', arguments: encodeValue({ amount }), repeat: 500, timeout: 30_000 });
    const stored = async (count: number) =>
      vi.waitFor(async () => {
        expect((await store.cursor(BASE))?.upto ?? 0).toBeGreaterThan(count);
      }, 40_000);

    const outcomes = [await call(1), await call(2)];
    await stored(10);
    await proxy.rebind();
    await restartReceiver();
    outcomes.push(await call(3));
    await stored(25);
    await bench.gateway.stop();
    await bench.startGateway({ port, times: { retry: 100, retries: 12, wait: 1_000 } });
    outcomes.push(await call(4));
    // The same request again: answered, not run.
    const again = await callCommand({
      ...at,
      name: 'station.add',
      id: outcomes[3]!.id,
      arguments: encodeValue({ amount: 4 }),
    });
    expect(again.result).toEqual(outcomes[3]!.result);
    await stored(40);
    // Power off and on.
    await device.stop();
    device = await board(link());
    outcomes.push(await call(5), await call(6));
    expect(outcomes.map(({ status }) => status)).toEqual(new Array(CALLS).fill('OK'));
    const sums = outcomes.map(({ result }) => decodeValue(result));
    expect(sums.slice(0, 4)).toEqual([1, 3, 6, 10].map((sum, index) => ({ runs: index + 1, sum })));
    expect(sums.slice(4)).toEqual([
      { runs: 1, sum: 5 },
      { runs: 2, sum: 11 },
    ]);

    // The module has begun its row anew; all of it is stored when nothing is left in the outbox.
    const reported = await vi.waitFor(
      async () => {
        const now = await getTwin({ ...at, timeout: 10_000 });
        expect(now.outbox.records).toBe(0);
        const upto = (await store.cursor(BASE))!.upto;
        expect(upto).toBe(now.outbox.next - 1);
        expect(upto).toBeGreaterThan(SAMPLES + 40);
        return now;
      },
      { timeout: 60_000, interval: 1000 },
    );
    await restartReceiver();
    const deliveries = await readStore(join(scratch, 'store'));
    const records = deliveries.flatMap(({ delivery }) => delivery.records);
    const lost = deliveries.flatMap(({ delivery }) => delivery.losses);
    expect(records.map(({ seq }) => seq)).toEqual(
      Array.from({ length: reported.outbox.next - 1 }, (_, index) => index + 1),
    );
    expect([lost, counters.undeclared, counters.refused]).toEqual([[], 0, 0]);

    // What the module made, in its own numbers: each life a row without a hole.
    const lives = new Map<unknown, unknown[]>();
    for (const { payload } of records.filter((record) => record.class === 0)) {
      const [life, count] = readSenml(payload).map(({ value }) => value);
      lives.set(life, [...(lives.get(life) ?? []), count]);
    }
    for (const row of lives.values()) expect(row).toEqual(Array.from({ length: row.length }, (_, index) => index));
    expect([...lives.values()].at(-1)).toHaveLength(SAMPLES);

    const verdict = verifyAudit(auditOf(deliveries, BASE), reported.audit);
    expect([verdict.bad, verdict.missing]).toEqual([null, []]);
    expect(verdict.entries.filter(({ kind }) => kind === 2)).toHaveLength(CALLS);
    // The commands of `mote device`, over the same road.
    const on = ['--on', BASE, '--broker', bench.broker.url];
    const twin = await mote('device', 'twin', ...on, '--json');
    expect([twin.exit, twin.json]).toMatchObject([0, { reported: { total: SAMPLES } }]);
    const called = await mote('device', 'call', 'station.add', ...on, '--args', '{"amount": 7}', '--json');
    expect([called.exit, called.json.result]).toEqual([0, { runs: 3, sum: 18 }]);
    const outbox = await mote('device', 'outbox', ...on, '--json');
    expect([outbox.exit, outbox.json]).toMatchObject([0, { dropped: 0, epoch: reported.epoch }]);
    const audit = await mote('device', 'logs', ...on, '--store', join(scratch, 'store'), '--audit', '--json');
    expect([audit.exit, audit.json.bad]).toEqual([0, null]);

    const { lost: gone, passed } = proxy.counts;
    expect(gone / (gone + passed)).toBeGreaterThan(0.1);
    console.log(
      `delivered ${records.length} of ${reported.outbox.next - 1}, undeclared 0, commands ${CALLS}, run twice 0, datagrams lost ${gone} of ${gone + passed}`,
    );
  });
});
