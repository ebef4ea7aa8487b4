import { ActorBudget, Bytes, LogLevel, actors, log, mqtt, settings, timer } from 'motekit/runtime/guest';
import { equal } from '../../lib/assembly/bytes';
import { CborWriter } from '../../lib/assembly/cbor';
import { CheckListener, Checker, Purpose } from './checker';
import { Checked, Component, Components, Status } from './component';
import { Journal } from './journal';
import {
  Ask,
  Encoding,
  FLAG_BACK,
  FLAG_COMPLETE,
  FLAG_ENVELOPE,
  FLAG_RUNNING,
  FLAG_WIRE,
  Kind,
  PLACES_MAX,
  VERDICT_COUNT,
  VERDICT_DIGEST,
  VERDICT_ENCODING,
  VERDICT_FUEL,
  VERDICT_ID,
  VERDICT_KIND,
  VERDICT_MAILBOX,
  VERDICT_MEMBERS,
  VERDICT_MEMORY,
  VERDICT_NAME,
  VERDICT_NAME_LENGTH,
  VERDICT_PLACE,
  VERDICT_ROOT,
  VERDICT_SALT,
  VERDICT_SEQUENCE,
  VERDICT_SET,
  VERDICT_SIZE,
  VERDICT_SIZE_MIN,
  VERDICT_STACK,
  VERDICT_TAIL,
  VERDICT_TRANSFER,
  VERDICT_WIRE,
} from './letters';
import { REASONS, Reason } from './reason';
import { PLACE_STAGED, PLACE_SUPERVISOR, State } from './record';
import { REPORT_COMPONENT, REPORT_MAX, writeReport } from './report';
import { RunListener } from './runner';
import { SEALED_SIZE, Slots, slotOf } from './slots';
import { Timer } from './timers';
import { UnpackListener, Unpacker } from './unpacker';
import { View } from './view';
import { wordAt } from './words';

const CHUNK_MAX: u32 = 1024;
/** The sender waits for a report after so many bytes. */
const WINDOW: u32 = 4096;
const TRIAL_ATTEMPTS: u8 = 3;
const TICK_MS: u32 = 50;
/** All gates of a trial within this time. */
const TRIAL_MS: u32 = 10_000;
const WRITE_TRIES: i32 = 3;
/** A supervisor that says nothing for so long is given up; how often it says that it is well. */
const PATIENCE_MS: u32 = 60_000;
const FEED_MS: u32 = 20_000;
/** Starts of an updated supervisor that never was well. */
const STARTS_MAX: u8 = 3;
const RESTART_MIN_MS: u32 = 1_000;
const RESTART_MAX_MS: u32 = 60_000;
const EXPECTED: usize = memory.data(32, 8);
const KEYS_DIGEST: usize = memory.data(32, 8);
const DETAIL: usize = memory.data(64, 8);
const DETAIL_MAX: u32 = 64;

/**
 * The states of an update (docs/update-protocol.md). Each `enter` makes a state durable before what belongs to it is
 * done, so that a reset at any point finds the device exactly before or exactly after.
 */
export class Updater implements CheckListener, RunListener, UnpackListener {
  private journal: Journal = new Journal();
  private slots: Slots = new Slots();
  private components: Components = new Components();
  private checker: Checker = new Checker(this.journal.now, this.components, this);
  private unpacker: Unpacker = new Unpacker(this.slots, this);
  /** What the check under way is about. */
  private checked: Component | null = null;
  /** Roots that have signed the key set of KEYS_DIGEST: a bit each. */
  private approvals: u32 = 0;
  /** FETCHING: bytes that travel, where in the slot they go, and the offset wanted next. */
  private size: u32 = 0;
  private base: u32 = 0;
  private next: u32 = 0;
  /** The envelope being checked. */
  private offered: u64 = 0;
  /** This one was updated: it stands in for the firmware's. */
  private successor: bool = false;
  /** The modules of TRIAL have been entered in this life of the device. */
  private trying: bool = false;
  /** The journal cannot be written: nothing is tried before the next start. */
  private stuck: bool = false;
  /** What the candidate under examination is when it passes. */
  private goal: Checked = Checked.NOT;
  private detail: View = new View();
  private restartMs: u32 = RESTART_MIN_MS;
  /** A state waits to be reported until what runs does so again. */
  private reportWhenRunning: bool = false;
  /** BACK: the place that is looked at next, and why none of those before was it. */
  private backAt: u32 = 0;
  private backReason: Reason = Reason.NOT_FOUND;

