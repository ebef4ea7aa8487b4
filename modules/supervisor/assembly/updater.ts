import { Bytes, clock, log, mqtt, settings, timer } from 'motekit/runtime/guest';
import { equal } from '../../lib/assembly/bytes';
import { CborReader, CborWriter } from '../../lib/assembly/cbor';
import { Sha256 } from '../../lib/assembly/sha256';
import { CheckListener, Checker, Purpose } from './checker';
import { Identity } from './identity';
import { HISTORY_BYTES, Journal } from './journal';
import { Reason, reasonText } from './reason';
import { State, TRANSFER_SIZE, stateText } from './record';
import { REPORT_MAX, writeReport } from './report';
import { RunListener, Runner } from './runner';
import { SLOT_INFO_MAX, writeSlot } from './inventory';
import { Slots } from './slots';
import { Timer } from './timers';
import { Trust } from './trust';
import { View } from './view';

const CHUNK_MAX: u32 = 1024;
/** The sender waits for a report after so many bytes. */
const WINDOW: u32 = 4096;
const TRIAL_ATTEMPTS: u8 = 3;
const WRITE_TRIES: i32 = 3;
const RESTART_MIN_MS: u32 = 1_000;
const RESTART_MAX_MS: u32 = 60_000;
const DIGEST: usize = memory.data(32, 8);
const EXPECTED: usize = memory.data(32, 8);
const KEYS_DIGEST: usize = memory.data(32, 8);
const DETAIL: usize = memory.data(64, 8);
const DETAIL_MAX: u32 = 64;

/**
 * The states of an update (docs/update-protocol.md). Each `enter` makes a state durable before what belongs to it is
 * done, so that a reset at any point finds the device exactly before or exactly after.
 */
export class Updater implements CheckListener, RunListener {
  private journal: Journal = new Journal();
  private slots: Slots = new Slots();
  private trust: Trust = new Trust();
  private checker: Checker = new Checker(this.slots, this.trust, this);
  private runner: Runner = new Runner(this.slots, this);
  private running: Identity = new Identity();
  /** The module on trial. */
  private tried: Identity = new Identity();
  /** Roots that have signed the key set of KEYS_DIGEST: a bit each. */
  private approvals: u32 = 0;
  private hash: Sha256 = new Sha256();
  /** FETCHING: the payload's size, and the offset wanted next. */
  private size: u32 = 0;
  private next: u32 = 0;
  /** The offer being checked. */
  private offered: u64 = 0;
  private detail: View = new View();
  private restartMs: u32 = RESTART_MIN_MS;
  /** A state waits to be reported until the module before runs again. */
  private reportWhenRunning: bool = false;

  /** Finds out where the device was and goes on from there. False: flash cannot be read. */
  boot(): bool {
    if (!this.journal.open() || !this.slots.open()) return false;
    const now = this.journal.now;
    this.trust.load(this.slots, now.keys);
    switch (now.state) {
      case State.OFFERED:
        this.enter(State.IDLE);
        this.runActive();
        break;
      case State.STAGED:
        this.checker.checkSlot(now.candidate, Purpose.STAGE);
        break;
      case State.ARMED:
      case State.TRIAL:
        if (now.attempts == 0) this.revert(Reason.INTERRUPTED);
        else this.checker.checkSlot(now.candidate, Purpose.TRY);
        break;
      default:
        this.runActive();
    }
    return true;
  }

  onTimer(id: u32): void {
    if (id == Timer.HASH) this.checker.onHashStep();
    else if (id == Timer.TICK) this.runner.gate();
    else if (id == Timer.DEADLINE) this.runner.onDeadline();
    else if (id == Timer.RESTART) this.restart();
  }

  onStarted(actor: u32): void {
    this.checker.onStarted(actor);
    this.runner.onStarted(actor);
  }

  onExited(actor: u32, reason: Bytes): void {
    this.checker.onExited(actor);
    this.runner.onExited(actor, reason);
  }

