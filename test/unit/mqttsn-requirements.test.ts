// What a client has to survive: silence, congestion, forgetful gateways, sleep, restarts, other addresses.
import { describe, expect, test } from 'vitest';
import type { Message } from '../../host-shim/mqttsn/messages.ts';
import { mqttSnWasm } from '../../host-shim/mqttsn/wasm.ts';
import { connectedLab, GATEWAY, kindGateway, lab, OTHER, type Sent, text } from './mqttsn-lab.ts';

const gaps = (sent: Sent[]) => sent.slice(1).map(({ at }, i) => at - sent[i]!.at);
const publish = (more: Partial<Message>): Message => ({
  type: 'PUBLISH',
  qos: 1,
  topicIdType: 'short',
  topicId: 0x6162,
  msgId: 1,
  data: text('x'),
  ...more,
});

describe('fixed tables (1)', () => {
  test('client 12 KB, codec 3 KB, 4 KB of memory with 16 topics and 16 QoS 2 ids; memory never grows', async () => {
    const client = await mqttSnWasm('client');
    const codec = await mqttSnWasm('codec');
    const one = await connectedLab();
    expect(client.length).toBeLessThanOrEqual(12 * 1024);
    expect(codec.length).toBeLessThanOrEqual(3 * 1024);
    expect(one.client.memoryEnd).toBeLessThanOrEqual(4096);
    for (let i = 0; i < 16; i++) one.client.topic(`topic/${i}`);
    expect(() => one.client.topic('one/more')).toThrow('E_ROOM');
    const id = (msgId: number) => one.ask(publish({ qos: 2, msgId }));
    for (let i = 1; i <= 16; i++) expect(id(i)).toMatchObject([{ type: 'PUBREC' }]);
    expect(id(17)).toMatchObject([{ type: 'PUBACK', returnCode: 1 }]);
    expect(one.words.at(-1)).toBe('E_CROWDED');
    const module = new WebAssembly.Module(client as BufferSource);
    expect(WebAssembly.Module.imports(module)).toEqual([]);
  });

  test('nothing is written beyond the end that is stated', async () => {
    const one = await connectedLab();
    one.gateway = kindGateway();
    const beyond = new Uint8Array(one.client.memory.buffer).subarray(one.client.memoryEnd);
    beyond.fill(0xa5);
    const topics = Array.from({ length: 16 }, (_, i) => one.client.topic(`${'t'.repeat(50)}/${i}`));
    for (const topic of topics) one.client.subscribe(topic, 2, one.now);
    one.client.will('w'.repeat(64), new Uint8Array(64), {}, one.now);
    one.drain();
    for (const topic of topics) {
      one.client.publish(topic, new Uint8Array(503), { qos: 2 }, one.now);
      one.drain();
    }
    for (let i = 1; i < 100; i++) one.ask(publish({ qos: 2, msgId: i, data: new Uint8Array(503) }));
    one.pass(100_000);
    expect(beyond.every((octet) => octet === 0xa5)).toBe(true);
  });
});

