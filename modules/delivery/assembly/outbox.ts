// The records that wait for their acknowledgement, in the order of their numbers: where each lies in the journal.
//
// A number that is not here and not acknowledged is lost: dropped by a full outbox, void after a reset, or decayed in the
// flash. Nothing has to remember gaps, so nothing can forget one.
import { CborWriter } from '../../lib/assembly/cbor';
import { ITEMS_MAX, MESSAGE_BYTES, RECORDS_MAX, RESERVED } from './bounds';
import { CLASSES, SHARES, state } from './state';
import { Journal, Kind, PAYLOAD } from './journal';

export const TELEMETRY: u32 = 0;
export const EVENT: u32 = 1;
export const ALARM: u32 = 2;
export const AUDIT: u32 = 3;

const ROOM: u32 = 1024;
/** Bytes of an item beside its payload at most: array, number, class, time, the payload's head; and a gap in its place. */
const ITEM_HEAD: u32 = 15 + 11;
const NUMBERS: usize = memory.data(1024 * 4, 4);
/** 0 to 17: offset in words, 18 to 27: size in words, 28 to 31: share. */
const PLACES: usize = memory.data(1024 * 4, 4);

/** Bytes of a decided command before its audit entry (commands.ts): they are not sent. */
export const DECISION_SIZE: u32 = 36;

export class Outbox {
  /** Of flash that the records take, as the journal counts it. */
  bytes: u32 = 0;
  private first: u32 = 0;
  private last: u32 = 0;
  /** Of `bytes`, what each share takes. */
  private taken: StaticArray<u32> = new StaticArray<u32>(SHARES);

  constructor(private journal: Journal) {}

  get records(): u32 {
    return this.last - this.first;
  }

  /** There are numbers that nobody has acknowledged. */
  get pending(): bool {
    return state.acked + 1 < state.next;
  }

  /** Drops what has to go so that `cost` more bytes find room beside `others`. False: only by dropping what is of a higher class. */
  makeRoom(share: u32, cost: u32, others: u32): bool {
    while (this.records >= RECORDS_MAX || this.bytes + others + cost > this.journal.capacity) {
      const victim = this.victim(share, cost);
      if (victim < 0) return false;
      let i = this.first;
      while (shareAt(i) != victim) i++;
      this.drop(i);
    }
    return true;
  }

  /** The oldest cannot be sent: declared lost. */
  dropFirst(): void {
    if (this.records) this.drop(this.first);
  }

  /** Gives a number to a record that is dropped on arrival. False: flash failed. */
  dropIncoming(share: u32): bool {
    if (state.next >= state.reserved) {
      state.reserved = state.next + RESERVED;
      if (!this.journal.mark()) return false;
    }
    state.drop(share, state.next++);
    state.lost++;
    return true;
  }

  /** A record lies at `at`. Numbers come in order but at the start, when copies stand behind what is newer. */
  add(number: u32, share: u32, at: u32, size: u32): void {
    let i = this.search(number);
    if (i < this.last && numberAt(i) == number) {
      this.uncount(i);
    } else {
      if (this.last == ROOM) {
        i -= this.first;
        this.shift();
      }
      if (this.last == ROOM) return;
      memory.copy(NUMBERS + 4 * (i + 1), NUMBERS + 4 * i, 4 * (this.last - i));
      memory.copy(PLACES + 4 * (i + 1), PLACES + 4 * i, 4 * (this.last - i));
      this.last++;
      store<u32>(NUMBERS + 4 * i, number);
    }
    store<u32>(PLACES + 4 * i, (at >> 2) | ((size >> 2) << 18) | (share << 28));
    const cost = this.journal.costOf(size);
    unchecked((this.taken[share] += cost));
    this.bytes += cost;
  }

  /** Whether the record of this number is the one at `at`. */
  isAt(number: u32, at: u32): bool {
    const i = this.search(number);
    return i < this.last && numberAt(i) == number && placeAt(i) == at;
  }

  moved(number: u32, from: u32, to: u32): void {
    if (!this.isAt(number, from)) return;
    const at = PLACES + 4 * this.search(number);
    store<u32>(at, (load<u32>(at) & ~0x3ffff) | (to >> 2));
  }

  /** Every number up to this one is somebody else's now. */
  free(upto: u32): void {
    state.acked = upto;
    while (this.first < this.last && numberAt(this.first) <= upto) this.remove(this.first);
  }

