/**
 * A broker and its links in one process and without a network: every delivery is made at once and in order, so that a
 * test with a virtual clock gives the same run each time. For everything else there are `MqttClient` and `startBroker`.
 */
import { ErrorCode } from '../../runtime/abi/generated/contract.ts';
import type { MqttDelivery, MqttLink } from './ports.ts';
import { checkPublication, Subscriptions } from './subscriptions.ts';
import { matches } from './topics.ts';

export class LocalMqtt {
  /** While false, all links are without a connection; subscriptions outlast that. */
  online = true;
  readonly #listeners = new Set<(topic: string, payload: Uint8Array) => void>();

  /** Calls `hear` for each publication that matches; topics and filter are whole. Returns what ends it. */
  subscribe(filter: string, hear: (topic: string, payload: Uint8Array) => void): () => void {
    const listener = (topic: string, payload: Uint8Array) => {
      if (matches(filter, topic)) hear(topic, payload);
    };
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  publish(topic: string, payload: Uint8Array): void {
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
        this.publish(`${base}/${topic}`, payload);
        return 0;
      },
      subscribe: (actor, filter) => subscriptions.add(actor, filter),
      forget: (actor) => void subscriptions.forget(actor),
    };
  }
}
