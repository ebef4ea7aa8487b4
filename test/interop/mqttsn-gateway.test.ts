// Our client (Wasm) over UDP through our gateway to a broker: the one in this process, and mosquitto.
import { afterEach, describe, expect, test } from 'vitest';
import { Bench, type BrokerKind, noMosquitto, text, texts, until } from './mqttsn-lab.ts';

let bench: Bench | undefined;
afterEach(async () => {
  await bench?.stop();
  bench = undefined;
});

const PREDEFINED = { '*': { 1: 'all/one' }, dev1: { 2: 'dev1/two' } };

describe.each([
  ['aedes', 'transparent'],
  ['aedes', 'aggregating'],
  ['mosquitto', 'transparent'],
  ['mosquitto', 'aggregating'],
] as [BrokerKind, 'transparent' | 'aggregating'][])('%s, %s', (kind, mode) => {
  const why = kind === 'mosquitto' ? noMosquitto : '';
  const it = test.skipIf(why !== '');
  const start = () => Bench.start(kind, { mode, predefined: PREDEFINED });
  const connected = async (id: string, options = {}) => {
    const client = await bench!.client(id, options);
    await client.connect();
    return client;
  };

  it(`publishes with QoS -1, 0, 1 and 2 on normal, predefined and short topics${why}`, async () => {
    bench = await start();
    const peer = await bench.mqtt('#');
    const dev = await connected('dev1');
    await dev.publish('a/b', text('q0'));
    await dev.publish('a/b', text('q1'), { qos: 1 });
    await dev.publish('a/b', text('q2'), { qos: 2 });
    await dev.publish('dev1/two', text('predefined'), { qos: 1, type: 'predefined', id: 2 });
    await dev.publish('zq', text('short'), { qos: 1, type: 'short' });
    await dev.publish('a/b', new Uint8Array(400).fill(0x61), { qos: 1 });
    await dev.publish('zq', text('m1'), { qos: -1, type: 'short' });
    await dev.publish('', text('m1 too'), { qos: -1, type: 'predefined', id: 1 });
    await until(() => peer.inbox.length >= 8);
    const got = peer.inbox.map(({ topic, text: payload }) => `${topic} ${payload.slice(0, 10)}`);
    expect(got.sort()).toEqual(
      [
        'a/b q0',
        'a/b q1',
        'a/b q2',
        'a/b aaaaaaaaaa',
        'dev1/two predefined',
        'zq short',
        'zq m1',
        'all/one m1 too',
      ].sort(),
    );
    expect(peer.inbox.find(({ text: payload }) => payload === 'q2')!.qos).toBe(2);
  });

  it(`delivers QoS 0, 1 and 2, wildcards, predefined and short topics, retained messages${why}`, async () => {
    bench = await start();
    const peer = await bench.mqtt();
    await peer.publishAsync('kept/state', 'retained', { retain: true, qos: 1 });
    const dev = await connected('dev1');
    expect(await dev.subscribe('a/+/c', 2)).toBe(2);
    expect(await dev.subscribe('dev1/two', 1, { type: 'predefined', id: 2 })).toBe(1);
    expect(await dev.subscribe('zq', 1, { type: 'short' })).toBe(1);
    expect(await dev.subscribe('kept/state', 1)).toBe(1);
    await until(() => dev.inbox.length === 1);
    expect(dev.inbox[0]).toMatchObject({ topic: 'kept/state', retain: true });
    await peer.publishAsync('a/x/c', 'q2', { qos: 2 });
    await peer.publishAsync('a/y/c', 'q1', { qos: 1 });
    await peer.publishAsync('a/y/c', 'q0', { qos: 0 });
    await peer.publishAsync('dev1/two', 'predefined', { qos: 1 });
    await peer.publishAsync('zq', 'short', { qos: 1 });
    await until(() => dev.inbox.length === 6);
    const got = dev.inbox
      .slice(1)
      .map(({ topic, topicIdType, payload, qos }) => [topic, topicIdType, Buffer.from(payload).toString(), qos]);
    // A broker hands QoS 2 out later than what came behind it: only the set is promised.
    expect(new Set(got.map(String))).toEqual(
      new Set(
        [
          ['a/x/c', 'normal', 'q2', 2],
          ['a/y/c', 'normal', 'q1', 1],
          ['a/y/c', 'normal', 'q0', 0],
          ['dev1/two', 'predefined', 'predefined', 1],
          ['zq', 'short', 'short', 1],
        ].map(String),
      ),
    );
    await dev.unsubscribe('a/+/c');
    await peer.publishAsync('a/x/c', 'no more', { qos: 1 });
    await peer.publishAsync('zq', 'last', { qos: 1 });
    await until(() => dev.inbox.length === 7);
    expect(texts(dev.inbox).at(-1)).toBe('last');
  });

  it(`keeps 30 messages for a sleeping client and delivers them in order${why}`, async () => {
    bench = await start();
    const peer = await bench.mqtt();
    const dev = await connected('dev1', { settings: { keepAlive: 60 } });
    await dev.subscribe('cmd/#', 1);
    await dev.sleep(600);
    for (let i = 0; i < 30; i++) await peer.publishAsync('cmd/x', `m${i}`, { qos: 1 });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(dev.inbox).toEqual([]);
    await dev.wake();
    expect(dev.state).toBe('asleep');
    await until(() => dev.inbox.length >= 30 || dev.state !== 'asleep', 500).catch(() => undefined);
    while (dev.inbox.length < 30) await dev.wake();
    expect(texts(dev.inbox)).toEqual(Array.from({ length: 30 }, (_, i) => `m${i}`));
  });

  it(`publishes the will of a client that goes silent, not of one that says goodbye; a changed will too${why}`, async () => {
    bench = await start();
    const peer = await bench.mqtt('state/#');
    const will = (name: string) => ({ topic: `state/${name}`, payload: text('gone'), qos: 1 as const, retain: false });
    const polite = await connected('polite', { will: will('polite') });
    const silent = await connected('silent', { will: will('silent'), settings: { keepAlive: 1 } });
    const changed = await connected('changed', { will: will('old'), settings: { keepAlive: 1 } });
    await changed.will('state/new', text('changed'), { qos: 1 });
    await polite.close();
    silent.abandon();
    changed.abandon();
    await until(() => peer.inbox.length > 1);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(peer.inbox.map(({ topic, text: payload }) => `${topic} ${payload}`).sort()).toEqual([
      'state/new changed',
      'state/silent gone',
    ]);
  });

  it(`delivers after a clean=0 reconnection what came while the client was lost${why}`, async () => {
    bench = await start();
    const peer = await bench.mqtt();
    const first = await connected('dev1', { settings: { keepAlive: 1, clean: 0 } });
    await first.subscribe('cmd', 1);
    first.abandon();
    await until(() => bench!.gateway.stats().clients === 0);
    for (let i = 0; i < 5; i++) await peer.publishAsync('cmd', `m${i}`, { qos: 1 });
    const second = await connected('dev1', { settings: { clean: 0 } });
    await until(() => second.inbox.length >= 5);
    expect(texts(second.inbox)).toEqual(['m0', 'm1', 'm2', 'm3', 'm4']);
  });

  it(`a client finds its way back to a gateway that has restarted${why}`, async () => {
    bench = await start();
    const dev = await connected('dev1', { settings: { clean: 0 } });
    await dev.subscribe('cmd', 1);
    const port = bench.gateway.port;
    await bench.gateway.stop();
    await until(() => dev.state !== 'active');
    await bench.startGateway({ mode, port });
    const peer = await bench.mqtt();
    let sent = 0;
    for (; dev.inbox.length === 0 && sent < 50; sent++) {
      await peer.publishAsync('cmd', `m${sent}`, { qos: 1 });
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await until(() => texts(dev.inbox).at(-1) === `m${sent - 1}`);
    // A broker that keeps the session loses nothing; an aggregating gateway was the one who kept it.
    if (mode === 'transparent') expect(new Set(texts(dev.inbox)).size).toBe(sent);
  });
});
