// The wire to a real broker: TLS, client certificates, tokens that change, both versions, and publications that it denies.
import { createServer } from 'node:net';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Aedes } from 'aedes';
import type mqtt from 'mqtt';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { MqttClient } from '../../host-shim/board/mqtt.ts';
import { connectBroker, versionOf } from '../../host-shim/mqtt/connection.ts';
import { ErrorCode } from '../../runtime/abi/generated/contract.ts';
import { makeCertificates, makePasswords, type Mosquitto, noLab, startMosquitto } from './broker-lab.ts';
import { noNats, startAnyBroker } from './mqttsn-lab.ts';

const BASE = 'acme/lab/sensor/s1';
const bytes = (text: string) => new TextEncoder().encode(text);
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function lab(conf: string[], prepare?: (folder: string) => void): Promise<Mosquitto> {
  const broker = await startMosquitto(conf, prepare);
  ends.push(() => broker.stop());
  return broker;
}

async function client(...args: Parameters<typeof connectBroker>): Promise<mqtt.MqttClient> {
  const made = await connectBroker(...args);
  ends.push(() => made.endAsync(true));
  return made;
}

function board(options: ConstructorParameters<typeof MqttClient>[0]) {
  const link = new MqttClient({ retry: { first: 20, last: 60 }, ...options });
  const notes: string[] = [];
  link.start(
    () => undefined,
    (level, text) => notes.push(`${level} ${text}`),
  );
  ends.push(() => link.stop());
  return { link, notes, online: () => vi.waitFor(() => expect(link.connected()).toBe(true), 5000) };
}

describe.skipIf(noLab !== '')(`mosquitto${noLab}`, () => {
  const TLS = [
    'allow_anonymous true',
    'cafile FOLDER/ca.crt',
    'certfile FOLDER/server.crt',
    'keyfile FOLDER/server.key',
  ];
  const certificates = (folder: string) => {
    makeCertificates(folder, ['server', 'device']);
    makeCertificates(folder, ['stranger'], 'other');
  };

  test('TLS: the broker is checked, the device shows its certificate', { timeout: 30_000 }, async () => {
    const { port, folder } = await lab(
      [...TLS, 'require_certificate true', 'use_identity_as_username true'],
      certificates,
    );
    const file = (name: string) => join(folder, name);
    const url = `mqtts://127.0.0.1:${port}`;
    const ours = { ca: file('ca.crt'), certificate: file('device.crt'), key: file('device.key') };

    const { link, online } = board({ url, base: BASE, ...ours });
    const peer = await client(url, ours);
    await peer.subscribeAsync(`${BASE}/tlm`, { qos: 1 });
    const got: string[] = [];
    peer.on('message', (topic, payload) => got.push(`${topic} ${payload}`));
    await online();
    expect(link.publish('tlm', bytes('21.5'), 1)).toBe(0);
    await vi.waitFor(() => expect(got).toEqual([`${BASE}/tlm 21.5`]));

    // Another authority's broker, another authority's client, and no certificate at all.
    const wrong = { timeout: 1500 };
    await expect(connectBroker(url, { ...ours, ca: file('other.crt'), ...wrong })).rejects.toMatchObject({
      code: 'MOTE-5001',
    });
    const stranger = { ...ours, certificate: file('stranger.crt'), key: file('stranger.key') };
    await expect(connectBroker(url, { ...stranger, ...wrong })).rejects.toMatchObject({ code: 'MOTE-5001' });
    await expect(connectBroker(url, { ca: ours.ca, ...wrong })).rejects.toMatchObject({ code: 'MOTE-5001' });
    await expect(connectBroker(url, { ca: ours.ca, key: ours.key })).rejects.toMatchObject({ code: 'MOTE-5009' });
    await expect(connectBroker(url, { ca: file('nowhere') })).rejects.toMatchObject({ code: 'MOTE-5009' });
  });

  test('a token is read anew for each connection', { timeout: 30_000 }, async () => {
    const broker = await lab(['allow_anonymous false', 'password_file FOLDER/passwords'], (folder) =>
      makePasswords(folder, { device: 'header.claims.one' }),
    );
    const tokenFile = join(broker.folder, 'token');
    writeFileSync(tokenFile, 'header.claims.one\n');
    const url = `mqtt://127.0.0.1:${broker.port}`;
    const { notes, online } = board({ url, base: BASE, username: 'device', tokenFile });
    await online();

    makePasswords(broker.folder, { device: 'header.claims.two' });
    writeFileSync(tokenFile, 'header.claims.two\n');
    await broker.restart();
    const connections = () => notes.filter((note) => note.startsWith('info connected to')).length;
    await vi.waitFor(() => expect(connections()).toBe(2), 5000);

    await expect(connectBroker(url, { username: 'device', password: 'wrong' })).rejects.toMatchObject({
      code: 'MOTE-5008',
      exit: 4,
    });
    await expect(connectBroker(url)).rejects.toMatchObject({ code: 'MOTE-5008' });
  });

  const RULES = ['allow_anonymous true', 'acl_file FOLDER/acl'];
  const rules = (folder: string) => writeFileSync(join(folder, 'acl'), `topic readwrite ${BASE}/tlm\n`);

  test('MQTT 5 says why it does not take a publication, and the board does not repeat it', async () => {
    const { port } = await lab(RULES, rules);
    const { link, notes, online } = board({ url: `mqtt://127.0.0.1:${port}`, base: BASE });
    await online();
    expect(link.publish('secret', bytes('1'), 1)).toBe(0);
    await vi.waitFor(() => expect(notes).toContain('warn lost a publication on secret: not authorized'));
    expect(link.publish('secret', bytes('2'), 1)).toBe(ErrorCode.denied);
    expect(link.publish('tlm', bytes('3'), 1)).toBe(0);
    expect(link.connected()).toBe(true);
  });

  test('MQTT 5 is spoken, 3.1.1 when asked for', async () => {
    const { port } = await lab(['allow_anonymous true']);
    expect(versionOf(await client(`mqtt://127.0.0.1:${port}`))).toBe(5);
    expect(versionOf(await client(`mqtt://127.0.0.1:${port}`, { version: 4 }))).toBe(4);
  });
});

