/** Messages to one client: one at a time (6.5, 6.12), registered, acknowledged, repeated; held back while it sleeps. */
import type { Delivery } from './broker-link.ts';
import type { Message } from './messages.ts';
import type { TopicIds, TopicReference } from './topic-ids.ts';

export interface DownlinkTimes {
  /** Milliseconds before a repetition (T_retry). */
  retry: number;
  /** Repetitions before the client counts as lost (N_retry). */
  retries: number;
  /** Milliseconds of patience with a congested client. */
  wait: number;
}

export interface DownlinkOptions {
  ids: TopicIds;
  times: DownlinkTimes;
  send(message: Message): void;
  /** Nothing was answered. */
  lost(): void;
  /** A message is dropped, for people. */
  dropped(topic: string, why: string): void;
}

/** Messages that wait for a client; beyond it the newest are dropped. A transparent gateway never has more than one. */
const MAX_QUEUE = 256;
/** Refusals of a topic id before the message is dropped. */
const PATIENCE = 2;

export class Downlink {
  readonly #options: DownlinkOptions;
  readonly #queue: Delivery[] = [];
  #timer: NodeJS.Timeout | undefined;
  /** What is outstanding: its answer's type and MsgId. */
  #expected: { type: Message['type']; msgId: number } | undefined;
  #message: Message | undefined;
  #attempts = 0;
  #refusals = 0;
  #msgId = 0;
  #open = false;
  #waiting = false;

  constructor(options: DownlinkOptions) {
    this.#options = options;
  }

  push(delivery: Delivery): void {
    if (this.#queue.length >= MAX_QUEUE) {
      this.#options.dropped(delivery.topic, 'too many messages wait');
      delivery.done();
      return;
    }
    this.#queue.push(delivery);
    this.#next();
  }

  /** The client listens, or sleeps: what is outstanding then is repeated when it listens again. */
  open(listens: boolean): void {
    if (this.#open === listens) return;
    this.#open = listens;
    if (!listens) clearTimeout(this.#timer);
    else if (this.#message) {
      this.#attempts = 0;
      this.#repeat();
    } else {
      this.#waiting = false;
      this.#next();
    }
  }

  get empty(): boolean {
    return this.#queue.length === 0;
  }

  /** Ends for good. What has not been acknowledged stays with the broker. */
  stop(): void {
    this.#open = false;
    this.#settle();
    for (const delivery of this.#queue.splice(0)) delivery.keep?.();
  }

  /** PUBACK, PUBREC, PUBCOMP or REGACK; false when it answers nothing. */
  answer(message: Message): boolean {
    const { type, msgId = 0, returnCode = 0 } = message;
    const delivery = this.#queue[0];
    if (!delivery) return false;
    const refusal = type === 'PUBACK' && returnCode !== 0;
    if (!this.#expected || this.#expected.msgId !== msgId) return false;
    if (this.#expected.type !== type && !(refusal && this.#expected.type === 'PUBREC')) return false;
    this.#settle();
    if (returnCode === 1) return this.#rest();
    if (type === 'REGACK') {
      if (returnCode) this.#drop(`REGACK ${returnCode}`);
      else this.#options.ids.confirm(delivery.topic);
    } else if (refusal) {
      this.#options.ids.doubt(delivery.topic);
      if (returnCode !== 2 || ++this.#refusals >= PATIENCE) this.#drop(`PUBACK ${returnCode}`);
    } else if (type === 'PUBREC') {
      this.#ask({ type: 'PUBREL', msgId }, 'PUBCOMP');
      return true;
    } else this.#finish();
    this.#next();
    return true;
  }

  #next(): void {
    const delivery = this.#queue[0];
    if (!this.#open || !delivery || this.#expected || this.#waiting) return;
    const { ids } = this.#options;
    const reference = ids.reference(delivery.topic);
    if (reference) return void this.#publish(delivery, reference);
    const topicId = ids.assign(delivery.topic);
    if (topicId === undefined) {
      this.#drop('too many topics');
      return void this.#next();
    }
    this.#ask({ type: 'REGISTER', topicId, msgId: this.#newId(), data: Buffer.from(delivery.topic) }, 'REGACK');
  }

  #publish({ payload, qos, retain }: Delivery, reference: TopicReference): void {
    const msgId = qos ? this.#newId() : 0;
    const message: Message = { type: 'PUBLISH', dup: false, qos, retain, ...reference, msgId, data: payload };
    if (qos) return void this.#ask(message, qos === 1 ? 'PUBACK' : 'PUBREC');
    this.#options.send(message);
    this.#finish();
    this.#next();
  }

  #ask(message: Message, type: Message['type']): void {
    this.#message = message;
    this.#expected = { type, msgId: message.msgId! };
    this.#attempts = 0;
    this.#options.send(message);
    this.#arm();
  }

  #arm(): void {
    const { times, lost } = this.#options;
    this.#timer = setTimeout(() => {
      if (++this.#attempts > times.retries) lost();
      else this.#repeat();
    }, times.retry);
  }

  #repeat(): void {
    const again = this.#message!;
    this.#options.send(again.type === 'PUBLISH' ? { ...again, dup: true } : again);
    this.#arm();
  }

  #settle(): void {
    clearTimeout(this.#timer);
    this.#expected = undefined;
    this.#message = undefined;
    this.#waiting = false;
  }

  #rest(): true {
    this.#waiting = true;
    this.#timer = setTimeout(() => {
      this.#waiting = false;
      this.#next();
    }, this.#options.times.wait);
    return true;
  }

  #drop(why: string): void {
    this.#options.dropped(this.#queue[0]!.topic, why);
    this.#finish();
  }

  #finish(): void {
    this.#refusals = 0;
    this.#queue.shift()!.done();
  }

  #newId(): number {
    this.#msgId = (this.#msgId % 0xffff) + 1;
    return this.#msgId;
  }
}
