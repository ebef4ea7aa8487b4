import { createServer } from 'node:net';
import mqtt from 'mqtt';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Broker, startBroker } from '../../host-shim/board/broker.ts';
import { MqttClient } from '../../host-shim/board/mqtt.ts';
import { ErrorCode, MqttQos } from '../../runtime/abi/generated/contract.ts';

const BASE = 'acme/site/meter/a1';
const text = (value: string) => new TextEncoder().encode(value);
const retry = { first: 20, last: 50 };

describe('MQTT on loopback', () => {
  let broker: Broker;
  let other: mqtt.MqttClient;
  const links: MqttClient[] = [];

  /** A started link, and what its actors and its log got. */
  function link(url: string, base = BASE) {
    const mine = new MqttClient({ url, base, retry });
    const delivered: string[] = [];
    const notes: string[] = [];
    mine.start(
      (actor, topic, payload) => delivered.push(`${actor} ${topic} ${Buffer.from(payload)}`),
      (level, note) => notes.push(`${level} ${note}`),
    );
    links.push(mine);
    return { mine, delivered, notes };
  }
  const online = (mine: MqttClient) => vi.waitFor(() => expect(mine.connected()).toBe(true));
  /** Until the broker has taken every subscription so far: a later one is served. */
  async function subscribed(mine: MqttClient, delivered: string[]) {
    mine.subscribe(99, 'probe');
    await vi.waitFor(async () => {
      await other.publishAsync(`${BASE}/probe`, '', { qos: 1 });
      expect(delivered.some((line) => line.startsWith('99 '))).toBe(true);
    });
  }
  const forActors = (delivered: string[]) => delivered.filter((line) => !line.startsWith('99 '));

  beforeEach(async () => {
    broker = await startBroker();
    other = await mqtt.connectAsync(broker.url, { protocolVersion: 4 });
  });
  afterEach(async () => {
    await Promise.all(links.splice(0).map((mine) => mine.stop()));
    await other.endAsync(true);
    await broker.stop();
  });

  it('publishes below the base topic', async () => {
    const got: string[] = [];
    other.on('message', (topic, payload, { qos }) => got.push(`${topic} ${payload} ${qos}`));
    await other.subscribeAsync([`${BASE}/telemetry`, `${BASE}/a/b`], { qos: 1 });
    const { mine } = link(broker.url);
    await online(mine);
    const payload = text('1');
    expect(mine.publish('telemetry', payload, 1)).toBe(0);
    // The bytes were borrowed only for the call.
    payload.fill(0x78);
    expect(mine.publish('a/b', text('2'), 0)).toBe(0);
    await vi.waitFor(() => expect(got.sort()).toEqual([`${BASE}/a/b 2 0`, `${BASE}/telemetry 1 1`]));
  });

  it('hands each actor what its filters match, once, with the relative topic', async () => {
    const { mine, delivered } = link(broker.url);
    // Before there is a connection and after.
    expect(mine.subscribe(1, 'ota')).toBe(0);
    await online(mine);
    expect(mine.subscribe(2, '+/state')).toBe(0);
    await subscribed(mine, delivered);
    for (const topic of [
      `${BASE}/x/state`,
      'acme/site/meter/a2/ota',
      BASE,
      `${BASE}/`,
      `${BASE}/other`,
      `${BASE}/ota`,
    ]) {
      await other.publishAsync(topic, 'hi', { qos: 1 });
    }
    await vi.waitFor(() => expect(forActors(delivered)).toEqual(['2 x/state hi', '1 ota hi']));
  });

  it('forgets an actor, but not what another actor wants', async () => {
    const { mine, delivered } = link(broker.url);
    mine.subscribe(1, 'ota');
    mine.subscribe(2, 'ota');
    await online(mine);
    await subscribed(mine, delivered);
    mine.forget(1);
    await other.publishAsync(`${BASE}/ota`, 'x', { qos: 1 });
    await vi.waitFor(() => expect(forActors(delivered)).toEqual(['2 ota x']));
  });

  it('comes back after the broker went away, and subscribes again', async () => {
    const { mine, delivered, notes } = link(broker.url);
    mine.subscribe(1, 'ota');
    await online(mine);
    const { port } = broker;
    await broker.stop();
    await vi.waitFor(() => expect(mine.connected()).toBe(false));
    expect(mine.publish('telemetry', text('x'), 1)).toBe(ErrorCode.offline);
    broker = await startBroker({ port });
    await online(mine);
    await vi.waitFor(() => expect(other.connected).toBe(true), { timeout: 5000 });
    await vi.waitFor(async () => {
      await other.publishAsync(`${BASE}/ota`, 'again', { qos: 1 });
      expect(delivered).toContain('1 ota again');
    });
    // The end of the connection, why it cannot be made again (if tried meanwhile), and the new one.
    expect(notes.map((note) => note.split(' ')[0]).join(' ')).toMatch(/^info warn( warn)? info$/);
  });

  it('reports a broker that is not there, once, and throws nothing', async () => {
    const url = broker.url;
    await broker.stop();
    const { mine, notes } = link(url);
    await vi.waitFor(() => expect(notes).toHaveLength(1));
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(notes).toEqual([`warn not connected to ${new URL(url).host}: ECONNREFUSED`]);
    expect(mine.connected()).toBe(false);
    expect(mine.publish('t', text(''), 0)).toBe(ErrorCode.offline);
  });

  it('leaves what is retained to those who come later, and says whether it is there', async () => {
    const { mine } = link(broker.url);
    await online(mine);
    mine.publish('reported', text('then'), MqttQos.retained);
    mine.publish('gone', text('now'), MqttQos['at-least-once']);
    const got: string[] = [];
    other.on('message', (topic, payload, { qos, retain }) => got.push(`${topic} ${payload} ${qos} ${retain}`));
    // What is published behind it has been taken after it.
    await vi.waitFor(async () => {
      got.length = 0;
      await other.unsubscribeAsync(`${BASE}/+`);
      await other.subscribeAsync(`${BASE}/+`, { qos: 1 });
      expect(got.sort()).toEqual([`${BASE}/reported then 1 true`, `${BASE}/state online 1 true`]);
    });
    // As a power cut: without DISCONNECT.
    await mine.stop();
    await vi.waitFor(() => expect(got).toContain(`${BASE}/state offline 1 false`));
    const late = await mqtt.connectAsync(broker.url, { protocolVersion: 4 });
    const found = new Promise((resolve) =>
      late.once('message', (_, payload, { retain }) => resolve([`${payload}`, retain])),
    );
    await late.subscribeAsync(`${BASE}/state`, { qos: 1 });
    expect(await found).toEqual(['offline', true]);
    await late.endAsync(true);
  });

  it('takes a bounded number of publications', async () => {
    const { mine } = link(broker.url);
    await online(mine);
    const answers = Array.from({ length: 40 }, () => mine.publish('t', text('x'), 1));
    expect(answers.filter((answer) => answer === 0)).toHaveLength(32);
    expect(answers.at(-1)).toBe(ErrorCode.busy);
    await vi.waitFor(() => expect(mine.publish('t', text('x'), 1)).toBe(0));
  });

  it('refuses what is no topic, no filter, no QoS, and too much', async () => {
    const { mine } = link(broker.url);
    await online(mine);
    expect(mine.publish('a/+', text(''), 0)).toBe(ErrorCode.invalid);
    expect(mine.publish('', text(''), 0)).toBe(ErrorCode.invalid);
    expect(mine.publish('a', text(''), 3)).toBe(ErrorCode.invalid);
    expect(mine.publish('a', new Uint8Array(65537), 0)).toBe(ErrorCode['too-big']);
    expect(mine.subscribe(1, 'a/#/b')).toBe(ErrorCode.invalid);
    for (let i = 0; i < 16; i++) expect(mine.subscribe(1, `f${i}`)).toBe(0);
    expect(mine.subscribe(1, 'one-more')).toBe(ErrorCode.busy);
    expect(mine.subscribe(1, 'f3')).toBe(0);
    expect(mine.subscribe(2, 'one-more')).toBe(0);
  });

  it('survives a server that speaks something else', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.end(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { mine, notes } = link(`mqtt://127.0.0.1:${(server.address() as { port: number }).port}`);
    await vi.waitFor(() => expect(notes.length).toBeGreaterThan(0));
    expect(mine.connected()).toBe(false);
    await mine.stop();
    server.close();
  });

  it('delivers nothing after stop', async () => {
    const { mine, delivered } = link(broker.url);
    mine.subscribe(1, 'x');
    await online(mine);
    await mine.stop();
    await other.publishAsync(`${BASE}/x`, 'x', { qos: 1 });
    expect(mine.connected()).toBe(false);
    expect(delivered).toEqual([]);
  });

  it.each(['', 'localhost:1883', 'http://localhost', 'mqtt//x'])('refuses the address %j', (url) => {
    expect(() => new MqttClient({ url, base: BASE })).toThrow(expect.objectContaining({ key: 'broker-url' }));
  });

  it('names a port that is in use', async () => {
    await expect(startBroker({ port: broker.port })).rejects.toMatchObject({ key: 'port-in-use' });
  });
});
