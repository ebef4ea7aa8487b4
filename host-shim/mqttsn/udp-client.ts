/** The module's client on a UDP socket: the Wasm that runs on a device, with this machine's clock, net and event loop. */
import { randomInt } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { isIP } from 'node:net';
import { lookup } from 'node:dns/promises';
import { fault } from '../errors.ts';
import { type ClientEvent, type ClientOptions, loadClient, type Publication, type SnClient } from './client.ts';
import { FrameRefused, RETURN_CODES, type Qos, type TopicIdType } from './messages.ts';

export interface UdpClientOptions extends Omit<ClientOptions, 'seed'> {
  host: string;
  port: number;
  will?: { topic: string; payload: Uint8Array; qos: Qos; retain: boolean };
  onMessage?: (message: Publication) => void;
  /** All that happens, for people and tests. */
  onEvent?: (event: ClientEvent) => void;
}

export interface TopicOptions {
  type?: TopicIdType;
  /** Of a predefined topic. */
  id?: number;
}

/** Throws gateway-unreachable when the name has no address. */
export async function openUdpClient(options: UdpClientOptions): Promise<UdpClient> {
  const { host, port, will, ...rest } = options;
  const address = isIP(host) ? host : (await lookup(host).catch(() => undefined))?.address;
  if (address === undefined) throw fault('gateway-silent', { host, port, seconds: 0 });
  const module = { ...rest, seed: randomInt(1, 2 ** 32 - 1) };
  const client = await loadClient(module).catch((error) => refused(`the client id "${options.clientId}"`, error));
  client.addGateway(1, addressOctets(address, port));
  if (will) wish(`a will on ${will.topic}`, () => client.will(will.topic, will.payload, will, 0));
  const socket = createSocket(isIP(address) === 6 ? 'udp6' : 'udp4');
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(0, resolve);
  });
  return new UdpClient(client, socket, options);
}

export class UdpClient {
  readonly #client: SnClient;
  readonly #socket: Socket;
  readonly #options: UdpClientOptions;
  readonly #topics = new Map<string, number>();
  readonly #waiting = new Set<(event: ClientEvent) => void>();
  readonly #sending = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;
  #over = false;

  /** Use `openUdpClient`. */
  constructor(client: SnClient, socket: Socket, options: UdpClientOptions) {
    this.#client = client;
    this.#socket = socket;
    this.#options = options;
    socket.on('message', (datagram, from) => {
      this.#after(client.receive(datagram, addressOctets(from.address, from.port), now()));
    });
    // Nobody listens there: the client finds out by its silence.
    socket.on('error', () => undefined);
  }

  get state(): SnClient['state'] {
    return this.#client.state;
  }

  /** Resolves when the gateway has accepted us. Throws gateway-refused, or gateway-silent after `timeout` milliseconds. */
  async connect(timeout = 10_000): Promise<void> {
    this.#client.connect(now());
    const { type, code } = await this.#until(['connected', 'refused'], timeout);
    if (type === 'refused') throw fault('gateway-refused', { what: 'CONNECT', reason: reasonOf(code) });
  }

