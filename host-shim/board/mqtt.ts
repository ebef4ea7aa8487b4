/**
 * MQTT 3.1.1 through MQTT.js. The session is clean: after each connection the board subscribes again, and what was
 * published with QoS 1 and not acknowledged is sent again. What cannot be taken now is refused, never stored without bound.
 */
import { createHash } from 'node:crypto';
import mqtt from 'mqtt';
import { ErrorCode, type LogLevel } from '../../runtime/abi/generated/contract.ts';
import { fault } from '../errors.ts';
import type { MqttDelivery, MqttLink } from './ports.ts';
import { checkPublication, MAX_PAYLOAD, Subscriptions } from './subscriptions.ts';

/** Publications that may wait for the broker. */
const MAX_IN_FLIGHT = 32;

export interface MqttOptions {
  /** mqtt://host:port, mqtts://, ws:// or wss:// */
  url: string;
  /** The device's base topic: `baseTopic(identity)`. */
  base: string;
  username?: string;
  password?: string;
  /** Milliseconds before the first and between later attempts to connect; doubled each time between the two. */
  retry?: { first: number; last: number };
}

export class MqttClient implements MqttLink {
  readonly #options: MqttOptions;
  readonly #subscriptions = new Subscriptions();
  #client: mqtt.MqttClient | undefined;
  #inFlight = 0;
  #note: (level: LogLevel, text: string) => void = () => {};

  /** Throws broker-url. Connects only in `start()`. */
  constructor(options: MqttOptions) {
    if (!/^(mqtt|ws)s?:$/.test(URL.canParse(options.url) ? new URL(options.url).protocol : '')) {
      throw fault('broker-url', { url: options.url });
    }
    this.#options = options;
  }

  start(deliver: MqttDelivery, note: (level: LogLevel, text: string) => void): void {
    const { url, base, username, password, retry = { first: 1000, last: 30_000 } } = this.#options;
    this.#note = note;
    this.#inFlight = 0;
    const client = mqtt.connect(url, {
      protocolVersion: 4,
      // At most 23 letters and digits are what every server takes (clause 3.1.3.1).
      clientId: `mote${createHash('sha256').update(base).digest('hex').slice(0, 16)}`,
      clean: true,
      keepalive: 30,
      connectTimeout: 10_000,
      reconnectPeriod: retry.first,
      reconnectOnConnackError: true,
      queueQoSZero: false,
      resubscribe: false,
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
    });
    this.#client = client;

    let last = '';
    let reason = '';
    const report = (level: LogLevel, text: string) => {
      if (text !== last) note(level, text);
      last = text;
    };
    client.on('connect', () => {
      client.options.reconnectPeriod = retry.first;
      reason = '';
      report('info', `connected to ${new URL(url).host} as ${base}`);
      const filters = this.#subscriptions.all();
      if (filters.length > 0) this.#ask(filters);
    });
    client.on('reconnect', () => {
      client.options.reconnectPeriod = Math.min(retry.last, client.options.reconnectPeriod! * 2);
    });
    client.on('close', () => report('warn', `not connected to ${new URL(url).host}${reason}`));
    client.on('error', (error) => {
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
    if (this.#inFlight >= MAX_IN_FLIGHT) return ErrorCode.busy;
    this.#inFlight++;
    client.publish(`${this.#options.base}/${topic}`, Buffer.from(payload), { qos: qos === 1 ? 1 : 0 }, (error) => {
      if (this.#client !== client) return;
      this.#inFlight--;
      if (error) this.#note('warn', `lost a publication on ${topic}: ${describe(error)}`);
    });
    return 0;
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
