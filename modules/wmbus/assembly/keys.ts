// A table of keys by address pattern; a file of its own because it keeps a kilobyte in memory.

/** Address and mask (8 bytes each, in the order of METER: manufacturer, identification, version, type), key (16). */
const ENTRY: u32 = 32;
const ENTRIES: u32 = 32;
const table: usize = memory.data(1024, 8);
let used: u32 = 0;

/**
 * Adds the 16 bytes at `key` for the meters whose address has the bits of `address` where `mask` has ones: 8 bytes each.
 * Several keys may fit one meter: they are tried in the order of adding. False when the table is full.
 */
export function addKey(address: u64, mask: u64, key: usize): bool {
  if (used == ENTRIES) return false;
  const e = table + ENTRY * used++;
  store<u64>(e, address & mask);
  store<u64>(e, mask, 8);
  memory.copy(e + 16, key, 16);
  return true;
}

/** Forgets all keys, also in memory. */
export function clearKeys(): void {
  used = 0;
  memory.fill(table, 0, ENTRY * ENTRIES);
}

/** A KeyLookup over the table. */
export function keyFromTable(address: usize, attempt: u32): usize {
  const meter = load<u64>(address);
  for (let e = table; e < table + ENTRY * used; e += ENTRY) {
    if ((meter & load<u64>(e, 8)) == load<u64>(e) && attempt-- == 0) return e + 16;
  }
  return 0;
}
