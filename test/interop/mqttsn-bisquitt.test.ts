// Our client (Wasm) through somebody else's gateway, bisquitt (Go), to mosquitto. It is no package: `go install
// github.com/energomonitor/bisquitt/cmd/bisquitt@latest`, then MOTE_BISQUITT is its path, or it is found on the PATH.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import mqtt from 'mqtt';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Publication } from '../../host-shim/mqttsn/client.ts';
import { openUdpClient, type UdpClient, type UdpClientOptions } from '../../host-shim/mqttsn/udp-client.ts';
import { noMosquitto, type Received, startAnyBroker, text, texts, until } from './mqttsn-lab.ts';
import { lossyProxy } from './mqttsn-lossy.ts';

const BISQUITT = process.env.MOTE_BISQUITT ?? 'bisquitt';
const there = spawnSync(BISQUITT, ['--version'], { encoding: 'utf8' });
const lacking = there.status === 0 ? '' : ' (SKIPPED: bisquitt is not installed: MOTE_BISQUITT=<its path>)';
const why = lacking || noMosquitto;

let broker: Awaited<ReturnType<typeof startAnyBroker>>;
let gateway: ChildProcess;
let port: number;
const ends: (() => Promise<unknown>)[] = [];

function freeUdpPort(): Promise<number> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4').bind(0, '127.0.0.1', () => {
      const { port: free } = socket.address();
      socket.close(() => resolve(free));
    });
  });
}

async function client(clientId: string, options: Partial<UdpClientOptions> = {}) {
  const inbox: Publication[] = [];
  const made: UdpClient = await openUdpClient({
    ...{ host: '127.0.0.1', port, clientId, onMessage: (message) => inbox.push(message) },
    ...options,
    settings: { retry: 1000, retryMax: 4000, ...options.settings },
  });
  ends.push(() => made.close(500).catch(() => undefined));
  await made.connect();
  return Object.assign(made, { inbox });
}

async function peer(...filters: string[]) {
  const inbox: Received[] = [];
  const made = await mqtt.connectAsync(broker.url, { protocolVersion: 4 });
  made.on('message', (topic, payload, { qos, retain }) => {
    inbox.push({ topic, text: payload.toString(), qos, retain });
  });
  for (const filter of filters) await made.subscribeAsync(filter, { qos: 2 });
  ends.push(() => made.endAsync(true));
  return Object.assign(made, { inbox });
}

describe.skipIf(why !== '')(`bisquitt${why}`, () => {
  beforeEach(async () => {
    broker = await startAnyBroker('mosquitto');
    port = await freeUdpPort();
    const to = ['--mqtt-host', '127.0.0.1', '--mqtt-port', String(broker.port)];
    const predefined = ['--predefined-topic', 'dev1;dev1/two;2'];
    gateway = spawn(BISQUITT, [...to, '--host', '127.0.0.1', '--port', String(port), ...predefined], {
      stdio: 'ignore',
    });
    // It says nothing when it is ready: CONNECT is repeated until it is.
  });
  afterEach(async () => {
    for (const end of ends.splice(0)) await end();
    const gone = new Promise((resolve) => gateway.once('exit', resolve));
    gateway.kill('SIGKILL');
    await gone;
    await broker.stop();
  });

  test('takes QoS 0, 1 and 2 on normal, predefined and short topics', { timeout: 30_000 }, async () => {
    const heard = await peer('#');
    const dev = await client('dev1');
    await dev.publish('a/b', text('q0'));
    await dev.publish('a/b', text('q1'), { qos: 1 });
    await dev.publish('a/b', text('q2'), { qos: 2 });
    await dev.publish('dev1/two', text('predefined'), { qos: 1, type: 'predefined', id: 2 });
    await dev.publish('zq', text('short'), { qos: 1, type: 'short' });
    await dev.publish('a/b', new Uint8Array(400).fill(0x61), { qos: 1 });
    await until(() => heard.inbox.length >= 6);
    expect(heard.inbox.map(({ topic, text: payload }) => `${topic} ${payload.slice(0, 10)}`).sort()).toEqual(
      ['a/b q0', 'a/b q1', 'a/b q2', 'dev1/two predefined', 'zq short', 'a/b aaaaaaaaaa'].sort(),
    );
  });

  test('delivers QoS 0, 1 and 2, wildcards, predefined topics, retained messages', { timeout: 30_000 }, async () => {
    const other = await peer();
    await other.publishAsync('kept/state', 'retained', { retain: true, qos: 1 });
    const dev = await client('dev1');
    // Its SUBACK says QoS 0 whatever it grants.
    await dev.subscribe('a/+/c', 2);
    await dev.subscribe('dev1/two', 1, { type: 'predefined', id: 2 });
    await dev.subscribe('kept/state', 1);
    await until(() => dev.inbox.length === 1);
    expect(dev.inbox[0]).toMatchObject({ topic: 'kept/state', retain: true });
    await other.publishAsync('a/x/c', 'q2', { qos: 2 });
    await other.publishAsync('a/y/c', 'q1', { qos: 1 });
    await other.publishAsync('a/y/c', 'q0', { qos: 0 });
    await other.publishAsync('dev1/two', 'predefined', { qos: 1 });
    await until(() => dev.inbox.length >= 5, 10_000);
    expect(new Set(texts(dev.inbox.slice(1)))).toEqual(new Set(['q2', 'q1', 'q0', 'predefined']));
  });

  test('publishes the will of a client that goes silent', { timeout: 30_000 }, async () => {
    const heard = await peer('dev1/state');
    const will = { topic: 'dev1/state', payload: text('offline'), qos: 1, retain: true } as const;
    const dev = await client('dev1', { will, settings: { keepAlive: 2 } });
    dev.abandon();
    await until(() => heard.inbox.length > 0, 15_000);
    expect(heard.inbox[0]).toMatchObject({ topic: 'dev1/state', text: 'offline' });
  });

  test('loses nothing of QoS 1 on a net that loses one datagram in five', { timeout: 60_000 }, async () => {
    const proxy = await lossyProxy(port, { seed: 'bisquitt', loss: 0.2, duplicate: 0.05, reorder: 0.1 });
    ends.push(async () => proxy.stop());
    const heard = await peer('up/#');
    const settings = { retry: 200, retryMax: 800, retries: 12, keepAlive: 20 };
    const dev = await client('dev1', { port: proxy.port, settings });
    for (let n = 0; n < 40; n++) await dev.publish('up/row', text(String(n)), { qos: 1 });
    await until(() => new Set(heard.inbox.map(({ text: payload }) => payload)).size === 40, 10_000);
    expect(proxy.counts.lost).toBeGreaterThan(5);
  });

  test('keeps messages for a sleeping client', { timeout: 30_000 }, async () => {
    const other = await peer();
    const dev = await client('dev1');
    await dev.subscribe('to/dev1', 1);
    await dev.sleep(2);
    for (let n = 0; n < 5; n++) await other.publishAsync('to/dev1', `m${n}`, { qos: 1 });
    await until(() => dev.inbox.length >= 5, 15_000);
    expect(texts(dev.inbox)).toEqual(['m0', 'm1', 'm2', 'm3', 'm4']);
  });
});
