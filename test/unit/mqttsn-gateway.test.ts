// The gateway as a peer of raw frames: who is let in, what is refused, and what no flood can do.
import { createSocket } from 'node:dgram';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Broker, startBroker } from '../../host-shim/board/broker.ts';
import { type Codec, loadCodec } from '../../host-shim/mqttsn/codec.ts';
import { type Gateway, type GatewayOptions, startGateway } from '../../host-shim/mqttsn/gateway.ts';
import type { Message, MessageName } from '../../host-shim/mqttsn/messages.ts';

const text = (value: string) => new Uint8Array(Buffer.from(value));
let broker: Broker;
let codec: Codec;
const ends: (() => unknown)[] = [];
beforeAll(async () => {
  broker = await startBroker();
  codec = await loadCodec();
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});
afterAll(() => broker.stop());

async function gateway(options: Partial<GatewayOptions> = {}): Promise<Gateway> {
  const made = await startGateway({
    broker: { url: broker.url },
    port: 0,
    times: { retry: 100, retries: 2, wait: 300 },
    ...options,
  });
  ends.push(() => made.stop());
  return made;
}

/** A socket that sends messages and takes them in order. */
async function peer(port: number, node?: Uint8Array) {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  ends.push(() => socket.close());
  const inbox: Message[] = [];
  const waiting: (() => void)[] = [];
  socket.on('message', (data) => {
    let message = codec.decode(data, 'client');
    if (node) {
      expect(message).toMatchObject({ type: 'ENCAPSULATED', data: node });
      message = codec.decode(message.inner!, 'client');
    }
    inbox.push(message);
    for (const wake of waiting.splice(0)) wake();
  });
  const raw = (frame: Uint8Array) => socket.send(frame, port, '127.0.0.1');
  const send = (message: Message) => {
    const inner = codec.encode(message);
    raw(node ? codec.encode({ type: 'ENCAPSULATED', radius: 0, data: node, inner }) : inner);
  };
  /** The next message, of `type`. */
  const next = async (type: MessageName, ms = 3_000): Promise<Message> => {
    const end = Date.now() + ms;
    while (inbox.length === 0) {
      if (Date.now() > end) throw new Error(`no ${type} within ${ms} ms`);
      await new Promise<void>((resolve) => {
        waiting.push(resolve);
        setTimeout(resolve, 50);
      });
    }
    const message = inbox.shift()!;
    expect(message.type).toBe(type);
    return message;
  };
  const ask = (message: Message, type: MessageName) => {
    send(message);
    return next(type);
  };
  const connect = (id: string, more: Partial<Message> = {}) =>
    ask({ type: 'CONNECT', cleanSession: true, duration: 60, data: text(id), ...more }, 'CONNACK');
  /** Nothing has come, and nothing comes. */
  const quiet = async (ms = 150) => {
    await new Promise((resolve) => setTimeout(resolve, ms));
    expect(inbox).toEqual([]);
  };
  return { raw, send, next, ask, connect, quiet, inbox };
}

