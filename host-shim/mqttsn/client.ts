/** The module's client as a class: sans-IO, one instance of the Wasm each. Datagrams, time and wishes in; frames and events out. */
import { FIELD, FLAG, qosOf } from './codec.ts';
import { FrameRefused, type Qos, REFUSALS, shortTopicName, type TopicIdType } from './messages.ts';
import { mqttSnModule } from './wasm.ts';

/** Names of modules/mqtt-sn/assembly/events.ts. */
const EVENTS = [
  'nothing',
  'connected',
  'refused',
  'lost',
  'disconnected',
  'message',
  'published',
  'rejected',
  'subscribed',
  'subscribe-rejected',
  'unsubscribed',
  'asleep',
  'gateway-found',
  'will-updated',
  'congested',
  'repeated',
  'dropped',
] as const;

const STATES = ['off', 'connecting', 'active', 'asleep', 'awake'] as const;
const TYPES: readonly TopicIdType[] = ['normal', 'predefined', 'short'];

/** Numbers of modules/mqtt-sn/assembly/config.ts. Times in milliseconds, the keep alive in seconds. */
const SETTINGS = {
  keepAlive: 0,
  retry: 1,
  retryMax: 2,
  retries: 3,
  wait: 4,
  searchDelay: 5,
  answerDelay: 6,
  radius: 7,
  clean: 8,
  discover: 9,
  avoid255: 10,
} as const;

export type Settings = Partial<Record<keyof typeof SETTINGS, number>>;

export interface ClientEvent {
  type: Exclude<(typeof EVENTS)[number], 'nothing'>;
  /** The topic's handle, -1 when the event is about none. */
  topic: number;
  /** ReturnCode, granted QoS, gateway id, or for `lost` 0 silence and 1 DISCONNECT. */
  code: number;
  /** Of a `message`. */
  message?: Publication;
}

export interface Publication {
  /** Its name; undefined for a predefined topic without one. */
  topic: string | undefined;
  topicIdType: TopicIdType;
  topicId: number;
  qos: Qos;
  retain: boolean;
  dup: boolean;
  payload: Uint8Array;
}

/** A frame to send; without an address to everybody in reach. */
export interface OutgoingFrame {
  frame: Uint8Array;
  to: Uint8Array | undefined;
}

export interface ClientOptions {
  /** 1 to 23 octets of UTF-8. */
  clientId: string;
  settings?: Settings;
  /** For the random delays. */
  seed?: number;
  /** The Wireless Node Id behind a forwarder. */
  node?: Uint8Array;
  /** Which build: `board` has room for longer datagrams and more topics. */
  build?: 'client' | 'board';
  /** What `idLimit` last gave, so that no MsgId is used twice across restarts. */
  idLimit?: number;
}

type Call = (...args: number[]) => number;
interface Exports extends Record<string, unknown> {
  memory: WebAssembly.Memory;
}

/** Throws FrameRefused (E_ARGUMENT) for a client id of the wrong length. */
export async function loadClient(options: ClientOptions): Promise<SnClient> {
  return new SnClient(await mqttSnModule(options.build ?? 'client'), options);
}

/**
 * After every call: keep `idLimit()`, send what `frames()` gives, and call `tick` when `deadline()` milliseconds have passed.
 * `now` is a clock in milliseconds. Methods throw FrameRefused with the module's refusal; receive and tick return it.
 */
export class SnClient {
  readonly memory: WebAssembly.Memory;
  readonly #call: Record<string, Call>;
  readonly #input: number;
  readonly #room: number;

  constructor(module: WebAssembly.Module, { clientId, settings = {}, seed = 1, node, idLimit = 0 }: ClientOptions) {
    const exports = new WebAssembly.Instance(module, {}).exports as unknown as Exports;
    this.memory = exports.memory;
    this.#call = exports as unknown as Record<string, Call>;
    this.#input = this.#call.input!();
    this.#room = this.#call.inputRoom!();
    for (const [name, value] of Object.entries(settings)) this.set(name as keyof typeof SETTINGS, value);
    this.#call.setSeed!(seed);
    this.#call.startIds!(idLimit);
    this.#with('identify', clientId);
    if (node) this.#with('encapsulate', node);
  }

  set(name: keyof typeof SETTINGS, value: number): void {
    this.#call.set!(SETTINGS[name], value);
  }

  /** `address`: 1 to 18 octets, as they come with datagrams. */
  addGateway(gwId: number, address: Uint8Array): void {
    this.#put(address, 0);
    this.#check(this.#call.addGateway!(gwId, this.#input, address.length));
  }

  /** A topic's handle. A predefined one may have a name, too, for gateways that do not know the id. */
  topic(name: string, type: TopicIdType = 'normal', id = 0): number {
    const octets = Buffer.from(name, 'utf8');
    this.#put(octets, 0);
    return this.#check(this.#call.topic!(TYPES.indexOf(type), id, this.#input, octets.length));
  }

  forget(topic: number): void {
    this.#check(this.#call.forget!(topic));
  }

  connect(now: number): void {
    this.#check(this.#call.connect!(now));
  }

  disconnect(now: number): void {
    this.#check(this.#call.disconnect!(now));
  }

