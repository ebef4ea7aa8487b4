import { describe, expect, test } from 'vitest';
import type { Message } from '../../host-shim/mqttsn/messages.ts';
import { connectedLab, GATEWAY, kindGateway, lab, OTHER, string, text } from './mqttsn-lab.ts';

describe('connect (6.2, 6.3)', () => {
  test('CONNECT with client id and keep alive; CONNACK makes it active', async () => {
    const one = await lab({ settings: { keepAlive: 30 } });
    one.client.connect(one.now);
    expect(one.drain()).toMatchObject([
      { type: 'CONNECT', cleanSession: true, will: false, duration: 30, data: text('dev1') },
    ]);
    expect(one.client.state).toBe('connecting');
    expect(one.hear({ type: 'CONNACK', returnCode: 0 })).toMatchObject({ type: 'connected' });
    expect(one.client.state).toBe('active');
  });

  test('a second CONNACK is a stray', async () => {
    const one = await connectedLab();
    expect(one.hear({ type: 'CONNACK', returnCode: 0 })).toBe('E_STATE');
  });

  test('with a will: WILLTOPIC and WILLMSG, again and the same when they are asked for again', async () => {
    const one = await lab();
    one.client.will('org/dev1/state', text('gone'), { qos: 1, retain: true }, one.now);
    one.client.connect(one.now);
    expect(one.drain()).toMatchObject([{ type: 'CONNECT', will: true }]);
    const topic = { type: 'WILLTOPIC', qos: 1, retain: true, data: text('org/dev1/state') };
    expect(one.ask({ type: 'WILLTOPICREQ' })).toMatchObject([topic]);
    expect(one.ask({ type: 'WILLTOPICREQ' })).toMatchObject([topic]);
    const message = { type: 'WILLMSG', data: text('gone') };
    expect(one.ask({ type: 'WILLMSGREQ' })).toMatchObject([message]);
    expect(one.ask({ type: 'WILLMSGREQ' })).toMatchObject([message]);
    one.hear({ type: 'CONNACK', returnCode: 0 });
    expect(one.client.state).toBe('active');
  });

  test('a gateway that answers WILLTOPIC with DISCONNECT is tried without a will after two times', async () => {
    const one = await lab();
    one.client.will('t', text('gone'), {}, one.now);
    one.gateway = (m): Message | undefined =>
      m.type === 'CONNECT'
        ? m.will
          ? { type: 'WILLTOPICREQ' }
          : { type: 'CONNACK', returnCode: 0 }
        : m.type === 'WILLTOPIC'
          ? { type: 'DISCONNECT' }
          : undefined;
    one.client.connect(one.now);
    one.pass(60_000);
    expect(one.sent.filter((m) => m.type === 'CONNECT').map((m) => m.will)).toEqual([true, true, false]);
    expect(one.client.state).toBe('active');
  });

  test('congestion: the next gateway at once, then T_WAIT', async () => {
    const one = await lab({ settings: { wait: 310_000 } });
    one.client.addGateway(2, OTHER);
    one.gateway = ({ type }) => (type === 'CONNECT' ? { type: 'CONNACK', returnCode: 1 } : undefined);
    one.client.connect(one.now);
    one.pass(300_000);
    expect(one.sent.map(({ to }) => to)).toEqual([GATEWAY, OTHER]);
    expect(one.words).toEqual(['refused 1', 'refused 1']);
    one.pass(20_000);
    expect(one.types).toEqual(['CONNECT', 'CONNECT', 'CONNECT', 'CONNECT']);
  });

  test('DISCONNECT is acknowledged, or given up after N_RETRY', async () => {
    for (const answers of [true, false]) {
      const one = await connectedLab();
      if (answers) one.gateway = kindGateway();
      one.client.disconnect(one.now);
      one.pass(200_000);
      expect(one.client.state).toBe('off');
      expect(one.words.at(-1)).toBe('disconnected');
      expect(one.types).toEqual(Array(answers ? 1 : 5).fill('DISCONNECT'));
      expect(one.client.deadline(one.now)).toBe(Number.POSITIVE_INFINITY);
    }
  });
});

