// Commands: begun at most once, decided exactly once.
//
// Before a handler hears of a command, RUN is durable; before anybody hears of its status, DECIDED is. An id is forgotten
// only when its expiry is at or below `state.floor`, which is durable before, and what is at or below the floor never
// begins: so no replay runs, whatever the clock says.
import { Bytes, ErrorCode, clock, mail } from 'motekit/runtime/guest';
import { equal } from '../../lib/assembly/bytes';
import { CborReader, CborWriter } from '../../lib/assembly/cbor';
import { Entry } from './audit';
import { COMMANDS, EXPIRY_AHEAD, GRACE_MS, HANDLER_MS, ID_MAX, ID_MIN, RESULT_MAX } from './bounds';
import { Bucket } from './bucket';
import { Handlers } from './handlers';
import { Kind, PAYLOAD } from './journal';
import { Answer, letter } from './letters';
import { DECISION_SIZE } from './outbox';
import { Refusal } from './refusal';
import { Request } from './request';
import { road } from './road';
import { state } from './state';
import { Store, seconds } from './store';
import { Twin } from './twin';

export const enum Status {
  OK = 0,
  FAILED = 1,
  EXPIRED = 2,
  NOCLOCK = 3,
  UNKNOWN = 4,
  NOT_FOUND = 5,
  CONFLICT = 6,
  BUSY = 7,
  REJECTED = 8,
  FORGOTTEN = 9,
}

// A place of the table.
const PLACE: u32 = 56;
const TABLE: usize = memory.data(64 * 56, 8);
const STATE: usize = 0; // u8
const ID_LENGTH: usize = 1; // u8
const STATUS: usize = 2; // u8
const CLASS: usize = 3; // u8: of one that runs
const AT: usize = 4; // u32: where RUN or DECIDED lies
const EXPIRY: usize = 8; // u64; 0: none
const ID: usize = 16; // 16 bytes
const TICKET: usize = 32; // u32
const COST: usize = 36; // u32
const ACTOR: usize = 40; // u32: who runs it; 0: it waits for a handler after a reset
const SINCE: usize = 48; // u64: board time

const FREE: u8 = 0;
const RUNNING: u8 = 1;
const DECIDED: u8 = 2;

/** RUN: 0 class, 1 length of the id, 2 length of the name, 4 expiry, 12 floor, 20 id (16), then name and, of class 1, arguments. */
const RUN_HEAD: u32 = 36;
/** DECIDED, before the audit entry: 0 status, 1 length of the id, 4 expiry, 12 floor, 20 id (16). */
const DECIDED_ROOM: u32 = DECISION_SIZE + 256;

export class Commands {
  private request: Request = new Request();
  private cbor: CborReader = new CborReader(0, 0);
  private tickets: u32 = 0;
  private handlers: Handlers = new Handlers();

  constructor(
    private store: Store,
    private twin: Twin,
    private bucket: Bucket,
  ) {}

  /** A RUN, FORGET or DECIDED of the journal, at PAYLOAD. */
  restore(kind: Kind, at: u32, size: u32): void {
    const idLength = <u32>load<u8>(PAYLOAD, 1);
    if (idLength < ID_MIN || idLength > ID_MAX) return;
    const id = PAYLOAD + 20;
    let place = this.find(id, idLength);
    if (kind == Kind.FORGET) {
      if (place) this.release(place);
      return;
    }
    const expiry = load<u64>(PAYLOAD, 4);
    this.raise(load<u64>(PAYLOAD, 12));
    if (kind == Kind.RUN && place && load<u8>(place, STATE) == DECIDED) return;
    if (!place) {
      if (kind == Kind.DECIDED && expiry && expiry <= state.floor) return;
      place = this.vacant(0);
      if (!place) return;
    }
    this.occupy(place, id, idLength, expiry);
    this.lies(place, at, size);
    if (kind == Kind.DECIDED) {
      store<u8>(place, DECIDED, STATE);
      store<u8>(place, load<u8>(PAYLOAD), STATUS);
    } else {
      store<u8>(place, RUNNING, STATE);
      store<u8>(place, load<u8>(PAYLOAD), CLASS);
    }
  }

  counts(at: u32): bool {
    return this.placeAt(at) != 0;
  }

  moved(from: u32, to: u32): void {
    const place = this.placeAt(from);
    if (place) store<u32>(place, to, AT);
  }

