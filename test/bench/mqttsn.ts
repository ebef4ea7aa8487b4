// MQTT-SN on the device: bytes of Wasm and of linear memory; the speed of the codec and of a QoS 1 publication.
import { loadClient } from '../../host-shim/mqttsn/client.ts';
import { loadCodec } from '../../host-shim/mqttsn/codec.ts';
import { mqttSnModule, mqttSnWasm } from '../../host-shim/mqttsn/wasm.ts';
import { measure, type Row } from './pqc-measure.ts';

const GATEWAY = Uint8Array.of(127, 0, 0, 1, 0x27, 0x10);

interface Raw {
  memory: WebAssembly.Memory;
  frame(): number;
  decode(frame: number, length: number, toward: number): number;
  encode(message: number, to: number, room: number): number;
}

export async function rows(): Promise<Row[]> {
  const client = await loadClient({ clientId: 'bench', settings: { keepAlive: 0 } });
  const sizes: [string, number, number][] = [
    ['MQTT-SN codec, Wasm', (await mqttSnWasm('codec')).length, 3 * 1024],
    ['MQTT-SN client, Wasm', (await mqttSnWasm('client')).length, 12 * 1024],
    ['MQTT-SN client, linear memory', client.memoryEnd, 4096],
  ];
  const codec = await loadCodec();
  const publish = {
    type: 'PUBLISH',
    qos: 1,
    topicIdType: 'normal',
    topicId: 1,
    msgId: 1,
    data: new Uint8Array(64),
  } as const;
  const frame = codec.encode(publish);
  const raw = (await WebAssembly.instantiate(await mqttSnModule('codec'), {})).exports as unknown as Raw;
  new Uint8Array(raw.memory.buffer).set(frame, raw.frame());

  const topic = client.topic('ab', 'short');
  client.addGateway(1, GATEWAY);
  client.connect(0);
  client.frames(0);
  client.receive(codec.encode({ type: 'CONNACK', returnCode: 0 }), GATEWAY, 0);
  const payload = new Uint8Array(64);
  const roundTrip = () => {
    client.publish(topic, payload, { qos: 1 }, 0);
    const [sent] = client.frames(0);
    const puback = Uint8Array.of(7, 0x0d, 0x61, 0x62, sent!.frame[5]!, sent!.frame[6]!, 0);
    const event = client.receive(puback, GATEWAY, 0);
    if (typeof event !== 'object' || event.type !== 'published')
      throw new Error(`not published: ${JSON.stringify(event)}`);
  };
  const again = () => {
    if (raw.decode(raw.frame(), frame.length, 3) !== 0x0c) throw new Error('not decoded');
    if (raw.encode(0x0c, raw.frame(), 4096) !== frame.length) throw new Error('not encoded');
  };
  const ms = measure({ again, roundTrip });
  const speed = (name: string, value: number): Row => ({
    name,
    value,
    unit: 'op/s',
    ok: true,
  });
  return [
    ...sizes.map(([name, value, goal]) => ({
      name,
      value,
      unit: 'B',
      goal,
      ok: value <= goal,
    })),
    speed('MQTT-SN PUBLISH of 64 octets, decoded and encoded, V8', 1000 / ms.again),
    speed('MQTT-SN client, QoS 1 publication and PUBACK, V8', 1000 / ms.roundTrip),
  ];
}
