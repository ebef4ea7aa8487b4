// Messages that come in fragments (EN 13757-7 clause 6.3.2): the pieces of the messages that are under way, by meter.
// Bounded: two meters at a time, 8 pieces and 368 bytes each. Pieces may come in any order and more than once. What does
// not go together begins anew, so that nothing is joined that was not sent as one; a MAC or message length is checked
// over the whole.
import { AFL_FIELDS, AFL_SIZE } from './afl';
import { FORMAT_WIRED, MESSAGE, METER, telegram } from './telegram';

// A slot: address (8), when it was begun (4), pieces (1), identifier of the last one (1), bytes of data (2), the fields of
// the headers, a directory of identifier (1), size (1) and place (2) of each piece, data.
const SINCE: usize = 8;
const COUNT: usize = 12;
const LAST: usize = 13;
const USED: usize = 14;
const FIELDS: usize = 16;
const DIRECTORY: usize = 44;
const PIECES: u32 = 8;
const DATA: usize = 76;
const DATA_MAX: u32 = 368;
const SLOT: u32 = 444;
const slots: usize = memory.data(888, 8);

/** Within this time all pieces of a message must have come, in milliseconds. */
const PATIENCE: u32 = 60000;
let now: u32 = 0;
/** The slot that was begun last; the other one makes room. */
let latest: usize = 0;

/** Tells the time in milliseconds, which may wrap. Without it pieces wait until others need their room. */
export function setNow(milliseconds: u32): void {
  now = milliseconds;
}

/**
 * Takes the piece `fid` between two offsets in MESSAGE, with the header's fields in AFL_FIELDS. When it makes a message
 * whole, that stands in MESSAGE from the answered offset to `telegram.length`, and AFL_FIELDS has all fields. Else 0.
 */
export function collect(fid: u32, more: bool, from: u32, to: u32): u32 {
  const size = to - from;
  if (fid - 1 >= PIECES || size - 1 > 254) return 0;
  const slot = slotOf();
  let known = piece(slot, fid);
  const last: u32 = load<u8>(slot, LAST);
  const other =
    known && (<u32>load<u8>(known, 1) ^ size) | differs(slot + DATA + load<u16>(known, 2), MESSAGE + from, size);
  // Another message of the same meter.
  if (other || (last && (more ? fid >= last : fid != last))) {
    begin(slot);
    known = 0;
  }
  // What is heard again adds nothing: the message, if it is whole, is there once more.
  if (known == 0) {
    if (!add(slot, fid, from, size)) return 0;
    if (!more) store<u8>(slot, fid, LAST);
    merge(slot + FIELDS);
  }
  const count: u32 = load<u8>(slot, COUNT);
  if (count != load<u8>(slot, LAST)) return 0;

  const start: u32 = telegram.format == FORMAT_WIRED ? 3 : 10;
  let at = start;
  for (let n: u32 = 1; n <= count; n++) {
    const p = piece(slot, n);
    memory.copy(MESSAGE + at, slot + DATA + load<u16>(p, 2), load<u8>(p, 1));
    at += load<u8>(p, 1);
  }
  memory.copy(AFL_FIELDS, slot + FIELDS, AFL_SIZE);
  telegram.length = at;
  telegram.joined = true;
  return start;
}

/** The slot of this meter, new where it has none or its message took too long. Wired meters have their primary address. */
function slotOf(): usize {
  const address = load<u64>(METER) + telegram.a;
  for (let s = slots; s < slots + 2 * SLOT; s += SLOT) {
    if (load<u64>(s) != address) continue;
    if (now - load<u32>(s, SINCE) > PATIENCE) begin(s);
    return s;
  }
  latest = latest == slots ? slots + SLOT : slots;
  store<u64>(latest, address);
  begin(latest);
  return latest;
}

function begin(slot: usize): void {
  memory.fill(slot + SINCE, 0, DATA - SINCE);
  store<u32>(slot, now, SINCE);
}

/** Where the directory has the piece, or 0. */
function piece(slot: usize, fid: u32): usize {
  const end = slot + DIRECTORY + 4 * <usize>load<u8>(slot, COUNT);
  for (let p = slot + DIRECTORY; p < end; p += 4) if (<u32>load<u8>(p) == fid) return p;
  return 0;
}

function add(slot: usize, fid: u32, from: u32, size: u32): bool {
  const used: u32 = load<u16>(slot, USED);
  if (used + size > DATA_MAX) return false;
  const count: u32 = load<u8>(slot, COUNT);
  const p = slot + DIRECTORY + 4 * count;
  store<u8>(p, fid);
  store<u8>(p, size, 1);
  store<u16>(p, used, 2);
  memory.copy(slot + DATA + used, MESSAGE + from, size);
  store<u8>(slot, count + 1, COUNT);
  store<u16>(slot, used + size, USED);
  return true;
}

function differs(a: usize, b: usize, size: u32): u32 {
  let d: u32 = 0;
  for (let i: u32 = 0; i < size; i++) d |= load<u8>(a + i) ^ load<u8>(b + i);
  return d;
}

/** Adds the fields of this fragment's header to those of the others: what it does not have is zero. */
function merge(f: usize): void {
  for (let i: usize = 0; i < AFL_SIZE; i += 4) store<u32>(f + i, load<u32>(f + i) | load<u32>(AFL_FIELDS + i));
}
