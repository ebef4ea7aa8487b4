// Desired and reported state: two documents with versions, each the newest record of its kind in the journal.
import { Bytes, ErrorCode, clock, mail } from 'motekit/runtime/guest';
import { CborReader, CborWriter } from '../../lib/assembly/cbor';
import { DOCUMENT_DEPTH, DOCUMENT_MAX, WATCHERS } from './bounds';
import { Bucket } from './bucket';
import { Entry } from './audit';
import { Kind, PAYLOAD } from './journal';
import { Answer, letter } from './letters';
import { isDocument, mergePatch } from './merge';
import { Refusal } from './refusal';
import { state } from './state';
import { Store } from './store';

/** Before a document: its version (u64), and of a desired one the number of its audit entry (u32). */
const DESIRED_HEAD: u32 = 12;
const REPORTED_HEAD: u32 = 8;
const MAX_SAFE: u64 = 9007199254740991;
const EMPTY_MAP: usize = memory.data<u8>([0xa0]);

export class Twin {
  /** Version of the desired document; 0: none. */
  stored: u64 = 0;
  /** The version that a module has accepted since the start. */
  applied: u64 = 0;
  reported: u64 = 0;
  /** `reported` up to which a receiver has acknowledged since the start. */
  acked: u64 = 0;
  /** A watcher's mailbox was full. */
  untold: bool = false;
  private desiredAt: u32 = 0;
  private reportedAt: u32 = 0;
  /** The audit entry of the desired document has this number. */
  private entry: u32 = 0;
  private watchers: StaticArray<u32> = new StaticArray<u32>(WATCHERS);
  private watching: u32 = 0;
  private turn: u32 = 0;

  constructor(
    private store: Store,
    private bucket: Bucket,
  ) {}

  restore(kind: Kind, at: u32): void {
    const version = load<u64>(PAYLOAD);
    if (kind == Kind.DESIRED) {
      if (version < this.stored) return;
      this.stored = version;
      this.entry = load<u32>(PAYLOAD, 8);
      this.hold(this.desiredAt);
      this.desiredAt = at;
    } else {
      if (version < this.reported) return;
      this.reported = version;
      this.hold(this.reportedAt);
      this.reportedAt = at;
    }
  }

  counts(at: u32): bool {
    return at == this.desiredAt || at == this.reportedAt;
  }

  moved(from: u32, to: u32): void {
    if (from == this.desiredAt) this.desiredAt = to;
    if (from == this.reportedAt) this.reportedAt = to;
  }

  /** A power cut may have come between the document and its audit entry. */
  settle(): void {
    if (this.stored && state.audits < this.entry) this.writeEntry();
  }

  /** A message on `desired`. Whatever came of it, `reported` is its answer. */
  onDesired(payload: Bytes): Refusal {
    const cbor = new CborReader(payload.ptr, payload.length);
    cbor.floats = true;
    if (!cbor.check(DOCUMENT_DEPTH + 1)) return Refusal.MALFORMED;
    const pairs = cbor.map();
    if (cbor.uint() != 1) return Refusal.MALFORMED;
    const version = cbor.uint();
    if (cbor.error || version == 0 || version > MAX_SAFE) return Refusal.MALFORMED;
    const key = cbor.uint();
    const isPatch = key == 3;
    let base: u64 = 0;
    if (isPatch) {
      base = cbor.uint();
      if (cbor.uint() != 4) return Refusal.MALFORMED;
    } else if (key != 2) return Refusal.MALFORMED;
    if (cbor.error || pairs != (isPatch ? 3 : 2)) return Refusal.MALFORMED;
    const document = cbor.pos;
    const length = <u32>payload.length - cbor.offset;
    if (length > DOCUMENT_MAX) return Refusal.TOO_BIG;
    if (!isDocument(document, length, DOCUMENT_DEPTH)) return Refusal.MALFORMED;
    if (version <= this.stored || (isPatch && base != this.stored) || !this.bucket.take(clock.now()))
      return Refusal.NONE;
    return this.change(Kind.DESIRED, version, document, length, isPatch);
  }

  /** A module's merge patch for the reported document. */
  report(patch: Bytes): Refusal {
    if (<u32>patch.length > DOCUMENT_MAX) return Refusal.TOO_BIG;
    if (!isDocument(patch.ptr, patch.length, DOCUMENT_DEPTH)) return Refusal.MALFORMED;
    return this.change(Kind.REPORTED, this.reported + 1, patch.ptr, patch.length, true);
  }