describe('one outstanding request; acknowledgements by type and MsgId (2)', () => {
  test('a second request waits for the first', async () => {
    const one = await connectedLab();
    one.client.subscribe(one.client.topic('a'), 1, one.now);
    one.client.subscribe(one.client.topic('b'), 1, one.now);
    one.client.publish(one.client.topic('ab', 'short'), text('x'), { qos: 1 }, one.now);
    expect(one.drain()).toMatchObject([{ type: 'SUBSCRIBE', data: text('a') }]);
    const { msgId } = one.sent[0]!;
    for (const wrong of [
      { type: 'UNSUBACK', msgId },
      { type: 'PUBACK', topicId: 1, msgId, returnCode: 0 },
      { type: 'SUBACK', qos: 1, topicId: 1, msgId: msgId! + 1, returnCode: 0 },
    ] as Message[])
      expect(one.hear(wrong)).toBe('E_STRAY');
    expect(one.drain()).toEqual([]);
    one.hear({ type: 'SUBACK', qos: 1, topicId: 1, msgId: msgId!, returnCode: 0 });
    expect(one.drain()).toMatchObject([{ type: 'SUBSCRIBE', data: text('b') }]);
  });

  test('PUBACK with TopicId 0 and garbage in the flags of SUBACK count', async () => {
    const one = await connectedLab();
    one.client.publish(one.client.topic('ab', 'short'), text('x'), { qos: 1 }, one.now);
    const { msgId } = one.drain()[0]!;
    expect(one.hear({ type: 'PUBACK', topicId: 0, msgId: msgId!, returnCode: 0 })).toMatchObject({ type: 'published' });
    one.client.subscribe(one.client.topic('cd', 'short'), 2, one.now);
    const id = one.drain()[0]!.msgId!;
    const suback = Uint8Array.of(8, 0x13, 0xd4, 0, 0, id >> 8, id & 255, 0);
    expect(one.hear(suback)).toMatchObject({ type: 'subscribed', code: 2 });
  });

  test('MsgId is never 0 and never used twice across a restart at any moment', async () => {
    const used: number[] = [];
    let kept = 65_500;
    for (let life = 0; life < 40; life++) {
      const one = await connectedLab({ idLimit: kept });
      const topic = one.client.topic('ab', 'short');
      const count = 60 + 2 * life;
      for (let i = 0; i <= count; i++) {
        one.client.publish(topic, text('x'), { qos: 1 }, one.now);
        // The power may fail before the limit is kept: then nothing has been sent.
        const limit = one.client.idLimit();
        if (limit !== undefined && i === count && life % 3 === 0) break;
        kept = limit ?? kept;
        const { msgId } = one.drain()[0]!;
        used.push(msgId!);
        one.hear({ type: 'PUBACK', topicId: 0, msgId: msgId!, returnCode: 0 });
      }
    }
    expect(used.length).toBeGreaterThan(3_000);
    expect(used).not.toContain(0);
    expect(new Set(used).size).toBe(used.length);
  });
});

describe('backoff, loss, the next gateway (3)', () => {
  test('a publication is repeated with DUP, else the same octets, after 5, 10, 20, 40 s and up to a quarter more', async () => {
    const one = await connectedLab({ settings: { keepAlive: 0 } });
    one.client.publish(one.client.topic('ab', 'short'), text('x'), { qos: 1 }, one.now);
    const sent = one.pass(90_000);
    expect(sent.map(({ type }) => type)).toEqual(Array(5).fill('PUBLISH'));
    gaps(sent).forEach((gap, i) => {
      expect(gap).toBeGreaterThanOrEqual(5_000 << i);
      expect(gap).toBeLessThanOrEqual((5_000 << i) * 1.25);
    });
    expect(sent.map(({ dup }) => dup)).toEqual([false, true, true, true, true]);
    for (const { frame } of sent.slice(1)) expect([...frame].with(2, frame[2]! & 0x7f)).toEqual([...sent[0]!.frame]);
  });

  test('the cap is 60 s, and different seeds give different delays', async () => {
    const delays = new Set<number>();
    for (let seed = 1; seed <= 10; seed++) {
      const one = await lab({ seed, settings: { keepAlive: 0, retries: 8 } });
      one.client.connect(one.now);
      const all = gaps(one.pass(400_000));
      delays.add(all[0]!);
      expect(Math.max(...all)).toBeLessThanOrEqual(75_000);
      expect(all.at(-1)).toBeGreaterThanOrEqual(60_000);
    }
    expect(delays.size).toBeGreaterThan(8);
  });

  test('lost: the other gateway first, then the old one', async () => {
    const one = await lab();
    one.client.addGateway(2, OTHER);
    one.client.connect(one.now);
    one.pass(600_000);
    const order = one.sent.map(({ to }) => to![3]!).filter((to, i, all) => to !== all[i - 1]);
    expect(order.slice(0, 4)).toEqual([1, 2, 1, 2]);
    expect(one.words.filter((word) => word === 'lost').length).toBeGreaterThan(3);
  });

  test('a publication survives a lost gateway and goes to the next one, there with a new registration', async () => {
    const one = await connectedLab();
    one.client.addGateway(2, OTHER);
    one.client.publish(one.client.topic('a/b'), text('keep'), { qos: 1 }, one.now);
    const kind = kindGateway();
    one.gateway = (message) => (message.to![3] === 2 ? kind(message) : undefined);
    one.pass(200_000);
    const there = one.sent.filter(({ to }) => to![3] === 2);
    expect(there.slice(0, 3)).toMatchObject([
      { type: 'CONNECT', cleanSession: true },
      { type: 'REGISTER' },
      { type: 'PUBLISH', data: text('keep'), dup: false },
    ]);
    expect(one.words).toEqual(['lost', 'connected', 'published']);
  });

  test('a storm of DISCONNECT does not become a storm of CONNECT', async () => {
    const one = await lab();
    one.gateway = ({ type }) =>
      type === 'CONNECT' ? [{ type: 'CONNACK', returnCode: 0 }, { type: 'DISCONNECT' }] : undefined;
    one.client.connect(one.now);
    one.pass(3_600_000);
    expect(one.sent.filter(({ type }) => type === 'CONNECT').length).toBeLessThan(140);
  });
});

