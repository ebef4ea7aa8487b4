import { FlashRegion } from 'motekit/runtime/guest';
import { ENVELOPE_MAX } from './envelope';
import { Storage } from './storage';

/** Room for an envelope at the start of a slot, rounded up to whole sectors: its length, then its bytes. The module follows. */
const ENVELOPE_ROOM: u32 = 8192;
const LENGTH_SIZE: u32 = 32; // a program unit of its own on every write alignment up to 32

/** Two slots of equal size in the region `slots`: number 1 and 2. Offsets below are from the start of a module. */
export class Slots {
  private storage: Storage = new Storage(FlashRegion.Slots);
  private size: u32 = 0;
  private header: u32 = 0;

  open(): bool {
    if (!this.storage.open()) return false;
    const half = this.storage.size / 2;
    const sector = this.storage.sector;
    this.size = half - (half % sector);
    this.header = ((ENVELOPE_ROOM + sector - 1) / sector) * sector;
    return this.size > this.header && LENGTH_SIZE % this.storage.align == 0;
  }

  get region(): FlashRegion {
    return this.storage.region;
  }

  get sector(): u32 {
    return this.storage.sector;
  }

  /** Largest module. */
  get capacity(): u32 {
    return this.size - this.header;
  }

  /** Where the module of a slot begins in the region. */
  moduleAt(slot: u8): u32 {
    return this.start(slot) + this.header;
  }

  /** Erases the slot's header and writes the envelope. The length goes last: without it there is no envelope. */
  writeEnvelope(slot: u8, ptr: usize, len: u32): bool {
    const at = this.start(slot);
    if (!this.storage.erase(at, this.header)) return false;
    if (!this.storage.program(at + LENGTH_SIZE, ptr, len)) return false;
    store<u32>(LENGTH, len);
    return this.storage.program(at, LENGTH, 4);
  }

  /** Copies the envelope to `ptr`, which has room for ENVELOPE_MAX bytes. Returns its length; 0: there is none. */
  readEnvelope(slot: u8, ptr: usize): u32 {
    const at = this.start(slot);
    if (!this.storage.read(at, LENGTH, 4)) return 0;
    const len = load<u32>(LENGTH);
    if (len == 0 || len > ENVELOPE_MAX) return 0;
    return this.storage.read(at + LENGTH_SIZE, ptr, len) ? len : 0;
  }

  /** Writes a piece of the module; pieces come in order. Erases each sector that it enters. */
  writeModule(slot: u8, offset: u32, ptr: usize, len: u32): bool {
    const at = this.moduleAt(slot);
    const sector = this.storage.sector;
    while (len > 0) {
      const within = offset % sector;
      if (within == 0 && !this.storage.erase(at + offset, sector)) return false;
      const part = min(len, sector - within);
      if (!this.storage.program(at + offset, ptr, part)) return false;
      offset += part;
      ptr += part;
      len -= part;
    }
    return true;
  }

  /** As `Storage.view`, at most 4096 bytes. */
  viewModule(slot: u8, offset: u32, len: u32): usize {
    return this.storage.view(this.moduleAt(slot) + offset, len);
  }

  /** Writes at this offset may begin here: it is a multiple of the write alignment. */
  isAligned(offset: u32): bool {
    return offset % this.storage.align == 0;
  }

  private start(slot: u8): u32 {
    return (<u32>slot - 1) * this.size;
  }
}

const LENGTH: usize = memory.data(4, 4);