describe('publish (6.5, 6.6, 6.8, 6.12)', () => {
  test('a normal topic is registered once, then QoS 0, 1 and 2', async () => {
    const one = await connectedLab();
    one.gateway = kindGateway();
    const topic = one.client.topic('a/b');
    for (const qos of [0, 1, 2] as const) {
      one.client.publish(topic, text(`q${qos}`), { qos }, one.now);
      one.drain();
    }
    expect(one.types).toEqual(['REGISTER', 'PUBLISH', 'PUBLISH', 'PUBLISH', 'PUBREL']);
    expect(one.sent[3]).toMatchObject({ qos: 2, topicId: 100, topicIdType: 'normal', data: text('q2'), dup: false });
    expect(one.words).toEqual(['published', 'published']);
    expect(one.client.idle).toBe(true);
  });

  test('predefined and short topics need no registration', async () => {
    const one = await connectedLab();
    one.gateway = kindGateway();
    one.client.publish(one.client.topic('', 'predefined', 7), text('p'), { qos: 1, retain: true }, one.now);
    one.drain();
    one.client.publish(one.client.topic('zq', 'short'), text('s'), { qos: 1 }, one.now);
    one.drain();
    expect(one.sent).toMatchObject([
      { type: 'PUBLISH', topicIdType: 'predefined', topicId: 7, retain: true },
      { type: 'PUBLISH', topicIdType: 'short', topicId: 0x7a71 },
    ]);
  });

  test('QoS -1 needs no connection, and no normal topic', async () => {
    const one = await lab();
    one.client.publish(one.client.topic('zq', 'short'), text('m1'), { qos: -1 }, one.now);
    expect(one.drain()).toMatchObject([{ type: 'PUBLISH', qos: -1, msgId: 0, data: text('m1'), to: GATEWAY }]);
    const normal = one.client.topic('a/b');
    expect(() => one.client.publish(normal, text('x'), { qos: -1 }, one.now)).toThrow('E_QOS');
  });

  test('empty, 247 and 249 octets go; 248 only when it is allowed; too much is refused', async () => {
    const one = await connectedLab();
    one.gateway = kindGateway();
    const topic = one.client.topic('ab', 'short');
    for (const size of [0, 247, 249, 503]) {
      one.client.publish(topic, new Uint8Array(size), { qos: 1 }, one.now);
      expect(one.drain()[0]!.frame.length).toBe(size + (size < 249 ? 7 : 9));
    }
    expect(() => one.client.publish(topic, new Uint8Array(248), {}, one.now)).toThrow('E_255');
    one.client.set('avoid255', 0);
    one.client.publish(topic, new Uint8Array(248), {}, one.now);
    expect(one.drain()[0]!.frame.length).toBe(255);
    expect(() => one.client.publish(topic, new Uint8Array(504), {}, one.now)).toThrow('E_ROOM');
  });

  test('one publication at a time', async () => {
    const one = await connectedLab();
    const topic = one.client.topic('ab', 'short');
    one.client.publish(topic, text('1'), { qos: 1 }, one.now);
    expect(() => one.client.publish(topic, text('2'), { qos: 1 }, one.now)).toThrow('E_BUSY');
  });

  test('QoS 2: a repeated PUBREC gets PUBREL, also when all is done', async () => {
    const one = await connectedLab();
    one.client.publish(one.client.topic('ab', 'short'), text('1'), { qos: 2 }, one.now);
    const { msgId } = one.drain()[0]!;
    expect(one.ask({ type: 'PUBREC', msgId })).toMatchObject([{ type: 'PUBREL', msgId }]);
    expect(one.ask({ type: 'PUBREC', msgId })).toMatchObject([{ type: 'PUBREL', msgId }]);
    expect(one.hear({ type: 'PUBCOMP', msgId })).toMatchObject({ type: 'published' });
    expect(one.hear({ type: 'PUBCOMP', msgId })).toBe('E_STRAY');
    expect(one.ask({ type: 'PUBREC', msgId })).toMatchObject([{ type: 'PUBREL', msgId }]);
  });

  test('QoS 2 repeats PUBREL, not PUBLISH, once PUBREC has come', async () => {
    const one = await connectedLab();
    one.client.publish(one.client.topic('ab', 'short'), text('1'), { qos: 2 }, one.now);
    const { msgId } = one.drain()[0]!;
    one.hear({ type: 'PUBREC', msgId });
    one.forget();
    one.pass(20_000);
    expect(new Set(one.types)).toEqual(new Set(['PUBREL']));
    expect(one.types.length).toBeGreaterThan(1);
  });
});

