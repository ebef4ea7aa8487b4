import { crc32 } from './crc32';

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
}

/** Bytes of a record: a multiple of every write alignment up to 64. */
export const RECORD_SIZE: u32 = 64;

const MAGIC: u32 = 0x314a4f4d; // "MOJ1"
/** Bytes of a transfer id. */
export const TRANSFER_SIZE: u32 = 8;

/**
 * One journal record: the whole state of the component, so that the newest valid record is the truth.
 *
 * Layout, little endian: 0 magic, 4 seq, 8 state, 9 active, 10 candidate, 11 attempts, 12 previous, 13 back,
 * 14 keys, 16 floor (u64), 24 offset, 28 reason, 32 transfer (8), 60 CRC-32 of the 60 bytes before. Other bytes are zero.
 */
export class Record {
  /** Grows by one with each record. */
  seq: u32 = 0;
  state: State = State.IDLE;
  /** The slot that runs: 1 or 2; 0: none. */
  active: u8 = 0;
  /** The slot that is written or tried; 0: none. */
  candidate: u8 = 0;
  /** Trial boots left. */
  attempts: u8 = 0;
  /** The slot that ran before and can run again; 0: none. */
  previous: u8 = 0;
  /** 1: the trial is one of the module before, asked for by its owner. */
  back: u8 = 0;
  /** The place of the key set: 1 or 2; 0: the trust that the device was provisioned with. */
  keys: u8 = 0;
  /** Sequence number of the last confirmed module: nothing older is accepted. */
  floor: u64 = 0;
  /** FETCHING: bytes of the payload that are safely in the slot. */
  offset: u32 = 0;
  /** Why the last trial was reverted: a `Reason`. */
  reason: u8 = 0;
  /** What `state` is about. */
  transfer: u64 = 0;

  encode(ptr: usize): void {
    memory.fill(ptr, 0, RECORD_SIZE);
    store<u32>(ptr, MAGIC);
    store<u32>(ptr, this.seq, 4);
    store<u8>(ptr, <u8>this.state, 8);
    store<u8>(ptr, this.active, 9);
    store<u8>(ptr, this.candidate, 10);
    store<u8>(ptr, this.attempts, 11);
    store<u8>(ptr, this.previous, 12);
    store<u8>(ptr, this.back, 13);
    store<u8>(ptr, this.keys, 14);
    store<u64>(ptr, this.floor, 16);
    store<u32>(ptr, this.offset, 24);
    store<u8>(ptr, this.reason, 28);
    store<u64>(ptr, this.transfer, 32);
    store<u32>(ptr, crc32(ptr, RECORD_SIZE - 4), RECORD_SIZE - 4);
  }

  decode(ptr: usize): void {
    this.seq = load<u32>(ptr, 4);
    this.state = <State>load<u8>(ptr, 8);
    this.active = load<u8>(ptr, 9);
    this.candidate = load<u8>(ptr, 10);
    this.attempts = load<u8>(ptr, 11);
    this.previous = load<u8>(ptr, 12);
    this.back = load<u8>(ptr, 13);
    this.keys = load<u8>(ptr, 14);
    this.floor = load<u64>(ptr, 16);
    this.offset = load<u32>(ptr, 24);
    this.reason = load<u8>(ptr, 28);
    this.transfer = load<u64>(ptr, 32);
  }
}

export function seqOf(ptr: usize): u32 {
  return load<u32>(ptr, 4);
}

/** A record is whole and makes sense. A torn or decayed one is not a record. */
export function isRecord(ptr: usize): bool {
  return (
    load<u32>(ptr) == MAGIC &&
    load<u32>(ptr, RECORD_SIZE - 4) == crc32(ptr, RECORD_SIZE - 4) &&
    load<u8>(ptr, 8) >= <u8>State.IDLE &&
    load<u8>(ptr, 8) <= <u8>State.REVERTED &&
    load<u8>(ptr, 9) <= 2 &&
    load<u8>(ptr, 10) <= 2 &&
    load<u8>(ptr, 12) <= 2 &&
    load<u8>(ptr, 14) <= 2
  );
}

export function stateText(state: State): string {
  switch (state) {
    case State.IDLE:
      return 'IDLE';
    case State.OFFERED:
      return 'OFFERED';
    case State.FETCHING:
      return 'FETCHING';
    case State.STAGED:
      return 'STAGED';
    case State.ARMED:
      return 'ARMED';
    case State.TRIAL:
      return 'TRIAL';
    case State.CONFIRMED:
      return 'CONFIRMED';
    default:
      return 'REVERTED';
  }
}
