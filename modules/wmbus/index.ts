// The module: world `wmbus-codec` of runtime/abi/mote.wit.
import { lowerBytes } from 'motekit/runtime/guest';
import { Bytes } from 'motekit/runtime/guest';
import { CborWriter } from '../lib/assembly/cbor';
import { decode as decodeFrame, telegram, writeSenml } from './assembly';
import { setNow as tellTime } from './assembly/fragments';
import { writeJson } from './assembly/json';
import { KEY_ROW, keyInTable, readPattern } from './assembly/keys';
import { writePlaces } from './assembly/places';
import { E_KEY, LINK } from './assembly/telegram';

const out = new CborWriter(0, 0);
const padded = memory.data(16, 8);
let keys: usize = 0;
let keysEnd: usize = 0;

/** The caller's keys, one after the other. */
function keyOf(_address: usize, attempt: u32): usize {
  const key = keys + 16 * <usize>attempt;
  return key < keysEnd ? key : 0;
}

function read(telegramPtr: usize, telegramLen: u32, keyPtr: usize, keyLen: u32): bool {
  keys = keyPtr;
  keysEnd = keyPtr + keyLen;
  if (keyLen == 8) {
    // Keys of DES have 8 bytes; the AES modes see them followed by zeros.
    memory.fill(padded, 0, 16);
    memory.copy(padded, keyPtr, 8);
    keys = padded;
    keysEnd = padded + 16;
  } else if (keyLen & 15) {
    telegram.clear();
    return telegram.fail(E_KEY, LINK, 0);
  }
  return decodeFrame(telegramPtr, telegramLen, keyOf);
}

/** All memory that is left belongs to the answer. */
function begin(): void {
  const start = __alloc(0);
  out.reset(start, MOTE_HEAP_END);
}

function answer(): usize {
  if (out.overflow) unreachable();
  __arena_trim(out.pos);
  return lowerBytes(new Bytes(out.start, out.length));
}

export function decode(telegramPtr: usize, telegramLen: u32, keyPtr: usize, keyLen: u32): usize {
  read(telegramPtr, telegramLen, keyPtr, keyLen);
  begin();
  writeJson(out);
  return answer();
}

export function senml(telegramPtr: usize, telegramLen: u32, keyPtr: usize, keyLen: u32): usize {
  read(telegramPtr, telegramLen, keyPtr, keyLen);
  begin();
  writeSenml(out);
  return answer();
}

/** Beside the world: what `mote wmbus explain` is made of, as `writePlaces` says. */
export function places(telegramPtr: usize, telegramLen: u32, keyPtr: usize, keyLen: u32): usize {
  read(telegramPtr, telegramLen, keyPtr, keyLen);
  begin();
  writePlaces(out);
  return answer();
}

/** The time in milliseconds, which may wrap: how long fragments wait for each other. */
export function setNow(milliseconds: u32): void {
  tellTime(milliseconds);
}

/** Address and mask of a pattern of meters, as `readPattern` says; no bytes when it is none. */
export function pattern(text: usize, length: u32): usize {
  begin();
  const row = out.take(16);
  if (!readPattern(text, length, row)) out.reset(out.start, MOTE_HEAP_END);
  return answer();
}

/** The keys that rows of KEY_ROW bytes hold for a meter with this address of 8 bytes, one behind the other. */
export function keysOf(table: usize, size: u32, address: usize): usize {
  begin();
  for (let attempt: u32 = 0; attempt <= size / KEY_ROW; attempt++) {
    const key = keyInTable(table, size, address, attempt);
    if (key) out.bytes(key, 16);
  }
  return answer();
}
