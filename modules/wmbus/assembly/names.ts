// Texts out of the generated pool, and what an address looks like.
import { Writer } from '../../lib/assembly/bytes';
import { FIRST_PACKED, PAIRS, TEXT, TEXTS } from './generated/texts';

/** Where every sixteenth text of the pool begins. */
const at = memory.data(((TEXTS >> 4) + 1) << 1, 2);

function indexTexts(): void {
  let p = TEXT;
  for (let i: u32 = 0; i < TEXTS; i++) {
    if ((i & 15) == 0) store<u16>(at + (i >> 3), <u32>(p - TEXT));
    p += 1 + <usize>load<u8>(p);
  }
}
indexTexts();

function find(n: u32): usize {
  let p = TEXT + load<u16>(at + ((n >> 4) << 1));
  for (let i = n & 15; i; i--) p += 1 + <usize>load<u8>(p);
  return p;
}

/** Appends text `n` of the pool. */
export function writeText(w: Writer, n: u32): void {
  const p = find(n);
  const length: u32 = load<u8>(p);
  if (n < FIRST_PACKED) w.bytes(p + 1, length);
  else for (let i: u32 = 1; i <= length; i++) unpack(w, load<u8>(p + i));
}

/** A byte of a packed text: a character, or from 80h on the two that it stands for. */
function unpack(w: Writer, code: u32): void {
  if (code < 0x80) {
    w.u8(code);
    return;
  }
  const pair = PAIRS + 2 * (code & 0x7f);
  unpack(w, load<u8>(pair));
  unpack(w, load<u8>(pair, 1));
}

/** Text `n` of the pool, as an object: for logs. */
export function textOf(n: u32): string {
  const p = find(n);
  let text = '';
  for (let i: u32 = 1; i <= load<u8>(p); i++)
    text += n < FIRST_PACKED ? String.fromCharCode(load<u8>(p + i)) : unpacked(load<u8>(p + i));
  return text;
}

function unpacked(code: u32): string {
  if (code < 0x80) return String.fromCharCode(code);
  const pair = PAIRS + 2 * (code & 0x7f);
  return unpacked(load<u8>(pair)) + unpacked(load<u8>(pair, 1));
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