describe('inbound (4)', () => {
  test('QoS 2 is delivered once; PUBREL is always answered', async () => {
    const one = await connectedLab();
    const message = publish({ qos: 2, msgId: 5 });
    expect(one.ask(message)).toMatchObject([{ type: 'PUBREC', msgId: 5 }]);
    expect(one.ask({ ...message, dup: true })).toMatchObject([{ type: 'PUBREC', msgId: 5 }]);
    expect(one.ask({ type: 'PUBREL', msgId: 5 })).toMatchObject([{ type: 'PUBCOMP', msgId: 5 }]);
    expect(one.ask({ type: 'PUBREL', msgId: 5 })).toMatchObject([{ type: 'PUBCOMP', msgId: 5 }]);
    expect(one.words).toEqual(['message', 'repeated']);
    // A repetition that comes late over a net that reorders.
    one.ask({ ...message, dup: true });
    expect(one.words.at(-1)).toBe('repeated');
    one.ask({ type: 'PUBREL', msgId: 5 });
    // The same id later, for something new.
    one.ask(publish({ qos: 2, msgId: 5, data: text('new') }));
    expect(one.words.at(-1)).toBe('message');
  });

  test("the gateway's REGISTER is idempotent, and refused with congestion when the table is full", async () => {
    const one = await connectedLab();
    const register = (topicId: number, name: string): Message => ({
      type: 'REGISTER',
      topicId,
      msgId: topicId,
      data: text(name),
    });
    for (let again = 0; again < 3; again++)
      for (let i = 1; i <= 16; i++) expect(one.ask(register(i, `t/${i}`))).toMatchObject([{ returnCode: 0 }]);
    expect(one.ask(register(17, 't/17'))).toMatchObject([{ type: 'REGACK', topicId: 17, msgId: 17, returnCode: 1 }]);
    expect(one.ask(register(0xffff, 't/1'))).toMatchObject([{ type: 'REGACK', returnCode: 2 }]);
    expect(one.ask(register(40, 't/2'))).toMatchObject([{ returnCode: 0 }]);
    const to = (topicId: number) => one.hear(publish({ qos: 0, msgId: 0, topicIdType: 'normal', topicId }));
    expect(to(40)).toMatchObject({ message: { topic: 't/2' } });
    one.drain();
    expect(to(2)).toBe('E_TOPIC');
    one.drain();
    one.client.forget(3);
    expect(one.ask(register(17, 't/17'))).toMatchObject([{ returnCode: 0 }]);
    expect(to(16)).toMatchObject({ message: { topic: 't/16' } });
  });

  test("the owner's topics push the gateway's out of a full table; those are asked for again", async () => {
    const one = await connectedLab();
    for (let i = 1; i <= 16; i++) one.ask({ type: 'REGISTER', topicId: i, msgId: i, data: text(`t/${i}`) });
    for (let i = 0; i < 16; i++) one.client.topic(`own/${i}`);
    expect(() => one.client.topic('own/16')).toThrow('E_ROOM');
    expect(one.ask(publish({ topicIdType: 'normal', topicId: 3 }))).toMatchObject([{ type: 'PUBACK', returnCode: 2 }]);
  });

  test.each([0, 1, 2] as const)('an unknown topic id of QoS %i is answered with invalid topic id', async (qos) => {
    const one = await connectedLab();
    const sent = one.ask(publish({ qos, msgId: qos ? 9 : 0, topicIdType: 'normal', topicId: 77 }));
    expect(sent).toMatchObject([{ type: 'PUBACK', topicId: 77, msgId: qos ? 9 : 0, returnCode: 2 }]);
    expect(one.words).toEqual(['E_TOPIC']);
  });

  test('frames that come faster than answers are taken are refused, not queued', async () => {
    const one = await connectedLab();
    expect(one.hear(publish({ msgId: 1 }))).toMatchObject({ type: 'message' });
    for (let i = 2; i < 1000; i++) expect(one.hear(publish({ msgId: i }))).toBe('E_BUSY');
    expect(one.drain()).toMatchObject([{ type: 'PUBACK', msgId: 1 }]);
    expect(one.hear(publish({ msgId: 2, dup: true }))).toMatchObject({ type: 'message' });
  });
});