  /** Finds out where the device was and goes on from there. False: flash cannot be read. */
  boot(): bool {
    const now = this.journal.now;
    if (!this.journal.open()) return false;
    if (now.seq == 0) {
      now.count = placesOf();
      now.state = <u8>State.IDLE;
    }
    if (!this.slots.open(now.count)) return false;
    for (let i: u32 = 0; i < now.count; i++) this.components.add(now.placeAt(i), this.slots, this);
    if (<State>now.state == State.OFFERED) {
      this.dropAll();
      this.enter(State.IDLE);
    }
    this.successor = actors.feed(PATIENCE_MS) == 0;
    if (this.successor) timer.set(Timer.FEED, FEED_MS);
    if (this.successor || !this.succeed()) this.settle();
    return true;
  }

  // The supervisor as a component

  /**
   * From the supervisor that is part of the firmware, which every start begins with: hand over to the one that was updated,
   * when it may run. It is bounded in trials like any other, and in starts after which it never was well; whatever it does,
   * the kernel comes back to this one. False: this one goes on.
   */
  private succeed(): bool {
    const now = this.journal.now;
    const component = this.ownPlace;
    if (component === null) return false;
    const place = component.place;
    if (this.isTrialOf(component)) {
      if (now.attempts == 0) return false;
      this.check(component, place.candidate, 0, Purpose.SUCCEED);
      return true;
    }
    if (place.active == 0 || now.starts >= STARTS_MAX) return false;
    this.check(component, place.active, FLAG_RUNNING, Purpose.SUCCEED);
    return true;
  }

  private isTrialOf(component: Component): bool {
    const state = <State>this.journal.now.state;
    return component.place.candidate != 0 && (state == State.ARMED || state == State.TRIAL);
  }

  private get ownPlace(): Component | null {
    for (let i: u32 = 0; i < this.components.count; i++) {
      const component = this.components.at(i);
      if (component.place.supervisor) return component;
    }
    return null;
  }

  /** The attempt, or the start, is counted before it is made. */
  private onSuccessorChecked(component: Component, reason: Reason): void {
    const now = this.journal.now;
    const trial = this.isTrialOf(component);
    let slot = component.place.active;
    if (trial) slot = component.place.candidate;
    if (reason == Reason.NONE) {
      if (trial) now.attempts -= 1;
      if (!trial) now.starts++;
      if (!this.enter(trial ? State.TRIAL : <State>now.state)) reason = Reason.FLASH;
    }
    if (reason == Reason.NONE) {
      const verdict = this.checker.verdict;
      const budget = new ActorBudget(
        load<u32>(verdict, VERDICT_MEMORY),
        load<u32>(verdict, VERDICT_STACK),
        load<u32>(verdict, VERDICT_FUEL),
        load<u32>(verdict, VERDICT_MAILBOX),
      );
      const at = this.slots.moduleAt(slotOf(component.index, slot));
      if (actors.handover(this.slots.region, at, load<u32>(verdict, VERDICT_SIZE), budget, PATIENCE_MS) == 0) return;
      reason = Reason.NO_START;
    }
    if (trial) this.revert(reason);
    else this.settle();
  }

  /** The supervisor of the firmware hands over anew. */
  private giveWay(): void {
    unreachable();
  }

  private onFeed(): void {
    const now = this.journal.now;
    actors.feed(PATIENCE_MS);
    timer.set(Timer.FEED, FEED_MS);
    // Well for as long: the next start is the first again.
    if (now.starts == 0 || this.trying) return;
    now.starts = 0;
    this.enter(<State>now.state);
  }

  onTimer(id: u32): void {
    if (id == Timer.TICK) this.onTick();
    else if (id == Timer.DEADLINE) this.onDeadline();
    else if (id == Timer.RESTART) this.onRestart();
    else if (id == Timer.FEED) this.onFeed();
  }

  onStarted(actor: u32): void {
    this.checker.onStarted(actor);
    for (let i: u32 = 0; i < this.components.count; i++) this.components.at(i).runner.onStarted(actor);
  }

  onExited(actor: u32, reason: Bytes): void {
    this.checker.onExited(actor);
    this.unpacker.onExited(actor);
    for (let i: u32 = 0; i < this.components.count; i++) this.components.at(i).runner.onExited(actor, reason);
  }

  onHealth(actor: u32, healthy: bool): void {
    for (let i: u32 = 0; i < this.components.count; i++) this.components.at(i).runner.onHealth(actor, healthy);
  }

