// An append-only log in a ring of sectors of NOR flash.
//
// A sector begins with its serial number and the state of everything that is a number; records follow, each one program
// operation. When the ring comes round, the sector before the head is emptied: what still counts is copied to the new
// head, then a mark says so. A head without that mark holds nothing but copies: after a power cut it is erased and made anew.
import { random } from 'motekit/runtime/guest';
import { PAYLOAD_MAX } from './bounds';
import { crc32 } from './crc32';
import { Region } from './region';
import { STATE_SIZE, isState, state } from './state';

/** What a record is. The numbers are in flash: never change one. */
export const enum Kind {
  SECTOR = 1,
  /** Number: that of the outbox. Sub: see senders.ts. */
  RECORD = 2,
  DESIRED = 3,
  REPORTED = 4,
  /** A command begins. */
  RUN = 5,
  /** It did not begin after all. */
  FORGET = 6,
  /** The state. Sub 1: the sector before this one's was emptied. */
  MARK = 7,
  /** A command is decided: a record of the outbox, too. */
  DECIDED = 8,
}

/** Whose records they are. */
export interface Keeper {
  /** A record that was found at the start, in the order of the log. Its payload is at PAYLOAD. */
  restore(at: u32, size: u32): void;
  /** Whether the record at `at`, whose bytes are in the buffer, still counts. */
  counts(at: u32): bool;
  moved(from: u32, to: u32): void;
}

export const SECTORS_MIN: u32 = 8;
/** A record's head: 0 kind, 1 sub, 2 length (u16), 4 number, 8 acknowledged, 12 time, 16 CRC-32 of all else. */
const HEAD: u32 = 20;
const PAYLOAD_ROOM: u32 = PAYLOAD_MAX + 128;
/** Pages of the part: a program operation within one is one page program. */
const PAGE: u32 = 256;
/** What is left empty at most so that a record does not lie in two pages. */
const WASTE: u32 = 64;
/** Kept free at a sector's end, so that with its records the mark fits wherever they are copied to. */
const SPARE: u32 = 192;
const EMPTIED: u32 = 1;

const BUFFER: usize = memory.data(20 + 2048 + 128 + 64, 8);
/** Where a record's payload is built, and read. */
export const PAYLOAD: usize = BUFFER + HEAD;

export class Journal {
  /** Bytes of all that counts may not be more, so that there is always room to copy it. */
  capacity: u32 = 0;
  /** The log ended in bytes that are no record. */
  torn: bool = false;
  private region: Region = new Region();
  private count: u32 = 0;
  private head: u32 = 0;
  private serial: u32 = 0;
  private pos: u32 = 0;
  /** Sectors in use, the head included. */
  private used: u32 = 0;

  constructor(private keeper: Keeper) {}

  get kind(): Kind {
    return <Kind>load<u8>(BUFFER);
  }
  get sub(): u32 {
    return load<u8>(BUFFER, 1);
  }
  get length(): u32 {
    return load<u16>(BUFFER, 2);
  }
  get number(): u32 {
    return load<u32>(BUFFER, 4);
  }
  /** Unix time of the record in seconds; 0: unknown. */
  get time(): u32 {
    return load<u32>(BUFFER, 12);
  }

  /** Bytes that a payload of this length takes in flash. */
  sizeOf(length: u32): u32 {
    const unit = this.region.unit;
    return ((HEAD + length + unit - 1) / unit) * unit;
  }

  /** What such a record counts against the capacity: a large one may leave as much of a sector empty. */
  costOf(size: u32): u32 {
    return size > 512 ? 2 * size : size;
  }

  /** Reads the log, or begins a new one. False: there is no flash to keep it in. */
  open(): bool {
    const region = this.region;
    if (!region.open(SECTORS_MIN)) return false;
    this.count = region.size / region.sector;
    // Pages are 3/4 full at least, sectors 7/8; of two sectors one is the head and one is empty; 1/8 is to breathe.
    this.capacity = (((this.count - 2) * (region.sector - 192 - SPARE)) / 64) * 36;
    let found = false;
    for (let i: u32 = 0; i < this.count; i++) {
      if (!this.readSector(i) || (found && this.number <= this.serial)) continue;
      found = true;
      this.head = i;
      this.serial = this.number;
      state.epoch = load<u32>(PAYLOAD, 4);
    }
    if (!found) return this.begins();
    for (let i: u32 = 1; i < this.count && this.belongs((this.head + 1) % this.count, this.serial + 1); i++) {
      this.head = (this.head + 1) % this.count;
      this.serial++;
    }
    this.used = 1;
    while (this.used < this.count && this.belongs(this.before(this.used), this.serial - this.used)) this.used++;
    if (this.used == this.count) {
      if (!this.wasEmptied()) {
        if (!region.eraseSector(this.head)) return false;
        this.head = this.before(1);
        this.serial--;
      }
      this.used--;
    }
    for (let i = this.used; i > 0; i--) this.replay(this.before(i - 1), this.serial - (i - 1));
    this.findEnd();
    return true;
  }