describe('return codes (5)', () => {
  test('invalid topic id: registered again and sent again', async () => {
    const one = await connectedLab();
    one.gateway = kindGateway();
    const topic = one.client.topic('a/b');
    one.client.publish(topic, text('1'), { qos: 1 }, one.now);
    one.drain();
    const kind = one.gateway;
    let refuse = true;
    one.gateway = (m) => {
      if (m.type !== 'PUBLISH' || !refuse) return kind(m);
      refuse = false;
      return { type: 'PUBACK', topicId: m.topicId!, msgId: m.msgId!, returnCode: 2 };
    };
    one.forget();
    one.client.publish(topic, text('2'), { qos: 1 }, one.now);
    one.drain();
    expect(one.types).toEqual(['PUBLISH', 'REGISTER', 'PUBLISH']);
    expect(one.words).toEqual(['published']);
  });

  test.each([
    ['short', 'zq', 0],
    ['predefined', 'a/b', 7],
  ] as const)('a gateway that does not know a %s topic gets it by name', async (type, name, id) => {
    const one = await connectedLab();
    const kind = kindGateway();
    one.gateway = (m) =>
      m.topicIdType && m.topicIdType !== 'normal'
        ? m.type === 'SUBSCRIBE'
          ? { type: 'SUBACK', qos: 0, topicId: 0, msgId: m.msgId!, returnCode: 2 }
          : { type: 'PUBACK', topicId: m.topicId!, msgId: m.msgId!, returnCode: 2 }
        : kind(m);
    const topic = one.client.topic(name, type, id);
    one.client.publish(topic, text('x'), { qos: 1 }, one.now);
    one.drain();
    expect(one.types).toEqual(['PUBLISH', 'REGISTER', 'PUBLISH']);
    expect(one.words).toEqual(['published']);
    const two = await connectedLab();
    two.gateway = one.gateway;
    two.client.subscribe(two.client.topic(name, type, id), 1, two.now);
    two.drain();
    expect(two.types).toEqual(['SUBSCRIBE', 'SUBSCRIBE']);
    expect(two.words).toEqual(['subscribed 1']);
  });

  test('a gateway that refuses for ever is believed after three times', async () => {
    const one = await connectedLab();
    const kind = kindGateway();
    one.gateway = (m) =>
      m.type === 'PUBLISH' ? { type: 'PUBACK', topicId: m.topicId!, msgId: m.msgId!, returnCode: 2 } : kind(m);
    one.client.publish(one.client.topic('a/b'), text('x'), { qos: 1 }, one.now);
    one.drain();
    expect(one.types.filter((type) => type === 'PUBLISH').length).toBe(3);
    expect(one.words).toEqual(['rejected 2']);
    expect(one.client.idle).toBe(true);
  });

  test.each(['PUBLISH', 'REGISTER', 'SUBSCRIBE'] as const)(
    'congestion of %s: T_WAIT for this direction, nothing is lost',
    async (type) => {
      const one = await connectedLab({ settings: { wait: 300_000, keepAlive: 60 } });
      const kind = kindGateway();
      let refuse = true;
      one.gateway = (m) => {
        if (m.type !== type || !refuse) return kind(m);
        const { topicId = 0, msgId = 0 } = m;
        if (type === 'SUBSCRIBE') return { type: 'SUBACK', qos: 0, topicId, msgId, returnCode: 1 };
        return { type: type === 'PUBLISH' ? 'PUBACK' : 'REGACK', topicId, msgId, returnCode: 1 };
      };
      if (type === 'SUBSCRIBE') one.client.subscribe(one.client.topic('s'), 1, one.now);
      else one.client.publish(one.client.topic('a/b'), text('keep'), { qos: 1 }, one.now);
      one.pass(290_000);
      expect(one.types.filter((t) => t === type).length).toBe(1);
      expect(one.types).toContain('PINGREQ');
      expect(one.words).toEqual(['congested 1']);
      expect(one.hear(publish({ msgId: 3 }))).toMatchObject({ type: 'message' });
      refuse = false;
      one.pass(20_000);
      expect(one.words.at(-1)).toBe(type === 'SUBSCRIBE' ? 'subscribed 1' : 'published');
    },
  );

  test('QoS 0 refused with MsgId 0: told, and registered again before the next', async () => {
    const one = await connectedLab();
    one.gateway = kindGateway();
    const topic = one.client.topic('a/b');
    one.client.publish(topic, text('1'), {}, one.now);
    one.drain();
    expect(one.hear({ type: 'PUBACK', topicId: 100, msgId: 0, returnCode: 2 })).toMatchObject({
      type: 'dropped',
      topic,
      code: 2,
    });
    one.forget();
    one.client.publish(topic, text('2'), {}, one.now);
    one.drain();
    expect(one.types).toEqual(['REGISTER', 'PUBLISH']);
  });
});

