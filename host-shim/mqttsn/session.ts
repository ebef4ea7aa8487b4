/** One client at the gateway: connecting, its will, sleep, keep alive, and what it sends. */
import { validFilter, validTopic } from '../board/topics.ts';
import type { BrokerSide, Link, Will } from './broker-link.ts';
import { Downlink, type DownlinkTimes } from './downlink.ts';
import type { Message } from './messages.ts';
import { type PredefinedTopics, TopicIds } from './topic-ids.ts';

export interface SessionOptions {
  clientId: string;
  broker: BrokerSide;
  predefined: PredefinedTopics;
  times: DownlinkTimes;
  send(message: Message): void;
  /** The session is over; the client is told with a DISCONNECT unless it knows. */
  ended(): void;
  note(text: string): void;
}

/** Received QoS 2 publications that are remembered. */
const MAX_HELD = 64;
/** Milliseconds in which the broker's next message for an awake client is waited for. */
const GRACE = 150;

export class Session {
  readonly clientId: string;
  readonly #options: SessionOptions;
  readonly #ids: TopicIds;
  readonly #downlink: Downlink;
  #link: Link | undefined;
  #state: 'connecting' | 'active' | 'asleep' | 'awake' | 'over' = 'connecting';
  #connect: Message | undefined;
  #opening = false;
  /** Nothing but CONNECT has come. */
  #fresh = false;
  #will: Will | undefined;
  /** The broker has an older will than the client wants: the gateway publishes this one. */
  #willChanged = false;
  #watch: NodeJS.Timeout | undefined;
  #grace: NodeJS.Timeout | undefined;
  #silence = 0;
  /** MsgIds of uplink requests whose answer is not known yet. */
  readonly #pending = new Set<number>();
  /** The last QoS 1 publication that was acknowledged: a repetition is acknowledged again, not published again. */
  #last: Message | undefined;
  /** QoS 2 publications, by MsgId, in order: a repetition that comes after PUBREL is known by DUP and its content. */
  readonly #held = new Map<number, { message: Message; released: boolean }>();

