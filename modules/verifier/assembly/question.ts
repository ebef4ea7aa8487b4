import { Bytes, mail } from 'motekit/runtime/guest';
import { Sha256 } from '../../lib/assembly/sha256';
import {
  AFTER_SIZE,
  Ask,
  PLACE_ACTIVE,
  PLACE_FLOOR,
  PLACE_ID,
  REQUEST_HEAD,
  REQUEST_MAX,
  REQUEST_PLACE,
  Say,
  VERDICT_COUNT,
  VERDICT_MAX,
  VERDICT_REASON,
  VERDICT_SIZE_MIN,
  VERDICT_TAIL,
} from '../../supervisor/assembly/letters';
import { Reason } from '../../supervisor/assembly/reason';
import { ENVELOPE_MAX } from '../../supervisor/assembly/slots';
import { Envelope } from './envelope';
import { Trust } from './trust';

const REQUEST: usize = memory.data(200, 8); // REQUEST_MAX
/** The envelope under examination. */
export const ENVELOPE: usize = memory.data(8000, 8); // ENVELOPE_MAX
export const VERDICT: usize = memory.data(1400, 8); // VERDICT_MAX
const DIGEST: usize = memory.data(32, 8);
const AFTER: usize = memory.data(68, 8); // AFTER_SIZE

/** What the supervisor asked, with what it knows of its components, and the answer (letters.ts). */
export class Question {
  readonly hash: Sha256 = new Sha256();
  /** Bytes behind the verdict. */
  tail: u32 = 0;
  /** What stands behind them: AFTER_*. */
  readonly after: usize = AFTER;

  /** Takes a request and begins an empty verdict. Bytes of what follows it, at ENVELOPE; -1: it is none. */
  take(ptr: usize, len: u32): i32 {
    const head = REQUEST_HEAD + <u32>load<u8>(ptr, 6) * REQUEST_PLACE;
    if (len < head || head > REQUEST_MAX || len - head > ENVELOPE_MAX) return -1;
    memory.copy(REQUEST, ptr, head);
    memory.copy(ENVELOPE, ptr + head, len - head);
    memory.fill(VERDICT, 0, VERDICT_MAX);
    store<u8>(VERDICT, Say.VERDICT);
    memory.fill(AFTER, 0, AFTER_SIZE);
    this.tail = 0;
    return len - head;
  }

  get request(): usize {
    return REQUEST;
  }

  get ask(): Ask {
    return <Ask>load<u8>(REQUEST);
  }

  has(flag: u8): bool {
    return (load<u8>(REQUEST, 1) & flag) != 0;
  }

  /** The component and the slot that it is about. */
  get place(): u32 {
    return load<u8>(REQUEST, 2);
  }

  get slot(): u8 {
    return load<u8>(REQUEST, 3);
  }

  /** Where the key set and the group key stand; 0: there is none. */
  get keys(): u8 {
    return load<u8>(REQUEST, 4);
  }

  get group(): u8 {
    return load<u8>(REQUEST, 5);
  }

  /** Components that there is room for. */
  get places(): u32 {
    return load<u8>(REQUEST, 6);
  }

  sequenceAt(place: u32): u64 {
    return load<u64>(at(place));
  }

  floorAt(place: u32): u64 {
    return load<u64>(at(place), PLACE_FLOOR);
  }

  idAt(place: u32): u32 {
    return load<u32>(at(place), PLACE_ID);
  }

  activeAt(place: u32): u8 {
    return load<u8>(at(place), PLACE_ACTIVE);
  }

  /** SHA-256 of what was hashed, good until the next one. */
  digest(): usize {
    this.hash.digestRaw(DIGEST);
    return DIGEST;
  }

  digestOf(ptr: usize, len: u32): usize {
    this.hash.reset().updateRaw(ptr, len);
    return this.digest();
  }

  /** By which components and groups are known to the supervisor. */
  idOf(name: usize, len: u32): u32 {
    return load<u32>(this.digestOf(name, len));
  }

  /** It takes another turn. */
  more(): void {
    store<u8>(DIGEST, Say.MORE);
    mail.reply(new Bytes(DIGEST, 1));
  }

  answer(reason: Reason): void {
    store<u8>(VERDICT, <u8>reason, VERDICT_REASON);
    if (reason != Reason.NONE) {
      if (reason != Reason.DEPENDENCY) this.tail = 0;
      store<u8>(VERDICT, 0, VERDICT_COUNT);
    }
    store<u16>(VERDICT, <u16>this.tail, VERDICT_TAIL);
    memory.copy(VERDICT + VERDICT_SIZE_MIN + this.tail, AFTER, AFTER_SIZE);
    mail.reply(new Bytes(VERDICT, VERDICT_SIZE_MIN + this.tail + AFTER_SIZE));
  }
}

export const question: Question = new Question();
/** Of an offer, a key set, a group key or a slot. */
export const envelope: Envelope = new Envelope();
export const trust: Trust = new Trust();

function at(place: u32): usize {
  return REQUEST + REQUEST_HEAD + place * REQUEST_PLACE;
}