describe('sleep (6.14) (6)', () => {
  const asleep = async (seconds = 100) => {
    const one = await connectedLab();
    one.gateway = kindGateway();
    one.client.sleep(seconds, one.now);
    one.drain();
    return one;
  };

  test('DISCONNECT with a duration, PINGREQ with the client id, PINGRESP ends being awake', async () => {
    const one = await asleep();
    expect(one.sent).toMatchObject([{ type: 'DISCONNECT', duration: 100 }]);
    expect(one.words).toEqual(['asleep']);
    one.forget();
    expect(one.pass(87_000)).toEqual([]);
    one.gateway = undefined;
    expect(one.pass(1_000)).toMatchObject([{ type: 'PINGREQ', data: text('dev1') }]);
    expect(one.client.state).toBe('awake');
    one.ask(publish({ msgId: 1, data: text('kept 1') }));
    one.ask({ type: 'REGISTER', topicId: 9, msgId: 2, data: text('a/b') });
    one.ask(publish({ qos: 2, msgId: 3, data: text('kept 2') }));
    one.ask({ type: 'PUBREL', msgId: 3 });
    expect(one.types.slice(1)).toEqual(['PUBACK', 'REGACK', 'PUBREC', 'PUBCOMP']);
    one.hear({ type: 'PINGRESP' });
    expect(one.client.state).toBe('asleep');
    expect(one.words).toEqual(['message', 'message', 'asleep']);
  });

  test('everything that comes restarts the timer of an awake client', async () => {
    const one = await asleep();
    one.gateway = undefined;
    one.forget();
    one.client.wake(one.now);
    one.drain();
    for (let i = 1; i <= 10; i++) {
      one.pass(4_000);
      one.ask(publish({ msgId: i }));
    }
    expect(one.types.filter((type) => type === 'PINGREQ').length).toBe(1);
  });

  test('a gateway that never stops does not keep a client awake for ever', async () => {
    const one = await asleep();
    one.gateway = undefined;
    one.client.wake(one.now);
    one.drain();
    let frames = 0;
    for (; one.client.state === 'awake' && frames < 10_000; frames++) {
      one.pass(500);
      one.ask(publish({ qos: 0, msgId: 0 }));
    }
    expect(frames).toBeGreaterThan(1_000);
    expect(frames).toBeLessThan(2_000);
  });

  test('a lost acknowledgement of DISCONNECT: repeated, then asleep anyway; later copies do no harm', async () => {
    const one = await connectedLab();
    one.client.sleep(1_000, one.now);
    one.pass(200_000);
    expect(one.types).toEqual(Array(5).fill('DISCONNECT'));
    expect(one.client.state).toBe('asleep');
    expect(one.hear({ type: 'DISCONNECT' })).toBe('E_STRAY');
    expect(one.client.state).toBe('asleep');
  });

  test.each(['silence', 'DISCONNECT'])('%s on waking: CONNECT to the same session, then asleep again', async (what) => {
    const one = await asleep(600);
    const kind = kindGateway();
    one.gateway = (m) => (m.type === 'PINGREQ' ? (what === 'silence' ? undefined : { type: 'DISCONNECT' }) : kind(m));
    one.forget();
    one.pass(525_000 + 150_000);
    expect(one.sent.find(({ type }) => type === 'CONNECT')).toMatchObject({ cleanSession: false });
    expect(one.types.at(-1)).toBe('DISCONNECT');
    expect(one.client.state).toBe('asleep');
  });

  test('nobody is there: back to sleep until the next waking, then CONNECT', async () => {
    const one = await asleep(600);
    one.gateway = undefined;
    one.forget();
    one.pass(3_600_000);
    // At most N_RETRY + 1 frames for PINGREQ, then for CONNECT at each waking.
    expect(one.sent.length).toBeLessThan(5 + 7 * 5);
    expect(one.client.state).toBe('asleep');
    one.gateway = kindGateway();
    one.pass(600_000);
    expect(one.words.slice(-2)).toEqual(['connected', 'asleep']);
  });

  test('a publication interrupts sleep and sleep goes on', async () => {
    const one = await asleep();
    one.forget();
    one.client.publish(one.client.topic('ab', 'short'), text('x'), { qos: 1 }, one.now);
    one.drain();
    expect(one.types).toEqual(['CONNECT', 'PUBLISH', 'DISCONNECT']);
    expect(one.sent[0]).toMatchObject({ cleanSession: false });
    expect(one.words).toEqual(['connected', 'published', 'asleep']);
  });

  test('QoS -1 does not', async () => {
    const one = await asleep();
    one.forget();
    one.client.publish(one.client.topic('ab', 'short'), text('x'), { qos: -1 }, one.now);
    one.drain();
    expect(one.types).toEqual(['PUBLISH']);
    expect(one.client.state).toBe('asleep');
  });

  test('disconnect ends sleep', async () => {
    const one = await asleep();
    one.forget();
    one.client.disconnect(one.now);
    one.drain();
    expect(one.sent).toMatchObject([{ type: 'DISCONNECT' }]);
    expect(one.sent[0]!.duration).toBeUndefined();
    expect(one.client.state).toBe('off');
  });
});