describe('who is let in', () => {
  test('an unknown sender is told to connect, whatever it sends; SEARCHGW is answered', async () => {
    const { port } = await gateway({ gwId: 7 });
    const one = await peer(port);
    const publish: Message = {
      type: 'PUBLISH',
      qos: 1,
      topicIdType: 'short',
      topicId: 0x6162,
      msgId: 1,
      data: text('x'),
    };
    for (const message of [
      publish,
      { type: 'PINGREQ', data: text('dev1') } as Message,
      { type: 'DISCONNECT' } as Message,
    ])
      await one.ask(message, 'DISCONNECT');
    expect(await one.ask({ type: 'SEARCHGW', radius: 1 }, 'GWINFO')).toEqual({ type: 'GWINFO', gwId: 7 });
  });

  test('identifiers that begin alike are two clients', async () => {
    const made = await gateway();
    const [one, ten] = [await peer(made.port), await peer(made.port)];
    await ten.connect('device10');
    await one.connect('device1');
    await ten.ask({ type: 'PINGREQ' }, 'PINGRESP');
    await one.ask({ type: 'PINGREQ' }, 'PINGRESP');
    expect(made.stats().clients).toBe(2);
  });

  test('the same client from another address takes over; the old address is told so when it speaks', async () => {
    const made = await gateway();
    const [before, after] = [await peer(made.port), await peer(made.port)];
    await before.connect('dev1');
    await after.connect('dev1', { cleanSession: false });
    expect(made.stats().clients).toBe(1);
    await before.ask({ type: 'PINGREQ' }, 'DISCONNECT');
    await after.ask({ type: 'PINGREQ' }, 'PINGRESP');
  });

  test('a CONNECT that is repeated does not end the session', async () => {
    const made = await gateway();
    const one = await peer(made.port);
    await one.connect('dev1');
    await one.connect('dev1');
    await one.ask({ type: 'PINGREQ' }, 'PINGRESP');
    await one.quiet();
  });

  test('two clients behind one forwarder', async () => {
    const made = await gateway();
    const one = await peer(made.port, Uint8Array.of(0xaa, 1));
    const two = await peer(made.port, Uint8Array.of(0xaa, 2));
    await one.connect('one');
    await two.connect('two');
    await one.ask({ type: 'PINGREQ' }, 'PINGRESP');
    expect(made.stats().clients).toBe(2);
  });

  test('a full gateway asks for patience; so does one without a broker', async () => {
    const full = await gateway({ maxClients: 1 });
    await (await peer(full.port)).connect('one');
    expect(await (await peer(full.port)).connect('two')).toEqual({ type: 'CONNACK', returnCode: 1 });
    const alone = await gateway({ broker: { url: 'mqtt://127.0.0.1:9' } });
    expect(await (await peer(alone.port)).connect('one')).toEqual({ type: 'CONNACK', returnCode: 1 });
  });
});

describe('what is refused', () => {
  test('topics with wildcards, NUL or no UTF-8; unknown ids', async () => {
    const made = await gateway();
    const one = await peer(made.port);
    await one.connect('dev1');
    for (const name of [text('a/#'), text('a/+/b'), Uint8Array.of(0xc3, 0x28)]) {
      const answer = await one.ask({ type: 'REGISTER', topicId: 0, msgId: 1, data: name }, 'REGACK');
      expect(answer).toEqual({ type: 'REGACK', topicId: 0, msgId: 1, returnCode: 3 });
    }
    const publish: Message = {
      type: 'PUBLISH',
      qos: 0,
      topicIdType: 'normal',
      topicId: 999,
      msgId: 0,
      data: text('x'),
    };
    expect(await one.ask(publish, 'PUBACK')).toMatchObject({ topicId: 999, msgId: 0, returnCode: 2 });
    expect(await one.ask({ ...publish, qos: 2, msgId: 5 }, 'PUBACK')).toMatchObject({ msgId: 5, returnCode: 2 });
    const subscribe: Message = { type: 'SUBSCRIBE', qos: 1, topicIdType: 'predefined', topicId: 9, msgId: 6 };
    expect(await one.ask(subscribe, 'SUBACK')).toMatchObject({ msgId: 6, returnCode: 2 });
    await one.ask({ type: 'PINGREQ' }, 'PINGRESP');
  });

  test('a client with 1,024 topics is told that there are no more', async () => {
    const made = await gateway();
    const one = await peer(made.port);
    await one.connect('dev1');
    const register = (i: number) => one.ask({ type: 'REGISTER', topicId: 0, msgId: i, data: text(`t/${i}`) }, 'REGACK');
    for (let i = 1; i <= 1024; i++) expect((await register(i)).returnCode).toBe(0);
    expect((await register(1025)).returnCode).toBe(1);
    expect((await register(1)).returnCode).toBe(0);
  });

  test('broken frames are counted and otherwise ignored', async () => {
    const made = await gateway();
    const one = await peer(made.port);
    await one.connect('dev1');
    for (let length = 0; length < 60; length++)
      for (const first of [0, 1, 2, length]) one.raw(new Uint8Array(length).fill(3).fill(first, 0, 1));
    await one.ask({ type: 'PINGREQ' }, 'PINGRESP');
    expect(Object.keys(made.stats().refused)).toEqual(expect.arrayContaining(['E_SHORT', 'E_LENGTH', 'E_TYPE']));
  });
});