  /** 1 to 65535 seconds. */
  sleep(seconds: number, now: number): void {
    this.#check(this.#call.sleep!(seconds, now));
  }

  wake(now: number): void {
    this.#check(this.#call.wake!(now));
  }

  /** The will, or with an empty topic none. */
  will(
    topic: string,
    message: Uint8Array,
    { qos = 0, retain = false }: { qos?: Qos; retain?: boolean },
    now: number,
  ): void {
    const name = Buffer.from(topic, 'utf8');
    this.#put(name, 0);
    this.#put(message, name.length);
    const flags = (qos << 5) | (retain ? FLAG.retain : 0);
    this.#check(this.#call.will!(flags, this.#input, name.length, this.#input + name.length, message.length, now));
  }

  publish(
    topic: number,
    payload: Uint8Array,
    { qos = 0, retain = false }: { qos?: Qos; retain?: boolean },
    now: number,
  ) {
    this.#put(payload, 0);
    const flags = ((qos & 3) << 5) | (retain ? FLAG.retain : 0);
    this.#check(this.#call.publish!(topic, flags, this.#input, payload.length, now));
  }

  subscribe(topic: number, qos: 0 | 1 | 2, now: number): void {
    this.#check(this.#call.subscribe!(topic, qos, now));
  }

  unsubscribe(topic: number, now: number): void {
    this.#check(this.#call.unsubscribe!(topic, now));
  }

  /** An event, a refusal's word (E_…), or undefined. */
  receive(datagram: Uint8Array, from: Uint8Array, now: number): ClientEvent | string | undefined {
    if (datagram.length > this.#room || from.length > 18) return REFUSALS[-15];
    this.#put(datagram, 0);
    new Uint8Array(this.memory.buffer).set(from, this.#call.sender!());
    return this.#event(this.#call.receive!(datagram.length, from.length, now));
  }

  tick(now: number): ClientEvent | undefined {
    return this.#event(this.#call.tick!(now)) as ClientEvent | undefined;
  }

  /** Milliseconds until `tick` has something to do; Infinity: nothing. */
  deadline(now: number): number {
    const wait = this.#call.deadline!(now) >>> 0;
    return wait === 0xffff_ffff ? Number.POSITIVE_INFINITY : wait;
  }

  frames(now: number): OutgoingFrame[] {
    const out: OutgoingFrame[] = [];
    for (let length = this.#call.transmit!(now); length; length = this.#call.transmit!(now)) {
      const octets = this.#call.destinationLength!();
      const to = octets ? this.#copy(this.#call.destination!(), octets) : undefined;
      out.push({ frame: this.#copy(this.#call.output!(), length), to });
    }
    return out;
  }

  /** What to keep before the next frame is sent, so that a restart uses no MsgId twice; undefined: nothing new. */
  idLimit(): number | undefined {
    const limit = this.#call.idLimit!();
    return limit < 0 ? undefined : limit;
  }

  /** No publication or request is under way. */
  get idle(): boolean {
    return this.#call.idle!() !== 0;
  }

  get state(): (typeof STATES)[number] {
    return STATES[this.#call.state!()]!;
  }

  /** Octets of linear memory in use. */
  get memoryEnd(): number {
    return this.#call.memoryEnd!();
  }

  #event(result: number): ClientEvent | string | undefined {
    if (result < 0) return REFUSALS[result] ?? `E_${result}`;
    const type = EVENTS[result];
    if (type === undefined || type === 'nothing') return undefined;
    const view = new DataView(this.memory.buffer);
    const at = this.#call.event!();
    const event: ClientEvent = { type, topic: view.getInt32(at, true), code: view.getUint32(at + 4, true) };
    if (type === 'message') event.message = this.#message(event.topic);
    return event;
  }

  #message(topic: number): Publication {
    const fields = new Uint32Array(this.memory.buffer, this.#call.fields!(), 16);
    const flags = fields[FIELD.flags]!;
    const topicId = fields[FIELD.topicId]!;
    const topicIdType = TYPES[flags & 3]!;
    let name: string | undefined;
    if (topicIdType === 'short') name = shortTopicName(topicId);
    else if (topic >= 0) {
      const octets = this.#copy(this.#call.nameOf!(topic), this.#call.nameLengthOf!(topic));
      name = Buffer.from(octets).toString('utf8') || undefined;
    }
    return {
      topic: name,
      topicIdType,
      topicId,
      qos: qosOf(flags),
      retain: (flags & FLAG.retain) !== 0,
      dup: (flags & FLAG.dup) !== 0,
      payload: this.#copy(fields[FIELD.data]!, fields[FIELD.dataLength]!),
    };
  }

  #with(name: string, data: string | Uint8Array): void {
    const octets = typeof data === 'string' ? Buffer.from(data, 'utf8') : data;
    this.#put(octets, 0);
    this.#check(this.#call[name]!(this.#input, octets.length));
  }

  #put(data: Uint8Array, at: number): void {
    if (at + data.length > this.#room) throw new FrameRefused(-15);
    new Uint8Array(this.memory.buffer).set(data, this.#input + at);
  }

  #copy(at: number, length: number): Uint8Array {
    return new Uint8Array(this.memory.buffer).slice(at, at + length);
  }

  #check(result: number): number {
    if (result < 0) throw new FrameRefused(result);
    return result;
  }
}
