// The unit of a record: that of its VIF, and what VIFEs put behind it ("per hour", "times second").
import { Writer } from '../../lib/assembly/bytes';
import { FIRST_SUFFIX, SUFFIX_COUNT, SUFFIXES, UNITS } from './generated/texts';
import { modifier } from './modifiers';
import { writeText } from './names';

/** Appends the unit; `count` is what `modifiers` has answered for this record. */
export function writeUnit(w: Writer, unit: u32, count: u32): void {
  writeText(w, UNITS + unit);
  for (let i: u32 = 0; i < count; i++) {
    const n = modifier(i) - FIRST_SUFFIX;
    if (n < SUFFIX_COUNT) writeText(w, SUFFIXES + n);
  }
}