  /** After a reset: what had begun and may not run again has an unknown outcome. */
  settle(now: u64): void {
    for (let i: u32 = 0; i < COMMANDS; i++) {
      const place = TABLE + i * PLACE;
      if (load<u8>(place, STATE) != RUNNING) continue;
      store<u64>(place, now, SINCE);
      if (load<u8>(place, CLASS) == 0) this.decide(place, Status.UNKNOWN, 0, 0);
    }
  }

  /** A message on `cmd`. */
  onCommand(payload: Bytes): Refusal {
    const request = this.request;
    const refusal = request.parse(payload);
    if (refusal != Refusal.NONE) {
      if (request.idLength) this.answer(request.id, request.idLength, Status.REJECTED, 0, 0, refusal);
      return request.idLength ? Refusal.NONE : refusal;
    }
    const known = this.find(request.id, request.idLength);
    if (known) {
      if (load<u8>(known, STATE) == DECIDED) this.repeat(known);
      return Refusal.NONE;
    }
    // It may have run, and been forgotten.
    if (request.hasExpiry && request.expiry <= state.floor) {
      this.tell(Status.FORGOTTEN);
      return Refusal.NONE;
    }
    const now = clock.now();
    const handler = this.handlers.of(request.name, request.nameLength);
    if (!handler && now < GRACE_MS) return Refusal.NONE;
    if (!this.bucket.take(now)) {
      this.tell(Status.BUSY);
      return Refusal.NONE;
    }
    this.begin(handler, now);
    return Refusal.NONE;
  }

  /** A module handles the commands of this name from now on. Class 1 that waited for it runs again. */
  handle(actor: u32, name: Bytes): void {
    if (!this.handlers.add(actor, name.ptr, name.length)) return;
    for (let i: u32 = 0; i < COMMANDS; i++) {
      const place = TABLE + i * PLACE;
      const waits = load<u8>(place, STATE) == RUNNING && load<u8>(place, CLASS) == 1 && load<u32>(place, ACTOR) == 0;
      if (waits) this.again(place, actor, name);
    }
  }

  /** A handler's answer. */
  onResult(actor: u32, ticket: u32, ok: bool, result: Bytes): void {
    for (let i: u32 = 0; i < COMMANDS; i++) {
      const place = TABLE + i * PLACE;
      if (load<u8>(place, STATE) != RUNNING || load<u32>(place, TICKET) != ticket || load<u32>(place, ACTOR) != actor)
        continue;
      this.decide(place, ok ? Status.OK : Status.FAILED, result.ptr, min<u32>(result.length, RESULT_MAX));
      return;
    }
  }

  /** Decides what nobody answered in time. True: others are still running. */
  expire(now: u64): bool {
    let running = false;
    for (let i: u32 = 0; i < COMMANDS; i++) {
      const place = TABLE + i * PLACE;
      if (load<u8>(place, STATE) != RUNNING) continue;
      if (now - load<u64>(place, SINCE) >= HANDLER_MS) this.decide(place, Status.UNKNOWN, 0, 0);
      if (load<u8>(place, STATE) == RUNNING) running = true;
    }
    return running;
  }

  /** A command that nobody knows yet: to its handler, or to a status. */
  private begin(handler: u32, now: u64): void {
    const request = this.request;
    const unix = <u64>seconds();
    if (request.hasExpiry && unix && request.expiry > unix + EXPIRY_AHEAD) {
      this.answer(request.id, request.idLength, Status.REJECTED, 0, 0, Refusal.EXPIRY_AHEAD);
      return;
    }
    let status: u32 = Status.OK;
    if (request.hasExpiry && !unix) status = Status.NOCLOCK;
    else if (request.hasExpiry && request.expiry <= unix) status = Status.EXPIRED;
    else if (!handler) status = Status.NOT_FOUND;
    else if (request.hasTwin && request.twin != this.twin.stored) status = Status.CONFLICT;

    const kept = request.cls == 1 ? request.argumentsLength : 0;
    const length = RUN_HEAD + request.nameLength + kept;
    const place = this.vacant(unix);
    // What is begun must be decided: there is room for both, or for none.
    if (!place || !this.store.room(status == Status.OK ? length : DECIDED_ROOM, DECIDED_ROOM)) {
      this.tell(Status.BUSY);
      return;
    }
    this.occupy(place, request.id, request.idLength, request.expiry);
    if (status != Status.OK) {
      store<u8>(place, RUNNING, STATE);
      if (!this.decide(place, status, 0, 0)) {
        this.release(place);
        this.tell(Status.BUSY);
      }
      return;
    }
    this.writeHead(request.cls, request.nameLength, request.expiry, request.id, request.idLength);
    memory.copy(PAYLOAD + RUN_HEAD, request.name, request.nameLength);
    memory.copy(PAYLOAD + RUN_HEAD + request.nameLength, request.arguments, kept);
    const at = this.store.journal.commit(Kind.RUN, 0, 0, seconds(), length);
    if (!at) {
      // It may be found after a reset, and is then UNKNOWN: no more than that is promised of a broken flash.
      this.release(place);
      this.tell(Status.BUSY);
      return;
    }
    store<u8>(place, RUNNING, STATE);
    store<u8>(place, <u8>request.cls, CLASS);
    this.lies(place, at, this.store.journal.sizeOf(length));
    store<u64>(place, now, SINCE);
    if (this.send(place, handler, request.name, request.nameLength, request.arguments, request.argumentsLength)) return;
    // It did not begin after all.
    this.forget(place);
    this.tell(Status.BUSY);
  }