describe('other addresses (6)', () => {
  test('DISCONNECT to a client whose address has changed: CONNECT to the same session, subscriptions again', async () => {
    const one = await connectedLab();
    one.gateway = kindGateway();
    one.client.subscribe(one.client.topic('a/b'), 1, one.now);
    const topic = one.client.topic('c');
    one.client.publish(topic, text('1'), { qos: 1 }, one.now);
    one.drain();
    one.forget();
    one.hear({ type: 'DISCONNECT' });
    one.pass(5_000);
    expect(one.types).toEqual(['CONNECT', 'SUBSCRIBE']);
    expect(one.sent[0]).toMatchObject({ cleanSession: false });
    one.client.publish(topic, text('2'), { qos: 1 }, one.now);
    one.drain();
    expect(one.types.slice(2)).toEqual(['REGISTER', 'PUBLISH']);
    expect(one.words).toEqual(['lost 1', 'connected', 'subscribed 1', 'published']);
  });

  test('in a resumed session the gateway may send with the ids of before', async () => {
    const one = await connectedLab();
    one.gateway = kindGateway();
    one.client.subscribe(one.client.topic('a/b'), 1, one.now);
    one.drain();
    one.gateway = undefined;
    one.hear({ type: 'DISCONNECT' });
    one.pass(2_000);
    one.hear({ type: 'CONNACK', returnCode: 0 });
    one.drain();
    expect(one.hear(publish({ topicIdType: 'normal', topicId: 100 }))).toMatchObject({ message: { topic: 'a/b' } });
  });

  test('a gateway that has moved is followed when it has gone silent, not while it answers', async () => {
    const one = await connectedLab({ gateway: false, settings: { discover: 1 } });
    const gwinfo: Message = { type: 'GWINFO', gwId: 4 };
    one.hear(gwinfo, GATEWAY);
    one.pass(1_000);
    one.hear({ type: 'CONNACK', returnCode: 0 }, GATEWAY);
    expect(one.client.state).toBe('active');
    one.hear({ type: 'ADVERTISE', gwId: 4, duration: 900 }, OTHER);
    expect(one.words.at(-1)).toBe('E_CROWDED');
    one.forget();
    one.pass(200_000);
    expect(one.words).toContain('lost');
    one.hear({ type: 'ADVERTISE', gwId: 4, duration: 900 }, OTHER);
    one.forget();
    one.pass(60_000);
    expect(one.sent.filter(({ type }) => type === 'CONNECT').every(({ to }) => to![3] === 2)).toBe(true);
    expect(one.types).toContain('CONNECT');
  });
});