describe('delivery to a client', () => {
  async function subscribed(options: Partial<GatewayOptions> = {}) {
    const made = await gateway(options);
    const one = await peer(made.port);
    await one.connect('dev1');
    await one.ask({ type: 'SUBSCRIBE', qos: 2, topicIdType: 'normal', msgId: 1, data: text('down/#') }, 'SUBACK');
    const two = await peer(made.port);
    await two.connect('dev2');
    const { topicId } = await two.ask({ type: 'REGISTER', topicId: 0, msgId: 1, data: text('down/x') }, 'REGACK');
    const publish = (value: string, qos: 1 | 2 = 1, msgId = 2) =>
      two.send({ type: 'PUBLISH', qos, topicIdType: 'normal', topicId: topicId!, msgId, data: text(value) });
    return { made, one, two, publish };
  }

  test('REGISTER first, then PUBLISH; each is repeated, with DUP; then the client is lost', async () => {
    const { made, one, publish } = await subscribed();
    publish('x');
    const { topicId, msgId, data } = await one.next('REGISTER');
    expect(data).toEqual(text('down/x'));
    expect(await one.next('REGISTER')).toMatchObject({ topicId, msgId });
    one.send({ type: 'REGACK', topicId: topicId!, msgId: msgId!, returnCode: 0 });
    expect(await one.next('PUBLISH')).toMatchObject({ topicId, dup: false });
    expect(await one.next('PUBLISH')).toMatchObject({ topicId, dup: true });
    expect(await one.next('PUBLISH')).toMatchObject({ topicId, dup: true });
    await one.next('DISCONNECT');
    expect(made.stats().clients).toBe(1);
  });

  test('a refused REGISTER is not followed by PUBLISH; a forgotten id is registered again', async () => {
    const { one, two, publish } = await subscribed();
    publish('refused');
    const first = await one.next('REGISTER');
    one.send({ type: 'REGACK', topicId: first.topicId!, msgId: first.msgId!, returnCode: 3 });
    await two.next('PUBACK');
    await one.quiet();
    publish('taken', 1, 3);
    const again = await one.next('REGISTER');
    one.send({ type: 'REGACK', topicId: again.topicId!, msgId: again.msgId!, returnCode: 0 });
    const { topicId, msgId } = await one.next('PUBLISH');
    one.send({ type: 'PUBACK', topicId: topicId!, msgId: msgId!, returnCode: 2 });
    const third = await one.next('REGISTER');
    one.send({ type: 'REGACK', topicId: third.topicId!, msgId: third.msgId!, returnCode: 0 });
    expect(await one.next('PUBLISH')).toMatchObject({ data: text('taken') });
  });

  test('a congested client is left alone for a while', async () => {
    const { one, publish } = await subscribed();
    publish('x');
    const first = await one.next('REGISTER');
    one.send({ type: 'REGACK', topicId: first.topicId!, msgId: first.msgId!, returnCode: 1 });
    await one.quiet(200);
    expect((await one.next('REGISTER')).data).toEqual(text('down/x'));
  });
});

test('QoS 1 and 2 that are repeated are published once', async () => {
  const made = await gateway();
  const [one, two] = [await peer(made.port), await peer(made.port)];
  await two.connect('dev2');
  await two.ask({ type: 'SUBSCRIBE', qos: 0, topicIdType: 'short', topicId: 0x6162, msgId: 1 }, 'SUBACK');
  await one.connect('dev1');
  const publish: Message = {
    type: 'PUBLISH',
    qos: 1,
    topicIdType: 'short',
    topicId: 0x6162,
    msgId: 7,
    data: text('q1'),
  };
  await one.ask(publish, 'PUBACK');
  await one.ask({ ...publish, dup: true }, 'PUBACK');
  const twice: Message = { ...publish, qos: 2, msgId: 8, data: text('q2') };
  await one.ask(twice, 'PUBREC');
  await one.ask({ ...twice, dup: true }, 'PUBREC');
  await one.ask({ type: 'PUBREL', msgId: 8 }, 'PUBCOMP');
  await one.ask({ type: 'PUBREL', msgId: 8 }, 'PUBCOMP');
  await one.ask({ ...twice, dup: true }, 'PUBREC');
  expect([(await two.next('PUBLISH')).data, (await two.next('PUBLISH')).data]).toEqual([text('q1'), text('q2')]);
  await two.quiet();
});

test('ADVERTISE goes out', async () => {
  const one = createSocket('udp4');
  await new Promise<void>((resolve) => one.bind(0, '127.0.0.1', resolve));
  ends.push(() => one.close());
  const heard = new Promise<Message>((resolve) => one.once('message', (data) => resolve(codec.decode(data))));
  await gateway({ gwId: 9, advertise: { address: '127.0.0.1', port: one.address().port, seconds: 900 } });
  expect(await heard).toEqual({ type: 'ADVERTISE', gwId: 9, duration: 900 });
});
