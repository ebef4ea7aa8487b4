import { crc32 } from './crc32';
import { PLACES_MAX } from './letters';

/** Where an update stands (docs/update-protocol.md). The numbers are in flash: never change one. */
export const enum State {
  IDLE = 1,
  OFFERED = 2,
  FETCHING = 3,
  STAGED = 4,
  ARMED = 5,
  TRIAL = 6,
  CONFIRMED = 7,
  REVERTED = 8,
  /** Never in flash: what is said of an offer that changed nothing. */
  REFUSED = 9,
}

/** In order, from 1. */
export const STATES: string = 'IDLE OFFERED FETCHING STAGED ARMED TRIAL CONFIRMED REVERTED REFUSED';

/** Records begin at multiples of this: a multiple of every write alignment up to 64. */
export const RECORD_UNIT: u32 = 64;
/** Bytes of the longest. */
export const RECORD_MAX: u32 = 128;
/** Places that a record of one unit has room for. */
const PLACES_OF_UNIT: u32 = 2;

const MAGIC: u32 = 0x324a4f4d; // "MOJ2"
/** Bytes of a transfer id. */
export const TRANSFER_SIZE: u32 = 8;
const PLACES_AT: usize = 32;
const PLACE_SIZE: usize = 14;
const LOW_56: u64 = 0xffffffffffffff;

/** What is durable of a component. */
export class Place {
  /** The slot that runs: 1 or 2; 0: none. */
  active: u8 = 0;
  /** The slot that is written or tried; 0: none. */
  candidate: u8 = 0;
  /** The slot that ran before and can run again; 0: none. */
  previous: u8 = 0;
  /** All of the candidate is in its slot. */
  staged: bool = false;
  /** The component is a supervisor. */
  supervisor: bool = false;
  /** Sequence number of the last confirmed module: nothing older is accepted. */
  floor: u64 = 0;
  /** First 6 bytes of SHA-256 of the component's name; 0: the place is free. */
  id: u64 = 0;
}

/**
 * One journal record: the whole state of the device, so that the newest valid record is the truth and what becomes active
 * together does so at once.
 *
 * Layout, little endian: 0 magic, 4 seq, 8 state, 9 attempts, 10 place of the key set (low half) and of the group key, 11
 * places, 12 offset, 16 transfer (8), 24 reason, 25 place, 26 back, 27 members, 28 set, then for each place: 0 slots (two
 * bits each: active, candidate, previous; staged; supervisor), 1 floor (7), 8 id (6); last CRC-32 of all before.
 * Other bytes are zero. A record of at most two places has 64 bytes, a larger one 128.
 */
export class Record {
  /** Grows by one with each record. */
  seq: u32 = 0;
  state: State = State.IDLE;
  /** Trial boots left. */
  attempts: u8 = 0;
  /** Starts of a confirmed supervisor since one of them was well. */
  starts: u8 = 0;
  /** 1: the trial is one of the module before, asked for by its owner. */
  back: u8 = 0;
  /** The place of the key set: 1 or 2; 0: the trust that the device was provisioned with. */
  keys: u8 = 0;
  /** The place of the group key: 1 or 2; 0: there is none. */
  group: u8 = 0;
  /** FETCHING: bytes that are safely in the slot. */
  offset: u32 = 0;
  /** Why the last trial was reverted: a `Reason`. */
  reason: u8 = 0;
  /** What `state` is about, and the place of its component. */
  transfer: u64 = 0;
  place: u8 = 0;
  /** The set that is being gathered or tried, and how many belong to it; 0: the candidate is on its own. */
  set: u32 = 0;
  members: u8 = 0;
  /** How many components there is room for. */
  count: u8 = 1;
  readonly places: StaticArray<Place> = new StaticArray<Place>(PLACES_MAX);

  constructor() {
    for (let i: u32 = 0; i < PLACES_MAX; i++) this.places[i] = new Place();
  }

  get size(): u32 {
    return sizeFor(this.count);
  }

  encode(ptr: usize): void {
    const size = this.size;
    memory.fill(ptr, 0, RECORD_MAX);
    store<u32>(ptr, MAGIC);
    store<u32>(ptr, this.seq, 4);
    store<u8>(ptr, <u8>this.state, 8);
    store<u8>(ptr, this.attempts, 9);
    store<u8>(ptr, this.keys | (this.group << 4), 10);
    store<u8>(ptr, this.count, 11);
    store<u32>(ptr, this.offset, 12);
    store<u64>(ptr, this.transfer, 16);
    store<u8>(ptr, this.reason, 24);
    store<u8>(ptr, this.place, 25);
    store<u8>(ptr, this.back | (this.starts << 4), 26);
    store<u8>(ptr, this.members, 27);
    store<u32>(ptr, this.set, 28);
    for (let i: u32 = 0, at = ptr + PLACES_AT; i < this.count; i++, at += PLACE_SIZE) {
      const place = this.places[i];
      const slots = place.active | (place.candidate << 2) | (place.previous << 4);
      store<u8>(at, slots | ((place.staged ? 1 : 0) << 6) | ((place.supervisor ? 1 : 0) << 7));
      store<u64>(at, place.floor, 1);
      store<u32>(at, <u32>place.id, 8);
      store<u16>(at, <u16>(place.id >> 32), 12);
    }
    store<u32>(ptr + size - 4, crc32(ptr, size - 4));
  }

  decode(ptr: usize): void {
    this.seq = load<u32>(ptr, 4);
    this.state = <State>load<u8>(ptr, 8);
    this.attempts = load<u8>(ptr, 9);
    this.keys = load<u8>(ptr, 10) & 15;
    this.group = load<u8>(ptr, 10) >> 4;
    this.count = load<u8>(ptr, 11);
    this.offset = load<u32>(ptr, 12);
    this.transfer = load<u64>(ptr, 16);
    this.reason = load<u8>(ptr, 24);
    this.place = load<u8>(ptr, 25);
    this.back = load<u8>(ptr, 26) & 15;
    this.starts = load<u8>(ptr, 26) >> 4;
    this.members = load<u8>(ptr, 27);
    this.set = load<u32>(ptr, 28);
    for (let i: u32 = 0, at = ptr + PLACES_AT; i < this.count; i++, at += PLACE_SIZE) {
      const place = this.places[i];
      const slots = load<u8>(at);
      place.active = slots & 3;
      place.candidate = (slots >> 2) & 3;
      place.previous = (slots >> 4) & 3;
      place.staged = (slots & 64) != 0;
      place.supervisor = slots >> 7 != 0;
      place.floor = load<u64>(at, 1) & LOW_56;
      place.id = <u64>load<u32>(at, 8) | ((<u64>load<u16>(at, 12)) << 32);
    }
  }
}

export function seqOf(ptr: usize): u32 {
  return load<u32>(ptr, 4);
}

/** Bytes of the record that begins at `ptr`; 0: none does. A torn or decayed one is not a record. RECORD_MAX bytes are there. */
export function recordAt(ptr: usize): u32 {
  const count = load<u8>(ptr, 11);
  if (load<u32>(ptr) != MAGIC || count < 1 || count > PLACES_MAX || load<u8>(ptr, 25) >= count) return 0;
  if (load<u8>(ptr, 8) < <u8>State.IDLE || load<u8>(ptr, 8) > <u8>State.REVERTED) return 0;
  const size = sizeFor(count);
  return load<u32>(ptr + size - 4) == crc32(ptr, size - 4) ? size : 0;
}

function sizeFor(places: u32): u32 {
  return places > PLACES_OF_UNIT ? 2 * RECORD_UNIT : RECORD_UNIT;
}
