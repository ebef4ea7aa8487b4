// Texts out of the generated pool, and what an address looks like.
import { Writer } from '../../lib/assembly/bytes';
import { TEXT, TEXTS } from './generated/texts';

/** Where every sixteenth text of the pool begins. */
const at = memory.data(64, 2);

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
  w.bytes(p + 1, load<u8>(p));
}

/** Text `n` of the pool, as an object: for logs. */
export function textOf(n: u32): string {
  const p = find(n);
  let text = '';
  for (let i: u32 = 1; i <= load<u8>(p); i++) text += String.fromCharCode(load<u8>(p + i));
  return text;
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
