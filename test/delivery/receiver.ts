/** The receiver of docs/delivery.md, as short as it can be: written from the document, not from the device. */
import { decode, encode } from 'cborg';

type Item = [number, number] | [number, number, number | null, Uint8Array];

export interface Stored {
  number: number;
  class: number;
  payload: Uint8Array;
}

export interface Epoch {
  upto: number;
  records: Map<number, Stored>;
  /** Numbers that were declared lost, and did not come before. */
  gaps: Map<number, true>;
  /** The first number that this receiver heard of. */
  first: number;
}

export class Receiver {
  readonly epochs = new Map<number, Epoch>();
  current: number | undefined;
  /** Copies that were skipped. */
  copies = 0;
  /** What no correct device does. */
  readonly wrong: string[] = [];

  /** Takes a message; what it returns is the `ack`. */
  receive(message: Uint8Array): Uint8Array | undefined {
    const [epoch, items] = decode(message) as [number, Item[]];
    if (epoch !== this.current) {
      if (this.epochs.has(epoch)) return undefined;
      this.current = epoch;
      this.epochs.set(epoch, { upto: items[0]![0] - 1, records: new Map(), gaps: new Map(), first: items[0]![0] });
    }
    const store = this.epochs.get(epoch)!;
    let next = items[0]![0];
    if (next > store.upto + 1) this.wrong.push(`begins at ${next} where ${store.upto + 1} was next`);
    for (const item of items) {
      if (item[0] !== next) this.wrong.push(`items do not tile: ${item[0]} where ${next} was next`);
      if (item.length === 2) {
        for (let number = item[0]; number <= item[1]; number++)
          if (!store.records.has(number)) store.gaps.set(number, true);
        next = item[1] + 1;
        continue;
      }
      const [number, cls, , payload] = item;
      next = number + 1;
      const known = store.records.get(number);
      if (known && Buffer.compare(known.payload, payload) !== 0) this.wrong.push(`number ${number} was used twice`);
      if (number <= store.upto) {
        this.copies++;
        continue;
      }
      store.records.set(number, { number, class: cls, payload });
      store.gaps.delete(number);
    }
    store.upto = Math.max(store.upto, next - 1);
    return this.ack();
  }

  ack(reported?: number): Uint8Array | undefined {
    if (this.current === undefined) return undefined;
    const map = new Map<number, number>([
      [1, this.current],
      [2, this.epochs.get(this.current)!.upto],
    ]);
    if (reported !== undefined) map.set(3, reported);
    return encode(map);
  }
}
