/**
 * Topics that the broker does not let us publish to. MQTT 5 says so with PUBACK 0x87. MQTT 3.1.1 cannot: some brokers end the
 * connection instead (clause 3.3.5.2 of 3.1.1), and the publication that is sent again ends the next one. Whoever is the oldest
 * publication under way at several connections' ends in a row is taken for the reason, and given up.
 */

/** PUBACK of MQTT 5: not authorized, topic name invalid, quota exceeded (clause 3.4.2.1). */
const REFUSALS: Readonly<Record<number, string>> = {
  128: 'unspecified error',
  131: 'implementation specific error',
  135: 'not authorized',
  144: 'topic name invalid',
  151: 'quota exceeded',
  153: 'payload format invalid',
};
/** Connections that may end with the same publication under way before it is given up. */
const STRIKES = 3;
/** Milliseconds for which a topic stays denied: the broker's rules may change. */
const DENIED_FOR = 60_000;
/** Topics that are remembered. */
const MAX_DENIED = 32;

/** What the broker said with a PUBACK of this code; undefined: it took it. */
export const refusalOf = (code: unknown): string | undefined =>
  typeof code === 'number' && code >= 0x80 ? (REFUSALS[code] ?? `reason code 0x${code.toString(16)}`) : undefined;

export class Denied {
  readonly #until = new Map<string, number>();
  /** Publications under way by their MQTT identifier, the oldest first, with the connections' ends that they saw as the oldest. */
  readonly #underWay = new Map<number, { topic: string; strikes: number }>();
  readonly #now: () => number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  has(topic: string): boolean {
    const until = this.#until.get(topic);
    if (until !== undefined && until <= this.#now()) this.#until.delete(topic);
    return this.#until.has(topic);
  }

  deny(topic: string): void {
    this.#until.delete(topic);
    this.#until.set(topic, this.#now() + DENIED_FOR);
    if (this.#until.size > MAX_DENIED) this.#until.delete(this.#until.keys().next().value!);
  }

  sent(id: number, topic: string): void {
    this.#underWay.set(id, { topic, strikes: 0 });
  }

  done(id: number): void {
    this.#underWay.delete(id);
  }

  /** The connection ended. Gives the publication that is to be given up, if one is. */
  disconnected(): { id: number; topic: string } | undefined {
    const [oldest] = this.#underWay;
    if (!oldest) return undefined;
    const [id, suspect] = oldest;
    if (++suspect.strikes < STRIKES) return undefined;
    this.#underWay.delete(id);
    this.deny(suspect.topic);
    return { id, topic: suspect.topic };
  }
}