  onMail(sender: u32, payload: Bytes): void {
    this.checker.onMail(sender, payload);
    this.unpacker.onMail(sender, payload);
  }

  private get isBusy(): bool {
    return this.checker.busy || this.unpacker.busy;
  }

  // Offer

  onOffer(transfer: u64, envelope: usize, len: u32): void {
    const now = this.journal.now;
    const known = transfer == now.transfer && <State>now.state != State.IDLE;
    if (known && (<State>now.state != State.REVERTED || this.hasFailed)) return this.report();
    for (let i: u32 = 0; i < this.components.count; i++) {
      const component = this.components.at(i);
      const tried = component.tried;
      if (component.place.staged && tried.known && tried.transfer == transfer) {
        return this.publish(State.STAGED, transfer, Reason.NONE, 0, component);
      }
      if (component.running.known && component.running.transfer == transfer) {
        return this.publish(State.CONFIRMED, transfer, Reason.NONE, 0, component);
      }
    }
    // The sender offers again when it hears nothing: a check under way needs no answer.
    if (this.isBusy) return;
    if (!this.isOpen) return this.refuse(transfer, Reason.BUSY);
    this.offered = transfer;
    this.checker.checkEnvelope(Ask.OFFER, envelope, len, Purpose.OFFER);
  }

  /** A module that failed its trial by itself fails again: what wears flash out is an offer that repeats itself. */
  private get hasFailed(): bool {
    const now = this.journal.now;
    const again = now.reason == Reason.NO_BROKER || now.reason == Reason.FLASH;
    return <State>now.state == State.REVERTED && !again;
  }

  /** An offer may be taken: nothing is being decided. */
  private get isOpen(): bool {
    const state = <State>this.journal.now.state;
    if (state == State.STAGED) return this.isGathering;
    return state != State.ARMED && state != State.TRIAL;
  }

  /** Of the set that is being fetched, not all is here. */
  private get isGathering(): bool {
    let staged: u32 = 0;
    for (let i: u32 = 0; i < this.components.count; i++) if (this.components.at(i).place.staged) staged++;
    return staged < this.journal.now.members;
  }

  private onOfferChecked(reason: Reason): void {
    const verdict = this.checker.verdict;
    if (load<u64>(verdict, VERDICT_TRANSFER) != this.offered && reason == Reason.NONE) reason = Reason.MALFORMED;
    const index: u32 = load<u8>(verdict, VERDICT_PLACE);
    if (reason == Reason.NONE && index >= this.components.count) reason = Reason.NO_ROOM;
    if (reason == Reason.NONE && !this.hasBase(index)) reason = Reason.NO_BASE;
    if (reason != Reason.NONE) return this.refuse(this.offered, reason);
    const now = this.journal.now;
    const members = load<u8>(verdict, VERDICT_MEMBERS);
    const set = load<u32>(verdict, VERDICT_SET);
    // So does a set, whichever of it comes first.
    if (members && this.hasFailed && now.set == set) {
      return this.publish(State.REVERTED, this.offered, <Reason>now.reason, 0, this.focus);
    }
    let joins = members > 0 && now.members == members;
    if (now.set != set) joins = false;
    const component = this.components.at(index);
    if (joins) component.drop();
    else this.dropAll();
    now.members = members;
    now.set = set;
    now.place = <u8>index;
    const place = component.place;
    place.id = load<u32>(verdict, VERDICT_ID);
    place.flags = load<u8>(verdict, VERDICT_KIND) == Kind.SUPERVISOR ? PLACE_SUPERVISOR : 0;
    place.candidate = place.active == 1 ? 2 : 1;
    place.previous = 0;
    now.back = 0;
    now.transfer = this.offered;
    now.offset = 0;
    now.reason = <u8>Reason.NONE;
    if (!this.enter(State.OFFERED)) return this.abandon(Reason.FLASH);
    const slot = slotOf(index, place.candidate);
    if (!this.slots.writeEnvelope(slot, this.checker.envelope, this.checker.length)) return this.abandon(Reason.FLASH);
    if (!this.enter(State.FETCHING)) return this.abandon(Reason.FLASH);
    this.fetch(component);
  }

  /** The module that a delta is made from runs. */
  private hasBase(index: u32): bool {
    const verdict = this.checker.verdict;
    if (load<u8>(verdict, VERDICT_ENCODING) != Encoding.DELTA) return true;
    const running = this.components.at(index).running;
    return running.known && equal(running.digest, verdict + VERDICT_SALT, 32);
  }

