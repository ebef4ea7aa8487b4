// Hostile octets: no trap, no read outside the frame, nothing written beyond the tables. MOTE_FUZZ=1000000 for more frames.
import { createSocket } from 'node:dgram';
import { beforeAll, describe, expect, test } from 'vitest';
import { startBroker } from '../../host-shim/board/broker.ts';
import { loadCodec } from '../../host-shim/mqttsn/codec.ts';
import { FrameRefused, MESSAGES, type Message, REFUSALS } from '../../host-shim/mqttsn/messages.ts';
import { startGateway } from '../../host-shim/mqttsn/gateway.ts';
import { openUdpClient } from '../../host-shim/mqttsn/udp-client.ts';
import { mqttSnModule } from '../../host-shim/mqttsn/wasm.ts';
import { GATEWAY, kindGateway, lab } from '../unit/mqttsn-lab.ts';

const FRAMES = Number(process.env.MOTE_FUZZ ?? 100_000);
const text = (value: string) => new Uint8Array(Buffer.from(value));

/** One of each message, and of each form of it. */
const SEEDS: Message[] = [
  { type: 'ADVERTISE', gwId: 1, duration: 900 },
  { type: 'SEARCHGW', radius: 1 },
  { type: 'GWINFO', gwId: 7 },
  { type: 'GWINFO', gwId: 7, data: GATEWAY },
  { type: 'CONNECT', will: true, cleanSession: true, duration: 60, data: text('dev1') },
  { type: 'CONNACK', returnCode: 1 },
  { type: 'WILLTOPICREQ' },
  { type: 'WILLTOPIC', qos: 1, retain: true, data: text('w/t') },
  { type: 'WILLTOPIC' },
  { type: 'WILLMSGREQ' },
  { type: 'WILLMSG', data: text('gone') },
  { type: 'REGISTER', topicId: 5, msgId: 2, data: text('a/b/c') },
  { type: 'REGACK', topicId: 5, msgId: 2, returnCode: 0 },
  { type: 'PUBLISH', qos: 1, topicIdType: 'normal', topicId: 100, msgId: 3, data: text('payload') },
  { type: 'PUBLISH', qos: 2, topicIdType: 'short', topicId: 0x6162, msgId: 4, data: new Uint8Array(300) },
  { type: 'PUBLISH', qos: -1, topicIdType: 'predefined', topicId: 9, msgId: 0, data: text('m1') },
  { type: 'PUBACK', topicId: 5, msgId: 3, returnCode: 2 },
  { type: 'PUBCOMP', msgId: 4 },
  { type: 'PUBREC', msgId: 4 },
  { type: 'PUBREL', msgId: 4 },
  { type: 'SUBSCRIBE', qos: 2, topicIdType: 'normal', msgId: 1, data: text('a/+/c') },
  { type: 'SUBSCRIBE', qos: 1, topicIdType: 'predefined', msgId: 1, topicId: 3 },
  { type: 'SUBACK', qos: 2, topicId: 1, msgId: 1, returnCode: 0 },
  { type: 'UNSUBSCRIBE', topicIdType: 'short', msgId: 6, topicId: 0x6162 },
  { type: 'UNSUBACK', msgId: 6 },
  { type: 'PINGREQ' },
  { type: 'PINGREQ', data: text('dev1') },
  { type: 'PINGRESP' },
  { type: 'DISCONNECT' },
  { type: 'DISCONNECT', duration: 20 },
  { type: 'WILLTOPICUPD', qos: 1, data: text('w/u') },
  { type: 'WILLTOPICRESP', returnCode: 0 },
  { type: 'WILLMSGUPD', data: text('later') },
  { type: 'WILLMSGRESP', returnCode: 3 },
];

let frames: Uint8Array[];
beforeAll(async () => {
  const codec = await loadCodec();
  frames = SEEDS.map((message) => codec.encode(message));
  const inner = codec.encode({ type: 'PUBLISH', qos: 1, topicIdType: 'normal', topicId: 1, msgId: 1, data: text('x') });
  frames.push(codec.encode({ type: 'ENCAPSULATED', radius: 1, data: Uint8Array.of(0xaa, 1), inner }));
});

type Random = (bound: number) => number;

/** An integer from 0 to below `bound` (mulberry32: millions of them are needed). */
function randomFrom(seed: number): Random {
  let state = seed;
  return (bound) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % bound;
  };
}

/** A frame with octets changed, put in, taken out, cut off or appended; its Length is made to fit half of the time. */
function mutate(random: Random): Uint8Array {
  let frame = [...frames[random(frames.length)]!];
  for (let times = 1 + random(3); times > 0; times--) {
    const at = random(frame.length + 1);
    const kind = random(6);
    if (kind === 0) frame.splice(at, 1);
    else if (kind === 1) frame.splice(at, 0, random(256));
    else if (kind === 2) frame = frame.slice(0, at);
    else if (kind === 3) frame.push(...frames[random(frames.length)]!.subarray(0, random(12)));
    else frame[Math.min(at, Math.max(frame.length - 1, 0))] = random(4) ? random(256) : [0, 1, 255][random(3)]!;
  }
  if (random(2) && frame.length > 1) {
    if (frame.length < 256 && frame[0] !== 1) frame[0] = frame.length;
    else if (frame.length > 3) [frame[0], frame[1], frame[2]] = [1, frame.length >> 8, frame.length & 255];
  }
  return Uint8Array.from(frame.slice(0, 511));
}

