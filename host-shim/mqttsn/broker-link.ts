/**
 * The gateway's side towards MQTT, on MQTT.js. Transparent: a connection for each client, so the broker keeps its session and
 * its will. Aggregating: one connection for all, so the gateway keeps them.
 */
import mqtt from 'mqtt';
import { fault } from '../errors.ts';
import { matches } from '../board/topics.ts';

/** A message on its way to a client. `done` is called once when it is delivered, or cannot be. */
export interface Delivery {
  topic: string;
  payload: Uint8Array;
  qos: 0 | 1 | 2;
  retain: boolean;
  done(): void;
  /** The session ended before: only where the gateway, not the broker, keeps what is not delivered. */
  keep?(): void;
}

export interface Will {
  topic: string;
  payload: Uint8Array;
  qos: 0 | 1 | 2;
  retain: boolean;
}

/** What one client has of the broker. Promises reject when the connection is lost. */
export interface Link {
  publish(topic: string, payload: Uint8Array, options: { qos: 0 | 1 | 2; retain: boolean }): Promise<void>;
  /** The QoS granted; 128: refused. */
  subscribe(filter: string, qos: 0 | 1 | 2): Promise<number>;
  unsubscribe(filter: string): Promise<void>;
  /** The client said goodbye: no will. */
  leave(): Promise<void>;
  /** The client was lost: its will is published, by the broker or by us. */
  lose(): Promise<void>;
}

export interface LinkOptions {
  clientId: string;
  clean: boolean;
  will: Will | undefined;
  deliver(delivery: Delivery): void;
  /** The broker is gone, or has thrown the client out. */
  closed(): void;
}

export interface BrokerSide {
  open(options: LinkOptions): Promise<Link>;
  /** Publishes with QoS 0 outside of any session: for QoS -1 and changed wills. */
  publishOnce(message: Omit<Will, 'qos'>): void;
  stop(): Promise<void>;
}

export interface BrokerOptions {
  /** mqtt://host:port or mqtts:// */
  url: string;
  username?: string | undefined;
  password?: string | undefined;
}

const CONNECT_TIMEOUT = 10_000;
const LEAVE_TIMEOUT = 1_000;
/** Messages kept for a client of an aggregating gateway that is asleep or away. */
const MAX_KEPT = 256;
/** Messages outside of sessions that wait for the broker. */
const MAX_ONCE = 64;

/** Throws broker-url. */
export function brokerSide(options: BrokerOptions, mode: 'transparent' | 'aggregating', gatewayId: string): BrokerSide {
  if (!/^mqtts?:$/.test(URL.canParse(options.url) ? new URL(options.url).protocol : '')) {
    throw fault('broker-url', { url: options.url });
  }
  return mode === 'transparent' ? new Transparent(options, gatewayId) : new Aggregating(options, gatewayId);
}

function connect({ url, username, password }: BrokerOptions, more: mqtt.IClientOptions): mqtt.MqttClient {
  return mqtt.connect(url, {
    protocolVersion: 4,
    connectTimeout: CONNECT_TIMEOUT,
    resubscribe: false,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...more,
  });
}

/** The gateway's own connection, tried again by itself. */
class Shared {
  readonly client: mqtt.MqttClient;
  readonly #waiting: Omit<Will, 'qos'>[] = [];