  /** Makes room for a record. It is then built at PAYLOAD and made durable by `commit`. */
  room(length: u32): bool {
    const size = this.sizeOf(length);
    for (let i: u32 = 0; i <= this.count; i++) {
      if (this.place(size) + size + SPARE <= this.end) return true;
      if (!this.advance()) return false;
    }
    return false;
  }

  /** Where the record now is; 0: flash failed. Never twice in the same place. */
  commit(kind: Kind, sub: u32, number: u32, time: u32, length: u32): u32 {
    const size = this.sizeOf(length);
    const at = this.place(size);
    this.pos = at + size;
    return this.write(at, kind, sub, number, time, length, this.salt(this.serial)) ? at : 0;
  }

  /** Writes the state alone. */
  mark(sub: u32 = 0): bool {
    if (!this.room(STATE_SIZE)) return false;
    state.save(PAYLOAD);
    return this.commit(Kind.MARK, sub, 0, 0, STATE_SIZE) != 0;
  }

  /** Reads the record at `at` into the buffer. False: it has decayed. */
  read(at: u32): bool {
    const back = (this.head + this.count - at / this.region.sector) % this.count;
    return this.readRecord(at, this.salt(this.serial - back));
  }

  private get end(): u32 {
    return (this.head + 1) * this.region.sector;
  }

  private before(n: u32): u32 {
    return (this.head + this.count - n) % this.count;
  }

  /** A payload that looks like a record is none: only the journal knows what its checksum begins with. */
  private salt(serial: u32): u32 {
    return (serial * 0x9e3779b1) ^ state.epoch;
  }

  private begins(): bool {
    const bytes = random.get(4);
    if (bytes === null) return false;
    state.epoch = load<u32>(bytes.ptr) | 1;
    this.head = this.count - 1;
    this.pos = this.end;
    return true;
  }

  /** By its head, or when that has decayed by the record behind it: a sector that is overlooked would give numbers twice. */
  private belongs(sector: u32, serial: u32): bool {
    if (this.readSector(sector)) return this.number == serial && load<u32>(PAYLOAD, 4) == state.epoch;
    return this.readRecord(sector * this.region.sector + this.sizeOf(STATE_SIZE), this.salt(serial));
  }

  private readSector(sector: u32): bool {
    return (
      this.readRecord(sector * this.region.sector, 0) &&
      this.kind == Kind.SECTOR &&
      this.length == STATE_SIZE &&
      isState(PAYLOAD)
    );
  }

  private wasEmptied(): bool {
    const salt = this.salt(this.serial);
    const end = this.end;
    let at = end - this.region.sector + this.sizeOf(STATE_SIZE);
    let decayed = false;
    while (at + HEAD <= end) {
      if (!this.readRecord(at, salt)) {
        if (load<u8>(BUFFER) != this.region.erased) decayed = true;
        at = this.behind(at, end);
        continue;
      }
      // Behind a copy that a power cut tore there is nothing: bytes have decayed, perhaps the mark.
      if (decayed || (this.kind == Kind.MARK && this.sub == EMPTIED)) return true;
      at += this.sizeOf(this.length);
    }
    return false;
  }

  private replay(sector: u32, serial: u32): void {
    const end = (sector + 1) * this.region.sector;
    const salt = this.salt(serial);
    if (this.readSector(sector)) state.load(PAYLOAD);
    let at = sector * this.region.sector + this.sizeOf(STATE_SIZE);
    this.pos = at;
    while (at + HEAD <= end) {
      if (!this.readRecord(at, salt)) {
        at = this.behind(at, end);
        continue;
      }
      const size = this.sizeOf(this.length);
      state.acked = max(state.acked, load<u32>(BUFFER, 8));
      if (this.kind == Kind.MARK) state.load(PAYLOAD);
      else this.keeper.restore(at, size);
      at += size;
      this.pos = at;
    }
  }

