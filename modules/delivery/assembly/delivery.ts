import { Bytes, ErrorCode, LogLevel, MqttQos, Module, clock, log, mail, random, timer } from 'motekit/runtime/guest';
import { isAscii } from '../../lib/assembly/bytes';
import { CborReader, CborWriter } from '../../lib/assembly/cbor';
import { Entry } from './audit';
import { OFFLINE_MS, PAYLOAD_MAX, RETRY_FIRST, RETRY_LAST } from './bounds';
import { Bucket } from './bucket';
import { Commands } from './commands';
import { Journal, Keeper, Kind, PAYLOAD } from './journal';
import { Answer, Verb, letter } from './letters';
import { ALARM, AUDIT, DECISION_SIZE, Outbox } from './outbox';
import { Refusal, refuse } from './refusal';
import { MESSAGE_ROOM, ROAD_TIMER, isMessage, isState, road } from './road';
import { Senders, SHARE_MASK } from './senders';
import { CLASSES, state } from './state';
import { Store, seconds } from './store';
import { Twin } from './twin';

const enum Timer {
  SEND = 1,
  REPORT = 2,
  COMMANDS = 3,
}

const REPORT_ROOM: u32 = 1024 + 192;
/** Between two reports, ms. */
const REPORT_MS: u64 = 1000;
/** How often commands are looked at while some are running, ms. */
const COMMANDS_MS: u32 = 5_000;
/** The clock was set when it is further away from where it should be, seconds. */
const STEP: i64 = 60;
/** Numbers that become void when the log ends in bytes that are no record: one of them may have been in use. */
const VOID: u32 = 16;
/** The actor that the kernel boots. */
const SUPERVISOR: u32 = 1;
const WORD_MAX: i32 = 64;

/** The actor: what arrives, what falls due, and what goes out (docs/delivery.md). */
export class Delivery extends Module implements Keeper {
  private journal: Journal = new Journal(this);
  private outbox: Outbox = new Outbox(this.journal);
  private store: Store = new Store(this.journal, this.outbox);
  private bucket: Bucket = new Bucket(64, 2);
  private twin: Twin = new Twin(this.store, this.bucket);
  private commands: Commands = new Commands(this.store, this.twin, this.bucket);
  private senders: Senders = new Senders();
  private cbor: CborReader = new CborReader(0, 0);
  private inFlight: bool = false;
  private retry: u32 = RETRY_FIRST;
  /** Board time when what is in flight is repeated. */
  private again: u64 = 0;
  private wasOffline: bool = false;
  private reportRetry: u32 = RETRY_FIRST;
  private lastReport: u64 = 0;
  private hasReported: bool = false;
  /** Unix time less board time, seconds; 0: unknown so far. */
  private epochOffset: i64 = 0;

  override onStart(): void {
    road.open();
    if (!this.journal.open()) {
      // Whoever publishes shall hear of it: nobody is there to take a letter.
      log.write(LogLevel.Error, Bytes.ascii('no flash for a journal'));
      unreachable();
    }
    if (this.journal.torn) state.next += VOID;
    state.reserved = state.next;
    this.outbox.settle();
    this.twin.settle();
    this.commands.settle(clock.now());
    state.boots++;
    if (this.store.room(96)) {
      const w = this.store.entry(Entry.START);
      w.array(1);
      w.uint(state.boots);
      this.store.record();
    }
    timer.set(Timer.COMMANDS, COMMANDS_MS);
    timer.set(Timer.SEND, 0);
    timer.set(Timer.REPORT, 0);
  }

  override onMqtt(topic: Bytes, payload: Bytes): void {
    this.watchClock();
    if (isAscii(topic.ptr, topic.length, 'ack')) this.onAck(payload);
    else if (isAscii(topic.ptr, topic.length, 'cmd')) {
      refuseIf('cmd', this.commands.onCommand(payload));
      timer.set(Timer.COMMANDS, COMMANDS_MS);
    } else if (isAscii(topic.ptr, topic.length, 'desired')) {
      const refusal = this.twin.onDesired(payload);
      refuseIf('desired', refusal);
      if (refusal == Refusal.NONE) this.reportSoon();
    } else if (isAscii(topic.ptr, topic.length, 'get')) this.reportSoon();
    this.pump();
  }

