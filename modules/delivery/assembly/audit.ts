// The hash chain over what was decided. An entry is built in memory and becomes a record of the outbox.
import { CborReader, CborWriter } from '../../lib/assembly/cbor';
import { Sha256 } from '../../lib/assembly/sha256';
import { state } from './state';

export const enum Entry {
  START = 1,
  COMMAND = 2,
  DESIRED = 3,
  CLOCK = 4,
  WORD = 5,
}

const HASH_SIZE: u32 = 32;
/** Bytes of the longest entry: a result of 128 bytes and an id of 16. */
export const ENTRY_MAX: u32 = 256;

export class Audit {
  readonly sha: Sha256 = new Sha256();
  private hash: usize = memory.data(32, 4);
  private reader: CborReader = new CborReader(0, 0);

  /** Begins the next entry in `w`; `detail` follows, then `end`. `time`: Unix seconds, 0 for unknown. */
  begin(w: CborWriter, kind: Entry, time: u32): void {
    w.array(4);
    w.uint(state.audits + 1);
    if (time) w.uint(time);
    else w.nothing();
    w.uint(kind);
  }

  /** Closes the entry that begins at `start`: hash(n) = SHA-256(hash(n-1) ‖ the entry as an array of four). */
  end(w: CborWriter, start: usize): void {
    this.sha
      .reset()
      .updateRaw(state.head, HASH_SIZE)
      .updateRaw(start, w.pos - start)
      .digestRaw(this.hash);
    store<u8>(start, 0x85);
    w.byteString(this.hash, HASH_SIZE);
  }

  /** The entry of `length` bytes at `entry` is durable: it is the head of the chain now. */
  accept(entry: usize, length: u32): void {
    state.audits++;
    memory.copy(state.head, entry + length - HASH_SIZE, HASH_SIZE);
  }

  /** An entry that was found at the start. */
  restore(entry: usize, length: u32): void {
    const cbor = this.reader;
    cbor.reset(entry, length);
    cbor.array();
    const index = <u32>cbor.uint();
    if (!cbor.nothing()) cbor.uint();
    const kind = <Entry>cbor.uint();
    if (cbor.error || length < HASH_SIZE) return;
    if (kind == Entry.START) {
      cbor.array();
      state.boots = max(state.boots, <u32>cbor.uint());
    }
    if (index <= state.audits) return;
    state.audits = index;
    memory.copy(state.head, entry + length - HASH_SIZE, HASH_SIZE);
  }
}