  private refuse(transfer: u64, reason: Reason): void {
    warn('refused: ', reason);
    const verdict = this.checker.verdict;
    const named = reason == Reason.DEPENDENCY ? load<u16>(verdict, VERDICT_TAIL) : 0;
    this.takeDetail(verdict + VERDICT_SIZE_MIN, named);
    this.publish(State.REFUSED, transfer, reason, 0, this.focus);
  }

  /** Gives up what was being received; what runs is not touched. */
  private abandon(reason: Reason): void {
    const now = this.journal.now;
    const transfer = now.transfer;
    now.transfer = 0;
    this.dropAll();
    this.enter(State.IDLE);
    this.refuse(transfer, reason);
    this.settle();
  }

  private dropAll(): void {
    this.journal.now.members = 0;
    this.journal.now.set = 0;
    for (let i: u32 = 0; i < this.components.count; i++) this.components.at(i).drop();
    this.size = 0;
  }

  // Fetch

  /** From where the record says; after a reset that is the last whole sector. */
  private fetch(component: Component): void {
    const verdict = this.checker.verdict;
    component.tried.take(verdict);
    this.size = load<u32>(verdict, VERDICT_WIRE);
    this.base = this.isPlain ? 0 : this.slots.wireAt(this.size);
    this.next = this.journal.now.offset;
    this.report();
  }

  onChunk(transfer: u64, offset: u32, data: usize, len: u32): void {
    const now = this.journal.now;
    if (<State>now.state != State.FETCHING || transfer != now.transfer || this.size == 0) return;
    // Lost or sent twice: the sender hears where to go on.
    if (offset != this.next) return this.report();
    const end = this.next + len;
    if (len == 0 || len > CHUNK_MAX || end > this.size) return;
    if (end != this.size && !this.slots.isAligned(end)) return;
    const sector = this.slots.sector;
    const reached = end - (end % sector);
    const place = this.focus.place;
    const slot = slotOf(now.place, place.candidate);
    if (!this.slots.writeModule(slot, this.base + this.next, data, len)) return this.abandon(Reason.FLASH);
    this.next = end;
    if (end == this.size) {
      place.flags |= PLACE_STAGED;
      if (!this.enter(State.STAGED)) return this.abandon(Reason.FLASH);
      this.size = 0;
      this.report();
      this.settle();
    } else if (reached > now.offset) {
      now.offset = reached;
      if (!this.enter(State.FETCHING)) return this.abandon(Reason.FLASH);
      this.report();
    } else if (end % WINDOW == 0) this.report();
  }

  // Check and trial

  onChecked(purpose: Purpose, reason: Reason): void {
    if (purpose == Purpose.OFFER) return this.onOfferChecked(reason);
    if (purpose == Purpose.KEYS) return this.onKeysChecked(reason);
    if (purpose == Purpose.GROUP) return this.onGroupChecked(reason);
    const component = this.checked;
    if (component === null) return this.settle();
    this.checked = null;
    if (purpose == Purpose.RUN) return this.onActiveChecked(component, reason);
    if (purpose == Purpose.SUCCEED) return this.onSuccessorChecked(component, reason);
    if (purpose == Purpose.BACK) return this.onBackChecked(component, reason);
    if (purpose == Purpose.RESUME) {
      if (reason != Reason.NONE) return this.abandon(Reason.BAD_DIGEST);
      return this.fetch(component);
    }
    if (purpose == Purpose.TRY) {
      if (reason != Reason.NONE) return this.revert(reason);
      this.startTrial(component);
      return this.tryNext();
    }
    if (reason != Reason.NONE) return this.abandon(reason);
    component.tried.take(this.checker.verdict);
    component.checked = this.goal;
    if (this.goal == Checked.ARRIVED && this.isPlain) component.checked = this.ready;
    this.stage();
  }

  private check(component: Component, slot: u8, flags: u8, purpose: Purpose): void {
    this.checked = component;
    this.checker.checkSlot(component, slot, flags, purpose);
  }

