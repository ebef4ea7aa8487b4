/** The little that the fleet's clients need of a broker, over MQTT.js. Tests have a broker of their own in one process. */
import type mqtt from 'mqtt';
import { matches } from '../board/topics.ts';
import { fault } from '../errors.ts';
import { versionOf } from '../mqtt/connection.ts';
import { refusalOf } from '../mqtt/denied.ts';

export interface Publish {
  retain?: boolean;
  /** Seconds after which it is of no use: an MQTT 5 broker then forgets it. */
  expiry?: number;
}

/** `retained`: the broker had it already; what is now may be another. */
export type Hear = (topic: string, payload: Uint8Array, retained?: boolean) => void;

export interface Bus {
  /** Resolves when the broker has it. */
  publish(topic: string, payload: Uint8Array, options?: Publish): Promise<void>;
  /** From when it resolves to when what it gives is called. */
  subscribe(filter: string, hear: Hear): Promise<() => Promise<void>>;
}

/** QoS 1 in both directions, across lost connections. `agent`: who publishes, told to MQTT 5 subscribers. */
export class MqttBus implements Bus {
  readonly #client: mqtt.MqttClient;
  readonly #agent: string;
  readonly #wanted = new Map<string, Set<Hear>>();

  constructor(client: mqtt.MqttClient, agent = 'motekit/fleet') {
    this.#client = client;
    this.#agent = agent;
    // A device's messages are small and many may come at once.
    client.setMaxListeners(0);
    client.on('message', (topic, payload, { retain }) => {
      for (const [filter, listeners] of this.#wanted) {
        if (matches(filter, topic)) for (const hear of [...listeners]) hear(topic, payload, retain);
      }
    });
    client.on('connect', () => {
      const filters = [...this.#wanted.keys()];
      if (filters.length > 0) client.subscribe(filters, { qos: 1 });
    });
  }

  /** Throws publish-denied. */
  async publish(topic: string, payload: Uint8Array, { retain = false, expiry }: Publish = {}): Promise<void> {
    const properties = {
      contentType: 'application/cbor',
      userProperties: { agent: this.#agent },
      ...(expiry !== undefined && { messageExpiryInterval: Math.max(1, Math.ceil(expiry)) }),
    };
    const options = { qos: 1 as const, retain, ...(versionOf(this.#client) === 5 && { properties }) };
    await this.#client.publishAsync(topic, Buffer.from(payload), options).catch((error: Error & { code?: unknown }) => {
      const why = refusalOf(error.code);
      throw why === undefined ? error : fault('publish-denied', { topic, why }, error);
    });
  }

  /** Throws subscribe-denied. */
  async subscribe(filter: string, hear: Hear): Promise<() => Promise<void>> {
    const listeners = this.#wanted.get(filter) ?? new Set();
    this.#wanted.set(filter, listeners);
    listeners.add(hear);
    const end = async () => {
      listeners.delete(hear);
      if (listeners.size > 0 || this.#wanted.get(filter) !== listeners) return;
      this.#wanted.delete(filter);
      if (this.#client.connected) await this.#client.unsubscribeAsync(filter).catch(() => undefined);
    };
    if (listeners.size === 1) {
      const granted = await this.#client.subscribeAsync(filter, { qos: 1 }).catch((error: Error) => error);
      // 0x80 and above is the broker's refusal in both versions (SUBACK).
      if (granted instanceof Error || granted.some(({ qos }) => qos > 2)) {
        await end();
        throw fault('subscribe-denied', { filter }, granted instanceof Error ? granted : undefined);
      }
    }
    return end;
  }
}
