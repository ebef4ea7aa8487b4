import { FlashRegion } from 'motekit/runtime/guest';
import { Storage } from './storage';
import { CborWriter } from '../../lib/assembly/cbor';
import { Reason, reasonText } from './reason';
import { RECORD_SIZE, Record, TRANSFER_SIZE, isRecord, seqOf, stateText } from './record';

const SECTORS: u32 = 2;
/** Records that are told, whatever the size of a sector: they have to fit into memory. */
const HISTORY_MAX: u32 = 128;
/** Bytes that a history takes at most. */
export const HISTORY_BYTES: u32 = 8 + HISTORY_MAX * 48;
const BUFFER: usize = memory.data(64, 8);
const PAST: Record = new Record();

/**
 * The append-only journal in two sectors. A record is one program operation; a full sector is left as it is while the
 * other is erased and continued in, so that the newest record outlives a cut at any point.
 */
export class Journal {
  private storage: Storage = new Storage(FlashRegion.Journal);
  private sectorSize: u32 = 0;
  /** Where the next record goes, from the region's start. */
  private head: u32 = 0;
  /** The state now: the newest record's. */
  readonly now: Record = new Record();

  /** Finds the newest valid record; without one, `now` is a new device's. Records beyond a torn one still count. */
  open(): bool {
    if (!this.storage.open()) return false;
    this.sectorSize = this.storage.sector;
    let found = false;
    for (let offset: u32 = 0; offset < SECTORS * this.sectorSize; offset += RECORD_SIZE) {
      if (!this.storage.read(offset, BUFFER, RECORD_SIZE)) return false;
      if (!isRecord(BUFFER) || (found && seqOf(BUFFER) <= this.now.seq)) continue;
      this.now.decode(BUFFER);
      this.head = offset;
      found = true;
    }
    // A new device begins as if the second sector were full: the first record erases the first sector.
    this.head = found ? this.head + RECORD_SIZE : SECTORS * this.sectorSize;
    return true;
  }

  /** Makes `now` durable as the next record. False: flash failed, and the record before is still the newest. */
  append(): bool {
    this.now.seq++;
    while (!this.atSectorEnd() && !this.isErased()) this.head += RECORD_SIZE; // a record torn by a power cut
    if (this.atSectorEnd()) {
      const next = this.head % (SECTORS * this.sectorSize);
      if (!this.storage.erase(next, this.sectorSize)) return false;
      this.head = next;
    }
    this.now.encode(BUFFER);
    const at = this.head;
    // Never twice in the same place, even when the operation failed halfway.
    this.head += RECORD_SIZE;
    return this.storage.program(at, BUFFER, RECORD_SIZE);
  }

  /** The last HISTORY_MAX records in the order in which they lie, as arrays (docs/update-protocol.md). */
  writeHistory(out: CborWriter): void {
    const end = SECTORS * this.sectorSize;
    let count: u32 = 0;
    for (let at: u32 = 0; at < end; at += RECORD_SIZE) if (this.readAt(at)) count++;
    out.array(count);
    for (let at: u32 = 0; at < end && count > 0; at += RECORD_SIZE) {
      if (!this.readAt(at)) continue;
      count--;
      PAST.decode(BUFFER);
      out.array(6);
      out.uint(PAST.seq);
      out.literal(stateText(PAST.state));
      out.uint(PAST.active);
      out.uint(PAST.offset);
      out.literal(reasonText(<Reason>PAST.reason));
      out.byteString(BUFFER + 32, TRANSFER_SIZE);
    }
  }

  private readAt(offset: u32): bool {
    return (
      this.storage.read(offset, BUFFER, RECORD_SIZE) && isRecord(BUFFER) && seqOf(BUFFER) + HISTORY_MAX > this.now.seq
    );
  }

  private atSectorEnd(): bool {
    return this.head > 0 && this.head % this.sectorSize == 0;
  }

  private isErased(): bool {
    if (!this.storage.read(this.head, BUFFER, RECORD_SIZE)) return false;
    for (let i: u32 = 0; i < RECORD_SIZE; i++) {
      if (load<u8>(BUFFER + i) != this.storage.erased) return false;
    }
    return true;
  }
}
