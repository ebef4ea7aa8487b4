import { FlashRegion } from 'motekit/runtime/guest';
import { RECORD_MAX, RECORD_UNIT, Record, recordAt, seqOf } from './record';
import { Storage } from './storage';

const SECTORS: u32 = 2;
const NOWHERE: u32 = u32.MAX_VALUE;
const BUFFER: usize = memory.data(128, 8); // RECORD_MAX
const NOW: usize = memory.data(128, 8);

/**
 * The append-only journal in two sectors. A record is one program operation; a full sector is left as it is while the
 * other is erased and continued in, so that the newest record outlives a cut at any point.
 */
export class Journal {
  private storage: Storage = new Storage(FlashRegion.Journal);
  private sectorSize: u32 = 0;
  /** Where the next record goes, from the region's start. */
  private head: u32 = 0;
  /** Where the newest record is. */
  private last: u32 = NOWHERE;
  /** The state now: the newest record's. */
  readonly now: Record = changetype<Record>(NOW);

  /** Finds the newest valid record; without one, `now` is a new device's. Records beyond a torn one still count. */
  open(): bool {
    if (!this.storage.open()) return false;
    this.sectorSize = this.storage.sector;
    let found = false;
    this.last = NOWHERE;
    for (let offset: u32 = 0; offset < SECTORS * this.sectorSize; offset += RECORD_UNIT) {
      const size = this.read(offset);
      if (size == 0 || (found && seqOf(BUFFER) <= this.now.seq)) continue;
      memory.copy(NOW, BUFFER, RECORD_MAX);
      this.head = offset + size;
      this.last = offset;
      found = true;
    }
    // A new device begins as if the second sector were full: the first record erases the first sector.
    if (!found) this.head = SECTORS * this.sectorSize;
    return true;
  }

  /** Makes `now` durable as the next record. False: flash failed, and the record before is still the newest. */
  append(): bool {
    const size = this.now.size;
    this.now.seq++;
    while (!this.atSectorEnd(size) && !this.isErased(size)) this.head += RECORD_UNIT; // a record torn by a power cut
    if (this.atSectorEnd(size)) {
      const full = (this.head - 1) / this.sectorSize;
      // Not the sector with the newest record: in this one every write has failed since.
      const other = (full + 1) % SECTORS;
      let sector = other;
      if (this.last / this.sectorSize == other) sector = full;
      const next = sector * this.sectorSize;
      if (!this.storage.erase(next, this.sectorSize)) return false;
      this.head = next;
    }
    this.now.seal();
    const at = this.head;
    // Never twice in the same place, even when the operation failed halfway.
    this.head += size;
    if (!this.storage.program(at, NOW, size)) return false;
    this.last = at;
    return true;
  }

  /** The record that begins at this offset is in the buffer. Returns its bytes; 0: none begins there. */
  private read(offset: u32): u32 {
    const end = this.sectorSize * SECTORS;
    memory.fill(BUFFER, 0, RECORD_MAX);
    if (!this.storage.read(offset, BUFFER, min(RECORD_MAX, end - offset))) return 0;
    return recordAt(BUFFER);
  }

  /** No record of this size fits between the head and the end of the sector that it is in. */
  private atSectorEnd(size: u32): bool {
    if (this.head == 0) return false;
    const within = this.head % this.sectorSize;
    return within == 0 || within + size > this.sectorSize;
  }

  private isErased(size: u32): bool {
    if (!this.storage.read(this.head, BUFFER, size)) return false;
    for (let i: u32 = 0; i < size; i++) if (load<u8>(BUFFER + i) != this.storage.erased) return false;
    return true;
  }
}