interface CodecExports {
  memory: WebAssembly.Memory;
  decode(frame: number, length: number, toward: number): number;
}

describe(`${FRAMES.toLocaleString('en')} mutated frames`, () => {
  test('the codec reads nothing outside the frame: it stands at the very end of memory', {
    timeout: 600_000,
  }, async () => {
    const wasm = new WebAssembly.Instance(await mqttSnModule('codec')).exports as unknown as CodecExports;
    const memory = new Uint8Array(wasm.memory.buffer);
    const random = randomFrom(1);
    const seen = new Map<number, number>();
    for (let i = 0; i < FRAMES; i++) {
      const frame = mutate(random);
      memory.set(frame, memory.length - frame.length);
      const result = wasm.decode(memory.length - frame.length, frame.length, 1 + random(3));
      seen.set(result, (seen.get(result) ?? 0) + 1);
    }
    for (const result of seen.keys()) {
      if (result < 0) expect(REFUSALS[result], `${result}`).toBeDefined();
      else expect(MESSAGES[result], `${result}`).toBeTypeOf('string');
    }
    expect([...seen.keys()].filter((result) => result >= 0).length).toBe(28);
    // All of the codec's refusals but E_ROOM, which is the encoder's.
    expect([...seen.keys()].filter((result) => result < 0).sort((a, b) => b - a)).toEqual([
      ...Array.from({ length: 14 }, (_, i) => -1 - i),
      -25,
    ]);
  });

  test('what is decoded is encoded to a frame that decodes to the same', async () => {
    const codec = await loadCodec();
    const random = randomFrom(2);
    let good = 0;
    for (let i = 0; i < Math.min(FRAMES, 20_000); i++) {
      let message: Message;
      try {
        message = codec.decode(mutate(random));
      } catch (error) {
        expect(error).toBeInstanceOf(FrameRefused);
        continue;
      }
      delete message.quirk;
      good++;
      expect(codec.decode(codec.encode(message))).toEqual(message);
    }
    expect(good).toBeGreaterThan(1_000);
  });

  test('the client stays within its tables and keeps working', { timeout: 600_000 }, async () => {
    const one = await lab({ settings: { discover: 1 } });
    const kind = kindGateway();
    one.gateway = kind;
    const topic = one.client.topic('fuzz/topic');
    one.client.subscribe(topic, 2, one.now);
    one.client.connect(one.now);
    one.drain();
    const beyond = new Uint8Array(one.client.memory.buffer).subarray(one.client.memoryEnd).fill(0xa5);
    const random = randomFrom(3);
    const from = [GATEWAY, Uint8Array.of(1, 2, 3, 4, 5, 6), new Uint8Array(18), new Uint8Array(0)];
    for (let i = 0; i < FRAMES; i++) {
      one.now += random(500);
      one.client.receive(mutate(random), from[random(8)] ?? GATEWAY, one.now);
      if (random(20) === 0) one.client.tick(one.now);
      if (random(50) === 0 && one.client.idle)
        one.client.publish(topic, text('x'), { qos: random(3) as 0 | 1 | 2 }, one.now);
      if (random(500) === 0) one.client.sleep(1 + random(100), one.now);
      if (random(500) === 0) one.client.connect(one.now);
      if (random(3) !== 0) {
        for (const { frame } of one.client.frames(one.now)) {
          const answer = random(4)
            ? kind({ ...one.codec.decode(frame, 'gateway'), at: 0, to: undefined, frame })
            : undefined;
          if (answer) one.client.receive(one.codec.encode([answer].flat()[0]!), GATEWAY, one.now);
        }
      }
    }
    expect(beyond.every((octet) => octet === 0xa5)).toBe(true);
    // With the noise gone it connects and publishes as if nothing had been.
    one.client.connect(one.now);
    one.pass(900_000);
    one.events.length = 0;
    expect(one.client.state).toBe('active');
    expect(one.client.idle).toBe(true);
    one.client.publish(one.client.topic('ab', 'short'), text('after'), { qos: 1 }, one.now);
    one.pass(1_000);
    expect(one.words).toEqual(['published']);
  });
});

test('5,000 mutated frames at a gateway: it goes on serving', { timeout: 120_000 }, async () => {
  const broker = await startBroker();
  const gateway = await startGateway({ broker: { url: broker.url }, port: 0, maxClients: 20 });
  const random = randomFrom(4);
  const noise = createSocket('udp4');
  for (let i = 0; i < 5_000; i++) {
    noise.send(mutate(random), gateway.port, '127.0.0.1');
    if (i % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
  }
  const client = await openUdpClient({ host: '127.0.0.1', port: gateway.port, clientId: 'after-the-noise' });
  await client.connect();
  await client.publish('a/b', text('x'), { qos: 2 });
  await client.close();
  const { received, clients, refused } = gateway.stats();
  expect(received).toBeGreaterThan(1_000);
  expect(clients).toBeLessThanOrEqual(20);
  expect(Object.keys(refused).length).toBeGreaterThan(5);
  noise.close();
  await gateway.stop();
  await broker.stop();
});
