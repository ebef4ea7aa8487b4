// mote device twin, call, logs, outbox: against a device that follows docs/delivery.md, over a real socket.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Broker, startBroker } from '../../../host-shim/board/broker.ts';
import { MqttBus } from '../../../host-shim/fleet/bus.ts';
import { FileStore } from '../../../host-shim/fleet/file-store.ts';
import { type DeviceRecord, encodeTelemetry, type Gap } from '../../../host-shim/fleet/wire.ts';
import { connectBroker } from '../../../host-shim/mqtt/connection.ts';
import { chain, LocalBus, ModelDevice } from '../fleet-lab.ts';
import { mote } from './harness.ts';

const THING = 'acme/lab/pump/p1';
let broker: Broker;
let bus: LocalBus;
let device: ModelDevice;
let folder: string;
let wire: MqttBus;
let end: () => Promise<unknown>;
let on: string[];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mote-device-cli-'));
  broker = await startBroker();
  const client = await connectBroker(broker.url);
  end = () => client.endAsync(true);
  wire = new MqttBus(client);
  bus = new LocalBus();
  // What the model says goes out, what comes in goes to it.
  const down = ['get', 'desired', 'cmd'];
  for (const topic of down) await wire.subscribe(`${THING}/${topic}`, (to, payload) => bus.local.publish(to, payload));
  device = new ModelDevice(bus, THING);
  for (const topic of ['reported', 'res', 'refused'])
    bus.local.subscribe(
      `${THING}/${topic}`,
      (to, payload) => void wire.publish(to, payload, { retain: topic === 'reported' }),
    );
  on = ['--on', THING, '--broker', broker.url];
});
afterAll(async () => {
  await end();
  await broker.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('device twin', () => {
  test('shows, sets and refuses', async () => {
    expect((await mote('device', 'twin', ...on, '--json')).json).toEqual({
      stored: 0,
      applied: 0,
      version: 1,
      reported: { level: 3 },
    });
    const { json } = await mote('device', 'twin', ...on, '--set', '{"level": 5, "mode": "auto"}', '--json');
    const patched = await mote(
      'device',
      'twin',
      ...on,
      '--patch',
      '{"mode": null}',
      '--expect',
      String(json.stored),
      '--until',
      'applied',
    );
    expect([patched.exit, patched.stdout]).toEqual([0, expect.stringContaining('applied')]);
    expect(device.document).toEqual({ level: 5 });
    const late = await mote(
      'device',
      'twin',
      ...on,
      '--patch',
      '{"level": 1}',
      '--expect',
      String(json.stored),
      '--json',
    );
    expect([late.exit, late.json.error.code]).toEqual([4, 'MOTE-5101']);
    expect((await mote('device', 'twin', ...on, '--set', '{level}', '--json')).json.error.code).toBe('MOTE-5123');
    expect((await mote('device', 'twin', ...on, '--set', '[1]', '--json')).json.error.code).toBe('MOTE-5102');
    expect((await mote('device', 'twin', ...on, '--set', '{}', '--patch', '{}', '--json')).exit).toBe(2);
  });

  test('--last shows what the broker keeps, also of a device that is away', async () => {
    await wire.publish(`${THING}/state`, Buffer.from('offline'), { retain: true });
    device.deaf.get = 100;
    const last = await mote('device', 'twin', ...on, '--last', '--json');
    expect([last.exit, last.json]).toMatchObject([0, { online: false, version: 1, reported: { level: 3 } }]);
    expect((await mote('device', 'twin', ...on, '--last')).stdout).toMatch(/^offline\n/);
    const silent = await mote('device', 'twin', ...on, '--timeout', '1', '--json');
    device.deaf.get = 0;
    expect([silent.exit, silent.json.error.message]).toEqual([5, expect.stringContaining('it is offline')]);
    const never = ['--on', 'acme/lab/pump/p3', '--broker', broker.url];
    const unknown = await mote('device', 'twin', ...never, '--last', '--json');
    expect([unknown.exit, unknown.json.error.code]).toEqual([3, 'MOTE-5124']);
    expect((await mote('device', 'twin', ...on, '--last', '--set', '{}', '--json')).exit).toBe(2);
  });

  test('a device that is not there, and no device at all', async () => {
    const gone = await mote(
      'device',
      'twin',
      '--on',
      'acme/lab/pump/p2',
      '--broker',
      broker.url,
      '--timeout',
      '1',
      '--json',
    );
    expect([gone.exit, gone.json.error.code]).toEqual([5, 'MOTE-5004']);
    const never = await mote('device', 'outbox', '--on', 'acme/lab/p+/p2', '--broker', broker.url, '--json');
    expect([never.exit, never.json.error.code]).toEqual([2, 'MOTE-5003']);
  });
});

test('device outbox', async () => {
  const { json, exit } = await mote('device', 'outbox', ...on, '--json');
  expect([exit, json]).toMatchObject([
    0,
    { epoch: 7, acked: 4, next: 9, records: 4, bytes: 200, dropped: 1, boots: 2 },
  ]);
  expect((await mote('device', 'outbox', ...on)).stdout).toContain('4 records, 200 B of 40,000 B');
});

describe('device call', () => {
  test('answers, once for an id', async () => {
    const { json, exit } = await mote('device', 'call', 'open', ...on, '--args', '{"percent": 40}', '--json');
    expect([exit, json]).toMatchObject([0, { command: 'open', status: 'OK', result: { percent: 40 } }]);
    const again = await mote('device', 'call', 'open', ...on, '--args', '{"percent": 40}', '--id', json.id, '--json');
    expect(again.json).toMatchObject({ status: 'OK', id: json.id });
    expect(device.runs).toEqual([json.id]);
  });

  test.each([
    ['fail', 1, 'MOTE-5114'],
    ['gone', 3, 'MOTE-5118'],
    ['reject', 4, 'MOTE-5112'],
    ['not a name', 2, 'MOTE-5113'],
  ])('%s: exit code %i', async (name, exit, code) => {
    const outcome = await mote('device', 'call', name, ...on, '--json');
    expect([outcome.exit, outcome.json.error.code]).toEqual([exit, code]);
  });

  test('no answer: exit code 5, and how to ask again', async () => {
    device.deaf.cmd = 100;
    const { exit, json } = await mote(
      'device',
      'call',
      'open',
      ...on,
      '--id',
      '0011223344556677',
      '--timeout',
      '1',
      '--json',
    );
    device.deaf.cmd = 0;
    expect([exit, json.error.code, json.error.help]).toEqual([
      5,
      'MOTE-5111',
      expect.stringContaining('--id 0011223344556677'),
    ]);
  });
});

test('device logs: a folder that another receiver writes to', async () => {
  const store = join(folder, 'held');
  const held = await FileStore.open(store);
  const refused = await mote('device', 'logs', ...on, '--store', store, '--for', '1', '--json');
  expect([refused.exit, refused.json.error.code]).toEqual([1, 'MOTE-5125']);
  await held.close();
  expect((await mote('device', 'logs', ...on, '--store', store, '--for', '0', '--json')).exit).toBe(0);
});

describe('device logs', () => {
  const senml = new Uint8Array(Buffer.from('81a300656c6576656c01616d02fb400c000000000000', 'hex'));
  const audit = chain([
    [1, [1]],
    [5, ['gateway 1.1']],
  ]);
  const items: (DeviceRecord | Gap)[] = [
    { seq: 1, class: 0, time: 1_700_000_000, payload: senml },
    { from: 2, to: 4 },
    { seq: 5, class: 3, time: null, payload: audit[0]! },
    { seq: 6, class: 3, time: null, payload: audit[1]! },
  ];
  const publish = async (acks: number[]) => {
    const stop = await wire.subscribe(`${THING}/ack`, () => acks.push(1));
    const timer = setInterval(() => void wire.publish(`${THING}/tlm`, encodeTelemetry({ epoch: 9, items })), 100);
    return async () => {
      clearInterval(timer);
      await stop();
    };
  };

  test('prints, and acknowledges only with a store', async () => {
    const acks: number[] = [];
    const stop = await publish(acks);
    const { stdout } = await mote('device', 'logs', ...on, '--for', '1');
    expect(stdout).toContain('1  2023-11-14T22:13:20.000Z  telemetry  level=3.5m');
    expect(stdout).toContain('2 to 4  lost');
    expect(stdout).toContain('6  -  audit  what runs has changed: gateway 1.1');
    expect(acks).toEqual([]);
    const { json } = await mote('device', 'logs', ...on, '--store', join(folder, 'received'), '--for', '1', '--json');
    await stop();
    expect(json).toMatchObject({ records: 3, declared: 3, undeclared: 0 });
    expect(acks.length).toBeGreaterThan(1);
  });

  test('verifies the audit of a store, and names the first bad entry', async () => {
    const store = join(folder, 'received');
    const fine = await mote('device', 'logs', ...on, '--store', store, '--audit', '--json');
    expect([fine.exit, fine.json]).toEqual([0, { device: THING, entries: 2, missing: [], bad: null }]);
    const file = join(store, 'telemetry.jsonl');
    const entry = Buffer.from(audit[1]!).toString('base64');
    const forged = Buffer.from(
      chain([
        [1, [1]],
        [5, ['gateway 6.6']],
      ])[1]!.slice(0, -32),
    );
    writeFileSync(
      file,
      readFileSync(file, 'utf8').replace(
        entry,
        Buffer.concat([forged, Buffer.from(audit[1]!.slice(-32))]).toString('base64'),
      ),
    );
    const bad = await mote('device', 'logs', ...on, '--store', store, '--audit', '--json');
    expect([bad.exit, bad.json.error.code, bad.json.error.message]).toEqual([
      4,
      'MOTE-5121',
      expect.stringContaining('entry 2'),
    ]);
    const none = await mote('device', 'logs', ...on, '--store', join(folder, 'nowhere'), '--audit', '--json');
    expect([none.exit, none.json.error.code]).toEqual([3, 'MOTE-1002']);
  });
});