  onHealth(actor: u32, healthy: bool): void {
    this.runner.onHealth(actor, healthy);
  }

  onMail(sender: u32, payload: Bytes): void {
    this.checker.onMail(sender, payload);
  }

  /** A message of the topic `ota`. What is not one is passed over. */
  onMessage(payload: Bytes): void {
    const cbor = new CborReader(payload.ptr, payload.length);
    if (!cbor.check(1)) return;
    const items = cbor.array();
    const kind = cbor.uint();
    if (cbor.error) return;
    if (kind == 3 && items == 1) return this.report();
    if (kind == 6 && items == 1) return this.tellSlots();
    if (kind == 7 && items == 1) return this.tellHistory();
    if (kind == 5 && items == 2) {
      if (cbor.byteString() == 32) this.onRollback(cbor.data);
      return;
    }
    if (cbor.byteString() != TRANSFER_SIZE || cbor.error) return;
    const transfer = load<u64>(cbor.data);
    if ((kind == 1 || kind == 4) && items == 3) {
      const len = cbor.byteString();
      if (cbor.error) return;
      if (kind == 1) this.onOffer(transfer, cbor.data, len);
      else this.onKeys(transfer, cbor.data, len);
    } else if (kind == 2 && items == 4) {
      const offset = cbor.uint();
      const len = cbor.byteString();
      if (!cbor.error) this.onChunk(transfer, offset, cbor.data, len);
    }
  }

  // Offer

  private onOffer(transfer: u64, envelope: usize, len: u32): void {
    const now = this.journal.now;
    // A module that failed its trial by itself fails again: what wears flash out is an offer that repeats itself.
    const again = now.state == State.REVERTED && (now.reason == Reason.NO_BROKER || now.reason == Reason.FLASH);
    const known = transfer == now.transfer && now.state != State.IDLE && !again;
    if (known) return this.report();
    // The sender offers again when it hears nothing: a check under way needs no answer.
    if (this.checker.busy) return;
    if (now.state == State.STAGED || now.state == State.ARMED || now.state == State.TRIAL) {
      return this.refuse(transfer, Reason.BUSY);
    }
    let reason = this.read(transfer, envelope, len, false);
    if (reason == Reason.NONE) reason = this.policy();
    if (reason != Reason.NONE) return this.refuse(transfer, reason);
    this.offered = transfer;
    this.checker.checkOffer();
  }

  /** Reads an envelope that came with this id. */
  private read(transfer: u64, envelope: usize, len: u32, keys: bool): Reason {
    this.hash.reset().updateRaw(envelope, len).digestRaw(DIGEST);
    if (load<u64>(DIGEST) != transfer) return Reason.MALFORMED;
    const reason = this.checker.read(envelope, len);
    return reason == Reason.NONE && this.checker.isKeys != keys ? Reason.MALFORMED : reason;
  }

  /** What a well-formed manifest may still not ask of this device. */
  private policy(): Reason {
    const manifest = this.checker.manifest;
    const vendor = settings.get('device/vendor');
    const deviceClass = settings.get('device/class');
    if (vendor === null || deviceClass === null) return Reason.WRONG_DEVICE;
    if (!manifest.isFor(vendor, deviceClass)) return Reason.WRONG_DEVICE;
    if (manifest.sequence <= this.journal.now.floor) return Reason.ROLLBACK;
    const time = clock.unix();
    if (manifest.expiry != 0 && time != 0 && time / 1000 >= manifest.expiry) return Reason.EXPIRED;
    if (manifest.size > <u64>this.slots.capacity) return Reason.TOO_BIG;
    return Reason.NONE;
  }