  /** What arrived as it should becomes modules; and when all of a set are here, they have what they need. */
  private stage(): void {
    const now = this.journal.now;
    const needs: u8 = now.members ? 0 : FLAG_COMPLETE;
    for (let i: u32 = 0; i < this.components.count; i++) {
      const component = this.components.at(i);
      if (!component.place.staged || component.checked >= Checked.SIGNED) continue;
      if (component.checked == Checked.NOT) return this.checkStaged(component, FLAG_WIRE | needs, Checked.ARRIVED);
      if (component.checked == Checked.UNPACKED) return this.checkStaged(component, needs, this.ready);
      this.checked = component;
      return this.unpacker.unpack(component, this.checker.verdict, now.group);
    }
    if (this.isGathering) return;
    for (let i: u32 = 0; i < this.components.count; i++) {
      const component = this.components.at(i);
      if (!component.place.staged || component.checked == Checked.COMPLETE) continue;
      return this.checkStaged(component, FLAG_COMPLETE, Checked.COMPLETE);
    }
    now.attempts = TRIAL_ATTEMPTS;
    if (!this.enter(State.ARMED)) return this.abandon(Reason.FLASH);
    this.report();
    this.beginTrial();
  }

  private checkStaged(component: Component, flags: u8, goal: Checked): void {
    this.goal = goal;
    this.check(component, component.place.candidate, flags, Purpose.STAGE);
  }

  /** What a candidate is when its digest is known to be right. */
  private get ready(): Checked {
    return this.journal.now.members ? Checked.SIGNED : Checked.COMPLETE;
  }

  private get isPlain(): bool {
    return load<u8>(this.checker.verdict, VERDICT_ENCODING) == Encoding.PLAIN;
  }

  onUnpacked(reason: Reason): void {
    const component = this.checked;
    if (component === null) return this.onGroupOpened(reason);
    this.checked = null;
    if (reason != Reason.NONE) return this.abandon(reason);
    component.checked = Checked.UNPACKED;
    this.stage();
  }

  /** The attempt is counted before a module is entered: one that resets the device cannot do so for ever. */
  private beginTrial(): void {
    const now = this.journal.now;
    const own = this.ownPlace;
    const self = own !== null && own.place.candidate != 0;
    if (self && (!this.successor || <State>now.state == State.ARMED)) {
      // Only the firmware's hands over; the one that runs in its place has to go for that.
      if (this.successor) return this.giveWay();
      if (this.succeed()) return;
    }
    if (!self) {
      if (now.attempts == 0) return this.revert(Reason.INTERRUPTED);
      now.attempts--;
      if (!this.enter(State.TRIAL)) return this.revert(Reason.FLASH);
    } else if (!this.successor) return this.revert(Reason.INTERRUPTED);
    this.trying = true;
    this.report();
    this.tryNext();
  }

  /** Starts the candidates, one after the other. */
  private tryNext(): void {
    for (let i: u32 = 0; i < this.components.count && this.trying; i++) {
      const component = this.components.at(i);
      const slot = component.place.candidate;
      if (slot == 0 || component.status == Status.TRIAL) continue;
      if (!this.checker.holds(component, slot)) return this.check(component, slot, 0, Purpose.TRY);
      this.startTrial(component);
    }
    this.onTrialPassed();
  }

  private startTrial(component: Component): void {
    const verdict = this.checker.verdict;
    component.tried.take(verdict);
    component.status = Status.TRIAL;
    timer.set(Timer.DEADLINE, TRIAL_MS);
    if (component.tried.kind == Kind.DATA) {
      this.share(component, component.place.candidate);
      return component.runner.skip();
    }
    if (component.tried.kind == Kind.SUPERVISOR) return component.runner.watch(this.journal.now.back != 0);
    const slot = slotOf(component.index, component.place.candidate);
    component.runner.start(slot, verdict, true, this.journal.now.back != 0);
  }

  private onTick(): void {
    if (!this.trying) return;
    for (let i: u32 = 0; i < this.components.count; i++) this.components.at(i).runner.gate();
    if (this.trying) timer.set(Timer.TICK, TICK_MS);
  }

  private onDeadline(): void {
    for (let i: u32 = 0; i < this.components.count; i++) this.components.at(i).runner.onDeadline();
  }

  /** One of them has passed: all become active when it was the last, in one record. */
  onTrialPassed(): void {
    for (let i: u32 = 0; i < this.components.count; i++) {
      const component = this.components.at(i);
      if (component.place.candidate == 0) continue;
      if (component.status != Status.TRIAL || !component.runner.passed) return;
    }
    if (this.trying) this.confirm();
  }