describe('subscribe (6.9)', () => {
  test('by name, with wildcards, predefined, short; unsubscribe', async () => {
    const one = await connectedLab();
    one.gateway = kindGateway();
    const { client } = one;
    const topics = [
      client.topic('a/b'),
      client.topic('a/+/c'),
      client.topic('', 'predefined', 9),
      client.topic('ab', 'short'),
    ];
    for (const topic of topics) client.subscribe(topic, 2, one.now);
    one.drain();
    expect(one.words).toEqual(Array(4).fill('subscribed 2'));
    expect(one.sent).toMatchObject([
      { topicIdType: 'normal', data: text('a/b') },
      { topicIdType: 'normal', data: text('a/+/c') },
      { topicIdType: 'predefined', topicId: 9 },
      { topicIdType: 'short', topicId: 0x6162 },
    ]);
    one.forget();
    for (const topic of topics) client.unsubscribe(topic, one.now);
    one.drain();
    expect(one.types).toEqual(Array(4).fill('UNSUBSCRIBE'));
    expect(one.words).toEqual(Array(4).fill('unsubscribed'));
  });

  test('publications of every kind arrive with their names', async () => {
    const one = await connectedLab();
    one.gateway = kindGateway();
    one.client.subscribe(one.client.topic('a/b'), 1, one.now);
    one.client.topic('pre/name', 'predefined', 9);
    one.drain();
    const publish = (topicIdType: 'normal' | 'predefined' | 'short', topicId: number): Message => ({
      type: 'PUBLISH',
      qos: 0,
      topicIdType,
      topicId,
      msgId: 0,
      data: text('x'),
    });
    expect(one.hear(publish('normal', 100))).toMatchObject({
      type: 'message',
      message: { topic: 'a/b', payload: text('x') },
    });
    expect(one.hear(publish('predefined', 9))).toMatchObject({
      message: { topic: 'pre/name', topicIdType: 'predefined' },
    });
    expect(one.hear(publish('short', 0x6162))).toMatchObject({ topic: -1, message: { topic: 'ab' } });
  });

  test('a wildcard: the gateway registers, then publishes', async () => {
    const one = await connectedLab();
    const register: Message = { type: 'REGISTER', topicId: 55, msgId: 3, data: text('a/x/c') };
    expect(one.ask(register)).toMatchObject([{ type: 'REGACK', topicId: 55, msgId: 3, returnCode: 0 }]);
    const event = one.hear({ type: 'PUBLISH', qos: 1, topicIdType: 'normal', topicId: 55, msgId: 4, data: text('x') });
    expect(event).toMatchObject({ type: 'message', message: { topic: 'a/x/c', qos: 1 } });
    expect(one.drain()).toMatchObject([{ type: 'PUBACK', topicId: 55, msgId: 4, returnCode: 0 }]);
  });

  test('a refused subscription is told once and not repeated', async () => {
    const one = await connectedLab();
    one.client.subscribe(one.client.topic('a/b'), 1, one.now);
    const { msgId } = one.drain()[0]!;
    const event = one.hear({ type: 'SUBACK', qos: 0, topicId: 0, msgId, returnCode: 3 });
    expect(event).toMatchObject({ type: 'subscribe-rejected', code: 3 });
    one.forget();
    expect(one.pass(30_000)).toEqual([]);
  });
});

describe('keep alive (6.11)', () => {
  test('PINGREQ before the keep alive ends; silence is a lost gateway', async () => {
    const one = await connectedLab({ settings: { keepAlive: 60 } });
    one.gateway = kindGateway();
    one.pass(200_000);
    expect(one.types).toEqual(Array(3).fill('PINGREQ'));
    expect(one.words).toEqual([]);
    one.gateway = undefined;
    one.pass(200_000);
    expect(one.words).toContain('lost');
  });

  test('QoS 0 alone does not hide a dead gateway', async () => {
    const one = await connectedLab({ settings: { keepAlive: 60 } });
    const topic = one.client.topic('ab', 'short');
    for (let i = 0; i < 30; i++) {
      one.pass(10_000);
      if (one.client.idle) one.client.publish(topic, text('x'), {}, one.now);
    }
    expect(one.words).toContain('lost');
  });

  test("the gateway's PINGREQ is answered, a stranger's is not", async () => {
    const one = await connectedLab();
    expect(one.ask({ type: 'PINGREQ' })).toMatchObject([{ type: 'PINGRESP' }]);
    expect(one.ask({ type: 'PINGREQ' }, OTHER)).toEqual([]);
    expect(one.words).toEqual(['E_STRANGER']);
  });
});

describe('will updates (6.4)', () => {
  test('both messages, one after the other; an empty topic deletes', async () => {
    const one = await connectedLab();
    one.gateway = kindGateway();
    one.client.will('w', text('m'), { qos: 1 }, one.now);
    one.drain();
    one.client.will('', text(''), {}, one.now);
    one.drain();
    expect(one.sent).toMatchObject([
      { type: 'WILLTOPICUPD', qos: 1, data: text('w') },
      { type: 'WILLMSGUPD', data: text('m') },
      { type: 'WILLTOPICUPD' },
    ]);
    expect(one.sent[2]!.frame.length).toBe(2);
    expect(one.words).toEqual(['will-updated', 'will-updated', 'will-updated']);
  });
});

