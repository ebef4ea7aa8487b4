import { FlashRegion } from 'motekit/runtime/guest';
import { crc32 } from './crc32';
import { Storage } from './storage';

/** Longest envelope that a device takes: two signatures of ML-DSA-87 would not fit, ML-DSA-65 and Ed25519 do. */
export const ENVELOPE_MAX: u32 = 8000;
/** A group key as it is sealed for a device (modules/unwrap). */
export const SEALED_SIZE: u32 = 1168;

/** Room for an envelope at the start of a slot, rounded up to whole sectors: its length, then its bytes. The module follows. */
const ENVELOPE_ROOM: u32 = 8192;
const KEYS_HEAD: u32 = 32;
/** Where the module of an envelope is fetched from stands behind it: length of the address, where the bytes begin, address. */
const PLACE_OFFSET: u32 = 8032; // LENGTH_SIZE + ENVELOPE_MAX
export const PLACE_AT: usize = 4;
export const PLACE_TEXT: u32 = 8;
export const PLACE_ROOM: u32 = 136;
const LENGTH_SIZE: u32 = 32; // a program unit of its own on every write alignment up to 32

/** The number of a place's slot, 1 or 2, in the region. */
export function slotOf(place: u32, slot: u8): u8 {
  return <u8>(2 * place) + slot;
}

/**
 * Slots of equal size in the region `slots`, numbered from 1, two for each place of a component. Offsets below are from the
 * start of a module. Behind them stand two places for a sealed group key, and last, a sector each, two for a key set.
 */
export class Slots {
  private storage: Storage = new Storage(FlashRegion.Slots);
  private size: u32 = 0;
  private header: u32 = 0;
  /** Bytes of a place for a group key. */
  private vault: u32 = 0;

  /** For so many components, at least one. False: flash failed, or has no room for them. */
  open(places: u32): bool {
    if (!this.storage.open()) return false;
    const sector = this.storage.sector;
    this.vault = this.sectors(KEYS_HEAD + SEALED_SIZE);
    const behind: u32 = 2 * (sector + this.vault);
    if (this.storage.size < behind) return false;
    const share = (this.storage.size - behind) / (2 * places);
    this.size = share - (share % sector);
    this.header = this.sectors(ENVELOPE_ROOM);
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

  /** Where what travels goes when it is not the module itself: as far behind the module as there is room. */
  wireAt(wire: u32): u32 {
    return this.capacity - this.sectors(wire);
  }

  /** Where the stream goes that was encrypted: as far behind the module as there is room before what travels. */
  stepAt(wire: u32, packed: u32): u32 {
    return this.wireAt(wire) - this.sectors(packed);
  }

  /** So many bytes in whole sectors. */
  sectors(len: u32): u32 {
    const sector = this.storage.sector;
    return ((len + sector - 1) / sector) * sector;
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

  /** Writes where the module is fetched from: into the header that was erased for the envelope. */
  writePlace(slot: u8, ptr: usize, len: u32): bool {
    return this.storage.program(this.start(slot) + PLACE_OFFSET, ptr, len);
  }

  /** Copies that to `ptr`, which has PLACE_ROOM bytes. Returns how many there are; 0: it is sent. */
  readPlace(slot: u8, ptr: usize): u32 {
    if (!this.storage.read(this.start(slot) + PLACE_OFFSET, ptr, PLACE_ROOM)) return 0;
    const len = load<u32>(ptr);
    return len > 0 && len <= PLACE_ROOM - PLACE_TEXT ? PLACE_TEXT + len : 0;
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

  /** Writes a key set to place 1 or 2, its length and CRC before it. */
  writeKeys(place: u8, ptr: usize, len: u32): bool {
    return this.writeBeside(this.keysAt(place), this.storage.sector, 0, 0, ptr, len);
  }

  /** Copies the key set of a place to `ptr`. Returns its length; 0: there is none of at most `room` bytes. */
  readKeys(place: u8, ptr: usize, room: u32): u32 {
    return this.readBeside(this.keysAt(place), ptr, room);
  }

  /** Writes a sealed group key, the group's id and the number of its delivery to place 1 or 2. */
  writeGroup(place: u8, sequence: u64, group: u32, ptr: usize): bool {
    return this.writeBeside(this.groupAt(place), this.vault, sequence, group, ptr, SEALED_SIZE);
  }

  /** Copies SEALED_SIZE bytes to `ptr`. Returns the number of their delivery; 0: there are none. */
  readGroup(place: u8, ptr: usize): u64 {
    if (place == 0 || this.readBeside(this.groupAt(place), ptr, SEALED_SIZE) != SEALED_SIZE) return 0;
    return load<u64>(LENGTH, 8);
  }

  /** The group of the key that was read last. */
  groupRead(): u32 {
    return load<u32>(LENGTH, 16);
  }

  /** Erases the sectors that so many bytes take; `offset` begins one. */
  eraseModule(slot: u8, offset: u32, size: u32): bool {
    return this.storage.erase(this.moduleAt(slot) + offset, this.sectors(size));
  }

  /** Length, CRC-32 and two numbers before the bytes, and those before them in time. */
  private writeBeside(at: u32, room: u32, number: u64, group: u32, ptr: usize, len: u32): bool {
    if (KEYS_HEAD + len > room) return false;
    memory.fill(LENGTH, 0, KEYS_HEAD);
    store<u32>(LENGTH, len);
    store<u32>(LENGTH, crc32(ptr, len), 4);
    store<u64>(LENGTH, number, 8);
    store<u32>(LENGTH, group, 16);
    return (
      this.storage.erase(at, room) &&
      this.storage.program(at + KEYS_HEAD, ptr, len) &&
      this.storage.program(at, LENGTH, KEYS_HEAD)
    );
  }

  private readBeside(at: u32, ptr: usize, room: u32): u32 {
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

  private groupAt(place: u8): u32 {
    return this.keysAt(1) - (3 - <u32>place) * this.vault;
  }

  private start(slot: u8): u32 {
    return (<u32>slot - 1) * this.size;
  }
}

const LENGTH: usize = memory.data(32, 4);