  private confirm(): void {
    const now = this.journal.now;
    for (let i: u32 = 0; i < this.components.count; i++) {
      const component = this.components.at(i);
      const place = component.place;
      if (place.candidate == 0) continue;
      place.previous = place.active;
      place.active = place.candidate;
      place.candidate = 0;
      place.flags &= ~PLACE_STAGED;
      place.floor = max(place.floor, component.tried.sequence);
    }
    this.endTrial();
    now.set = 0;
    now.starts = 0;
    this.restartMs = RESTART_MIN_MS;
    if (!this.enter(State.CONFIRMED)) return this.reset();
    for (let i: u32 = 0; i < this.components.count; i++) {
      const component = this.components.at(i);
      if (component.status != Status.TRIAL) continue;
      component.running.copy(component.tried);
      component.drop();
      component.runner.settle();
      component.status = Status.UP;
    }
    this.report();
  }

  private endTrial(): void {
    const now = this.journal.now;
    now.attempts = 0;
    now.back = 0;
    now.members = 0;
    this.trying = false;
    timer.cancel(Timer.TICK);
    timer.cancel(Timer.DEADLINE);
  }

  onTrialFailed(reason: Reason, detail: View): void {
    this.takeDetail(detail.ptr, detail.len);
    this.revert(reason);
  }

  private takeDetail(ptr: usize, len: u32): void {
    this.detail.set(DETAIL, min(len, DETAIL_MAX));
    memory.copy(DETAIL, ptr, this.detail.len);
  }

  /** All of them go, and what was before runs again. */
  private revert(reason: Reason): void {
    const now = this.journal.now;
    warn('reverted: ', reason);
    const own = this.ownPlace;
    const self = own !== null && own.place.candidate != 0;
    this.endTrial();
    for (let i: u32 = 0; i < this.components.count; i++) {
      const component = this.components.at(i);
      if (component.status == Status.TRIAL) component.runner.stop();
      if (component.place.candidate) component.status = Status.DOWN;
      component.drop();
    }
    now.reason = <u8>reason;
    if (!this.enter(State.REVERTED)) return this.reset();
    if (self && this.successor) return this.giveWay();
    this.reportWhenRunning = true;
    this.settle();
  }

  // Back to the module before

  /** What ran before, and has this digest, is to run again: without a network, and as often as one likes. */
  onRollback(expected: usize): void {
    const now = this.journal.now;
    const decided =
      <State>now.state == State.IDLE || <State>now.state == State.CONFIRMED || <State>now.state == State.REVERTED;
    for (let i: u32 = 0; i < this.components.count && decided; i++) {
      const running = this.components.at(i).running;
      if (!running.known || !equal(expected, running.digest, 32)) continue;
      return this.publish(<State>now.state, now.transfer, <Reason>now.reason, 0, this.components.at(i));
    }
    if (this.isBusy) return;
    if (!decided) return this.refuse(0, Reason.BUSY);
    memory.copy(EXPECTED, expected, 32);
    this.backAt = 0;
    this.backReason = Reason.NOT_FOUND;
    this.nextBack();
  }

  private nextBack(): void {
    while (this.backAt < this.components.count) {
      const component = this.components.at(this.backAt++);
      const previous = component.place.previous;
      if (previous) return this.check(component, previous, FLAG_BACK | FLAG_COMPLETE, Purpose.BACK);
    }
    this.refuse(0, this.backReason);
  }

  private onBackChecked(component: Component, reason: Reason): void {
    const verdict = this.checker.verdict;
    if (reason != Reason.NONE && reason != Reason.DEPENDENCY) {
      this.backReason = reason;
      return this.nextBack();
    }
    if (!equal(EXPECTED, verdict + VERDICT_DIGEST, 32)) return this.nextBack();
    this.offered = 0;
    if (reason != Reason.NONE) return this.refuse(this.offered, reason);
    const running = component.running;
    if (running.known && load<u64>(verdict, VERDICT_SEQUENCE) < running.oldest) return this.refuse(0, Reason.ROLLBACK);
    const now = this.journal.now;
    now.transfer = load<u64>(verdict, VERDICT_TRANSFER);
    now.place = <u8>component.index;
    component.place.candidate = component.place.previous;
    now.back = 1;
    now.attempts = TRIAL_ATTEMPTS;
    now.reason = <u8>Reason.NONE;
    if (!this.enter(State.ARMED)) return this.reset();
    this.report();
    this.beginTrial();
  }

  // Keys

  onKeys(transfer: u64, envelope: usize, len: u32): void {
    if (this.isBusy) return;
    this.offered = transfer;
    this.checker.checkEnvelope(Ask.KEYS, envelope, len, Purpose.KEYS);
  }

