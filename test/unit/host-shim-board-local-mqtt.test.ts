import { describe, expect, it } from 'vitest';
import { LocalMqtt } from '../../host-shim/board/local-mqtt.ts';
import { ErrorCode } from '../../runtime/abi/generated/contract.ts';

const BASE = 'acme/site/meter/a1';
const text = (value: string) => new TextEncoder().encode(value);

function linked(hub = new LocalMqtt(), base = BASE) {
  const delivered: string[] = [];
  const link = hub.link(base);
  const start = () =>
    link.start(
      (actor, topic, payload) => delivered.push(`${actor} ${topic} ${Buffer.from(payload)}`),
      () => {},
    );
  start();
  return { hub, link, delivered, start };
}

describe('MQTT without a network', () => {
  it('carries publications both ways, below the base topic, each actor once', () => {
    const { hub, link, delivered } = linked();
    const heard: string[] = [];
    hub.subscribe('acme/+/+/+/#', (topic, payload) => heard.push(`${topic} ${Buffer.from(payload)}`));
    link.subscribe(1, 'ota');
    link.subscribe(1, '+');
    link.subscribe(2, 'x/#');
    expect(link.publish('telemetry', text('up'), 1)).toBe(0);
    for (const topic of [`${BASE}/ota`, BASE, `${BASE}/`, 'acme/site/meter/a2/ota', `${BASE}/x/y`])
      hub.publish(topic, text('down'));
    expect(delivered).toEqual(['1 telemetry up', '1 ota down', '2 x/y down']);
    expect(heard[0]).toBe(`${BASE}/telemetry up`);
  });

  it('goes offline and back, keeping subscriptions; a stop forgets them', async () => {
    const { hub, link, delivered, start } = linked();
    link.subscribe(1, 'ota');
    hub.online = false;
    hub.publish(`${BASE}/ota`, text('lost'));
    expect([link.connected(), link.publish('t', text(''), 0)]).toEqual([false, ErrorCode.offline]);
    hub.online = true;
    hub.publish(`${BASE}/ota`, text('heard'));
    await link.stop();
    expect([link.connected(), link.publish('t', text(''), 0)]).toEqual([false, ErrorCode.offline]);
    start();
    hub.publish(`${BASE}/ota`, text('nobody asked'));
    link.subscribe(2, 'ota');
    link.forget(2);
    hub.publish(`${BASE}/ota`, text('not any more'));
    expect(delivered).toEqual(['1 ota heard']);
  });

  it('keeps what is retained for those who come later, until it is taken away', () => {
    const { hub, link } = linked();
    const late = () => {
      const heard: string[] = [];
      hub.subscribe(`${BASE}/#`, (topic, payload, retained) =>
        heard.push(`${topic} ${Buffer.from(payload)} ${retained}`),
      )();
      return heard;
    };
    link.publish('a', text('not kept'), 1);
    link.publish('b', text('kept'), 2);
    expect(late()).toEqual([`${BASE}/b kept true`]);
    link.publish('b', text(''), 2);
    expect(late()).toEqual([]);
  });

  it('refuses what every link refuses', () => {
    const { link } = linked();
    expect(link.publish('a/+', text(''), 0)).toBe(ErrorCode.invalid);
    expect(link.publish('a', text(''), 3)).toBe(ErrorCode.invalid);
    expect(link.publish('a', new Uint8Array(65_537), 0)).toBe(ErrorCode['too-big']);
    expect(link.subscribe(1, '#/a')).toBe(ErrorCode.invalid);
  });
});
