// 60 messages up and 60 down (QoS 2: 20) over a net that loses one datagram in five: nothing acknowledged is lost.
import { afterEach, describe, expect, test } from 'vitest';
import { Bench, type BrokerKind, noMosquitto, text, texts, until } from './mqttsn-lab.ts';
import { type LossyProxy, lossyProxy } from './mqttsn-lossy.ts';

const MESSAGES = 60;
/** Of QoS 2, which takes twice the time. */
const TWICE = 20;
const LOSS = { loss: 0.2, duplicate: 0.05, reorder: 0.1 };
let bench: Bench | undefined;
let proxy: LossyProxy | undefined;
afterEach(async () => {
  await bench?.stop();
  proxy?.stop();
  bench = undefined;
  proxy = undefined;
});

describe.each([
  ['aedes', '42'],
  ['mosquitto', '7'],
] as [BrokerKind, string][])('%s, seed %s', (kind, seed) => {
  const why = kind === 'mosquitto' ? noMosquitto : '';

  test.skipIf(why !== '')(`QoS 1 both ways, across a changed address${why}`, { timeout: 120_000 }, async () => {
    bench = await Bench.start(kind, { times: { retry: 100, retries: 12, wait: 1_000 } });
    proxy = await lossyProxy(bench.gateway.port, { seed, ...LOSS });
    const peer = await bench.mqtt('up/#');
    const dev = await bench.client('dev1', {
      port: proxy.port,
      settings: { retry: 100, retryMax: 400, retries: 12, keepAlive: 2, clean: 0 },
    });
    await dev.connect(30_000);
    await dev.subscribe('down', 1, { timeout: 30_000 });
    for (let i = 0; i < MESSAGES; i++) {
      if (i === MESSAGES / 2) await proxy.rebind();
      await Promise.all([
        dev.publish('up/dev1', text(`u${i}`), { qos: 1, timeout: 60_000 }),
        peer.publishAsync('down', `d${i}`, { qos: 1 }),
      ]);
    }
    const wanted = (letter: string) => new Set(Array.from({ length: MESSAGES }, (_, i) => letter + i));
    await until(() => new Set(texts(dev.inbox)).size === MESSAGES, 60_000);
    // The broker acknowledges before it passes on.
    await until(() => peer.inbox.some((message) => message.text === `u${MESSAGES - 1}`));
    expect(new Set(peer.inbox.map((message) => message.text))).toEqual(wanted('u'));
    expect(new Set(texts(dev.inbox))).toEqual(wanted('d'));
    const { lost, passed } = proxy.counts;
    expect(lost / (lost + passed)).toBeGreaterThan(0.1);
  });

  test.skipIf(why !== '')(
    `QoS 2 both ways: once each while the session lasts${why}`,
    { timeout: 120_000 },
    async () => {
      bench = await Bench.start(kind, { times: { retry: 100, retries: 20, wait: 1_000 } });
      proxy = await lossyProxy(bench.gateway.port, { seed, ...LOSS, duplicate: 0 });
      const peer = await bench.mqtt('up/#');
      const lost: number[] = [];
      const dev = await bench.client('dev1', {
        port: proxy.port,
        settings: { retry: 100, retryMax: 400, retries: 20, keepAlive: 20, clean: 0 },
        onEvent: ({ type, code }) => void (type === 'lost' && lost.push(code)),
      });
      await dev.connect(30_000);
      await dev.subscribe('down', 2, { timeout: 30_000 });
      for (let i = 0; i < TWICE; i++) {
        await Promise.all([
          dev.publish('up/dev1', text(`u${i}`), { qos: 2, timeout: 60_000 }),
          peer.publishAsync('down', `d${i}`, { qos: 2 }),
        ]);
      }
      await until(() => dev.inbox.length >= TWICE, 60_000);
      await until(() => peer.inbox.length >= TWICE);
      expect(lost).toEqual([]);
      expect(peer.inbox.map((message) => message.text)).toEqual(Array.from({ length: TWICE }, (_, i) => `u${i}`));
      expect(texts(dev.inbox)).toEqual(Array.from({ length: TWICE }, (_, i) => `d${i}`));
    },
  );
});
