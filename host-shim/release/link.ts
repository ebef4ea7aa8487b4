/** One device at a broker, for what is sent to it and what it reports (docs/update-protocol.md). */
import type { MqttClient } from 'mqtt';
import { parseBase } from '../board/topics.ts';
import { fault } from '../errors.ts';
import { sameBytes } from './cbor.ts';
import {
  decodeReport,
  encodeToDevice,
  type Report,
  type State,
  TOPIC_FROM,
  TOPIC_TO,
  type ToDevice,
} from './protocol.ts';

export interface LinkOptions {
  /** The broker's URL, or a client that is connected to it and stays the caller's. */
  broker: string | MqttClient;
  /** The device's base topic, `org/edge/type/thing`. */
  device: string;
  /** Longest wait without progress (another state, or more bytes asked for), ms. Default 60 000. */
  timeoutMs?: number;
  /** Silence after which the last message is sent again, ms. Default 1000. */
  resendMs?: number;
}

/** What is left of a wait for a device. */
export type Patience = Required<Pick<LinkOptions, 'device' | 'timeoutMs' | 'resendMs'>>;

/** For as long as `use` takes. Throws topic-invalid, broker-*, and what `use` throws. */
export async function withLink<T>({ broker, device }: LinkOptions, use: (link: Link) => Promise<T>): Promise<T> {
  checkBaseTopic(device);
  const client = typeof broker === 'string' ? await connect(broker) : broker;
  const link = new Link(client, device);
  try {
    await link.open();
    return await use(link);
  } finally {
    link.close();
    if (client !== broker) await client.endAsync(true);
  }
}

/** Throws topic-invalid unless `topic` is a device's base topic. */
export function checkBaseTopic(topic: string): void {
  parseBase(topic);
}

/** A client that is connected. Throws broker-url, broker-credentials, broker-refused or broker-unreachable. */
export async function connect(url: string): Promise<MqttClient> {
  // MQTT.js takes 0.1 s to load: only who connects pays.
  const { connectBroker } = await import('../mqtt/connection.ts');
  return connectBroker(url);
}

/** The first report about this transfer, which `message` asks for again and again. Throws device-silent. */
export async function answerTo(
  link: Link,
  message: ToDevice & { transfer: Uint8Array },
  patience: Patience,
): Promise<Report> {
  const end = performance.now() + patience.timeoutMs;
  let next = 0;
  for (let now = performance.now(); now < end; now = performance.now()) {
    if (now >= next) {
      link.send(message);
      next = now + patience.resendMs;
    }
    const report = await link.next(Math.min(next, end) - now);
    if (report?.transfer && sameBytes(report.transfer, message.transfer)) return report;
  }
  throw gaveUp(link, patience, null);
}

/** device-silent, or push-stalled in this state. */
export function gaveUp(link: Link, { device, timeoutMs }: Pick<Patience, 'device' | 'timeoutMs'>, state: State | null) {
  const detail = [
    link.connected ? '' : '; the connection to the broker is lost',
    link.trouble && `; ${link.trouble}`,
    link.unreadable > 0 ? `; ${link.unreadable} of its reports could not be read (${link.lastFault})` : '',
  ].join('');
  const seconds = Math.round(timeoutMs / 100) / 10;
  return state === null
    ? fault('device-silent', { device, seconds, detail })
    : fault('push-stalled', { device, seconds, state, detail });
}

/** One device's two topics. */
export class Link {
  unreadable = 0;
  lastFault = '';
  /** Why the last piece of the bundle could not be sent. */
  trouble = '';
  readonly #client: MqttClient;
  readonly #device: string;
  readonly #queue: Report[] = [];
  #wake: () => void = () => {};

  constructor(client: MqttClient, device: string) {
    this.#client = client;
    this.#device = device;
  }

  get client(): MqttClient {
    return this.#client;
  }

  get connected(): boolean {
    return this.#client.connected;
  }

  async open(): Promise<void> {
    this.#client.on('message', this.#receive);
    // Without a listener a lost connection would end the process; the client connects again by itself.
    this.#client.on('error', this.#ignore);
    await this.#subscribe();
    // The session is clean: a broker that restarts, or loses us, has forgotten it.
    this.#client.on('connect', this.#subscribeAgain);
  }

  close(): void {
    this.#client.off('message', this.#receive);
    this.#client.off('error', this.#ignore);
    this.#client.off('connect', this.#subscribeAgain);
  }

  async #subscribe(): Promise<void> {
    await this.#client.subscribeAsync(`${this.#device}/${TOPIC_FROM}`, { qos: 1 });
  }

  /** False when there is no connection: nothing is queued then, since it would be out of date. */
  send(message: ToDevice): boolean {
    if (!this.#client.connected) return false;
    const payload = Buffer.from(encodeToDevice(message));
    // What is lost here is sent again after the next silence.
    this.#client.publishAsync(`${this.#device}/${TOPIC_TO}`, payload, { qos: 1 }).catch(() => {});
    return true;
  }

  /** The next report, or null after `ms`. */
  async next(ms: number): Promise<Report | null> {
    if (this.#queue.length === 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.max(0, ms));
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return this.#queue.shift() ?? null;
  }

  readonly #ignore = (): void => {};

  readonly #subscribeAgain = (): void => {
    // When that fails the connection does, and the next one comes here again.
    this.#subscribe().catch(() => {});
  };

  readonly #receive = (topic: string, payload: Buffer, packet: { retain: boolean }): void => {
    // A retained report tells of the past.
    if (topic !== `${this.#device}/${TOPIC_FROM}` || packet.retain || this.#queue.length > 1000) return;
    try {
      this.#queue.push(decodeReport(payload));
      this.#wake();
    } catch (error) {
      this.unreadable += 1;
      this.lastFault = (error as Error).message;
    }
  };
}

/** A reason may quote a module, whose text must not drive a terminal. */
export const printable = (text: string): string => text.replace(/\p{Cc}/gu, '?');