  private onOfferChecked(reason: Reason): void {
    if (reason != Reason.NONE) return this.refuse(this.offered, reason);
    const now = this.journal.now;
    now.candidate = now.active == 1 ? 2 : 1;
    now.previous = 0;
    now.back = 0;
    now.transfer = this.offered;
    now.offset = 0;
    now.reason = <u8>Reason.NONE;
    if (!this.enter(State.OFFERED)) return this.abandon(Reason.FLASH);
    if (!this.slots.writeEnvelope(now.candidate, this.checker.buffer, this.checker.length)) {
      return this.abandon(Reason.FLASH);
    }
    if (!this.enter(State.FETCHING)) return this.abandon(Reason.FLASH);
    this.size = <u32>this.checker.manifest.size;
    this.next = 0;
    this.report();
  }

  private refuse(transfer: u64, reason: Reason): void {
    log.warn(`refused: ${reasonText(reason)}`);
    this.detail.len = 0;
    this.publish('REFUSED', transfer, reason, 0);
  }

  /** Gives up what was being received; the module that runs is not touched. */
  private abandon(reason: Reason): void {
    const transfer = this.journal.now.transfer;
    this.journal.now.transfer = 0;
    this.journal.now.candidate = 0;
    this.enter(State.IDLE);
    this.refuse(transfer, reason);
    if (this.runner.idle) this.runActive();
  }

  // Fetch

  /** After a reset: on from the last whole sector. */
  private resume(): void {
    const now = this.journal.now;
    if (this.checker.readSlot(now.candidate) != Reason.NONE) return this.abandon(Reason.BAD_DIGEST);
    this.size = <u32>this.checker.manifest.size;
    this.next = now.offset;
    this.report();
  }