  /** Resolves when it is sent (QoS -1, 0) or acknowledged. Throws gateway-refused, gateway-silent or sn-argument. */
  async publish(
    topic: string,
    payload: Uint8Array,
    {
      qos = 0,
      retain = false,
      timeout = 10_000,
      ...how
    }: TopicOptions & { qos?: Qos; retain?: boolean; timeout?: number } = {},
  ): Promise<void> {
    const handle = this.#handle(topic, how);
    const what = `${payload.length} octets on ${topic || how.id}`;
    wish(what, () => this.#client.publish(handle, payload, { qos, retain }, now()));
    if (qos <= 0) return this.#sent(timeout);
    const { type, code } = await this.#until(['published', 'rejected'], timeout);
    if (type === 'rejected') throw fault('gateway-refused', { what: topic, reason: reasonOf(code) });
  }

  /** Resolves with the QoS granted. Throws gateway-refused or gateway-silent. */
  async subscribe(
    topic: string,
    qos: 0 | 1 | 2,
    { timeout = 10_000, ...how }: TopicOptions & { timeout?: number } = {},
  ) {
    this.#client.subscribe(this.#handle(topic, how), qos, now());
    const { type, code } = await this.#until(['subscribed', 'subscribe-rejected'], timeout);
    if (type === 'subscribe-rejected') throw fault('gateway-refused', { what: topic, reason: reasonOf(code) });
    return code;
  }

  async unsubscribe(
    topic: string,
    { timeout = 10_000, ...how }: TopicOptions & { timeout?: number } = {},
  ): Promise<void> {
    this.#client.unsubscribe(this.#handle(topic, how), now());
    await this.#until(['unsubscribed'], timeout);
  }

  /** Tells the gateway another will; an empty topic: none. Throws gateway-refused or gateway-silent. */
  async will(
    topic: string,
    payload: Uint8Array,
    { timeout = 10_000, ...how }: { qos?: Qos; retain?: boolean; timeout?: number },
  ) {
    wish(`a will on ${topic}`, () => this.#client.will(topic, payload, how, now()));
    for (let answers = topic ? 2 : 1; answers > 0; answers--) {
      const { code } = await this.#until(['will-updated'], timeout);
      if (code) throw fault('gateway-refused', { what: 'the will', reason: reasonOf(code) });
    }
  }

  /** Resolves when it sleeps; it wakes by itself before `seconds` are over, to fetch what the gateway keeps. */
  async sleep(seconds: number, timeout = 30_000): Promise<void> {
    wish(`${seconds} s of sleep`, () => this.#client.sleep(seconds, now()));
    await this.#until(['asleep'], timeout);
  }

  /** Fetch now what the gateway keeps; resolves when it sleeps again. */
  async wake(timeout = 30_000): Promise<void> {
    this.#client.wake(now());
    await this.#until(['asleep'], timeout);
  }

  /** Says goodbye, for at most `timeout` milliseconds, and frees the socket. */
  async close(timeout = 2_000): Promise<void> {
    if (this.#over) return;
    this.#client.disconnect(now());
    if (this.#client.state !== 'off') await this.#until(['disconnected'], timeout).catch(() => undefined);
    await Promise.all(this.#sending);
    this.abandon();
  }

  /** Ends without a word, as a device does that loses power. */
  abandon(): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#timer);
    this.#waiting.clear();
    this.#socket.removeAllListeners('message');
    this.#socket.close();
  }

  #handle(topic: string, { type = 'normal', id = 0 }: TopicOptions): number {
    const key = `${type} ${id} ${topic}`;
    const name = topic || `predefined ${id}`;
    const handle = this.#topics.get(key) ?? wish(name, () => this.#client.topic(topic, type, id));
    this.#topics.set(key, handle);
    return handle;
  }

  /** QoS 0 has no acknowledgement; it has gone when the client is idle, which it becomes when frames are taken. */
  async #sent(timeout: number): Promise<void> {
    const end = Date.now() + timeout;
    for (this.#after(undefined); !this.#client.idle; ) {
      if (Date.now() > end) throw this.#silent(timeout);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await Promise.all(this.#sending);
  }

  #until(types: ClientEvent['type'][], timeout: number): Promise<ClientEvent> {
    return new Promise((resolve, reject) => {
      const finish = () => {
        clearTimeout(timer);
        this.#waiting.delete(listen);
      };
      const listen = (event: ClientEvent) => {
        if (!types.includes(event.type)) return;
        finish();
        resolve(event);
      };
      const timer = setTimeout(() => {
        finish();
        reject(this.#silent(timeout));
      }, timeout);
      this.#waiting.add(listen);
      this.#after(undefined);
    });
  }

  #silent(timeout: number) {
    const { host, port } = this.#options;
    return fault('gateway-silent', { host, port, seconds: timeout / 1000 });
  }

  /** After every call of the client: tell, send, and set the timer. */
  #after(event: ClientEvent | string | undefined): void {
    if (this.#over) return;
    if (typeof event === 'object') this.#tell(event);
    for (const { frame, to } of this.#client.frames(now())) {
      // Without an address it is for everybody in reach: discovery, which a client with a fixed gateway has switched off.
      if (to) this.#transmit(frame, (to.at(-2)! << 8) | to.at(-1)!, addressText(to));
    }
    clearTimeout(this.#timer);
    const wait = this.#client.deadline(now());
    if (wait === Number.POSITIVE_INFINITY) return;
    this.#timer = setTimeout(() => this.#after(this.#client.tick(now())), Math.min(wait + 1, 2 ** 31 - 1));
  }

  /** What could not be sent counts as lost on the way. */
  #transmit(frame: Uint8Array, port: number, address: string): void {
    const sent = new Promise<void>((resolve) => this.#socket.send(frame, port, address, () => resolve()));
    this.#sending.add(sent);
    void sent.then(() => this.#sending.delete(sent));
  }

  #tell(event: ClientEvent): void {
    if (event.message) this.#options.onMessage?.(event.message);
    this.#options.onEvent?.(event);
    for (const listen of [...this.#waiting]) listen(event);
  }
}

function wish<T>(what: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    return refused(what, error);
  }
}

/** Throws sn-argument for what the module refuses. */
function refused(what: string, error: unknown): never {
  throw error instanceof FrameRefused ? fault('sn-argument', { what, why: error.refusal }, error) : error;
}

const now = (): number => Math.floor(performance.now()) >>> 0;

const reasonOf = (code: number): string => RETURN_CODES[code as 0] ?? `return code ${code}`;

/** An address as the client keeps it: 4 or 16 octets and the port. */
function addressOctets(address: string, port: number): Uint8Array {
  const octets = isIP(address) === 4 ? address.split('.').map(Number) : ipv6Octets(address);
  return Uint8Array.of(...octets, port >> 8, port & 0xff);
}

function addressText(octets: Uint8Array): string {
  if (octets.length === 6) return octets.subarray(0, 4).join('.');
  return Array.from({ length: 8 }, (_, i) => ((octets[2 * i]! << 8) | octets[2 * i + 1]!).toString(16)).join(':');
}

function ipv6Octets(address: string): number[] {
  // URL writes an IPv6 address in its one canonical form.
  const [head = '', tail] = new URL(`http://[${address.split('%')[0]}]`).hostname.slice(1, -1).split('::');
  const groups = (text: string) => (text ? text.split(':') : []).map((group) => Number.parseInt(group, 16));
  const [left, right] = [groups(head), groups(tail ?? '')];
  const middle = tail === undefined ? [] : new Array<number>(8 - left.length - right.length).fill(0);
  return [...left, ...middle, ...right].flatMap((group) => [group >> 8, group & 0xff]);
}