  watch(actor: u32): void {
    let i: u32 = 0;
    while (i < this.watching && unchecked(this.watchers[i]) != actor) i++;
    // Modules that are gone have not been missed so far: the one that came first makes room.
    if (i == WATCHERS) i = this.turn++ % WATCHERS;
    unchecked((this.watchers[i] = actor));
    this.watching = max(this.watching, i + 1);
    if (this.stored) this.tell(actor);
  }

  /** Gives the newest document to all who watch; who is gone is forgotten. */
  tellAll(): void {
    this.untold = false;
    for (let i = this.watching; i > 0; i--) {
      if (this.tell(unchecked(this.watchers[i - 1]))) continue;
      this.watching--;
      unchecked((this.watchers[i - 1] = this.watchers[this.watching]));
    }
  }

  /** A module's answer. True: it is news. */
  onApplied(version: u64, accepted: bool): bool {
    if (!accepted || version != this.stored || version == this.applied) return false;
    this.applied = version;
    return true;
  }

  /** Appends the reported document. */
  writeReported(w: CborWriter): void {
    if (this.reported && this.store.journal.read(this.reportedAt)) {
      w.bytes(PAYLOAD + REPORTED_HEAD, this.store.journal.length - REPORTED_HEAD);
    } else w.map(0);
  }

  private tell(actor: u32): bool {
    const journal = this.store.journal;
    if (!journal.read(this.desiredAt)) return true;
    const length = journal.length - DESIRED_HEAD;
    const made = letter(Answer.DESIRED, 9 + length);
    store<u64>(made.ptr + 1, this.stored);
    memory.copy(made.ptr + 9, PAYLOAD + DESIRED_HEAD, length);
    const error = mail.send(actor, made);
    if (error == ErrorCode.Busy) this.untold = true;
    return error != ErrorCode.NotFound;
  }

  private change(kind: Kind, version: u64, document: usize, length: u32, isPatch: bool): Refusal {
    const journal = this.store.journal;
    const isDesired = kind == Kind.DESIRED;
    const head = isDesired ? DESIRED_HEAD : REPORTED_HEAD;
    if (isPatch) {
      const had = isDesired ? this.desiredAt : this.reportedAt;
      const w = new CborWriter(0, 0);
      // Larger than a document may be: what is taken away is in the target, too.
      const room = __alloc(2 * DOCUMENT_MAX);
      w.reset(room, room + 2 * DOCUMENT_MAX);
      if (had && journal.read(had)) mergePatch(w, PAYLOAD + head, journal.length - head, document, length);
      else mergePatch(w, EMPTY_MAP, 1, document, length);
      if (w.overflow || w.length > DOCUMENT_MAX || !isDocument(room, w.length, DOCUMENT_DEPTH)) return Refusal.TOO_BIG;
      document = room;
      length = w.length;
    }
    if (!this.store.room(head + length, isDesired ? 128 : 0)) return Refusal.FLASH;
    store<u64>(PAYLOAD, version);
    if (isDesired) store<u32>(PAYLOAD, state.audits + 1, 8);
    memory.copy(PAYLOAD + head, document, length);
    const at = journal.commit(kind, 0, 0, 0, head + length);
    if (!at) return Refusal.FLASH;
    if (isDesired) {
      this.hold(this.desiredAt);
      this.desiredAt = at;
      this.stored = version;
      this.entry = state.audits + 1;
      this.writeEntry();
      this.tellAll();
    } else {
      this.hold(this.reportedAt);
      this.reportedAt = at;
      this.reported = version;
    }
    return Refusal.NONE;
  }

  /** `[version, sha256 of the document]` into the audit chain. */
  private writeEntry(): void {
    if (!this.store.room(160)) return;
    if (!this.store.journal.read(this.desiredAt)) return;
    const digest = __alloc(32);
    this.store.audit.sha
      .reset()
      .updateRaw(PAYLOAD + DESIRED_HEAD, this.store.journal.length - DESIRED_HEAD)
      .digestRaw(digest);
    const w = this.store.entry(Entry.DESIRED);
    w.array(2);
    w.uint(this.stored);
    w.byteString(digest, 32);
    this.store.record();
  }

  /** Both documents are held at their largest. */
  private hold(had: u32): void {
    const journal = this.store.journal;
    if (!had) this.store.held += journal.costOf(journal.sizeOf(DESIRED_HEAD + DOCUMENT_MAX));
  }
}
