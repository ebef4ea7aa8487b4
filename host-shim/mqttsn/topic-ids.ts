/** The topic ids of one client (6.5): those it registered or was told, and the predefined ones. */
import { validTopic } from '../board/topics.ts';
import { fault } from '../errors.ts';
import type { TopicIdType } from './messages.ts';
import { shortTopic, shortTopicName } from './messages.ts';

/** For each client id, or '*' for all: topic id -> name. */
export type PredefinedTopics = Readonly<Record<string, Readonly<Record<number, string>>>>;

/** Ids of one client: far more than a device has, far fewer than fill a gateway. */
const MAX_IDS = 1_024;

export interface TopicReference {
  topicIdType: TopicIdType;
  topicId: number;
}

export class TopicIds {
  readonly #predefined = new Map<number, string>();
  readonly #predefinedIds = new Map<string, number>();
  readonly #names = new Map<number, string>();
  readonly #ids = new Map<string, number>();
  /** Names whose id the client has acknowledged or asked for. */
  readonly #known = new Set<string>();
  #last = 0;

  constructor(predefined: PredefinedTopics, clientId: string | undefined) {
    const own = clientId === undefined || clientId === '*' ? {} : predefined[clientId];
    for (const [id, name] of Object.entries({ ...predefined['*'], ...own })) {
      this.#predefined.set(Number(id), name);
      this.#predefinedIds.set(name, Number(id));
    }
  }

  /** The name behind an id, or undefined. */
  name({ topicIdType, topicId }: TopicReference): string | undefined {
    if (topicIdType === 'short') return shortTopicName(topicId);
    return topicIdType === 'predefined' ? this.#predefined.get(topicId) : this.#names.get(topicId);
  }

  /** The id of a name for this client, a new one if need be; undefined when there are too many. */
  assign(name: string): number | undefined {
    const old = this.#ids.get(name);
    if (old !== undefined) return old;
    if (this.#ids.size >= MAX_IDS) return undefined;
    this.#last++;
    this.#ids.set(name, this.#last);
    this.#names.set(this.#last, name);
    return this.#last;
  }

  /** The client knows the id of `name`. */
  confirm(name: string): void {
    if (this.#ids.has(name)) this.#known.add(name);
  }

  /** The client refused it. */
  doubt(name: string): void {
    this.#known.delete(name);
  }

  /** How to name a topic to the client without a REGISTER; undefined: one is needed. */
  reference(name: string): TopicReference | undefined {
    const predefined = this.#predefinedIds.get(name);
    if (predefined !== undefined) return { topicIdType: 'predefined', topicId: predefined };
    if (/^[\x21-\x7e]{2}$/.test(name)) return { topicIdType: 'short', topicId: shortTopic(name) };
    const id = this.#ids.get(name);
    return id !== undefined && this.#known.has(name) ? { topicIdType: 'normal', topicId: id } : undefined;
  }
}

/** Reads `ID=TOPIC` (for all clients) and `CLIENT/ID=TOPIC`. Throws usage. */
export function parsePredefined(lines: readonly string[]): PredefinedTopics {
  const topics: Record<string, Record<number, string>> = {};
  for (const line of lines) {
    const [, client = '*', digits, name = ''] = /^(?:([^/=]+)\/)?(\d{1,5})=(.+)$/.exec(line) ?? [];
    const id = Number(digits);
    if (!(id >= 1 && id <= 0xfffe) || !validTopic(name)) {
      const what = `"${line}" is not a predefined topic: [CLIENT/]ID=TOPIC, with an id from 1 to 65534`;
      throw fault('usage', { what, command: 'mote gateway mqtt-sn' });
    }
    topics[client] = { ...topics[client], [id]: name };
  }
  return topics;
}
