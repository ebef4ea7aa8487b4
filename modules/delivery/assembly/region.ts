import { Bytes, FlashRegion, flash } from 'motekit/runtime/guest';

/** Largest piece that the contract reads at once. */
const READ_MAX: u32 = 4096;
const ALIGN_MAX: u32 = 64;

/** The flash region `delivery` of the contract. Offsets are bytes from its start. */
export class Region {
  size: u32 = 0;
  sector: u32 = 0;
  /** Everything that is programmed begins and ends at a multiple of this. */
  unit: u32 = 4;
  erased: u8 = 0;

  /** False: the board has none, or one that cannot hold a journal of at least `sectors`. */
  open(sectors: u32): bool {
    const geometry = flash.describe(FlashRegion.Delivery);
    if (geometry === null) return false;
    this.size = geometry.size;
    this.sector = geometry.sector;
    this.unit = max<u32>(geometry.align, 4);
    this.erased = geometry.erased;
    return this.sector >= 4096 && this.unit <= ALIGN_MAX && this.size / this.sector >= sectors;
  }

  read(offset: u32, ptr: usize, len: u32): bool {
    while (len > 0) {
      const part = min(len, READ_MAX);
      const bytes = flash.read(FlashRegion.Delivery, offset, part);
      if (bytes === null || <u32>bytes.length != part) return false;
      memory.copy(ptr, bytes.ptr, part);
      // The copy that the host made: a walk through the journal would fill the arena with them.
      __arena_trim(bytes.ptr);
      offset += part;
      ptr += part;
      len -= part;
    }
    return true;
  }

  /** One operation of the part: `offset` and `len` are multiples of the unit. */
  program(offset: u32, ptr: usize, len: u32): bool {
    return !flash.program(FlashRegion.Delivery, offset, new Bytes(ptr, len));
  }

  eraseSector(sector: u32): bool {
    return !flash.erase(FlashRegion.Delivery, sector * this.sector, this.sector);
  }
}