  override onMail(sender: u32, payload: Bytes): void {
    if (payload.length < 1) return;
    if (road.isFrom(sender)) return this.onRoad(payload);
    switch (<Verb>payload.get(0)) {
      case Verb.PUBLISH:
        if (payload.length >= 4) this.onPublish(sender, payload);
        break;
      case Verb.WATCH:
        this.twin.watch(sender);
        break;
      case Verb.REPORT: {
        const refusal = this.twin.report(payload.slice(1));
        if (refusal == Refusal.NONE) {
          this.reportRetry = RETRY_FIRST;
          this.reportSoon();
        } else log.write(LogLevel.Warn, Bytes.ascii('the report of a module is refused'));
        break;
      }
      case Verb.APPLIED:
        if (payload.length == 10 && this.twin.onApplied(load<u64>(payload.ptr, 2), payload.get(1) != 0))
          this.reportSoon();
        break;
      case Verb.HANDLE:
        this.commands.handle(sender, payload.slice(1));
        break;
      case Verb.RESULT:
        if (payload.length >= 6)
          this.commands.onResult(sender, load<u32>(payload.ptr, 2), payload.get(1) == 0, payload.slice(6));
        break;
      case Verb.WORD:
        if (sender == SUPERVISOR) this.onWord(payload.slice(1, 1 + WORD_MAX));
        break;
    }
    this.pump();
  }

  override onTimer(id: u32): void {
    switch (id) {
      case Timer.SEND:
        this.wait();
        break;
      case Timer.REPORT:
        this.report();
        break;
      case ROAD_TIMER:
        road.watch();
        break;
      case Timer.COMMANDS:
        this.watchClock();
        if (this.twin.untold) this.twin.tellAll();
        if (this.commands.expire(clock.now()) || this.twin.untold) timer.set(Timer.COMMANDS, COMMANDS_MS);
        break;
    }
    this.pump();
  }

  /** A letter of modules/mqtt-sn. */
  private onRoad(letter: Bytes): void {
    if (isMessage(letter)) {
      const length = <i32>letter.get(1);
      this.onMqtt(letter.slice(2, 2 + length), letter.slice(2 + length));
    } else if (isState(letter) && road.onState(letter)) {
      // What waits goes out now.
      timer.set(Timer.SEND, 0);
      this.reportSoon();
    }
  }

  // Of the journal

  restore(at: u32, size: u32): void {
    const kind = this.journal.kind;
    if (kind == Kind.DESIRED || kind == Kind.REPORTED) return this.twin.restore(kind, at);
    if (kind == Kind.RECORD || kind == Kind.DECIDED) {
      const number = this.journal.number;
      const share = this.journal.sub & SHARE_MASK;
      state.next = max(state.next, number + 1);
      if (share % CLASSES == AUDIT) {
        const prefix = kind == Kind.DECIDED ? DECISION_SIZE : 0;
        this.store.audit.restore(PAYLOAD + prefix, this.journal.length - prefix);
      } else this.senders.restore(this.journal.sub);
      if (number > state.acked) this.outbox.add(number, share, at, size);
    }
    if (kind != Kind.RECORD) this.commands.restore(kind, at, size);
    this.outbox.free(state.acked);
  }

  counts(at: u32): bool {
    switch (this.journal.kind) {
      case Kind.RECORD:
        return this.outbox.isAt(this.journal.number, at);
      case Kind.DECIDED:
        return this.outbox.isAt(this.journal.number, at) || this.commands.counts(at);
      case Kind.RUN:
        return this.commands.counts(at);
      case Kind.DESIRED:
      case Kind.REPORTED:
        return this.twin.counts(at);
      default:
        return false;
    }
  }

  moved(from: u32, to: u32): void {
    this.outbox.moved(this.journal.number, from, to);
    this.commands.moved(from, to);
    this.twin.moved(from, to);
  }

  // Telemetry

  private onPublish(sender: u32, payload: Bytes): void {
    const cls = <u32>payload.get(1);
    const token = load<u16>(payload.ptr, 2);
    const records = payload.slice(4);
    let outcome: i32 = -1;
    if (cls <= ALARM && <u32>records.length <= PAYLOAD_MAX)
      outcome = this.store.publish(this.senders.subOf(sender, cls), records);
    if (!token) return;
    const receipt = letter(Answer.RECEIPT, 8);
    receipt.set(1, <u8>(outcome < 0 ? 2 : outcome));
    store<u16>(receipt.ptr, token, 2);
    store<u32>(receipt.ptr, state.next - 1, 4);
    mail.reply(receipt);
  }

  private onAck(payload: Bytes): void {
    const cbor = this.cbor;
    cbor.reset(payload.ptr, payload.length);
    if (!cbor.check(1)) return refuse('ack', Refusal.MALFORMED);
    const pairs = cbor.map();
    const one = cbor.uint();
    const epoch = cbor.uint();
    const two = cbor.uint();
    const upto = cbor.uint();
    if (cbor.error || one != 1 || two != 2 || pairs > 3) return refuse('ack', Refusal.MALFORMED);
    if (pairs == 3) {
      const three = cbor.uint();
      const reported = cbor.uint();
      if (cbor.error || three != 3) return refuse('ack', Refusal.MALFORMED);
      if (epoch == state.epoch && reported <= this.twin.reported) this.twin.acked = max(this.twin.acked, reported);
    }
    if (epoch != state.epoch || upto <= state.acked) return;
    if (upto >= state.next) return refuse('ack', Refusal.RANGE);
    this.outbox.free(<u32>upto);
    this.retry = RETRY_FIRST;
    this.inFlight = false;
  }

