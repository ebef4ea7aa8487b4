import { FlashRegion } from 'motekit/runtime/guest';
import { ENVELOPE_MAX } from './envelope';
import { Storage } from './storage';

/** The envelope's place at the start of a slot: its length (4 bytes), then its bytes. The module follows. */
const HEADER_SIZE: u32 = 8192;
const LENGTH_SIZE: u32 = 32; // a program unit of its own on every write alignment up to 32

/** Two slots of equal size in the region `slots`: number 1 and 2. Offsets below are from the start of a module. */
export class Slots {
  private storage: Storage = new Storage(FlashRegion.Slots);
  private size: u32 = 0;

  open(): bool {
    if (!this.storage.open()) return false;
    const half = this.storage.size / 2;
    this.size = half - (half % this.storage.sector);
    return this.size > HEADER_SIZE && HEADER_SIZE % this.storage.sector == 0 && LENGTH_SIZE % this.storage.align == 0;
  }

  get region(): FlashRegion {
    return this.storage.region;
  }

  get sector(): u32 {
    return this.storage.sector;
  }

  /** Largest module. */
  get capacity(): u32 {
    return this.size - HEADER_SIZE;
  }

  /** Where the module of a slot begins in the region. */
  moduleAt(slot: u8): u32 {
    return this.start(slot) + HEADER_SIZE;
  }

  /** Erases the slot's header and writes the envelope. The length goes last: without it there is no envelope. */
  writeEnvelope(slot: u8, ptr: usize, len: u32): bool {
    const at = this.start(slot);
    if (!this.storage.erase(at, HEADER_SIZE)) return false;
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

  /** Erases the sector that begins at this offset of the module. */
  eraseSector(slot: u8, offset: u32): bool {
    return this.storage.erase(this.moduleAt(slot) + offset, this.storage.sector);
  }

  writeModule(slot: u8, offset: u32, ptr: usize, len: u32): bool {
    return this.storage.program(this.moduleAt(slot) + offset, ptr, len);
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
