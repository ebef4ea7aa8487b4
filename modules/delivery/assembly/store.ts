// What twin and commands share of the journal: room for a record at the cost of telemetry, and the audit chain.
import { Bytes, clock } from 'motekit/runtime/guest';
import { CborWriter } from '../../lib/assembly/cbor';
import { Audit, Entry } from './audit';
import { Journal, Kind, PAYLOAD } from './journal';
import { AUDIT, Outbox } from './outbox';
import { SHARE_MASK } from './senders';
import { state } from './state';

export class Store {
  readonly audit: Audit = new Audit();
  /** Of flash that twin and commands hold, as the journal counts it. */
  held: u32 = 0;
  /** Where a record of the outbox last lay. */
  at: u32 = 0;
  private w: CborWriter = new CborWriter(0, 0);

  constructor(
    readonly journal: Journal,
    readonly outbox: Outbox,
  ) {}

  /** Room for payloads of `first` and `second` bytes; telemetry is dropped for it. False: none, or the flash failed. */
  room(first: u32, second: u32 = 0): bool {
    const journal = this.journal;
    let cost = journal.costOf(journal.sizeOf(first));
    if (second) cost += journal.costOf(journal.sizeOf(second));
    return this.outbox.makeRoom(AUDIT, cost, this.held) && journal.room(first);
  }

  /** Makes the record durable that stands at PAYLOAD, and gives it a number. The number; 0: flash failed. */
  add(kind: Kind, sub: u32, length: u32): u32 {
    const number = state.next++;
    const at = this.journal.commit(kind, sub, number, seconds(), length);
    // The number is used up all the same: what was written of the record may yet be found.
    if (!at) return 0;
    this.at = at;
    this.outbox.add(number, sub & SHARE_MASK, at, this.journal.sizeOf(length));
    return number;
  }

  /** A record of a module. 0: stored; 1: dropped, and said so; -1: flash failed. */
  publish(sub: u32, payload: Bytes): i32 {
    const share = sub & SHARE_MASK;
    const length = <u32>payload.length;
    const cost = this.journal.costOf(this.journal.sizeOf(length));
    if (!this.outbox.makeRoom(share, cost, this.held)) return this.outbox.dropIncoming(share) ? 1 : -1;
    if (!this.journal.room(length)) return -1;
    memory.copy(PAYLOAD, payload.ptr, length);
    return this.add(Kind.RECORD, sub, length) ? 0 : -1;
  }

  /** Begins an audit entry `prefix` bytes into PAYLOAD, for which there must be room; its detail goes into what this returns. */
  entry(kind: Entry, prefix: u32 = 0): CborWriter {
    this.w.reset(PAYLOAD + prefix, PAYLOAD + prefix + 512);
    this.audit.begin(this.w, kind, seconds());
    return this.w;
  }

  /** Makes the entry durable and part of the chain. */
  record(kind: Kind = Kind.RECORD, prefix: u32 = 0): bool {
    const entry = PAYLOAD + prefix;
    this.audit.end(this.w, entry);
    const length = this.w.length;
    if (!this.add(kind, AUDIT, prefix + length)) return false;
    this.audit.accept(entry, length);
    return true;
  }
}

/** Unix time in seconds; 0: unknown. */
export function seconds(): u32 {
  return <u32>(clock.unix() / 1000);
}