  constructor(options: SessionOptions) {
    this.clientId = options.clientId;
    this.#options = options;
    this.#ids = new TopicIds(options.predefined, options.clientId);
    this.#downlink = new Downlink({
      ids: this.#ids,
      times: options.times,
      send: (message) => this.#send(message),
      lost: () => this.lose('it does not acknowledge'),
      dropped: (topic, why) => options.note(`${options.clientId}: dropped a message on ${topic}: ${why}`),
    });
  }

  get state(): string {
    return this.#state;
  }

  /** Whether a CONNECT goes on with this session, instead of taking its place. */
  resumes({ cleanSession, will }: Message): boolean {
    if (this.#state === 'connecting') return true;
    if (this.#state === 'active') return this.#fresh;
    return !cleanSession && !will && (this.#state === 'asleep' || this.#state === 'awake');
  }

  /** A message of this client. */
  async handle(message: Message): Promise<void> {
    this.#heard();
    switch (message.type) {
      case 'CONNECT':
        return this.#connecting(message);
      case 'WILLTOPIC':
      case 'WILLMSG':
        return this.#willing(message);
      case 'PINGREQ':
        return this.#ping();
      case 'DISCONNECT':
        return this.#leave(message);
    }
    if (this.#state === 'connecting' || this.#state === 'over') return;
    this.#fresh = false;
    switch (message.type) {
      case 'REGISTER':
        return this.#register(message);
      case 'PUBLISH':
        return this.#publish(message);
      case 'PUBREL':
        this.#release(message.msgId!);
        return this.#send({ type: 'PUBCOMP', msgId: message.msgId! });
      case 'SUBSCRIBE':
        return this.#once(message, () => this.#subscribe(message));
      case 'UNSUBSCRIBE':
        return this.#once(message, () => this.#unsubscribe(message));
      case 'WILLTOPICUPD':
      case 'WILLMSGUPD':
        return this.#updateWill(message);
      case 'PUBACK':
      case 'PUBREC':
      case 'PUBCOMP':
      case 'REGACK':
        this.#downlink.answer(message);
        this.#awake();
    }
  }

  /** Ends the session as lost: the will is published. `tell`: with a DISCONNECT to the client. */
  lose(why: string, tell = true): void {
    if (this.#state === 'over') return;
    this.#options.note(`${this.clientId} lost: ${why}`);
    const will = this.#willChanged ? this.#will : undefined;
    if (will) this.#options.broker.publishOnce(will);
    this.#end(this.#willChanged ? (link) => link.leave() : (link) => link.lose(), tell);
  }

  /** Another connection of the same client takes over. */
  replace(): Promise<void> {
    return this.#end((link) => link.leave(), false);
  }

  #send(message: Message): void {
    if (this.#state !== 'over') this.#options.send(message);
  }

  async #end(how: (link: Link) => Promise<void>, tell: boolean): Promise<void> {
    if (this.#state === 'over') return;
    if (tell) this.#send({ type: 'DISCONNECT' });
    this.#state = 'over';
    clearTimeout(this.#watch);
    clearTimeout(this.#grace);
    this.#downlink.stop();
    this.#options.ended();
    const link = this.#link;
    this.#link = undefined;
    if (link) await how(link).catch(() => undefined);
  }

  /** 6.11, 7.2: silence of a tenth more than was promised, of half more when that was at most a minute. */
  #heard(): void {
    clearTimeout(this.#watch);
    if (!this.#silence || this.#state === 'over') return;
    const tolerance = this.#silence > 60 ? 1.1 : 1.5;
    this.#watch = setTimeout(() => this.lose('it is silent'), this.#silence * 1000 * tolerance);
  }

  #connecting(message: Message): Promise<void> | void {
    if (this.#state !== 'connecting') {
      // A repetition that crossed our CONNACK, or the end of sleep.
      this.#state = 'active';
      this.#send({ type: 'CONNACK', returnCode: 0 });
      return this.#downlink.open(true);
    }
    this.#connect = message;
    this.#silence = message.duration!;
    this.#heard();
    return message.will ? this.#send({ type: 'WILLTOPICREQ' }) : this.#open();
  }

  #willing({ type, data, qos = 0, retain = false }: Message): Promise<void> | void {
    if (this.#state !== 'connecting' || !this.#connect?.will) return;
    if (type === 'WILLMSG') {
      if (!this.#will) return;
      this.#will.payload = data!;
      return this.#open();
    }
    // 5.4.7: without flags and topic there is no will.
    if (!data) return this.#open();
    const topic = topicName(data);
    if (topic === undefined || qos < 0) return this.#end((link) => link.leave(), true);
    this.#will = { topic, payload: new Uint8Array(0), qos: qos as 0 | 1 | 2, retain };
    this.#send({ type: 'WILLMSGREQ' });
  }

  async #open(): Promise<void> {
    if (this.#opening) return;
    this.#opening = true;
    const { broker } = this.#options;
    try {
      const link = await broker.open({
        clientId: this.clientId,
        clean: this.#connect!.cleanSession!,
        will: this.#will,
        deliver: (delivery) => this.#downlink.push(delivery),
        closed: () => void this.#end(async () => undefined, true),
      });
      if (this.#state === 'over') return await link.lose();
      this.#link = link;
    } catch (error) {
      this.#options.note(`${this.clientId}: the broker refuses: ${error instanceof Error ? error.message : error}`);
      this.#send({ type: 'CONNACK', returnCode: 1 });
      await this.#end(async () => undefined, false);
      return;
    }
    this.#state = 'active';
    this.#fresh = true;
    this.#send({ type: 'CONNACK', returnCode: 0 });
    this.#downlink.open(true);
  }

  #ping(): void {
    if (this.#state === 'asleep') {
      this.#state = 'awake';
      this.#downlink.open(true);
      return void this.#awake();
    }
    // A repetition of what woke it.
    if (this.#state === 'awake') return void this.#awake();
    if (this.#state === 'active') this.#send({ type: 'PINGRESP' });
  }

  /** 6.14: PINGRESP when nothing more is waiting. The broker hands out the next message when one is acknowledged. */
  #awake(): void {
    if (this.#state !== 'awake') return;
    clearTimeout(this.#grace);
    this.#grace = setTimeout(() => {
      if (this.#state !== 'awake') return;
      if (!this.#downlink.empty) return this.#awake();
      this.#state = 'asleep';
      this.#downlink.open(false);
      this.#send({ type: 'PINGRESP' });
    }, GRACE);
  }

  async #leave({ duration }: Message): Promise<void> {
    if (duration !== undefined && duration > 0 && this.#link) {
      this.#state = 'asleep';
      this.#silence = duration;
      this.#heard();
      this.#downlink.open(false);
      this.#send({ type: 'DISCONNECT' });
      return;
    }
    await this.#end((link) => link.leave(), true);
  }

  #register({ msgId = 0, data }: Message): void {
    const name = topicName(data!);
    const topicId = name === undefined ? undefined : this.#ids.assign(name);
    if (name !== undefined && topicId !== undefined) this.#ids.confirm(name);
    const returnCode = name === undefined ? 3 : topicId === undefined ? 1 : 0;
    this.#send({ type: 'REGACK', topicId: topicId ?? 0, msgId, returnCode });
  }

  async #publish(message: Message): Promise<void> {
    const { qos = 0, msgId = 0, topicId = 0, topicIdType = 'normal', retain = false, data } = message;
    const topic = this.#ids.name({ topicIdType, topicId });
    if (topic === undefined || !validTopic(topic)) {
      return this.#send({ type: 'PUBACK', topicId, msgId: qos > 0 ? msgId : 0, returnCode: 2 });
    }
    const send = (level: 0 | 1 | 2) => this.#link!.publish(topic, data!, { qos: level, retain });
    if (qos <= 0) return void (await send(0).catch(() => undefined));
    const acknowledge = (): void =>
      this.#send(qos === 2 ? { type: 'PUBREC', msgId } : { type: 'PUBACK', topicId, msgId, returnCode: 0 });
    const before = qos === 2 ? this.#held.get(msgId) : undefined;
    if (before && sameMessage(message, before.message) && (!before.released || message.dup)) return acknowledge();
    if (qos === 1 && message.dup && this.#last && sameMessage(message, this.#last)) return acknowledge();
    if (qos === 2 && !before && this.#held.size >= MAX_HELD && !this.#makeRoom()) {
      return this.#send({ type: 'PUBACK', topicId, msgId, returnCode: 1 });
    }
    await this.#once(message, async () => {
      await send(qos as 1 | 2);
      if (qos === 2) this.#held.set(msgId, { message, released: false });
      else this.#last = message;
      acknowledge();
    });
  }

  #release(msgId: number): void {
    const held = this.#held.get(msgId);
    if (held) held.released = true;
  }

  /** Forgets the oldest publication that is released. */
  #makeRoom(): boolean {
    for (const [msgId, { released }] of this.#held) if (released) return this.#held.delete(msgId);
    return false;
  }

  /** Carries a request out once, however often it is repeated meanwhile; without an answer the client repeats it. */
  async #once({ msgId = 0 }: Message, work: () => Promise<void>): Promise<void> {
    if (this.#pending.has(msgId)) return;
    this.#pending.add(msgId);
    try {
      await work();
    } catch {
      // The broker is gone: `closed` ends the session.
    } finally {
      this.#pending.delete(msgId);
    }
  }

  async #subscribe(message: Message): Promise<void> {
    const { msgId = 0, qos = 0 } = message;
    const filter = this.#filterOf(message);
    const refuse = (returnCode: 2 | 3) => this.#send({ type: 'SUBACK', qos: 0, topicId: 0, msgId, returnCode });
    if (filter === undefined) return refuse(message.topicIdType === 'normal' ? 3 : 2);
    let topicId = message.topicId ?? 0;
    if (message.topicIdType === 'normal' && !/[+#]/.test(filter)) topicId = this.#ids.assign(filter) ?? 0;
    const grant = await this.#link!.subscribe(filter, qos as 0 | 1 | 2);
    if (grant > 2) return refuse(3);
    if (message.topicIdType === 'normal') this.#ids.confirm(filter);
    this.#send({ type: 'SUBACK', qos: grant as 0 | 1 | 2, topicId, msgId, returnCode: 0 });
  }

  async #unsubscribe(message: Message): Promise<void> {
    const filter = this.#filterOf(message);
    if (filter !== undefined) await this.#link!.unsubscribe(filter);
    this.#send({ type: 'UNSUBACK', msgId: message.msgId! });
  }

  #filterOf({ topicIdType = 'normal', topicId = 0, data }: Message): string | undefined {
    if (topicIdType !== 'normal') return this.#ids.name({ topicIdType, topicId });
    const filter = utf8(data!);
    return filter !== undefined && validFilter(filter) ? filter : undefined;
  }

  /** 6.4. The broker has the will of CONNECT: from now on the gateway publishes the new one itself. */
  #updateWill({ type, data, qos = 0, retain = false }: Message): void {
    const answer = type === 'WILLTOPICUPD' ? 'WILLTOPICRESP' : 'WILLMSGRESP';
    if (type === 'WILLMSGUPD') {
      if (!this.#will) return void this.#send({ type: answer, returnCode: 3 });
      this.#will = { ...this.#will, payload: data! };
    } else if (!data) this.#will = undefined;
    else {
      const topic = topicName(data);
      if (topic === undefined) return void this.#send({ type: answer, returnCode: 3 });
      const payload = this.#will?.payload ?? new Uint8Array(0);
      this.#will = { topic, payload, qos: qos as 0 | 1 | 2, retain };
    }
    this.#willChanged = true;
    this.#send({ type: answer, returnCode: 0 });
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function utf8(data: Uint8Array): string | undefined {
  try {
    return decoder.decode(data);
  } catch {
    return undefined;
  }
}

/** A topic to publish to: UTF-8 without wildcards. */
function topicName(data: Uint8Array): string | undefined {
  const name = utf8(data);
  return name !== undefined && validTopic(name) ? name : undefined;
}

function sameMessage(a: Message, b: Message): boolean {
  return a.msgId === b.msgId && a.topicId === b.topicId && Buffer.compare(a.data!, b.data!) === 0;
}
