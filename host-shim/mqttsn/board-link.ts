/**
 * A board's MQTT port over MQTT-SN: the client of modules/mqtt-sn on a UDP socket, for boards whose net is too thin for TCP.
 * One publication is under way at a time, a few wait; what cannot be taken now is refused, as every port does.
 */
import { createHash } from 'node:crypto';
import { ErrorCode, type LogLevel, MqttQos } from '../../runtime/abi/generated/contract.ts';
import type { MqttDelivery, MqttLink } from '../board/ports.ts';
import { checkPublication, Subscriptions } from '../board/subscriptions.ts';
import { OFFLINE, ONLINE, STATE_TOPIC } from '../board/topics.ts';
import type { Settings } from './client.ts';
import { openUdpClient, type UdpClient } from './udp-client.ts';

/** Publications that may wait for the one under way. */
const MAX_WAITING = 16;
/** Octets of a datagram of 1400, without the longest header of a PUBLISH (5.4.12). */
export const MAX_SN_PAYLOAD = 1400 - 9;
/** Longer than anything: the client itself decides when a gateway is lost. */
const NEVER = 2 ** 31 - 1;

export interface SnLinkOptions {
  host: string;
  /** UDP. */
  port: number;
  /** The device's base topic. */
  base: string;
  settings?: Settings;
}

export class SnMqttLink implements MqttLink {
  readonly #options: SnLinkOptions;
  readonly #subscriptions = new Subscriptions();
  #client: UdpClient | undefined;
  /** Rises with each start and stop: what belongs to a life before does nothing. */
  #life = 0;
  #waiting = 0;
  #queue: Promise<void> = Promise.resolve();
  #note: (level: LogLevel, text: string) => void = () => {};

  constructor(options: SnLinkOptions) {
    this.#options = options;
  }

  start(deliver: MqttDelivery, note: (level: LogLevel, text: string) => void): void {
    const life = ++this.#life;
    const { host, port, base, settings } = this.#options;
    this.#waiting = 0;
    this.#queue = Promise.resolve();
    let last = '';
    const report = (level: LogLevel, text: string) => {
      if (text !== last && this.#life === life) note(level, text);
      last = text;
    };
    this.#note = (level, text) => this.#life === life && note(level, text);
    const open = openUdpClient({
      ...{ host, port, build: 'board' },
      // Ids of one length: a widespread gateway takes device1 for device10 (it compares the shorter one's octets).
      clientId: `mote${createHash('sha256').update(base).digest('hex').slice(0, 16)}`,
      // The gateways that pass a frame of 255 octets on damaged do so to clients: to the broker it is whole.
      settings: { keepAlive: 30, clean: 0, avoid255: 0, ...settings },
      will: { topic: `${base}/${STATE_TOPIC}`, payload: OFFLINE, qos: 1, retain: true },
      onMessage: ({ topic, payload }) => {
        if (this.#life !== life || !topic?.startsWith(`${base}/`)) return;
        const relative = topic.slice(base.length + 1);
        for (const actor of this.#subscriptions.actors(relative)) deliver(actor, relative, payload);
      },
      onEvent: ({ type, code }) => {
        if (type === 'connected') {
          report('info', `connected to the gateway ${host}:${port} as ${base}`);
          if (this.#life === life) this.#send(STATE_TOPIC, ONLINE, MqttQos.retained);
        }
        if (type === 'lost')
          report('warn', `lost the gateway ${host}:${port}${code ? ': it said DISCONNECT' : ': it is silent'}`);
        if (type === 'congested') report('warn', `the gateway ${host}:${port} is congested`);
        if (type === 'dropped') report('warn', `lost a publication of QoS 0: return code ${code}`);
      },
    });
    open.then(
      (client) => {
        if (this.#life !== life) return client.abandon();
        this.#client = client;
        // It goes on trying; what becomes of it comes as events.
        void client.connect(NEVER).catch((error) => report('warn', String(error.message ?? error)));
        for (const filter of this.#subscriptions.all()) this.#ask(client, filter);
      },
      (error) => report('warn', String(error.message ?? error)),
    );
  }

  /** As a power cut: without a word to the gateway, which finds out by the silence. */
  async stop(): Promise<void> {
    this.#life++;
    this.#client?.abandon();
    this.#client = undefined;
    this.#subscriptions.clear();
  }

  connected(): boolean {
    return this.#client?.state === 'active';
  }

  publish(topic: string, payload: Uint8Array, qos: number): number {
    const refusal = checkPublication(topic, payload, qos);
    if (refusal < 0) return refusal;
    if (payload.length > MAX_SN_PAYLOAD) return ErrorCode['too-big'];
    const client = this.#client;
    if (!client || !this.connected()) return ErrorCode.offline;
    if (this.#waiting >= MAX_WAITING) return ErrorCode.busy;
    this.#waiting++;
    const life = this.#life;
    this.#send(topic, payload, qos, () => {
      if (this.#life === life) this.#waiting--;
    });
    return 0;
  }

  #send(topic: string, payload: Uint8Array, qos: number, done = () => {}): void {
    const client = this.#client;
    // Borrowed for the time of the call.
    const bytes = payload.slice();
    const retain = qos === MqttQos.retained;
    const options = { qos: qos === MqttQos['at-most-once'] ? 0 : 1, retain, timeout: NEVER } as const;
    this.#queue = this.#queue
      .then(() => client?.publish(`${this.#options.base}/${topic}`, bytes, options))
      .catch((error) => this.#note('warn', `lost a publication on ${topic}: ${String(error.message ?? error)}`))
      .finally(done);
  }

  subscribe(actor: number, filter: string): number {
    const known = this.#subscriptions.all().includes(filter);
    const answer = this.#subscriptions.add(actor, filter);
    if (answer === 0 && !known && this.#client) this.#ask(this.#client, filter);
    return answer;
  }

  forget(actor: number): void {
    const unused = this.#subscriptions.forget(actor);
    for (const filter of unused) {
      void this.#client?.unsubscribe(this.#absolute(filter), { timeout: NEVER }).catch(() => undefined);
    }
  }

  #ask(client: UdpClient, filter: string): void {
    client
      .subscribe(this.#absolute(filter), 1, { timeout: NEVER })
      .catch((error) => this.#note('warn', `not subscribed to ${filter}: ${String(error.message ?? error)}`));
  }

  #absolute(filter: string): string {
    return `${this.#options.base}/${filter}`;
  }
}