test('forwarder encapsulation (5.5): both ways, and only with our node id', async () => {
  const node = Uint8Array.of(0xaa, 1);
  const one = await lab({ node });
  one.client.connect(one.now);
  const [sent] = one.drain();
  expect(sent).toMatchObject({ type: 'ENCAPSULATED', radius: 1, data: node });
  expect(one.codec.decode(sent!.inner!)).toMatchObject({ type: 'CONNECT', data: text('dev1') });
  const inner = one.codec.encode({ type: 'CONNACK', returnCode: 0 });
  expect(one.hear(inner)).toBe('E_STRANGER');
  expect(one.hear({ type: 'ENCAPSULATED', radius: 0, data: Uint8Array.of(0xaa, 2), inner })).toBe('E_STRANGER');
  const twice = one.codec.encode({ type: 'ENCAPSULATED', radius: 0, data: node, inner });
  expect(one.hear({ type: 'ENCAPSULATED', radius: 0, data: node, inner: twice })).toBe('E_INNER');
  expect(one.hear({ type: 'ENCAPSULATED', radius: 0, data: node, inner })).toMatchObject({ type: 'connected' });
  expect(string(sent!.data)).toBe(string(node));
});

test('arguments out of their range are refused, each with its code', async () => {
  await expect(lab({ clientId: '' })).rejects.toThrow('E_ARGUMENT');
  await expect(lab({ clientId: 'x'.repeat(24) })).rejects.toThrow('E_ARGUMENT');
  await expect(lab({ node: new Uint8Array(9) })).rejects.toThrow('E_ARGUMENT');
  const { client, now } = await lab({ gateway: false });
  for (const length of [0, 19]) expect(() => client.addGateway(2, new Uint8Array(length))).toThrow('E_ARGUMENT');
  for (let i = 0; i < 4; i++) client.addGateway(i, GATEWAY);
  expect(() => client.addGateway(4, GATEWAY)).toThrow('E_ARGUMENT');
  expect(() => client.topic('')).toThrow('E_ARGUMENT');
  expect(() => client.topic('t'.repeat(493))).toThrow('E_ARGUMENT');
  expect(() => client.topic('abc', 'short')).toThrow('E_ARGUMENT');
  for (const id of [0, 0xffff]) expect(() => client.topic('', 'predefined', id)).toThrow('E_ARGUMENT');
  expect(() => client.will('w'.repeat(100), new Uint8Array(29), {}, now)).toThrow('E_ARGUMENT');
  expect(() => client.will('w', new Uint8Array(1), { qos: -1 }, now)).toThrow('E_ARGUMENT');
  for (const seconds of [0, 65_536]) expect(() => client.sleep(seconds, now)).toThrow('E_ARGUMENT');
  expect(() => client.publish(0, text('x'), {}, now)).toThrow('E_TOPIC');
  expect(() => client.subscribe(16, 0, now)).toThrow('E_TOPIC');
  const topic = client.topic('t'.repeat(492));
  expect(() => client.subscribe(topic, 3 as 2, now)).toThrow('E_ARGUMENT');
  client.publish(topic, text('x'), {}, now);
  expect(() => client.forget(topic)).toThrow('E_BUSY');
});

test('QoS -1 without a gateway, and a second one before the first is taken, are refused', async () => {
  const alone = await lab({ gateway: false });
  const topic = alone.client.topic('ab', 'short');
  expect(() => alone.client.publish(topic, text('x'), { qos: -1 }, alone.now)).toThrow('E_NO_GATEWAY');
  alone.client.addGateway(1, GATEWAY);
  alone.client.publish(topic, text('x'), { qos: -1 }, alone.now);
  expect(() => alone.client.publish(topic, text('y'), { qos: -1 }, alone.now)).toThrow('E_BUSY');
  expect(alone.drain()).toMatchObject([{ data: text('x') }]);
});

test('the longest name fits in REGISTER and SUBSCRIBE, also through a forwarder', async () => {
  const one = await lab({ node: new Uint8Array(8) });
  one.client.connect(one.now);
  one.drain();
  const wrap = (message: Message): Message => ({
    type: 'ENCAPSULATED',
    radius: 0,
    data: new Uint8Array(8),
    inner: one.codec.encode(message),
  });
  one.hear(wrap({ type: 'CONNACK', returnCode: 0 }));
  const topic = one.client.topic('t'.repeat(492));
  one.client.subscribe(topic, 1, one.now);
  const [sent] = one.drain();
  expect(one.codec.decode(sent!.inner!)).toMatchObject({ type: 'SUBSCRIBE' });
  expect(sent!.frame.length).toBeLessThanOrEqual(512);
});
