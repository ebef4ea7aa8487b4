/** Bytes of `State` in flash. */
export const STATE_SIZE: u32 = 136;
const MAGIC: u32 = 0x324c444d; // "MDL2"
export const CLASSES: u32 = 4;
/** Modules that are told from each other when an outbox is full. */
export const SENDERS: u32 = 4;
/** What one module has of one class: the sender's place times CLASSES, and the class. */
export const SHARES: u32 = CLASSES * SENDERS;

/**
 * What of the journal is a number. Every field only rises (within an epoch), so that whatever a replay meets, in whatever
 * order, the largest is the truth.
 */
export class State {
  /** Names the life of this journal; 0: none yet. */
  epoch: u32 = 0;
  /** The number of the next record. */
  next: u32 = 1;
  /** Numbers below this are used up after a reset, whether or not they were given to a record. */
  reserved: u32 = 1;
  /** The application's acknowledgement: every record up to this one is free. */
  acked: u32 = 0;
  /** Records that were dropped since the epoch began. */
  lost: u32 = 0;
  boots: u32 = 0;
  /** The highest expiry of a command that may have run and is forgotten: nothing at or below it begins. */
  floor: u64 = 0;
  /** Entries of the audit chain. */
  audits: u32 = 0;
  /** Hash of the last: 32 bytes. */
  readonly head: usize = HEAD;
  /** For each share the highest number that was dropped: what is at or below it is not sent. */
  private dropped: StaticArray<u32> = new StaticArray<u32>(SHARES);

  droppedOf(share: u32): u32 {
    return unchecked(this.dropped[share]);
  }

  drop(share: u32, number: u32): void {
    unchecked((this.dropped[share] = max(this.dropped[share], number)));
  }

  reset(epoch: u32): void {
    this.epoch = epoch;
  }

  save(ptr: usize): void {
    memory.fill(ptr, 0, STATE_SIZE);
    store<u32>(ptr, MAGIC);
    store<u32>(ptr, this.epoch, 4);
    store<u32>(ptr, max(this.next, this.reserved), 8);
    store<u32>(ptr, this.acked, 12);
    store<u32>(ptr, this.lost, 16);
    store<u32>(ptr, this.audits, 20);
    store<u64>(ptr, this.floor, 24);
    store<u32>(ptr, this.boots, 32);
    memory.copy(ptr + 40, this.head, 32);
    for (let i: u32 = 0; i < SHARES; i++) store<u32>(ptr + 4 * i, unchecked(this.dropped[i]), 72);
  }

  load(ptr: usize): void {
    this.epoch = load<u32>(ptr, 4);
    this.next = max(this.next, load<u32>(ptr, 8));
    this.reserved = this.next;
    this.acked = max(this.acked, load<u32>(ptr, 12));
    for (let i: u32 = 0; i < SHARES; i++) this.drop(i, load<u32>(ptr + 4 * i, 72));
    this.lost = max(this.lost, load<u32>(ptr, 16));
    this.floor = max(this.floor, load<u64>(ptr, 24));
    this.boots = max(this.boots, load<u32>(ptr, 32));
    if (load<u32>(ptr, 20) > this.audits) {
      this.audits = load<u32>(ptr, 20);
      memory.copy(this.head, ptr + 40, 32);
    }
  }
}

export function isState(ptr: usize): bool {
  return load<u32>(ptr) == MAGIC && load<u32>(ptr, 4) != 0;
}

const HEAD: usize = memory.data(32, 4);

export const state: State = new State();
