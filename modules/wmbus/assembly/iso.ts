// Dates and times as ISO 8601.
import { Writer } from '../../lib/assembly/bytes';
import { DATE, LOCAL, MINUTES, TIME } from './records';

/** ISO 8601, as exact as the type. */
export function writeDate(w: Writer, v: i64, kind: u32): void {
  if (kind != TIME) {
    w.number(<u64>(v >> 40) & 0xffff, 4);
    two(w, 0x2d, <u32>(v >> 32));
    two(w, 0x2d, <u32>(v >> 24));
    if (kind == DATE) return;
    two(w, 0x54, <u32>(v >> 16));
  } else w.number((<u64>v >> 16) & 255, 2);
  two(w, 0x3a, <u32>(v >> 8));
  if (kind != MINUTES) two(w, 0x3a, <u32>v);
  if (kind != LOCAL) return;
  const offset = <i32>(v >> 56) - 16;
  two(w, offset < 0 ? 0x2d : 0x2b, abs(offset));
  two(w, 0x3a, 0);
}

function two(w: Writer, separator: u32, v: u32): void {
  w.u8(separator);
  w.number(v & 255, 2);
}
