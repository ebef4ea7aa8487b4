// Names out of the generated tables, and of C fields and device types.
import { Writer } from '../../lib/assembly/bytes';

/** Appends entry `n` of a pool of length-prefixed names. */
export function writeName(w: Writer, pool: usize, at: usize, n: u32): void {
  const p = pool + load<u16>(at + 2 * n);
  w.bytes(p + 1, load<u8>(p));
}

/** Three letters of the manufacturer's number (EN 62056-21: five bits each), or the number in hexadecimal. */
export function writeManufacturer(w: Writer, id: u32): void {
  if (!isLetter(id >> 10) || !isLetter(id >> 5) || !isLetter(id)) {
    w.hexByte(id >> 8);
    w.hexByte(id);
    return;
  }
  w.u8(0x40 + ((id >> 10) & 31));
  w.u8(0x40 + ((id >> 5) & 31));
  w.u8(0x40 + (id & 31));
}

function isLetter(code: u32): bool {
  return (code & 31) - 1 < 26;
}

/** Identification: eight digits, as transmitted (BCD, little-endian). */
export function writeId(w: Writer, p: usize): void {
  for (let i = 3; i >= 0; i--) w.hex(p + i, 1);
}

/** Message that a C field stands for (EN 13757-4 table 26). */
export function messageName(c: u32): string {
  const f = c & 15;
  if (c & 0x40) {
    switch (f) {
      case 0:
        return 'SND-NKE';
      case 3:
        return c & 0x10 ? 'SND-UD' : 'SND-UD2';
      case 4:
        return 'SND-NR';
      case 6:
        return 'SND-IR';
      case 7:
        return 'ACC-NR';
      case 8:
        return 'ACC-DMD';
      case 10:
        return 'REQ-UD1';
    }
    return 'REQ-UD2';
  }
  switch (f) {
    case 0:
      return 'ACK';
    case 1:
      return 'NACK';
    case 6:
      return 'CNF-IR';
  }
  return 'RSP-UD';
}

/** Device type (EN 13757-7 table 13), in words. */
export function mediumName(type: u32): string {
  switch (type) {
    case 0x00:
      return 'other';
    case 0x01:
      return 'oil';
    case 0x02:
      return 'electricity';
    case 0x03:
      return 'gas';
    case 0x04:
      return 'heat';
    case 0x05:
      return 'steam';
    case 0x06:
      return 'warm water';
    case 0x07:
      return 'water';
    case 0x08:
      return 'heat cost allocator';
    case 0x09:
      return 'compressed air';
    case 0x0a:
      return 'cooling (outlet)';
    case 0x0b:
      return 'cooling (inlet)';
    case 0x0c:
      return 'heat (inlet)';
    case 0x0d:
      return 'heat and cooling';
    case 0x0e:
      return 'bus or system component';
    case 0x0f:
      return 'unknown';
    case 0x14:
      return 'calorific value';
    case 0x15:
      return 'hot water';
    case 0x16:
      return 'cold water';
    case 0x17:
      return 'dual water';
    case 0x18:
      return 'pressure';
    case 0x19:
      return 'A/D converter';
    case 0x1a:
      return 'smoke detector';
    case 0x1b:
      return 'room sensor';
    case 0x1c:
      return 'gas detector';
    case 0x1d:
    case 0x1e:
    case 0x1f:
      return 'sensor';
    case 0x20:
      return 'breaker';
    case 0x21:
      return 'valve';
    case 0x25:
      return 'customer unit';
    case 0x28:
      return 'waste water';
    case 0x29:
      return 'garbage';
    case 0x2a:
      return 'carbon dioxide';
    case 0x31:
      return 'communication controller';
    case 0x32:
      return 'unidirectional repeater';
    case 0x33:
      return 'bidirectional repeater';
    case 0x36:
      return 'radio converter (system side)';
    case 0x37:
      return 'radio converter (meter side)';
    case 0x38:
      return 'wired adapter';
  }
  return 'reserved';
}