  constructor(options: BrokerOptions, gatewayId: string) {
    const more = { clientId: gatewayId, clean: true, keepalive: 30, reconnectPeriod: 1_000, resubscribe: true };
    this.client = connect(options, { ...more, queueQoSZero: false });
    // Without a handler, an error would end the process.
    this.client.on('error', () => undefined);
    this.client.on('connect', () => {
      for (const message of this.#waiting.splice(0)) this.publishOnce(message);
    });
  }

  /** With QoS 0; without a connection the first few wait for it, the others are lost. */
  publishOnce(message: Omit<Will, 'qos'>): void {
    const { topic, payload, retain } = message;
    if (this.client.connected) this.client.publish(topic, Buffer.from(payload), { qos: 0, retain });
    else if (this.#waiting.length < MAX_ONCE) this.#waiting.push(message);
  }
}

const packetQos = (packet: { qos: number }) => packet.qos as 0 | 1 | 2;

class Transparent implements BrokerSide {
  readonly #options: BrokerOptions;
  readonly #gatewayId: string;
  readonly #clients = new Set<mqtt.MqttClient>();
  #own: Shared | undefined;
  #stopped = false;

  constructor(options: BrokerOptions, gatewayId: string) {
    this.#options = options;
    this.#gatewayId = gatewayId;
  }

  publishOnce(message: Omit<Will, 'qos'>): void {
    this.#own ??= new Shared(this.#options, this.#gatewayId);
    this.#own.publishOnce(message);
  }

  async stop(): Promise<void> {
    await Promise.all(
      [...this.#clients, ...(this.#own ? [this.#own.client] : [])].map((client) => client.endAsync(true)),
    );
  }

  async open({ clientId, clean, will, deliver, closed }: LinkOptions): Promise<Link> {
    if (this.#stopped) throw new Error('the gateway has stopped');
    const client = connect(this.#options, {
      clientId,
      clean,
      // The stream stands still while a message waits for its client, so that the broker keeps what is not delivered.
      // MQTT's own keep alive would take that for silence: TCP's does it.
      keepalive: 0,
      reconnectPeriod: 0,
      ...(will ? { will: { ...will, payload: Buffer.from(will.payload) } } : {}),
    });
    this.#clients.add(client);
    let open = true;
    const end = async (force: boolean) => {
      open = false;
      this.#clients.delete(client);
      // MQTT.js says goodbye when all is acknowledged, which a stream that stands still can prevent for ever.
      let patience: NodeJS.Timeout | undefined;
      const enough = new Promise<void>((resolve) => {
        patience = setTimeout(resolve, LEAVE_TIMEOUT);
      });
      await Promise.race([client.endAsync(force), enough]);
      clearTimeout(patience);
      client.stream?.destroy();
    };
    // MQTT.js acknowledges when the callback is called: the device's acknowledgement comes first.
    client.handleMessage = (packet, callback) =>
      deliver({
        topic: packet.topic,
        payload: typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload,
        qos: packetQos(packet),
        retain: packet.retain,
        done: () => {
          if (open) callback();
        },
      });
    try {
      await new Promise<void>((resolve, reject) => {
        client.once('connect', () => resolve());
        client.once('error', reject);
        client.once('close', () => reject(new Error('closed')));
      });
    } catch (error) {
      client.on('error', () => {});
      await end(true);
      throw error;
    }
    const socket = client.stream as { setKeepAlive?: (on: boolean, delay: number) => void };
    socket.setKeepAlive?.(true, 30_000);
    client.on('error', () => {});
    client.on('close', () => {
      if (!open) return;
      void end(true);
      closed();
    });
    return {
      publish: async (topic, payload, how) => void (await client.publishAsync(topic, Buffer.from(payload), how)),
      subscribe: async (filter, qos) => {
        const [grant] = await subscribe(client, filter, qos);
        return grant ?? 128;
      },
      unsubscribe: async (filter) => void (await client.unsubscribeAsync(filter)),
      leave: () => end(false),
      lose: () => end(true),
    };
  }
}

/** The codes of SUBACK: MQTT.js makes an error of 128. */
async function subscribe(client: mqtt.MqttClient, filter: string, qos: 0 | 1 | 2): Promise<number[]> {
  try {
    return (await client.subscribeAsync(filter, { qos })).map((grant) => grant.qos);
  } catch (error) {
    if (!client.connected) throw error;
    return [128];
  }
}

type Kept = Omit<Delivery, 'done' | 'keep'>;

/** What the gateway keeps for a client of one connection for all. */
interface Member {
  filters: Map<string, 0 | 1 | 2>;
  options: LinkOptions | undefined;
  /** While it is away. */
  kept: Kept[];
}

class Aggregating implements BrokerSide {
  readonly #shared: Shared;
  readonly #client: mqtt.MqttClient;
  readonly #members = new Map<string, Member>();
  /** How many clients want a filter. */
  readonly #wanted = new Map<string, number>();

  constructor(options: BrokerOptions, gatewayId: string) {
    this.#shared = new Shared(options, gatewayId);
    this.#client = this.#shared.client;
    this.#client.on('message', (topic, payload, packet) => {
      for (const member of this.#members.values())
        this.#route(member, topic, payload, packetQos(packet), packet.retain);
    });
  }

  publishOnce(message: Omit<Will, 'qos'>): void {
    this.#shared.publishOnce(message);
  }

  async stop(): Promise<void> {
    await this.#client.endAsync(true);
  }

  async open(options: LinkOptions): Promise<Link> {
    await this.#connected();
    const { clientId, clean, will } = options;
    let member = this.#members.get(clientId);
    if (member && clean) {
      this.#forget(clientId, member);
      member = undefined;
    }
    const mine: Member = member ?? { filters: new Map(), options: undefined, kept: [] };
    mine.options = options;
    this.#members.set(clientId, mine);
    queueMicrotask(() => {
      for (const message of mine.kept.splice(0)) this.#give(mine, message);
    });
    const close = () => {
      if (mine.options !== options) return;
      mine.options = undefined;
      if (clean) this.#forget(clientId, mine);
    };
    return {
      publish: async (topic, payload, how) => void (await this.#client.publishAsync(topic, Buffer.from(payload), how)),
      subscribe: async (filter, qos) => {
        const [grant = 128] = await subscribe(this.#client, filter, qos);
        if (grant === 128) return grant;
        if (!mine.filters.has(filter)) this.#wanted.set(filter, (this.#wanted.get(filter) ?? 0) + 1);
        mine.filters.set(filter, qos);
        return Math.min(grant, qos);
      },
      unsubscribe: async (filter) => {
        if (mine.filters.delete(filter)) this.#release(filter);
      },
      leave: async () => close(),
      lose: async () => {
        close();
        if (will) this.#client.publish(will.topic, Buffer.from(will.payload), { qos: will.qos, retain: will.retain });
      },
    };
  }

  /** A gateway that has just been started is asked at once: told to wait, its clients would wait for minutes. */
  async #connected(): Promise<void> {
    if (this.#client.connected) return;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('not connected')), CONNECT_TIMEOUT);
      this.#client.once('connect', () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #route(member: Member, topic: string, payload: Uint8Array, qos: 0 | 1 | 2, retain: boolean): void {
    let most = -1;
    for (const [filter, wanted] of member.filters) {
      // Topics of the broker itself are not meant by a filter that begins with a wildcard (MQTT 4.7.2).
      if (matches(filter, topic) && !(topic.startsWith('$') && /^[+#]/.test(filter))) most = Math.max(most, wanted);
    }
    if (most < 0) return;
    const message = { topic, payload, qos: Math.min(qos, most) as 0 | 1 | 2, retain };
    this.#give(member, message);
  }

  #give(member: Member, message: Kept): void {
    const keep = () => {
      if (message.qos > 0 && member.kept.length < MAX_KEPT) member.kept.push(message);
    };
    if (member.options) member.options.deliver({ ...message, done: () => {}, keep });
    else keep();
  }

  #forget(clientId: string, member: Member): void {
    for (const filter of member.filters.keys()) this.#release(filter);
    this.#members.delete(clientId);
  }

  #release(filter: string): void {
    const left = (this.#wanted.get(filter) ?? 1) - 1;
    if (left > 0) this.#wanted.set(filter, left);
    else {
      this.#wanted.delete(filter);
      this.#client.unsubscribe(filter);
    }
  }
}