  /** One message is in flight, until its acknowledgement or its time has come. */
  private pump(): void {
    if (this.inFlight || !this.outbox.pending) return;
    this.inFlight = true;
    if (road.connected()) {
      const at = __alloc(MESSAGE_ROOM);
      const w = new CborWriter(at, at + road.most);
      const lost = state.lost;
      w.array(2);
      w.uint(state.epoch);
      this.outbox.write(w);
      const error = road.publish('tlm', new Bytes(at, w.length));
      // One record alone is longer than what this road carries: it must not keep all others back.
      if (error == ErrorCode.TooBig) this.outbox.dropFirst();
      if (state.lost != lost) log.write(LogLevel.Warn, Bytes.ascii('a record is longer than a message may be: lost'));
      if (!error) {
        this.again = clock.now() + jittered(this.retry);
        this.retry = min(2 * this.retry, RETRY_LAST);
        return this.wait();
      }
    }
    this.wasOffline = true;
    timer.set(Timer.SEND, OFFLINE_MS);
  }

  /** Looks now and then whether the connection was lost: what was sent before that is repeated as soon as it is back. */
  private wait(): void {
    if (!this.outbox.pending) return;
    const now = clock.now();
    if (!road.connected()) {
      this.wasOffline = true;
      timer.set(Timer.SEND, OFFLINE_MS);
    } else if (this.wasOffline || now >= this.again) {
      if (this.wasOffline) this.retry = RETRY_FIRST;
      this.wasOffline = false;
      this.inFlight = false;
      this.again = now + RETRY_FIRST;
      this.pump();
    } else timer.set(Timer.SEND, <u32>min<u64>(this.again - now, RETRY_FIRST));
  }

  // Twin

  /** At most one report a second: many reasons, one answer. */
  private reportSoon(): void {
    const due = this.hasReported ? this.lastReport + REPORT_MS : 0;
    const now = clock.now();
    timer.set(Timer.REPORT, due > now ? <u32>(due - now) : 0);
  }

  private report(): void {
    this.lastReport = clock.now();
    this.hasReported = true;
    const at = __alloc(REPORT_ROOM);
    const w = new CborWriter(at, at + REPORT_ROOM);
    this.writeReport(w);
    const sent =
      road.connected() && !w.overflow && !road.publish('reported', new Bytes(at, w.length), MqttQos.Retained);
    if (!sent) timer.set(Timer.REPORT, OFFLINE_MS);
    else if (this.twin.reported > this.twin.acked) {
      timer.set(Timer.REPORT, jittered(this.reportRetry));
      this.reportRetry = min(2 * this.reportRetry, RETRY_LAST);
    } else this.reportRetry = RETRY_FIRST;
  }

  private writeReport(w: CborWriter): void {
    const outbox = this.outbox;
    const now = clock.now();
    w.map(8);
    w.uint(1);
    w.uint(state.epoch);
    w.uint(2);
    w.uint(this.twin.reported);
    w.uint(3);
    this.twin.writeReported(w);
    w.uint(4);
    w.uint(this.twin.stored);
    w.uint(5);
    w.uint(this.twin.applied);
    w.uint(6);
    w.array(2);
    w.uint(state.audits);
    w.byteString(state.head, 32);
    w.uint(7);
    w.array(6);
    w.uint(state.acked);
    w.uint(state.next);
    w.uint(outbox.records);
    w.uint(outbox.bytes + this.store.held);
    w.uint(this.journal.capacity);
    w.uint(state.lost);
    w.uint(8);
    w.array(3);
    w.uint(state.boots);
    w.uint(now / 1000);
    const unix = seconds();
    if (unix) w.uint(unix);
    else w.nothing();
  }

  // Audit

  private onWord(text: Bytes): void {
    if (!this.store.room(192)) return;
    const w = this.store.entry(Entry.WORD);
    w.array(1);
    w.text(text.ptr, text.length);
    this.store.record();
  }

  private watchClock(): void {
    const unix = <i64>seconds();
    if (!unix) return;
    const uptime = <i64>(clock.now() / 1000);
    const before = this.epochOffset;
    if (before && abs(unix - uptime - before) <= STEP) return;
    this.epochOffset = unix - uptime;
    if (!before || !this.store.room(128)) return;
    const w = this.store.entry(Entry.CLOCK);
    w.array(2);
    w.uint(uptime + before);
    w.uint(unix);
    this.store.record();
  }
}

function refuseIf(topic: string, refusal: Refusal): void {
  if (refusal != Refusal.NONE) refuse(topic, refusal);
}

/** Up to a quarter longer, so that devices that fell silent together do not speak together. */
function jittered(delay: u32): u32 {
  const bytes = random.get(2);
  if (bytes === null) return delay;
  return delay + ((<u32>load<u16>(bytes.ptr) * (delay >> 2)) >> 16);
}
