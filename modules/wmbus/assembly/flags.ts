// Names of bits that manufacturers define: tables/bits.txt.
import { Q_ALARM_FLAGS, Q_ERROR_FLAGS, Q_MANUFACTURER_SPECIFIC } from './generated/tables';
import { BITS } from './generated/words';
import { DIB_LENGTH, FLAGS, HEAD, KIND, MANUFACTURER, NUMBER, QUANTITY, UNSIGNED, VIB_LENGTH } from './records';
import { MESSAGE, METER } from './telegram';

const ENTRY: usize = 7;

/** The names of this meter's status bits for `bitName`; 0 when the standard's own hold. */
export function statusBits(): usize {
  return find(0, 0);
}

/** In place of a bit: the name of the field itself; of a value of bits 0 and 1, or of bits 5 to 7. */
export const FIELD: u32 = 255;
export const LOW: u32 = 0xc0;
export const VALUE: u32 = 0x80;

/** The same for the number of a record; 0 when neither it nor its bits have names. */
export function recordBits(r: usize): usize {
  const quantity: u32 = load<u8>(r, QUANTITY);
  if (quantity != Q_ERROR_FLAGS && quantity != Q_ALARM_FLAGS && quantity != Q_MANUFACTURER_SPECIFIC) return 0;
  const kind: u32 = load<u8>(r, KIND);
  if (kind != NUMBER && kind != UNSIGNED) return 0;
  if (quantity != Q_MANUFACTURER_SPECIFIC) return find(quantity, 0);
  const vib = MESSAGE + load<u16>(r, HEAD) + load<u8>(r, DIB_LENGTH);
  return load<u8>(r, FLAGS) == MANUFACTURER && load<u8>(r, VIB_LENGTH) == 2 ? find(quantity, load<u8>(vib, 1)) : 0;
}

function find(quantity: u32, vife: u32): usize {
  let found = false;
  for (let p = BITS; load<u16>(p); ) {
    const count: u32 = load<u8>(p, 6);
    if (
      load<u16>(p) == load<u16>(METER) &&
      matches(load<u8>(p, 2), load<u8>(METER, 6)) &&
      matches(load<u8>(p, 3), load<u8>(METER, 7)) &&
      load<u8>(p, 4) == quantity &&
      load<u8>(p, 5) == vife
    ) {
      found = true;
    }
    // Entries without names share the next one's.
    if (found && count) return p;
    p += ENTRY + 2 * count;
  }
  return 0;
}

function matches(want: u32, have: u32): bool {
  return want == 255 || want == have;
}

/** Number of the name of a bit among BIT_NAMES; 0 when it has none. */
export function bitName(entry: usize, bit: u32): u32 {
  if (entry == 0) return 0;
  for (let i: u32 = 0, p = entry + ENTRY; i < load<u8>(entry, 6); i++, p += 2) {
    if (load<u8>(p) == bit) return load<u8>(p, 1);
  }
  return 0;
}
