/**
 * What a module published. Through `mqtt.publish` it has the topic that the module gave; what it handed to modules/delivery
 * (docs/delivery.md) is taken and acknowledged here as a server would, and has the name of its class as topic.
 */
import type { LocalMqtt } from '../board/local-mqtt.ts';
import type { MqttLink } from '../board/ports.ts';
import type { Cursor } from '../fleet/store.ts';
import { take } from '../fleet/receiver.ts';
import { decodeTelemetry, encodeAck, TOPIC } from '../fleet/wire.ts';
import { readSenml, type SenmlRecord } from '../telemetry/senml.ts';

export class Publication {
  /** Milliseconds since power-on. */
  readonly time: number;
  /** Below the device's base topic. */
  readonly topic: string;
  readonly payload: Uint8Array;

  constructor(time: number, topic: string, payload: Uint8Array) {
    this.time = time;
    this.topic = topic;
    this.payload = payload;
  }

  /** As SenML in CBOR, with whole names. Throws senml-malformed. */
  get records(): SenmlRecord[] {
    return readSenml(this.payload);
  }

  /** The value of the SenML record with this name, or undefined. Throws senml-malformed. */
  value(name: string): SenmlRecord['value'] | undefined {
    return this.records.find((record) => record.name === name)?.value;
  }

  /** As UTF-8. */
  get text(): string {
    return new TextDecoder().decode(this.payload);
  }

  /** Throws a SyntaxError when it is no JSON. */
  get json(): unknown {
    return JSON.parse(this.text);
  }

  /** For people: SenML as names and values, else text, else hexadecimal. */
  toString(): string {
    const at = `${(this.time / 1000).toFixed(3)} s ${this.topic}:`;
    try {
      return `${at} ${this.records.map(({ name, value, unit }) => `${name} = ${value} ${unit}`.trim()).join(', ')}`;
    } catch {
      const hex = Buffer.from(this.payload).toString('hex');
      return `${at} ${/^[\x20-\x7e]*$/.test(this.text) ? this.text : hex}`;
    }
  }
}

/** As modules/sensors names them without delivery; by class. Audit entries are the device's own. */
const CLASS_TOPICS = ['telemetry', 'events', 'alarms'];

/** The device's link to the broker; `hear` is told of what it publishes. The server's answer comes at once: virtual time waits for nobody. */
export function heardLink(
  mqtt: LocalMqtt,
  base: string,
  now: () => number,
  hear: (made: Publication) => void,
): MqttLink {
  let cursor: Cursor | undefined;
  const link = mqtt.link(base);
  const publish: MqttLink['publish'] = (topic, payload, qos) => {
    const code = link.publish(topic, payload, qos);
    if (code < 0) return code;
    if (topic !== TOPIC.telemetry) {
      hear(new Publication(now(), topic, payload.slice()));
      return code;
    }
    const taken = take(cursor, decodeTelemetry(payload));
    if (taken === null) return code;
    cursor = taken.cursor;
    mqtt.publish(`${base}/${TOPIC.ack}`, encodeAck({ epoch: cursor.epoch, upto: cursor.upto }));
    for (const record of taken.records) {
      const as = CLASS_TOPICS[record.class];
      if (as !== undefined) hear(new Publication(now(), as, record.payload));
    }
    return code;
  };
  return { ...link, publish };
}