  /** Where the log goes on: behind its last record, or behind what a power cut left of one. */
  private findEnd(): void {
    const erased = this.region.erased;
    let at = this.end;
    while (at > this.pos) {
      const from = max(this.pos, (at - 1) & ~(PAGE - 1));
      if (!this.region.read(from, BUFFER, at - from)) break;
      while (at > from && load<u8>(BUFFER + (at - from - 1)) == erased) at--;
      if (at > from) break;
    }
    if (at == this.pos) return;
    this.torn = true;
    this.pos = (at + PAGE - 1) & ~(PAGE - 1);
  }

  private place(size: u32): u32 {
    const left = PAGE - (this.pos & (PAGE - 1));
    return size > left && left <= WASTE && size <= PAGE ? this.pos + left : this.pos;
  }

  /** The next sector becomes the head. */
  private advance(): bool {
    if (this.used == this.count) return false;
    const next = (this.head + 1) % this.count;
    if (!this.region.eraseSector(next)) return false;
    this.head = next;
    this.serial++;
    this.used++;
    if (this.fill(next * this.region.sector)) return true;
    // Nothing may follow in a sector that the next start will not take for one.
    this.pos = this.end;
    return false;
  }

  private fill(at: u32): bool {
    this.pos = at + this.sizeOf(STATE_SIZE);
    state.save(PAYLOAD);
    if (!this.write(at, Kind.SECTOR, 0, this.serial, 0, STATE_SIZE, 0)) return false;
    if (this.used < this.count) return true;
    if (!this.empty(this.before(this.count - 1))) return false;
    this.used--;
    return true;
  }

  /** Copies what counts in the oldest sector to the head. It fits: the same records in the same order lay there before. */
  private empty(sector: u32): bool {
    const end = (sector + 1) * this.region.sector;
    const salt = this.salt(this.serial - (this.count - 1));
    let at = sector * this.region.sector + this.sizeOf(STATE_SIZE);
    while (at + HEAD <= end) {
      if (!this.readRecord(at, salt)) {
        at = this.behind(at, end);
        continue;
      }
      const from = at;
      const length = this.length;
      at += this.sizeOf(length);
      if (this.kind == Kind.MARK || !this.keeper.counts(from)) continue;
      const to = this.commit(this.kind, this.sub, this.number, this.time, length);
      if (!to) return false;
      this.keeper.moved(from, to);
    }
    state.save(PAYLOAD);
    return this.commit(Kind.MARK, EMPTIED, 0, 0, STATE_SIZE) != 0;
  }

  private write(at: u32, kind: Kind, sub: u32, number: u32, time: u32, length: u32, salt: u32): bool {
    const size = this.sizeOf(length);
    store<u8>(BUFFER, <u8>kind);
    store<u8>(BUFFER, <u8>sub, 1);
    store<u16>(BUFFER, <u16>length, 2);
    store<u32>(BUFFER, number, 4);
    store<u32>(BUFFER, state.acked, 8);
    store<u32>(BUFFER, time, 12);
    store<u32>(BUFFER, this.checksum(length, salt), 16);
    memory.fill(PAYLOAD + length, this.region.erased, size - HEAD - length);
    return this.region.program(at, BUFFER, size);
  }

  /** Where the next record may begin behind what is none: padding, torn, or decayed and then of unknown length. */
  private behind(at: u32, end: u32): u32 {
    const unit = this.region.unit;
    at += unit;
    while (at + HEAD <= end) {
      const size = min(end - at, PAGE);
      if (!this.region.read(at, BUFFER, size)) return end;
      for (let i: u32 = 0; i < size; i += unit) {
        const kind: i32 = load<u8>(BUFFER + i);
        const length: u32 = load<u16>(BUFFER + i, 2);
        if (kind >= Kind.SECTOR && kind <= Kind.DECIDED && length <= PAYLOAD_ROOM && at + i + HEAD + length <= end)
          return at + i;
      }
      at += size;
    }
    return end;
  }

  private readRecord(at: u32, salt: u32): bool {
    const sector = this.region.sector;
    const left = sector - (at % sector);
    if (!this.region.read(at, BUFFER, HEAD)) return false;
    const length = this.length;
    if (this.kind < Kind.SECTOR || this.kind > Kind.DECIDED || length > PAYLOAD_ROOM || HEAD + length > left)
      return false;
    if (length > 0 && !this.region.read(at + HEAD, PAYLOAD, length)) return false;
    return load<u32>(BUFFER, 16) == this.checksum(length, salt);
  }

  private checksum(length: u32, salt: u32): u32 {
    return crc32(crc32(salt, BUFFER, 16), PAYLOAD, length);
  }
}
