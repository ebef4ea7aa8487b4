/**
 * Takes telemetry at least once and keeps it once (docs/delivery.md, "Receiver"): every number of an epoch ends up stored, or
 * known as lost. It acknowledges only what its store has made durable, so neither its end nor the broker's loses anything.
 */
import {
  TOPIC,
  type Ack,
  decodeReported,
  decodeTelemetry,
  encodeAck,
  firstOf,
  isGap,
  lastOf,
  type Reported,
  type Telemetry,
} from './wire.ts';
import type { Bus } from './bus.ts';
import type { Cursor, Delivery, Store } from './store.ts';

/** Epochs of a device that are told from a new one. */
const MAX_PAST = 32;
/** Messages of one device that may wait for the store: it has one in flight and repeats. */
const MAX_WAITING = 4;
/** Devices with messages waiting. */
const MAX_BUSY = 10_000;

export interface Taken extends Delivery {
  /** Whether an epoch began that was not known. */
  newEpoch: boolean;
  /** At the first sight of an epoch: how many of its numbers somebody else had acknowledged before. */
  before: number;
}

export interface ReceiverEvents {
  /** What is new, when it is durable. Told at most once; what has to see everything reads the store. */
  onDelivery?: (thing: string, taken: Taken) => void;
  /** `retained`: what the broker kept of it, from before this receiver came. */
  onReported?: (thing: string, reported: Reported, retained: boolean) => void;
  /** A message that was not taken, and why. */
  onRefused?: (thing: string, why: string) => void;
}

/** What a message means to someone who is at `cursor`; null: a late copy of an epoch that is over. */
export function take(cursor: Cursor | undefined, { epoch, items }: Telemetry): Taken | null {
  if (cursor !== undefined && cursor.epoch !== epoch && cursor.past.includes(epoch)) return null;
  const known = cursor?.epoch === epoch;
  const first = firstOf(items[0]!);
  const upto = known ? cursor.upto : first - 1;
  const past = known || cursor === undefined ? (cursor?.past ?? []) : [...cursor.past, cursor.epoch].slice(-MAX_PAST);
  const taken: Taken = {
    cursor: { epoch, upto: Math.max(upto, lastOf(items.at(-1)!)), past },
    records: [],
    losses: [],
    newEpoch: !known,
    before: known ? 0 : first - 1,
  };
  // Someone acknowledged in our name what never came.
  if (first > upto + 1) taken.losses.push({ from: upto + 1, to: first - 1, declared: false });
  for (const item of items) {
    if (lastOf(item) <= upto) continue;
    if (isGap(item)) taken.losses.push({ from: Math.max(item.from, upto + 1), to: item.to, declared: true });
    else taken.records.push(item);
  }
  return taken;
}

export class Receiver {
  readonly counters = { messages: 0, records: 0, repeated: 0, declared: 0, undeclared: 0, refused: 0 };
  readonly #store: Store;
  readonly #events: ReceiverEvents;
  readonly #waiting = new Map<string, { count: number; last: Promise<unknown> }>();

  constructor(store: Store, events: ReceiverEvents = {}) {
    this.#store = store;
    this.#events = events;
  }

  /**
   * One message of `thing`; resolves with what to answer on `ack`, null: nothing. Messages of a device are taken one after the
   * other; one too many is left to its repetition. Rejects with what the store says.
   */
  async receive(thing: string, payload: Uint8Array): Promise<Ack | null> {
    const queue = this.#waiting.get(thing) ?? { count: 0, last: Promise.resolve() };
    if (queue.count >= MAX_WAITING || (queue.count === 0 && this.#waiting.size >= MAX_BUSY)) return null;
    queue.count++;
    this.#waiting.set(thing, queue);
    const answer = queue.last.then(() => this.#take(thing, payload));
    queue.last = answer.catch(() => undefined);
    try {
      return await answer;
    } finally {
      if (--queue.count === 0) this.#waiting.delete(thing);
    }
  }

  /** Serves every device below `filter`, such as `acme/site/+/+`, until what it gives is called. */
  async serve(bus: Bus, filter: string): Promise<() => Promise<void>> {
    const reply = (thing: string, ack: Ack) =>
      bus.publish(`${thing}/${TOPIC.ack}`, encodeAck(ack)).catch((error) => this.#refuse(thing, String(error)));
    const endTelemetry = await bus.subscribe(`${filter}/${TOPIC.telemetry}`, (topic, payload) => {
      const thing = topic.slice(0, -TOPIC.telemetry.length - 1);
      this.receive(thing, payload).then(
        (ack) => ack && reply(thing, ack),
        (error) => this.#refuse(thing, String(error)),
      );
    });
    const endReported = await bus.subscribe(`${filter}/${TOPIC.reported}`, (topic, payload, retained = false) => {
      const thing = topic.slice(0, -TOPIC.reported.length - 1);
      void this.#reported(thing, payload, retained).then((ack) => ack && reply(thing, ack));
    });
    return async () => {
      await endTelemetry();
      await endReported();
    };
  }

  async #take(thing: string, payload: Uint8Array): Promise<Ack | null> {
    let message: Telemetry;
    try {
      message = decodeTelemetry(payload);
    } catch (error) {
      this.#refuse(thing, error instanceof Error ? error.message : String(error));
      return null;
    }
    this.counters.messages++;
    const before = await this.#store.cursor(thing);
    const taken = take(before, message);
    if (taken === null) {
      this.counters.repeated += message.items.length;
      return null;
    }
    const { cursor, records, losses } = taken;
    this.counters.repeated += message.items.filter((item) => !isGap(item)).length - records.length;
    if (taken.newEpoch || cursor.upto > before!.upto) {
      await this.#store.commit(thing, { cursor, records, losses });
      this.counters.records += records.length;
      for (const { from, to, declared } of losses) this.counters[declared ? 'declared' : 'undeclared'] += to - from + 1;
      this.#events.onDelivery?.(thing, taken);
    }
    return { epoch: cursor.epoch, upto: cursor.upto };
  }

  /** What the device reports is repeated until somebody says that it has been seen. */
  async #reported(thing: string, payload: Uint8Array, retained: boolean): Promise<Ack | null> {
    try {
      const reported = decodeReported(payload);
      this.#events.onReported?.(thing, reported, retained);
      if (retained) return null;
      const cursor = await this.#store.cursor(thing);
      const upto = cursor?.epoch === reported.epoch ? cursor.upto : 0;
      return { epoch: reported.epoch, upto, reported: reported.version };
    } catch (error) {
      this.#refuse(thing, error instanceof Error ? error.message : String(error));
      return null;
    }
  }

  #refuse(thing: string, why: string): void {
    this.counters.refused++;
    this.#events.onRefused?.(thing, why);
  }
}
