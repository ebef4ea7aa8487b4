// The table of topics: names, their ids at this gateway, and what is wanted of each. A topic is a handle, 0 to TOPICS - 1.
import { NAMES, TOPICS } from './config';
import { NORMAL, SHORT } from './protocol';

// Entry: id at the gateway u16, own id u16 (predefined or short), name's offset u16 and length u16, type u8, flags u8, QoS u8.
const SIZE: u32 = 12;
const TABLE = memory.data(TOPICS * SIZE, 4);
const POOL = memory.data(NAMES);
let poolEnd: u32 = 0;

export const USED: u32 = 1;
/** The gateway may send with this id: it survives a resumed session. */
export const ID_KNOWN: u32 = 2;
/** The gateway has told the id in this connection: we may send with it. */
export const ID_CONFIRMED: u32 = 4;
export const WANTED: u32 = 8;
export const SUBSCRIBE_DUE: u32 = 16;
export const UNSUBSCRIBE_DUE: u32 = 32;
/** Made by the gateway's REGISTER. */
export const FOREIGN: u32 = 64;
/** The gateway does not know the predefined id or the short name: use the name. */
export const BY_NAME: u32 = 128;

/** No such topic. */
export const NO_TOPIC: i32 = -1;
/** The table or the room for names is full. */
export const FULL: i32 = -2;

function entry(handle: u32): usize {
  return TABLE + handle * SIZE;
}

export function isTopic(handle: u32): bool {
  return handle < TOPICS && (load<u8>(entry(handle), 9) & USED) != 0;
}

export function flagsOf(handle: u32): u32 {
  return load<u8>(entry(handle), 9);
}

export function mark(handle: u32, flags: u32): void {
  store<u8>(entry(handle), flagsOf(handle) | flags, 9);
}

export function unmark(handle: u32, flags: u32): void {
  store<u8>(entry(handle), flagsOf(handle) & ~flags, 9);
}

/** Changes every topic: `clear` goes; subscriptions are due again when `again`. */
export function unmarkAll(clear: u32, again: bool): void {
  for (let handle: u32 = 0; handle < TOPICS; handle++) {
    unmark(handle, clear);
    if (again && flagsOf(handle) & WANTED) mark(handle, SUBSCRIBE_DUE);
  }
}

/** How the topic is named to the gateway: NORMAL, PREDEFINED or SHORT. */
export function typeOf(handle: u32): u32 {
  return flagsOf(handle) & BY_NAME ? NORMAL : load<u8>(entry(handle), 8);
}

/** The id for a PUBLISH, as typeOf says. */
export function idOf(handle: u32): u32 {
  return typeOf(handle) == NORMAL ? load<u16>(entry(handle)) : load<u16>(entry(handle), 2);
}

export function qosOf(handle: u32): u32 {
  return load<u8>(entry(handle), 10);
}

export function setQos(handle: u32, qos: u32): void {
  store<u8>(entry(handle), qos, 10);
}

export function nameOf(handle: u32): usize {
  return POOL + load<u16>(entry(handle), 4);
}

export function nameLengthOf(handle: u32): u32 {
  return load<u16>(entry(handle), 6);
}

/** Whether a PUBLISH can go out now. */
export function canPublish(handle: u32): bool {
  return typeOf(handle) != NORMAL || (flagsOf(handle) & ID_CONFIRMED) != 0;
}

/** Adds a topic, or finds the one of the same type, id and name. `id`: of a predefined topic. Returns a handle or FULL. */
export function addTopic(type: u32, id: u32, name: usize, length: u32): i32 {
  let free: i32 = FULL;
  if (type == SHORT) id = bswap<u16>(load<u16>(name));
  for (let handle: u32 = 0; handle < TOPICS; handle++) {
    if (!isTopic(handle)) {
      if (free < 0) free = handle;
    } else if (type == NORMAL ? sameName(handle, name, length) : isOwn(handle, type, id)) {
      unmark(handle, FOREIGN);
      return handle;
    }
  }
  if (free < 0 || length > NAMES - poolEnd) return FULL;
  const at = entry(free);
  memory.copy(POOL + poolEnd, name, length);
  store<u16>(at, 0);
  store<u16>(at, id, 2);
  store<u16>(at, poolEnd, 4);
  store<u16>(at, length, 6);
  store<u8>(at, type, 8);
  store<u8>(at, USED, 9);
  store<u8>(at, 0, 10);
  poolEnd += length;
  return free;
}

/** Makes room. */
export function removeTopic(handle: u32): void {
  const start = load<u16>(entry(handle), 4);
  const length = nameLengthOf(handle);
  memory.copy(POOL + start, POOL + start + length, poolEnd - start - length);
  poolEnd -= length;
  for (let other: u32 = 0; other < TOPICS; other++) {
    const at = load<u16>(entry(other), 4);
    if (at > start) store<u16>(entry(other), at - <u16>length, 4);
  }
  store<u8>(entry(handle), 0, 9);
}

/** The gateway's id for a topic in this connection. No other topic has it any more. */
export function assignId(handle: u32, id: u32): void {
  for (let other: u32 = 0; other < TOPICS; other++) {
    if (load<u16>(entry(other)) == id) unmark(other, ID_KNOWN | ID_CONFIRMED);
  }
  store<u16>(entry(handle), id);
  mark(handle, ID_KNOWN | ID_CONFIRMED);
}

export function findName(name: usize, length: u32): i32 {
  for (let handle: u32 = 0; handle < TOPICS; handle++) {
    if (isTopic(handle) && sameName(handle, name, length)) return handle;
  }
  return NO_TOPIC;
}

/** The topic that a PUBLISH names. */
export function findId(type: u32, id: u32): i32 {
  for (let handle: u32 = 0; handle < TOPICS; handle++) {
    if (!isTopic(handle)) continue;
    if (type == NORMAL ? (flagsOf(handle) & ID_KNOWN) != 0 && load<u16>(entry(handle)) == id : isOwn(handle, type, id))
      return handle;
  }
  return NO_TOPIC;
}

/** The first topic with one of these flags. */
export function findMarked(flags: u32): i32 {
  for (let handle: u32 = 0; handle < TOPICS; handle++) {
    if (isTopic(handle) && flagsOf(handle) & flags) return handle;
  }
  return NO_TOPIC;
}

function isOwn(handle: u32, type: u32, id: u32): bool {
  return load<u8>(entry(handle), 8) == type && load<u16>(entry(handle), 2) == id;
}

function sameName(handle: u32, name: usize, length: u32): bool {
  return nameLengthOf(handle) == length && memory.compare(nameOf(handle), name, length) == 0;
}

/** Forgets what only the former gateway's REGISTER has put here. */
export function removeForeign(): void {
  for (let handle: u32 = 0; handle < TOPICS; handle++) {
    if ((flagsOf(handle) & (USED | FOREIGN | WANTED)) == (USED | FOREIGN)) removeTopic(handle);
  }
}