  /** One root has signed; the set is in force when as many have as the set before asks for. */
  private onKeysChecked(reason: Reason): void {
    const verdict = this.checker.verdict;
    const offered = this.offered;
    if (load<u64>(verdict, VERDICT_TRANSFER) != offered && reason == Reason.NONE) reason = Reason.MALFORMED;
    if (reason != Reason.NONE) return this.refuse(offered, reason);
    if (load<u8>(verdict, VERDICT_COUNT) == 0) {
      return this.publish(State.CONFIRMED, offered, Reason.NONE, 0, this.focus);
    }
    if (!equal(verdict + VERDICT_DIGEST, KEYS_DIGEST, 32)) this.approvals = 0;
    memory.copy(KEYS_DIGEST, verdict + VERDICT_DIGEST, 32);
    this.approvals |= 1 << load<u8>(verdict, VERDICT_ROOT);
    const count = popcnt(this.approvals);
    const threshold: u32 = load<u8>(verdict, VERDICT_MEMBERS);
    if (count < threshold) return this.publish(State.OFFERED, offered, Reason.NONE, count, this.focus);
    const now = this.journal.now;
    const before = now.keys;
    const place: u8 = before == 1 ? 2 : 1;
    const at = this.checker.envelope + load<u32>(verdict, VERDICT_SIZE);
    if (!this.slots.writeKeys(place, at, load<u32>(verdict, VERDICT_WIRE))) return this.refuse(offered, Reason.FLASH);
    now.keys = place;
    if (!this.enter(<State>now.state)) {
      now.keys = before;
      return this.refuse(offered, Reason.FLASH);
    }
    this.approvals = 0;
    this.publish(State.CONFIRMED, offered, Reason.NONE, 0, this.focus);
  }

  /** `sealed`: SEALED_SIZE bytes. */
  onGroup(transfer: u64, envelope: usize, len: u32, sealed: usize): void {
    if (this.isBusy) return;
    this.offered = transfer;
    this.checker.checkEnvelope(Ask.GROUP, envelope, len, Purpose.GROUP, sealed, SEALED_SIZE);
  }

  /** It is signed; now whether it was sealed for this device. */
  private onGroupChecked(reason: Reason): void {
    const verdict = this.checker.verdict;
    if (load<u64>(verdict, VERDICT_TRANSFER) != this.offered && reason == Reason.NONE) reason = Reason.MALFORMED;
    if (reason != Reason.NONE) return this.refuse(this.offered, reason);
    this.checked = null;
    this.unpacker.open(this.sealed);
  }

  /** Of the delivery under examination. */
  private get sealed(): usize {
    return this.checker.envelope + this.checker.length - SEALED_SIZE;
  }

  private onGroupOpened(reason: Reason): void {
    const verdict = this.checker.verdict;
    if (reason != Reason.NONE) return this.refuse(this.offered, reason);
    const now = this.journal.now;
    const before = now.group;
    const place: u8 = before == 1 ? 2 : 1;
    const id = load<u32>(verdict, VERDICT_ID);
    const written = this.slots.writeGroup(place, load<u64>(verdict, VERDICT_SEQUENCE), id, this.sealed);
    if (!written) return this.refuse(this.offered, Reason.FLASH);
    now.group = place;
    if (!this.enter(<State>now.state)) {
      now.group = before;
      return this.refuse(this.offered, Reason.FLASH);
    }
    this.publish(State.CONFIRMED, this.offered, Reason.NONE, 0, this.focus);
  }

  // What runs

  /** What can run does: now the rest. */
  private settle(): void {
    const now = this.journal.now;
    if (this.isBusy || this.trying) return;
    const trial = !this.stuck && (<State>now.state == State.ARMED || <State>now.state == State.TRIAL);
    for (let i: u32 = 0; i < this.components.count; i++) {
      const component = this.components.at(i);
      const place = component.place;
      if (component.status != Status.DOWN || place.active == 0 || (trial && place.candidate)) continue;
      return this.check(component, place.active, FLAG_RUNNING, Purpose.RUN);
    }
    if (trial) return this.beginTrial();
    if (this.reportWhenRunning) {
      this.reportWhenRunning = false;
      this.report();
    }
    if (<State>now.state == State.STAGED) this.stage();
    if (<State>now.state == State.FETCHING && this.size == 0) {
      const component = this.focus;
      this.check(component, component.place.candidate, FLAG_ENVELOPE, Purpose.RESUME);
    }
  }

