/** Which actor subscribed to which filters, relative to the base topic: the same for every kind of link. */
import { ErrorCode, MqttQos } from '../../runtime/abi/generated/contract.ts';
import { matches, validFilter, validTopic } from './topics.ts';

/** Filters of one actor. */
const MAX_FILTERS = 16;
/** Bytes of a payload in either direction; no mailbox is longer. */
export const MAX_PAYLOAD = 65_536;

export class Subscriptions {
  readonly #filters = new Map<number, Set<string>>();

  /** Returns 0; `invalid` for what is no filter, `busy` when the actor has 16 others. */
  add(actor: number, filter: string): number {
    if (!validFilter(filter)) return ErrorCode.invalid;
    const filters = this.#filters.get(actor) ?? new Set();
    if (filters.size >= MAX_FILTERS && !filters.has(filter)) return ErrorCode.busy;
    this.#filters.set(actor, filters.add(filter));
    return 0;
  }

  /** Returns the filters that nobody wants any more. */
  forget(actor: number): string[] {
    const filters = this.#filters.get(actor) ?? new Set<string>();
    this.#filters.delete(actor);
    const wanted = new Set(this.all());
    return [...filters].filter((filter) => !wanted.has(filter));
  }

  clear(): void {
    this.#filters.clear();
  }

  /** Every filter once. */
  all(): string[] {
    return [...new Set([...this.#filters.values()].flatMap((filters) => [...filters]))];
  }

  /** The actors that a topic is for, each once; nobody for what comes from outside and is no topic. */
  actors(topic: string): number[] {
    if (!validTopic(topic)) return [];
    return [...this.#filters]
      .filter(([, filters]) => [...filters].some((f) => matches(f, topic)))
      .map(([actor]) => actor);
  }
}

/** What every link refuses: 0, `invalid` or `too-big`. */
export function checkPublication(topic: string, payload: Uint8Array, qos: number): number {
  if (!validTopic(topic) || !Object.values<number>(MqttQos).includes(qos)) return ErrorCode.invalid;
  return payload.length > MAX_PAYLOAD ? ErrorCode['too-big'] : 0;
}
