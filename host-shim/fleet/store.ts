/** Where a receiver keeps what it has taken, and its place with each device. */
import type { DeviceRecord, Gap } from './wire.ts';

export interface Cursor {
  epoch: number;
  /** Every number of the epoch up to this one is stored or known as lost. */
  upto: number;
  /** Epochs before, the latest last. */
  past: number[];
}

/** `declared`: the device said so. Otherwise somebody else acknowledged what never came here. */
export interface Loss extends Gap {
  declared: boolean;
}

export interface Delivery {
  cursor: Cursor;
  records: DeviceRecord[];
  losses: Loss[];
}

export interface Store {
  /** Undefined: never heard of. */
  cursor(thing: string): Promise<Cursor | undefined>;
  /** All of it or none of it, and durable when it resolves: this is what the device's acknowledgement waits for. */
  commit(thing: string, delivery: Delivery): Promise<void>;
}

/** For tests, and for programs that only look: nothing outlasts the process. */
export class MemoryStore implements Store {
  readonly #cursors = new Map<string, Cursor>();
  readonly deliveries: { thing: string; delivery: Delivery }[] = [];

  async cursor(thing: string): Promise<Cursor | undefined> {
    return this.#cursors.get(thing);
  }

  async commit(thing: string, delivery: Delivery): Promise<void> {
    this.#cursors.set(thing, delivery.cursor);
    this.deliveries.push({ thing, delivery });
  }
}
