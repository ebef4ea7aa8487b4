/**
 * MQTT through MQTT.js. The session is clean: after each connection the board subscribes again, and what was published with
 * QoS 1 and not acknowledged is sent again, unless the broker does not want it (mqtt/denied.ts). What cannot be taken now is
 * refused, never stored without bound.
 */
import { createHash } from 'node:crypto';
import type mqtt from 'mqtt';
import { ErrorCode, type LogLevel, MqttQos } from '../../runtime/abi/generated/contract.ts';
import { checkUrl, type ConnectionOptions, isVersionRefusal, openConnection } from '../mqtt/connection.ts';
import { Denied, refusalOf } from '../mqtt/denied.ts';
import type { MqttDelivery, MqttLink } from './ports.ts';
import { checkPublication, MAX_PAYLOAD, Subscriptions } from './subscriptions.ts';
import { OFFLINE, ONLINE, STATE_TOPIC } from './topics.ts';

/** Publications that may wait for the broker. */
const MAX_IN_FLIGHT = 32;

export interface MqttOptions extends Omit<ConnectionOptions, 'clientId' | 'will'> {
  /** The device's base topic: `baseTopic(identity)`, below a profile's prefix where the broker wants one (`profileBase`). */
  base: string;
}

export class MqttClient implements MqttLink {
  readonly #options: MqttOptions;
  readonly #subscriptions = new Subscriptions();
  #denied = new Denied();
  #client: mqtt.MqttClient | undefined;
  #inFlight = 0;
  #note: (level: LogLevel, text: string) => void = () => {};

  /** Throws broker-url. Connects only in `start()`, which throws broker-credentials. */
  constructor(options: MqttOptions) {
    checkUrl(options.url);
    this.#options = options;
  }

  start(deliver: MqttDelivery, note: (level: LogLevel, text: string) => void): void {
    const { base, ...connection } = this.#options;
    const { url } = connection;
    this.#note = note;
    this.#inFlight = 0;
    this.#denied = new Denied();
    const client = openConnection({
      ...connection,
      // At most 23 letters and digits are what every server takes (clause 3.1.3.1).
      clientId: `mote${createHash('sha256').update(base).digest('hex').slice(0, 16)}`,
      will: { topic: `${base}/${STATE_TOPIC}`, payload: OFFLINE, qos: 1, retain: true },
    });
    this.#client = client;

    let last = '';
    let reason = '';
    let again = false;
    const report = (level: LogLevel, text: string) => {
      if (text !== last) note(level, text);
      last = text;
    };
    client.on('connect', () => {
      reason = '';
      report('info', `connected to ${new URL(url).host} as ${base}`);
      const filters = this.#subscriptions.all();
      if (filters.length > 0) this.#ask(filters);
      if (!this.#denied.has(STATE_TOPIC)) this.#send(client, STATE_TOPIC, ONLINE, MqttQos.retained);
    });
    client.on('close', () => {
      if (!again) report('warn', `not connected to ${new URL(url).host}${reason}`);
      again = false;
      const given = this.#client === client ? this.#denied.disconnected() : undefined;
      if (given) client.removeOutgoingMessage(given.id);
    });
    client.on('error', (error) => {
      again = isVersionRefusal(error);
      reason = `: ${describe(error)}`;
    });
    client.on('message', (topic, payload) => {
      if (this.#client !== client || !topic.startsWith(`${base}/`)) return;
      if (payload.length > MAX_PAYLOAD) return note('warn', `dropped ${payload.length} bytes on ${topic}`);
      const relative = topic.slice(base.length + 1);
      for (const actor of this.#subscriptions.actors(relative)) deliver(actor, relative, payload);
    });
  }

  async stop(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    this.#subscriptions.clear();
    await client?.endAsync(true);
  }

  connected(): boolean {
    return this.#client?.connected ?? false;
  }

  publish(topic: string, payload: Uint8Array, qos: number): number {
    const refusal = checkPublication(topic, payload, qos);
    if (refusal < 0) return refusal;
    const client = this.#client;
    if (!client?.connected) return ErrorCode.offline;
    if (this.#denied.has(topic)) return ErrorCode.denied;
    if (this.#inFlight >= MAX_IN_FLIGHT) return ErrorCode.busy;
    this.#inFlight++;
    this.#send(client, topic, payload, qos, () => this.#inFlight--);
    return 0;
  }

  #send(client: mqtt.MqttClient, topic: string, payload: Uint8Array, qos: number, done = () => {}): void {
    const denied = this.#denied;
    const before = client.getLastMessageId();
    let id = before;
    const options = { qos: qos === MqttQos['at-most-once'] ? 0 : 1, retain: qos === MqttQos.retained } as const;
    client.publish(`${this.#options.base}/${topic}`, Buffer.from(payload), options, (error, packet) => {
      denied.done(id);
      if (this.#client !== client) return;
      done();
      const refusal = refusalOf((packet as { reasonCode?: number } | undefined)?.reasonCode);
      if (refusal !== undefined) denied.deny(topic);
      if (error) this.#note('warn', `lost a publication on ${topic}: ${refusal ?? describe(error)}`);
    });
    id = client.getLastMessageId();
    // Unchanged: it waits until what is being sent again is through, and has no identifier yet.
    if (options.qos === 1 && id !== before) denied.sent(id, topic);
  }

  subscribe(actor: number, filter: string): number {
    const answer = this.#subscriptions.add(actor, filter);
    if (answer === 0 && this.connected()) this.#ask([filter]);
    return answer;
  }

  forget(actor: number): void {
    const unused = this.#subscriptions.forget(actor).map((filter) => this.#absolute(filter));
    if (unused.length > 0 && this.connected()) this.#client!.unsubscribe(unused);
  }

  #ask(filters: string[]): void {
    const client = this.#client!;
    client.subscribe(
      filters.map((filter) => this.#absolute(filter)),
      { qos: 1 },
      (error, granted) => {
        if (this.#client !== client) return;
        if (error) this.#note('warn', `not subscribed: ${describe(error)}`);
        // 0x80 is the broker's refusal (clause 3.9.3).
        for (const { topic, qos } of granted ?? []) if (qos > 2) this.#note('warn', `not subscribed to ${topic}`);
      },
    );
  }

  #absolute(filter: string): string {
    return `${this.#options.base}/${filter}`;
  }
}

function describe(error: Error & { code?: unknown }): string {
  return typeof error.code === 'string' ? error.code : error.message;
}