  /** A class 1 command whose outcome a reset has swallowed. */
  private again(place: usize, actor: u32, name: Bytes): void {
    const journal = this.store.journal;
    const length = <u32>name.length;
    if (!journal.read(load<u32>(place, AT))) return;
    if (load<u8>(PAYLOAD, 2) != length || !equal(PAYLOAD + RUN_HEAD, name.ptr, length)) return;
    const expiry = load<u64>(place, EXPIRY);
    const unix = <u64>seconds();
    if (expiry && (!unix || expiry <= unix)) {
      this.decide(place, Status.UNKNOWN, 0, 0);
      return;
    }
    const at = RUN_HEAD + length;
    this.send(place, actor, name.ptr, length, PAYLOAD + at, journal.length - at);
  }

  private send(place: usize, actor: u32, name: usize, nameLength: u32, args: usize, argsLength: u32): bool {
    const made = letter(Answer.COMMAND, 6 + nameLength + argsLength);
    store<u32>(made.ptr + 1, load<u32>(place, TICKET));
    store<u8>(made.ptr + 5, <u8>nameLength);
    memory.copy(made.ptr + 6, name, nameLength);
    memory.copy(made.ptr + 6 + nameLength, args, argsLength);
    const error = mail.send(actor, made);
    if (error == ErrorCode.NotFound) this.handlers.gone(actor);
    if (error != ErrorCode.None) return false;
    store<u32>(place, actor, ACTOR);
    return true;
  }

  private forget(place: usize): void {
    if (this.store.room(RUN_HEAD)) {
      this.writeHead(0, 0, 0, place + ID, load<u8>(place, ID_LENGTH));
      this.store.journal.commit(Kind.FORGET, 0, 0, 0, RUN_HEAD);
    }
    this.release(place);
  }

  /** The final status: durable, then told. False: the flash failed, and it is as it was. */
  private decide(place: usize, status: u32, result: usize, length: u32): bool {
    if (!this.store.room(DECIDED_ROOM)) return false;
    const idLength = <u32>load<u8>(place, ID_LENGTH);
    this.writeHead(status, 0, load<u64>(place, EXPIRY), place + ID, idLength);
    const w = this.store.entry(Entry.COMMAND, DECISION_SIZE);
    w.array(3);
    w.byteString(place + ID, idLength);
    w.uint(status);
    w.byteString(result, length);
    if (!this.store.record(Kind.DECIDED, DECISION_SIZE)) return false;
    store<u8>(place, DECIDED, STATE);
    store<u8>(place, <u8>status, STATUS);
    this.lies(place, this.store.at, this.store.journal.sizeOf(this.store.journal.length));
    this.answer(place + ID, idLength, status, result, length);
    return true;
  }

  /** The same answer again, its result out of the journal. */
  private repeat(place: usize): void {
    const journal = this.store.journal;
    if (!journal.read(load<u32>(place, AT)) || journal.kind != Kind.DECIDED) return;
    const cbor = this.cbor;
    cbor.reset(PAYLOAD + DECISION_SIZE, journal.length - DECISION_SIZE);
    cbor.array();
    cbor.uint();
    if (!cbor.nothing()) cbor.uint();
    cbor.uint();
    cbor.array();
    cbor.byteString();
    const status = <u32>cbor.uint();
    const length = cbor.byteString();
    if (!cbor.error) this.answer(place + ID, load<u8>(place, ID_LENGTH), status, cbor.data, length);
  }

