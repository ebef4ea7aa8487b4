// A table of keys by address pattern: rows of an address, a mask and a key, one behind the other in anybody's memory.
import { fromHex } from '../../lib/assembly/bytes';

/** Address and mask (8 bytes each, in the order of METER: manufacturer, identification, version, type), key (16). */
export const KEY_ROW: u32 = 32;

/**
 * The key of a meter for one attempt, counted from 0, out of `size` bytes of rows at `table`, or 0 when no further one
 * fits: where the mask has ones, the address (8 bytes) must have the row's bits. Rows are tried in their order.
 */
export function keyInTable(table: usize, size: u32, address: usize, attempt: u32): usize {
  const meter = load<u64>(address);
  for (let row = table, end = table + size; row + KEY_ROW <= end; row += KEY_ROW) {
    if (((meter ^ load<u64>(row)) & load<u64>(row, 8)) == 0 && attempt-- == 0) return row + 16;
  }
  return 0;
}

/**
 * Writes the address and mask of a pattern, 16 bytes: a manufacturer (three letters, or four hexadecimal digits), and
 * behind `-` an identification of eight digits. `*` stands for any manufacturer, and once in an identification for any
 * digits: `KAM-1234*`, `*-00000000`, `KAM`, `*`. False when the text is no such pattern.
 */
export function readPattern(text: usize, length: u32, row: usize): bool {
  memory.fill(row, 0, 16);
  const end = text + length;
  let p = text;
  while (p < end && load<u8>(p) != 0x2d) p++;
  const maker = <u32>(p - text);
  if (!(maker == 1 && load<u8>(text) == 0x2a)) {
    if (maker == 3) {
      let id: u32 = 0;
      for (let i: u32 = 0; i < 3; i++) {
        const letter = (<u32>load<u8>(text + i) & ~0x20) - 0x40;
        if (letter - 1 > 25) return false;
        id = (id << 5) | letter;
      }
      store<u16>(row, id);
      // The highest bit says how far the address is unique.
      store<u16>(row, 0x7fff, 8);
    } else {
      if (maker != 4 || !fromHex(row, text, 2)) return false;
      store<u16>(row, bswap<u16>(load<u16>(row)));
      store<u16>(row, 0xffff, 8);
    }
  }
  return p == end || readDigits(p + 1, end, row);
}

/** The identification stands with its last digits first. */
function readDigits(p: usize, end: usize, row: usize): bool {
  let given: u32 = 0;
  for (let q = p; q < end; q++) if (load<u8>(q) != 0x2a) given++;
  const stars = <u32>(end - p) - given;
  if (stars > 1 || given > 8 || (stars == 0 && given != 8)) return false;
  let place: u32 = 7;
  for (; p < end; p++) {
    if (load<u8>(p) == 0x2a) {
      place -= 8 - given;
      continue;
    }
    // One digit, read as the lower of two.
    store<u8>(scratch, 0x30);
    store<u8>(scratch, load<u8>(p), 1);
    if (!fromHex(scratch, scratch, 1)) return false;
    const at = row + 2 + (place >> 1);
    const shift = (place & 1) << 2;
    store<u8>(at, <u32>load<u8>(at) | ((<u32>load<u8>(scratch)) << shift));
    store<u8>(at, <u32>load<u8>(at, 8) | (15 << shift), 8);
    place--;
  }
  return true;
}
const scratch = memory.data(2);