test.skipIf(noNats !== '')(`nats-server gets 3.1.1 at the second attempt${noNats}`, { timeout: 20_000 }, async () => {
  const broker = await startAnyBroker('nats');
  ends.push(() => broker.stop());
  expect(versionOf(await client(broker.url))).toBe(4);
});

describe('a broker of 3.1.1 that ends the connection over a publication', () => {
  async function strict() {
    const aedes = await Aedes.createBroker({
      authorizePublish: (_client, { topic }, done) => done(topic.endsWith('/secret') ? new Error('denied') : null),
    });
    const server = createServer(aedes.handle);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    let publishes = 0;
    let connections = 0;
    aedes.on('client', () => connections++);
    const authorize = aedes.authorizePublish;
    aedes.authorizePublish = (from, packet, done) => {
      if (packet.topic.endsWith('/secret')) publishes++;
      authorize(from, packet, done);
    };
    ends.push(async () => {
      await new Promise<void>((resolve) => aedes.close(resolve));
      server.close();
    });
    return {
      url: `mqtt://127.0.0.1:${(server.address() as { port: number }).port}`,
      tries: () => publishes,
      connections: () => connections,
    };
  }

  test('gets it three times and no more; what was published beside it arrives', { timeout: 20_000 }, async () => {
    const broker = await strict();
    const peer = await client(broker.url);
    const got: string[] = [];
    await peer.subscribeAsync(`${BASE}/#`, { qos: 1 });
    peer.on('message', (topic, payload) => got.push(`${topic} ${payload}`));
    const { link, notes, online } = board({ url: broker.url, base: BASE });
    await online();
    expect(link.publish('secret', bytes('x'), 1)).toBe(0);
    expect(link.publish('tlm', bytes('behind it'), 1)).toBe(0);
    await vi.waitFor(() => expect(notes).toContain('warn lost a publication on secret: Message removed'), 10_000);
    await vi.waitFor(() => expect(got).toContain(`${BASE}/tlm behind it`), 5000);
    expect(broker.tries()).toBe(3);
    await online();
    expect(link.publish('secret', bytes('y'), 1)).toBe(ErrorCode.denied);
    const connections = broker.connections();
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(broker.connections()).toBe(connections);
    expect(broker.tries()).toBe(3);
  });
});
