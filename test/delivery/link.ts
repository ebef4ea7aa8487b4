/** A link that loses, doubles, delays and reorders, in virtual time; the same seed gives the same link. */

export interface Weather {
  loss: number;
  duplicate: number;
  /** Share of messages that take several times as long as others. */
  reorder: number;
}

export const FAIR: Weather = { loss: 0, duplicate: 0, reorder: 0 };

/** mulberry32: numbers in [0, 1). */
export function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

interface Flying {
  at: number;
  order: number;
  land: () => void;
}

const LATENCY = 40;

/** Both directions of a link: what is in the air lands when its time has come. */
export class Link {
  weather: Weather;
  /** Nothing comes through at all. */
  down = false;
  readonly counters = { sent: 0, lost: 0, doubled: 0 };
  readonly #chance: () => number;
  #flying: Flying[] = [];
  #order = 0;

  constructor(weather: Weather, seed: number) {
    this.weather = weather;
    this.#chance = chance(seed);
  }

  send(now: number, land: () => void): void {
    const { loss, duplicate, reorder } = this.weather;
    this.counters.sent++;
    const copies = this.#chance() < duplicate ? 2 : 1;
    if (copies === 2) this.counters.doubled++;
    for (let i = 0; i < copies; i++) {
      const isLost = this.#chance() < loss;
      const late = this.#chance() < reorder ? 1 + Math.floor(this.#chance() * 20) : 1;
      if (isLost || this.down) {
        this.counters.lost++;
        continue;
      }
      this.#flying.push({ at: now + LATENCY * late, order: this.#order++, land });
    }
  }

  next(): number | undefined {
    let first: number | undefined;
    for (const { at } of this.#flying) if (first === undefined || at < first) first = at;
    return first;
  }

  /** Lands what is due. */
  deliver(now: number): void {
    const due = this.#flying.filter(({ at }) => at <= now).sort((a, b) => a.at - b.at || a.order - b.order);
    if (due.length === 0) return;
    this.#flying = this.#flying.filter(({ at }) => at > now);
    for (const { land } of due) land();
  }

  /** Everything in the air falls down. */
  clear(): void {
    this.#flying = [];
  }
}
