// JSON text (RFC 8259) into a Writer.
import { Writer } from './bytes';

/** A JSON string of ISO 8859-1 characters (the character set of EN 13757-3 texts), as UTF-8, last byte first if `reversed`. */
export function writeLatin1(w: Writer, src: usize, len: u32, reversed: bool = false): void {
  w.u8(0x22);
  writeLatin1Body(w, src, len, reversed);
  w.u8(0x22);
}

/** The same without the quotes. */
export function writeLatin1Body(w: Writer, src: usize, len: u32, reversed: bool = false): void {
  for (let i: u32 = 0; i < len; i++) {
    const c: u32 = load<u8>(src + (reversed ? len - 1 - i : i));
    if (c >= 0x80) {
      w.u8(0xc0 | (c >> 6));
      w.u8(0x80 | (c & 0x3f));
    } else if (c < 0x20) {
      // \u00
      w.u32be(0x5c753030);
      w.u8(0x30 + (c >> 4));
      const lo = c & 15;
      w.u8(lo + (lo > 9 ? 0x57 : 0x30));
    } else {
      if (c == 0x22 || c == 0x5c) w.u8(0x5c);
      w.u8(c);
    }
  }
}