  private onActiveChecked(component: Component, reason: Reason): void {
    const place = component.place;
    if (reason == Reason.BUSY) return this.onFell(component.index);
    if (reason != Reason.NONE) {
      log.write(LogLevel.Error, Bytes.ascii('what runs does not verify'));
      component.running.known = false;
      if (place.previous) return this.fallBack(component, reason);
      component.status = Status.LOST;
      return this.settle();
    }
    const verdict = this.checker.verdict;
    component.running.take(verdict);
    component.status = Status.UP;
    if (component.running.kind == Kind.DATA) this.share(component, place.active);
    if (component.running.kind != Kind.MODULE) return this.settle();
    component.runner.start(slotOf(component.index, place.active), verdict, false);
  }

  /** Modules may read it under its name. */
  private share(component: Component, slot: u8): void {
    const verdict = this.checker.verdict;
    actors.share(
      new Bytes(verdict + VERDICT_NAME, load<u8>(verdict, VERDICT_NAME_LENGTH)),
      this.slots.region,
      this.slots.moduleAt(slotOf(component.index, slot)),
      load<u32>(verdict, VERDICT_SIZE),
    );
  }

  /** To the module before. When that cannot be made durable, the next start falls back again. */
  private fallBack(component: Component, reason: Reason): void {
    const now = this.journal.now;
    component.place.active = component.place.previous;
    component.place.previous = 0;
    now.place = <u8>component.index;
    now.reason = <u8>reason;
    this.enter(State.REVERTED);
    this.reportWhenRunning = true;
    this.settle();
  }

  onRunning(_index: u32): void {
    this.settle();
  }

  onFell(index: u32): void {
    this.components.at(index).status = Status.RESTING;
    timer.set(Timer.RESTART, this.restartMs);
    this.restartMs = min(2 * this.restartMs, RESTART_MAX_MS);
    this.settle();
  }

  private onRestart(): void {
    if (this.isBusy || this.trying) {
      timer.set(Timer.RESTART, RESTART_MIN_MS);
      return;
    }
    for (let i: u32 = 0; i < this.components.count; i++) {
      const component = this.components.at(i);
      if (component.status == Status.RESTING) component.status = Status.DOWN;
    }
    this.settle();
  }

  // Journal and reports

  /** A write that fails is made again, in another place. */
  private enter(state: State): bool {
    this.journal.now.state = <u8>state;
    for (let tries = 0; tries < WRITE_TRIES; tries++) if (this.journal.append()) return true;
    return false;
  }

  /** The journal cannot be written: what is in it is the truth, so read it again. */
  private reset(): void {
    log.write(LogLevel.Error, Bytes.ascii('the journal cannot be written'));
    this.trying = false;
    this.stuck = true;
    for (let i: u32 = 0; i < this.components.count; i++) {
      const component = this.components.at(i);
      component.runner.stop();
      component.status = Status.DOWN;
      component.tried.known = false;
      component.checked = Checked.NOT;
    }
    this.journal.open();
    this.settle();
  }

  /** The component of the last transfer. */
  private get focus(): Component {
    return this.components.at(this.journal.now.place);
  }

  report(): void {
    const now = this.journal.now;
    this.publish(<State>now.state, now.transfer, <Reason>now.reason, this.next, this.focus);
  }

  tell(ask: Ask): void {
    if (!this.isBusy) this.checker.tell(ask);
  }

  private publish(state: State, transfer: u64, reason: Reason, next: u32, component: Component): void {
    const room = REPORT_MAX + REPORT_COMPONENT * this.components.count;
    const start = heap.alloc(room);
    const out = new CborWriter(start, start + room);
    writeReport(out, state, transfer, next, reason, this.detail, component.running, this.components);
    mqtt.publishTo(Bytes.ascii('ota-state'), new Bytes(start, out.length));
  }
}

function placesOf(): u8 {
  const own = settings.find(Bytes.ascii('device/places'));
  return own === null || own.length != 1 ? 1 : max<u8>(1, min<u8>(own.get(0), <u8>PLACES_MAX));
}

function warn(what: string, reason: Reason): void {
  const start = heap.alloc(64);
  const out = new CborWriter(start, start + 64);
  const word = wordAt(REASONS, reason);
  out.ascii(what);
  out.bytes(word.ptr, word.len);
  log.write(LogLevel.Warn, new Bytes(start, out.length));
}