  private onChunk(transfer: u64, offset: u64, data: usize, len: u32): void {
    const now = this.journal.now;
    if (now.state != State.FETCHING || transfer != now.transfer || this.size == 0) return;
    // Lost or sent twice: the sender hears where to go on.
    if (offset != <u64>this.next) return this.report();
    const end = this.next + len;
    if (len == 0 || len > CHUNK_MAX || end > this.size) return;
    if (end != this.size && !this.slots.isAligned(end)) return;
    const sector = this.slots.sector;
    const reached = end - (end % sector);
    if (!this.slots.writeModule(now.candidate, this.next, data, len)) return this.abandon(Reason.FLASH);
    this.next = end;
    if (end == this.size) {
      if (!this.enter(State.STAGED)) return this.abandon(Reason.FLASH);
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
    if (purpose == Purpose.RUN) return this.onActiveChecked(reason);
    if (purpose == Purpose.BACK) return this.onBackChecked(reason);
    if (purpose == Purpose.KEYS) return this.onKeysChecked(reason);
    if (purpose == Purpose.STAGE) {
      if (reason != Reason.NONE) return this.abandon(reason);
      this.journal.now.attempts = TRIAL_ATTEMPTS;
      if (!this.enter(State.ARMED)) return this.abandon(Reason.FLASH);
      this.report();
    } else if (reason != Reason.NONE) return this.revert(reason);
    this.beginTrial();
  }

  /** The attempt is counted before the module is entered: a module that resets the device cannot do so for ever. */
  private beginTrial(): void {
    const now = this.journal.now;
    now.attempts--;
    if (!this.enter(State.TRIAL)) return this.revert(Reason.FLASH);
    this.report();
    this.tried.take(this.checker.manifest, this.checker.signers, this.checker.signed);
    this.runner.start(now.candidate, this.checker.manifest, true, now.back != 0);
  }

  onTrialPassed(): void {
    const now = this.journal.now;
    now.previous = now.active;
    now.active = now.candidate;
    now.candidate = 0;
    now.attempts = 0;
    now.back = 0;
    now.floor = max(now.floor, this.tried.sequence);
    this.restartMs = RESTART_MIN_MS;
    if (!this.enter(State.CONFIRMED)) return this.reset();
    this.running.copy(this.tried);
    this.report();
  }

  onTrialFailed(reason: Reason, detail: View): void {
    this.detail.len = min(detail.len, DETAIL_MAX);
    this.detail.ptr = DETAIL;
    memory.copy(DETAIL, detail.ptr, this.detail.len);
    this.revert(reason);
  }

  private revert(reason: Reason): void {
    const now = this.journal.now;
    log.warn(`reverted: ${reasonText(reason)}`);
    now.candidate = 0;
    now.attempts = 0;
    now.back = 0;
    now.reason = <u8>reason;
    if (!this.enter(State.REVERTED)) return this.reset();
    this.reportWhenRunning = true;
    this.runActive();
  }

  // Back to the module before

  /** What ran before, and has this digest, is to run again: without a network, and as often as one likes. */
  private onRollback(expected: usize): void {
    const now = this.journal.now;
    const decided = now.state == State.IDLE || now.state == State.CONFIRMED || now.state == State.REVERTED;
    if (decided && this.running.known && equal(expected, this.running.digest, 32)) return this.report();
    if (this.checker.busy) return;
    if (!decided) return this.refuse(0, Reason.BUSY);
    if (now.previous == 0) return this.refuse(0, Reason.NOT_FOUND);
    memory.copy(EXPECTED, expected, 32);
    this.checker.checkSlot(now.previous, Purpose.BACK);
  }

  private onBackChecked(reason: Reason): void {
    if (reason != Reason.NONE) return this.refuse(0, reason);
    if (!equal(EXPECTED, this.checker.manifest.digest.ptr, 32)) return this.refuse(0, Reason.NOT_FOUND);
    const now = this.journal.now;
    this.hash.reset().updateRaw(this.checker.buffer, this.checker.length).digestRaw(DIGEST);
    now.transfer = load<u64>(DIGEST);
    now.candidate = now.previous;
    now.back = 1;
    now.attempts = TRIAL_ATTEMPTS;
    now.reason = <u8>Reason.NONE;
    if (!this.enter(State.ARMED)) return this.reset();
    this.report();
    this.beginTrial();
  }

  // Keys

  private onKeys(transfer: u64, envelope: usize, len: u32): void {
    if (this.checker.busy) return;
    const reason = this.read(transfer, envelope, len, true);
    if (reason != Reason.NONE) return this.refuse(transfer, reason);
    const bytes = this.checker.keyBytes;
    if (this.trust.has(bytes)) return this.publish('CONFIRMED', transfer, Reason.NONE, 0);
    const keys = this.checker.keys;
    if (keys.sequence <= this.trust.set.sequence) return this.refuse(transfer, Reason.ROLLBACK);
    for (let i: u32 = 0; this.running.known && i < this.running.signerCount; i++) {
      // What runs was signed by a key that the set does not know: it would not start again.
      const signer = this.running.signers + i * 32;
      if (keys.judge(signer, this.running.sequence, true) != Reason.NONE) return this.refuse(transfer, Reason.ORPHAN);
    }
    this.offered = transfer;
    this.checker.checkKeys();
  }

  /** One root has signed; the set is in force when as many have as the set before asks for. */
  private onKeysChecked(reason: Reason): void {
    if (reason != Reason.NONE) return this.refuse(this.offered, reason);
    const bytes = this.checker.keyBytes;
    this.hash.reset().updateRaw(bytes.ptr, bytes.len).digestRaw(DIGEST);
    if (!equal(DIGEST, KEYS_DIGEST, 32)) this.approvals = 0;
    memory.copy(KEYS_DIGEST, DIGEST, 32);
    this.approvals |= 1 << this.checker.root;
    const count = popcnt(this.approvals);
    if (count < this.trust.threshold) return this.publish('OFFERED', this.offered, Reason.NONE, count);
    const now = this.journal.now;
    const before = now.keys;
    const place: u8 = before == 1 ? 2 : 1;
    if (!this.slots.writeKeys(place, bytes.ptr, bytes.len)) return this.refuse(this.offered, Reason.FLASH);
    now.keys = place;
    if (!this.enter(now.state)) {
      now.keys = before;
      return this.refuse(this.offered, Reason.FLASH);
    }
    this.approvals = 0;
    this.trust.load(this.slots, place);
    this.publish('CONFIRMED', this.offered, Reason.NONE, 0);
  }

  // The module that runs

  private runActive(): void {
    const active = this.journal.now.active;
    if (active == 0) this.settle();
    else this.checker.checkSlot(active, Purpose.RUN);
  }

  private onActiveChecked(reason: Reason): void {
    if (reason != Reason.NONE) {
      log.error(`the module in slot ${this.journal.now.active} does not verify: ${reasonText(reason)}`);
      this.running.known = false;
      return this.journal.now.previous == 0 ? this.settle() : this.fallBack(reason);
    }
    this.running.take(this.checker.manifest, this.checker.signers, this.checker.signed);
    this.runner.start(this.journal.now.active, this.checker.manifest, false);
  }

  /** To the module before. When that cannot be made durable, the next start falls back again. */
  private fallBack(reason: Reason): void {
    const now = this.journal.now;
    now.active = now.previous;
    now.previous = 0;
    now.reason = <u8>reason;
    this.enter(State.REVERTED);
    this.reportWhenRunning = true;
    this.runActive();
  }

  onRunning(): void {
    this.settle();
  }

  private restart(): void {
    if (this.checker.busy) timer.set(Timer.RESTART, RESTART_MIN_MS);
    else if (this.runner.idle) this.runActive();
  }

  onFell(): void {
    timer.set(Timer.RESTART, this.restartMs);
    this.restartMs = min(2 * this.restartMs, RESTART_MAX_MS);
    this.settle();
  }

  /** What can run does: now the rest. */
  private settle(): void {
    const now = this.journal.now;
    if (this.checker.busy) return;
    if (now.state == State.FETCHING && this.size == 0) this.resume();
    if (now.state == State.STAGED) this.checker.checkSlot(now.candidate, Purpose.STAGE);
    if (!this.reportWhenRunning) return;
    this.reportWhenRunning = false;
    this.report();
  }

  // Journal and reports

  /** A write that fails is made again, in another place. */
  private enter(state: State): bool {
    this.journal.now.state = state;
    for (let tries = 0; tries < WRITE_TRIES; tries++) if (this.journal.append()) return true;
    return false;
  }

  /** The journal cannot be written: what is in it is the truth, so read it again. */
  private reset(): void {
    log.error('the journal cannot be written');
    this.runner.stop();
    this.journal.open();
    this.runActive();
  }

  private report(): void {
    const now = this.journal.now;
    this.publish(stateText(now.state), now.transfer, <Reason>now.reason, this.next);
  }

  private publish(state: string, transfer: u64, reason: Reason, next: u32): void {
    const start = heap.alloc(REPORT_MAX);
    const out = new CborWriter(start, start + REPORT_MAX);
    writeReport(out, state, transfer, next, reason, this.detail, this.running);
    mqtt.publish('ota-state', new Bytes(start, out.length));
  }

  private tellSlots(): void {
    // The envelope under examination stands where the slots' would be read.
    if (this.checker.busy) return;
    const room = 2 * SLOT_INFO_MAX + 8;
    const start = heap.alloc(room);
    const out = new CborWriter(start, start + room);
    out.array(2);
    out.uint(6);
    out.array(2);
    for (let slot: u8 = 1; slot <= 2; slot++) {
      const there = this.checker.readSlot(slot) == Reason.NONE;
      writeSlot(out, slot, this.journal.now, there ? this.checker.manifest : null);
    }
    mqtt.publish('ota-info', new Bytes(start, out.length));
  }

  private tellHistory(): void {
    const start = heap.alloc(HISTORY_BYTES);
    const out = new CborWriter(start, start + HISTORY_BYTES);
    out.array(2);
    out.uint(7);
    this.journal.writeHistory(out);
    mqtt.publish('ota-info', new Bytes(start, out.length));
  }
}
