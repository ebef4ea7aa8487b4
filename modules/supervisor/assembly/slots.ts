import { FlashRegion } from 'motekit/runtime/guest';
import { crc32 } from './crc32';
import { ENVELOPE_MAX } from './envelope';
import { Storage } from './storage';

/** Room for an envelope at the start of a slot, rounded up to whole sectors: its length, then its bytes. The module follows. */
const ENVELOPE_ROOM: u32 = 8192;
const KEYS_HEAD: u32 = 32;
const LENGTH_SIZE: u32 = 32; // a program unit of its own on every write alignment up to 32

/**
 * Two slots of equal size in the region `slots`: number 1 and 2. Offsets below are from the start of a module.
 * The region's last two sectors are places for a key set.
 */
export class Slots {
  private storage: Storage = new Storage(FlashRegion.Slots);
  private size: u32 = 0;
  private header: u32 = 0;

  open(): bool {
    if (!this.storage.open()) return false;
    const sector = this.storage.sector;
    if (this.storage.size < 2 * sector) return false;
    const half = (this.storage.size - 2 * sector) / 2;
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

  /** Writes a key set, its length and CRC before it, to place 1 or 2. */
  writeKeys(place: u8, ptr: usize, len: u32): bool {
    const at = this.keysAt(place);
    if (KEYS_HEAD + len > this.storage.sector) return false;
    memory.fill(LENGTH, 0, KEYS_HEAD);
    store<u32>(LENGTH, len);
    store<u32>(LENGTH, crc32(ptr, len), 4);
    return (
      this.storage.erase(at, this.storage.sector) &&
      this.storage.program(at + KEYS_HEAD, ptr, len) &&
      this.storage.program(at, LENGTH, KEYS_HEAD)
    );
  }

  /** Copies the key set of a place to `ptr`. Returns its length; 0: there is none of at most `room` bytes. */
  readKeys(place: u8, ptr: usize, room: u32): u32 {
    const at = this.keysAt(place);
    if (!this.storage.read(at, LENGTH, KEYS_HEAD)) return 0;
    const len = load<u32>(LENGTH);
    const crc = load<u32>(LENGTH, 4);
    if (len == 0 || len > room || !this.storage.read(at + KEYS_HEAD, ptr, len)) return 0;
    return crc32(ptr, len) == crc ? len : 0;
  }

  private keysAt(place: u8): u32 {
    const sector = this.storage.sector;
    return (this.storage.size / sector - 3 + <u32>place) * sector;
  }

  private start(slot: u8): u32 {
    return (<u32>slot - 1) * this.size;
  }
}

const LENGTH: usize = memory.data(32, 4);
