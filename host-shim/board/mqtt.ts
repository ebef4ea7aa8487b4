/**
 * MQTT 3.1.1 through MQTT.js. The session is clean: after each connection the board subscribes again, and what was
 * published with QoS 1 and not acknowledged is sent again. What cannot be taken now is refused, never stored without bound.
 */
import { createHash } from 'node:crypto';
import mqtt from 'mqtt';
import { ErrorCode, type LogLevel } from '../../runtime/abi/generated/contract.ts';
import { fault } from '../errors.ts';
import type { MqttDelivery, MqttLink } from './ports.ts';
import { matches, validFilter, validTopic } from './topics.ts';

/** Publications that may wait for the broker. */
const MAX_IN_FLIGHT = 32;
/** Bytes of a payload in either direction; no mailbox is longer. */
const MAX_PAYLOAD = 65536;
/** Filters of one actor. */
const MAX_FILTERS = 16;

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
  readonly #filters = new Map<number, Set<string>>();
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
      const filters = new Set([...this.#filters.values()].flatMap((filters) => [...filters]));
      if (filters.size > 0) this.#ask([...filters]);
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
      if (!validTopic(relative)) return;
      for (const [actor, filters] of this.#filters) {
        if ([...filters].some((filter) => matches(filter, relative))) deliver(actor, relative, payload);
      }
    });
  }

  async stop(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    this.#filters.clear();
    await client?.endAsync(true);
  }

  connected(): boolean {
    return this.#client?.connected ?? false;
  }

  publish(topic: string, payload: Uint8Array, qos: number): number {
    if (!validTopic(topic) || (qos !== 0 && qos !== 1)) return ErrorCode.invalid;
    if (payload.length > MAX_PAYLOAD) return ErrorCode['too-big'];
    const client = this.#client;
    if (!client?.connected) return ErrorCode.offline;
    if (this.#inFlight >= MAX_IN_FLIGHT) return ErrorCode.busy;
    this.#inFlight++;
    client.publish(`${this.#options.base}/${topic}`, Buffer.from(payload), { qos }, (error) => {
      if (this.#client !== client) return;
      this.#inFlight--;
      if (error) this.#note('warn', `lost a publication on ${topic}: ${describe(error)}`);
    });
    return 0;
  }

  subscribe(actor: number, filter: string): number {
    if (!validFilter(filter)) return ErrorCode.invalid;
    const filters = this.#filters.get(actor) ?? new Set();
    if (filters.has(filter)) return 0;
    if (filters.size >= MAX_FILTERS) return ErrorCode.busy;
    this.#filters.set(actor, filters.add(filter));
    if (this.connected()) this.#ask([filter]);
    return 0;
  }

  forget(actor: number): void {
    const filters = this.#filters.get(actor) ?? [];
    this.#filters.delete(actor);
    const wanted = new Set([...this.#filters.values()].flatMap((others) => [...others]));
    const unused = [...filters].filter((filter) => !wanted.has(filter));
    if (unused.length > 0 && this.connected())
      this.#client!.unsubscribe(unused.map((filter) => this.#absolute(filter)));
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
