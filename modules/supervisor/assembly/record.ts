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

const MAGIC: u32 = 0x324a4f4d; // "MOJ2"
/** Bytes of a transfer id. */
export const TRANSFER_SIZE: u32 = 8;
/** Where the places begin, and bytes of each. */
const PLACES_AT: usize = 40;
const PLACE_SIZE: usize = 16;

/** What is durable of a component. The fields stand in flash as they stand here, little endian. */
@unmanaged
export class Place {
  /** The slot that runs: 1 or 2; 0: none. */
  active: u8;
  /** The slot that is written or tried; 0: none. */
  candidate: u8;
  /** The slot that ran before and can run again; 0: none. */
  previous: u8;
  /** PLACE_* */
  flags: u8;
  /** First 4 bytes of SHA-256 of the component's name; 0: the place is free. */
  id: u32;
  /** Sequence number of the last confirmed module: nothing older is accepted. */
  floor: u64;

  get staged(): bool {
    return (this.flags & PLACE_STAGED) != 0;
  }

  get supervisor(): bool {
    return (this.flags & PLACE_SUPERVISOR) != 0;
  }
}

/** All of the candidate is in its slot. */
export const PLACE_STAGED: u8 = 1;
/** The component is a supervisor. */
export const PLACE_SUPERVISOR: u8 = 2;

/**
 * One journal record: the whole state of the device, so that the newest valid record is the truth and what becomes active
 * together does so at once. The fields stand in flash as they stand here, little endian; behind them each place, and at
 * the end the CRC-32 of all before. A record of one place has 64 bytes, one of more 128.
 */
@unmanaged
export class Record {
  magic: u32;
  /** Grows by one with each record. */
  seq: u32;
  state: u8;
  /** How many components there is room for. */
  count: u8;
  /** The component of `transfer`. */
  place: u8;
  /** Trial boots left. */
  attempts: u8;
  /** Starts of a confirmed supervisor since one of them was well. */
  starts: u8;
  /** 1: the trial is one of the module before, asked for by its owner. */
  back: u8;
  /** The place of the key set: 1 or 2; 0: the trust that the device was provisioned with. */
  keys: u8;
  /** The place of the group key: 1 or 2; 0: there is none. */
  group: u8;
  /** FETCHING: bytes that are safely in the slot. */
  offset: u32;
  /** The set that is being gathered or tried, and how many belong to it; 0: the candidate is on its own. */
  set: u32;
  /** What `state` is about. */
  transfer: u64;
  members: u8;
  /** Why the last trial was reverted: a `Reason`. */
  reason: u8;
  /** Sequence number of the last rollout that was acted on, since the key set came; 0: none. */
  rollout: u32;

  placeAt(index: u32): Place {
    return changetype<Place>(changetype<usize>(this) + PLACES_AT + index * PLACE_SIZE);
  }

  get size(): u32 {
    return sizeFor(this.count);
  }

  /** Makes the bytes at its address a record that `recordAt` takes. */
  seal(): void {
    const ptr = changetype<usize>(this);
    const size = this.size;
    this.magic = MAGIC;
    store<u32>(ptr + size - 4, crc32(ptr, size - 4));
  }
}

export function seqOf(ptr: usize): u32 {
  return changetype<Record>(ptr).seq;
}

/** Bytes of the record that begins at `ptr`; 0: none does. A torn or decayed one is not a record. RECORD_MAX bytes are there. */
export function recordAt(ptr: usize): u32 {
  const record = changetype<Record>(ptr);
  const count = record.count;
  if (record.magic != MAGIC || count < 1 || count > PLACES_MAX || record.place >= count) return 0;
  const state = <State>record.state;
  if (state < State.IDLE || state > State.REVERTED) return 0;
  const size = record.size;
  return load<u32>(ptr + size - 4) == crc32(ptr, size - 4) ? size : 0;
}

function sizeFor(places: u32): u32 {
  return places > 1 ? RECORD_MAX : RECORD_UNIT;
}