  private tell(status: Status): void {
    this.answer(this.request.id, this.request.idLength, status, 0, 0);
  }

  private answer(
    id: usize,
    idLength: u32,
    status: u32,
    result: usize,
    length: u32,
    code: Refusal = Refusal.NONE,
  ): void {
    const at = __alloc(192);
    const w = new CborWriter(at, at + 192);
    w.map(code ? 3 : length ? 3 : 2);
    w.uint(1);
    w.byteString(id, idLength);
    w.uint(2);
    w.uint(status);
    if (length && !code) {
      w.uint(3);
      w.byteString(result, length);
    }
    if (code) {
      w.uint(4);
      w.uint(code);
    }
    road.publish('res', new Bytes(at, w.length));
  }

  /** What RUN, FORGET and DECIDED begin with. */
  private writeHead(first: u32, third: u32, expiry: u64, id: usize, idLength: u32): void {
    memory.fill(PAYLOAD, 0, RUN_HEAD);
    store<u8>(PAYLOAD, <u8>first);
    store<u8>(PAYLOAD, <u8>idLength, 1);
    store<u8>(PAYLOAD, <u8>third, 2);
    store<u64>(PAYLOAD, expiry, 4);
    store<u64>(PAYLOAD, state.floor, 12);
    memory.copy(PAYLOAD + 20, id, idLength);
  }

  // The table

  private find(id: usize, length: u32): usize {
    for (let i: u32 = 0; i < COMMANDS; i++) {
      const place = TABLE + i * PLACE;
      if (load<u8>(place, STATE) != FREE && load<u8>(place, ID_LENGTH) == length && equal(place + ID, id, length))
        return place;
    }
    return 0;
  }

  private placeAt(at: u32): usize {
    for (let i: u32 = 0; i < COMMANDS; i++) {
      const place = TABLE + i * PLACE;
      if (load<u8>(place, STATE) != FREE && load<u32>(place, AT) == at) return place;
    }
    return 0;
  }

  /**
   * A place that is free, or becomes so. `unix`: now in seconds; 0: not known. 0: there is none. An expiry that no clock has
   * judged may be anything, and must not become the floor: such ids go when there are no others.
   */
  private vacant(unix: u64): usize {
    let over: usize = 0;
    let idle: usize = 0;
    for (let i: u32 = 0; i < COMMANDS; i++) {
      const place = TABLE + i * PLACE;
      if (load<u8>(place, STATE) == FREE) return place;
      if (load<u8>(place, STATE) != DECIDED) continue;
      const expiry = load<u64>(place, EXPIRY);
      if ((expiry == 0 || (unix && expiry <= unix)) && (!over || expiry < load<u64>(over, EXPIRY))) over = place;
      const blind = load<u8>(place, STATUS) == <u8>Status.NOCLOCK;
      if (blind && (!idle || load<u32>(place, TICKET) < load<u32>(idle, TICKET))) idle = place;
    }
    const place = over ? over : idle;
    if (!place) return 0;
    if (over) this.raise(load<u64>(place, EXPIRY));
    if (load<u8>(place, STATE) != FREE) this.release(place);
    return place;
  }

  /** Nothing at or below this expiry begins any more, so its ids need not be kept. */
  private raise(floor: u64): void {
    if (floor <= state.floor) return;
    state.floor = floor;
    for (let i: u32 = 0; i < COMMANDS; i++) {
      const place = TABLE + i * PLACE;
      const expiry = load<u64>(place, EXPIRY);
      if (load<u8>(place, STATE) == DECIDED && expiry && expiry <= floor) this.release(place);
    }
  }

  private occupy(place: usize, id: usize, idLength: u32, expiry: u64): void {
    const had = load<u32>(place, COST);
    const state = load<u8>(place, STATE);
    memory.fill(place, 0, PLACE);
    if (state != FREE) store<u32>(place, had, COST);
    store<u8>(place, RUNNING, STATE);
    store<u8>(place, <u8>idLength, ID_LENGTH);
    store<u64>(place, expiry, EXPIRY);
    memory.copy(place + ID, id, idLength);
    store<u32>(place, ++this.tickets, TICKET);
  }

  private lies(place: usize, at: u32, size: u32): void {
    const cost = this.store.journal.costOf(size);
    this.store.held += cost - load<u32>(place, COST);
    store<u32>(place, cost, COST);
    store<u32>(place, at, AT);
  }

  private release(place: usize): void {
    this.store.held -= load<u32>(place, COST);
    memory.fill(place, 0, PLACE);
  }
}
