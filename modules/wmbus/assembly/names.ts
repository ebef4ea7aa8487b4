// Texts out of the generated pool, and what an address looks like.
import { Writer } from '../../lib/assembly/bytes';
import { FIRST_PACKED, PAIRS, TEXT, TEXTS } from './generated/texts';

/** Where every sixteenth text of a pool begins. */
const at = memory.data(((TEXTS >> 4) + 1) << 1, 2);

function indexTexts(pool: usize, index: usize, count: u32): void {
  let p = pool;
  for (let i: u32 = 0; i < count; i++) {
    if ((i & 15) == 0) store<u16>(index + (i >> 3), <u32>(p - pool));
    p += 1 + <usize>load<u8>(p);
  }
}
indexTexts(TEXT, at, TEXTS);

/** Texts whose numbers go on behind TEXTS, for those who want them. */
let words: usize = 0;
let wordsAt: usize = 0;
let packedWords: u32 = 0;

/** Takes another pool of `count` texts, packed from number `packed` on; `index` has room for where each sixteenth begins. */
export function knowWords(pool: usize, index: usize, count: u32, packed: u32): void {
  words = pool;
  wordsAt = index;
  packedWords = packed;
  indexTexts(pool, index, count);
}

function find(n: u32): usize {
  let p = TEXT;
  let index = at;
  if (n >= TEXTS) {
    n -= TEXTS;
    p = words;
    index = wordsAt;
  }
  p += load<u16>(index + ((n >> 4) << 1));
  for (let i = n & 15; i; i--) p += 1 + <usize>load<u8>(p);
  return p;
}

function isPacked(n: u32): bool {
  return n >= (n < TEXTS ? FIRST_PACKED : packedWords);
}

/** Appends text `n` of the pools. */
export function writeText(w: Writer, n: u32): void {
  const p = find(n);
  const length: u32 = load<u8>(p);
  if (!isPacked(n)) w.bytes(p + 1, length);
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

/** Text `n` of the pools, as an object: for logs. */
export function textOf(n: u32): string {
  const p = find(n);
  let text = '';
  for (let i: u32 = 1; i <= load<u8>(p); i++)
    text += isPacked(n) ? unpacked(load<u8>(p + i)) : String.fromCharCode(load<u8>(p + i));
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