describe('discovery (6.1)', () => {
  const searching = (seed: number) => lab({ seed, gateway: false, settings: { discover: 1, searchDelay: 5_000 } });

  test('SEARCHGW to all after a random delay, then with growing pauses; GWINFO ends it', async () => {
    const first = new Set<number>();
    for (let seed = 1; seed <= 10; seed++) {
      const one = await searching(seed);
      const start = one.now;
      one.client.connect(one.now);
      const sent = one.pass(200_000);
      expect(sent.every(({ type, to, radius }) => type === 'SEARCHGW' && to === undefined && radius === 1)).toBe(true);
      first.add(sent[0]!.at - start);
      expect(sent[0]!.at - start).toBeLessThanOrEqual(5_000);
      expect(gaps(sent)[0]).toBeGreaterThanOrEqual(10_000);
      expect(gaps(sent)[1]).toBeGreaterThan(gaps(sent)[0]!);
      one.forget();
      one.hear({ type: 'GWINFO', gwId: 3 }, OTHER);
      expect(one.pass(10)).toMatchObject([{ type: 'CONNECT', to: OTHER }]);
      expect(one.words).toEqual(['gateway-found 3']);
    }
    expect(first.size).toBeGreaterThan(8);
  });

  test("another client's SEARCHGW counts as ours", async () => {
    const one = await searching(3);
    one.client.connect(one.now);
    one.hear({ type: 'SEARCHGW', radius: 1 }, OTHER);
    expect(one.pass(9_000)).toEqual([]);
    expect(one.pass(7_000)).toMatchObject([{ type: 'SEARCHGW' }]);
  });

  test('GWINFO from a client brings the address with it', async () => {
    const one = await searching(1);
    one.client.connect(one.now);
    one.hear({ type: 'GWINFO', gwId: 3, data: GATEWAY }, OTHER);
    expect(one.drain()).toMatchObject([{ type: 'CONNECT', to: GATEWAY }]);
  });

  test('we answer other clients after a random delay, unless somebody else does', async () => {
    const one = await searching(1);
    one.client.connect(one.now);
    one.hear({ type: 'GWINFO', gwId: 3 }, GATEWAY);
    one.drain();
    one.hear({ type: 'CONNACK', returnCode: 0 });
    one.forget();
    one.hear({ type: 'SEARCHGW', radius: 1 }, OTHER);
    expect(one.pass(5_000)).toMatchObject([{ type: 'GWINFO', gwId: 3, data: GATEWAY, to: undefined }]);
    one.forget();
    one.hear({ type: 'SEARCHGW', radius: 1 }, OTHER);
    one.hear({ type: 'GWINFO', gwId: 3, data: GATEWAY }, OTHER);
    expect(one.pass(6_000)).toEqual([]);
  });

  test('ADVERTISE keeps a gateway for three periods; a flood of others does not grow or displace anything', async () => {
    const one = await searching(1);
    one.hear({ type: 'ADVERTISE', gwId: 9, duration: 100 }, GATEWAY);
    one.pass(299_000);
    one.client.connect(one.now);
    expect(one.drain()).toMatchObject([{ type: 'CONNECT', to: GATEWAY }]);
    one.hear({ type: 'CONNACK', returnCode: 0 });
    for (let i = 10; i < 250; i++)
      one.hear({ type: 'ADVERTISE', gwId: i, duration: 1 }, Uint8Array.of(10, 1, 1, i, 0, 1));
    one.forget();
    one.pass(20_000);
    one.hear({ type: 'PINGREQ' }, GATEWAY);
    expect(one.drain()).toMatchObject([{ type: 'PINGRESP', to: GATEWAY }]);
    const two = await searching(1);
    two.hear({ type: 'ADVERTISE', gwId: 9, duration: 100 }, GATEWAY);
    two.pass(301_000);
    two.client.connect(two.now);
    two.drain();
    expect(two.types).toEqual([]);
  });

  test('without discovery nobody is believed', async () => {
    const one = await lab({ gateway: false });
    expect(one.hear({ type: 'ADVERTISE', gwId: 9, duration: 100 }, GATEWAY)).toBe('E_STATE');
    expect(one.hear({ type: 'GWINFO', gwId: 9 }, GATEWAY)).toBe('E_STATE');
  });
});

describe('strict decoding (8)', () => {
  test('messages for gateways, and those out of place, are refused', async () => {
    const one = await connectedLab();
    expect(one.hear({ type: 'CONNECT', duration: 1, data: text('x') })).toBe('E_DIRECTION');
    expect(one.hear({ type: 'WILLTOPICREQ' })).toBe('E_STATE');
    expect(one.hear(Uint8Array.of(2, 3))).toBe('E_TYPE');
    expect(one.hear(new Uint8Array(513))).toBe('E_ROOM');
    expect(one.drain()).toEqual([]);
  });

  test('a frame of 257 octets that says 255 is read', async () => {
    const one = await connectedLab();
    const frame = Uint8Array.of(1, 0, 255, 0x0c, 0x02, 0x61, 0x62, 0, 0, ...new Uint8Array(248));
    expect(one.hear(frame)).toMatchObject({ type: 'message', message: { payload: new Uint8Array(248) } });
  });
});
