// The same road to NATS's MQTT listener, which knows QoS 0 and 1. Debian: package nats-server.
import { afterEach, expect, test } from 'vitest';
import { Bench, noNats, text, texts, until } from './mqttsn-lab.ts';

let bench: Bench | undefined;
afterEach(async () => {
  await bench?.stop();
  bench = undefined;
});

test.skipIf(noNats !== '').each(['transparent', 'aggregating'] as const)(
  `NATS, %s: QoS 0 and 1 both ways, wildcards, sleep${noNats}`,
  async (mode) => {
    bench = await Bench.start('nats', { mode });
    const peer = await bench.mqtt('org/edge/#');
    const dev = await bench.client('device0000000001', { settings: { clean: 0 } });
    await dev.connect();
    expect(await dev.subscribe('cmd/+', 1)).toBe(1);
    await dev.publish('org/edge/pump/p7/tlm', text('q0'));
    await dev.publish('org/edge/pump/p7/tlm', text('q1'), { qos: 1 });
    await until(() => peer.inbox.length === 2);
    expect(peer.inbox.map((message) => message.text)).toEqual(['q0', 'q1']);
    await peer.publishAsync('cmd/a', 'awake', { qos: 1 });
    await until(() => dev.inbox.length === 1);
    await dev.sleep(600);
    for (let i = 0; i < 5; i++) await peer.publishAsync('cmd/b', `m${i}`, { qos: 1 });
    for (let tries = 0; dev.inbox.length < 6 && tries < 10; tries++) await dev.wake();
    expect(texts(dev.inbox)).toEqual(['awake', 'm0', 'm1', 'm2', 'm3', 'm4']);
  },
);