  /** After the replay: what was dropped before the reset is not sent, though it may still lie in the flash. */
  settle(): void {
    this.free(state.acked);
    for (let i = this.last; i > this.first; ) {
      // What is removed makes its older neighbour move to its place.
      if (numberAt(i - 1) <= state.droppedOf(shareAt(i - 1))) this.remove(i - 1);
      else i--;
    }
  }

  /**
   * Appends a `telemetry` of docs/delivery.md from the first number that is not acknowledged on, as much as `w` holds. A record
   * that alone is longer is declared lost.
   */
  write(w: CborWriter): void {
    let next = state.acked + 1;
    let items: u32 = 0;
    let bytes: u32 = 0;
    const array = w.pos;
    w.u8(0);
    for (let i = this.first; items < ITEMS_MAX; i++) {
      const number = i < this.last ? numberAt(i) : state.next;
      if (number > next) {
        w.array(2);
        w.uint(next);
        w.uint(number - 1);
        items++;
        next = number;
      }
      if (i == this.last || items == ITEMS_MAX) break;
      const from = this.read(i);
      // It has decayed: a gap, when the loop comes to the next.
      if (!from) continue;
      const length = this.journal.length - (from - PAYLOAD);
      const left = <u32>(w.end - w.pos);
      if (items > 0 && (bytes + length > MESSAGE_BYTES || length + ITEM_HEAD > left)) break;
      if (length + ITEM_HEAD > left) {
        this.drop(i);
        continue;
      }
      w.array(4);
      w.uint(number);
      const cls = shareAt(i) % CLASSES;
      w.uint(cls);
      if (this.journal.time && cls != AUDIT) w.uint(this.journal.time);
      else w.nothing();
      w.byteString(from, length);
      bytes += length;
      items++;
      next = number + 1;
    }
    if (w.overflow) return;
    store<u8>(array, 0x80 | items);
  }

  /** Where the payload of a record is now; 0: nowhere. */
  private read(i: u32): usize {
    const journal = this.journal;
    if (!journal.read(placeAt(i)) || journal.number != numberAt(i)) return 0;
    if (journal.kind == Kind.DECIDED) return PAYLOAD + DECISION_SIZE;
    return journal.kind == Kind.RECORD ? PAYLOAD : 0;
  }

  /** The first place whose number is not below `number`. */
  private search(number: u32): u32 {
    let low = this.first;
    let high = this.last;
    if (low < high && numberAt(high - 1) < number) return high;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (numberAt(middle) < number) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Of the lowest class that is here, the module that takes most of it; -1: all is of a higher class than `share`. */
  private victim(share: u32, cost: u32): i32 {
    for (let cls: u32 = 0; cls <= share % CLASSES; cls++) {
      let found: i32 = -1;
      let most: u32 = 0;
      for (let i = cls; i < SHARES; i += CLASSES) {
        const taken = unchecked(this.taken[i]);
        const wanted = i == share ? taken + cost : taken;
        if (!taken || wanted <= most) continue;
        found = i;
        most = wanted;
      }
      if (found >= 0) return found;
    }
    return -1;
  }

  private drop(i: u32): void {
    state.drop(shareAt(i), numberAt(i));
    state.lost++;
    this.remove(i);
  }

  private uncount(i: u32): void {
    const cost = this.journal.costOf(sizeAt(i));
    unchecked((this.taken[shareAt(i)] -= cost));
    this.bytes -= cost;
  }

  private remove(i: u32): void {
    this.uncount(i);
    // The older ones move up: it is among them that records are dropped.
    const n = 4 * (i - this.first);
    memory.copy(NUMBERS + 4 * (this.first + 1), NUMBERS + 4 * this.first, n);
    memory.copy(PLACES + 4 * (this.first + 1), PLACES + 4 * this.first, n);
    this.first++;
  }

  private shift(): void {
    const n = 4 * this.records;
    memory.copy(NUMBERS, NUMBERS + 4 * this.first, n);
    memory.copy(PLACES, PLACES + 4 * this.first, n);
    this.last -= this.first;
    this.first = 0;
  }
}

function numberAt(i: u32): u32 {
  return load<u32>(NUMBERS + 4 * i);
}
function placeAt(i: u32): u32 {
  return (load<u32>(PLACES + 4 * i) & 0x3ffff) << 2;
}
function sizeAt(i: u32): u32 {
  return ((load<u32>(PLACES + 4 * i) >>> 18) & 0x3ff) << 2;
}
function shareAt(i: u32): u32 {
  return load<u32>(PLACES + 4 * i) >>> 28;
}
