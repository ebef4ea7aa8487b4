/**
 * A broker and its links in one process and without a network: every delivery is made at once and in order, so that a
 * test with a virtual clock gives the same run each time. For everything else there are `MqttClient` and `startBroker`.
 */
import { ErrorCode, MqttQos } from '../../runtime/abi/generated/contract.ts';
import type { MqttDelivery, MqttLink } from './ports.ts';
import { checkPublication, Subscriptions } from './subscriptions.ts';
import { matches } from './topics.ts';

export class LocalMqtt {
  /** While false, all links are without a connection; subscriptions outlast that. */
  online = true;
  readonly #listeners = new Set<(topic: string, payload: Uint8Array) => void>();
  readonly #retained = new Map<string, Uint8Array>();

  /** Calls `hear` for what is retained and for each publication that matches; topics and filter are whole. Returns what ends it. */
  subscribe(filter: string, hear: (topic: string, payload: Uint8Array, retained?: boolean) => void): () => void {
    const listener = (topic: string, payload: Uint8Array) => {
      if (matches(filter, topic)) hear(topic, payload);
    };
    this.#listeners.add(listener);
    for (const [topic, payload] of this.#retained) if (matches(filter, topic)) hear(topic, payload.slice(), true);
    return () => this.#listeners.delete(listener);
  }

  /** `retain`: kept for those who subscribe later; nothing of no length (clause 3.3.1.3). */
  publish(topic: string, payload: Uint8Array, { retain = false } = {}): void {
    if (retain && payload.length > 0) this.#retained.set(topic, payload.slice());
    else if (retain) this.#retained.delete(topic);
    for (const listener of [...this.#listeners]) listener(topic, payload.slice());
  }

  /** The link of the device with this base topic, for one board. */
  link(base: string): MqttLink {
    const subscriptions = new Subscriptions();
    let end: (() => void) | undefined;
    const start = (deliver: MqttDelivery) => {
      end = this.subscribe(`${base}/#`, (topic, payload) => {
        if (!this.online || topic === base) return;
        const relative = topic.slice(base.length + 1);
        for (const actor of subscriptions.actors(relative)) deliver(actor, relative, payload);
      });
    };
    return {
      start,
      stop: async () => {
        end?.();
        end = undefined;
        subscriptions.clear();
      },
      connected: () => this.online && end !== undefined,
      publish: (topic, payload, qos) => {
        const refusal = checkPublication(topic, payload, qos);
        if (refusal < 0) return refusal;
        if (!this.online || !end) return ErrorCode.offline;
        this.publish(`${base}/${topic}`, payload, { retain: qos === MqttQos.retained });
        return 0;
      },
      subscribe: (actor, filter) => subscriptions.add(actor, filter),
      forget: (actor) => void subscriptions.forget(actor),
    };
  }
}
