// The module: world `wmbus-codec` of runtime/abi/mote.wit.
import { lowerBytes } from 'motekit/runtime/guest';
import { Bytes } from 'motekit/runtime/guest';
import { CborWriter } from '../lib/assembly/cbor';
import { decode as decodeFrame, telegram, writeJson, writeSenml } from './assembly';
import { E_KEY, LINK } from './assembly/telegram';

const out = new CborWriter(0, 0);
const padded = memory.data(16, 8);
let key: usize = 0;

function onlyKey(address: usize, attempt: u32): usize {
  return attempt ? 0 : key;
}

function read(telegramPtr: usize, telegramLen: u32, keyPtr: usize, keyLen: u32): bool {
  // Keys of DES have 8 bytes; the AES modes see them followed by zeros.
  key = keyLen ? padded : 0;
  if (keyLen <= 16) {
    memory.fill(padded, 0, 16);
    memory.copy(padded, keyPtr, keyLen);
  }
  if (keyLen == 0 || keyLen == 16 || keyLen == 8) return decodeFrame(telegramPtr, telegramLen, onlyKey);
  telegram.clear();
  return telegram.fail(E_KEY, LINK, 0);
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
