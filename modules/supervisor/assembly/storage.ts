import { Bytes, FlashRegion, flash } from 'motekit/runtime/guest';

/** Longest write that is padded in memory here: a chunk or an envelope. */
const PADDING_MAX: u32 = 64;
const PADDING: usize = memory.data(64, 8);

/** A region of flash and what does not change of it. Offsets are bytes from the region's start. */
export class Storage {
  size: u32 = 0;
  sector: u32 = 0;
  align: u32 = 0;
  erased: u8 = 0;

  constructor(readonly region: FlashRegion) {}

  /** False: the region cannot be described, or has a geometry that cannot hold what is kept in it. */
  open(): bool {
    const geometry = flash.describe(this.region);
    if (geometry === null) return false;
    this.size = geometry.size;
    this.sector = geometry.sector;
    this.align = geometry.align;
    this.erased = geometry.erased;
    return this.sector > 0 && this.align > 0 && this.align <= PADDING_MAX && this.size >= 2 * this.sector;
  }

  /** The address of a copy of `len` bytes that lives as long as the message; 0: the device failed. */
  view(offset: u32, len: u32): usize {
    const bytes = flash.read(this.region, offset, len);
    return bytes === null || <u32>bytes.length != len ? 0 : bytes.ptr;
  }

  /** Reads any length to `ptr`. */
  read(offset: u32, ptr: usize, len: u32): bool {
    while (len > 0) {
      const part = min(len, READ_MAX);
      const from = this.view(offset, part);
      if (!from) return false;
      memory.copy(ptr, from, part);
      // The copy that the host made: a search through the journal would fill the arena with them.
      __arena_trim(from);
      offset += part;
      ptr += part;
      len -= part;
    }
    return true;
  }

  /** `offset` is aligned; what is missing to a whole program unit at the end is filled with erased bytes. */
  program(offset: u32, ptr: usize, len: u32): bool {
    const whole = len - (len % this.align);
    if (whole > 0 && flash.program(this.region, offset, new Bytes(ptr, whole))) return false;
    if (whole == len) return true;
    memory.fill(PADDING, this.erased, this.align);
    memory.copy(PADDING, ptr + whole, len - whole);
    return !flash.program(this.region, offset + whole, new Bytes(PADDING, this.align));
  }

  /** Whole sectors. */
  erase(offset: u32, len: u32): bool {
    return !flash.erase(this.region, offset, len);
  }
}

/** Largest piece that the contract reads at once. */
const READ_MAX: u32 = 4096;
