import { Bytes, clock, log, mqtt, settings, timer } from 'motekit/runtime/guest';
import { CborReader, CborWriter } from '../../lib/assembly/cbor';
import { Sha256 } from '../../lib/assembly/sha256';
import { CheckListener, Checker, Purpose } from './checker';
import { Identity } from './identity';
import { Journal } from './journal';
import { Reason, reasonText } from './reason';
import { State, TRANSFER_SIZE, stateText } from './record';
import { REPORT_MAX, writeReport } from './report';
import { RunListener, Runner } from './runner';
import { Slots } from './slots';
import { Timer } from './timers';
import { View } from './view';

const CHUNK_MAX: u32 = 1024;
/** The sender waits for a report after so many bytes. */
const WINDOW: u32 = 4096;
const TRIAL_ATTEMPTS: u8 = 3;
const RESTART_MIN_MS: u32 = 1_000;
const RESTART_MAX_MS: u32 = 60_000;
const DIGEST: usize = memory.data(32, 8);
const DETAIL: usize = memory.data(64, 8);
const DETAIL_MAX: u32 = 64;

/**
 * The states of an update (docs/update-protocol.md). Each `enter` makes a state durable before what belongs to it is
 * done, so that a reset at any point finds the device exactly before or exactly after.
 */
export class Updater implements CheckListener, RunListener {
  private journal: Journal = new Journal();
  private slots: Slots = new Slots();
  private checker: Checker = new Checker(this.slots, this);
  private runner: Runner = new Runner(this.slots, this);
  private running: Identity = new Identity();
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
    if (kind == 3 && items == 1) return this.report();
    if (cbor.byteString() != TRANSFER_SIZE || cbor.error) return;
    const transfer = load<u64>(cbor.data);
    if (kind == 1 && items == 3) {
      const len = cbor.byteString();
      if (!cbor.error) this.onOffer(transfer, cbor.data, len);
    } else if (kind == 2 && items == 4) {
      const offset = cbor.uint();
      const len = cbor.byteString();
      if (!cbor.error) this.onChunk(transfer, offset, cbor.data, len);
    }
  }

  // Offer

  private onOffer(transfer: u64, envelope: usize, len: u32): void {
    const now = this.journal.now;
    const known = transfer == now.transfer && now.state != State.IDLE && now.state != State.REVERTED;
    if (known) return this.report();
    // The sender offers again when it hears nothing: a check under way needs no answer.
    if (this.checker.busy) return;
    if (now.state == State.STAGED || now.state == State.ARMED || now.state == State.TRIAL) {
      return this.refuse(transfer, Reason.BUSY);
    }
    this.hash.reset().updateRaw(envelope, len).digestRaw(DIGEST);
    if (load<u64>(DIGEST) != transfer) return this.refuse(transfer, Reason.MALFORMED);
    let reason = this.checker.read(envelope, len);
    if (reason == Reason.NONE) reason = this.policy();
    if (reason != Reason.NONE) return this.refuse(transfer, reason);
    this.offered = transfer;
    this.checker.checkOffer();
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
    this.publish('REFUSED', transfer, reason);
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
    this.runner.start(now.candidate, this.checker.manifest, true);
  }

  onTrialPassed(): void {
    const now = this.journal.now;
    now.active = now.candidate;
    now.candidate = 0;
    now.attempts = 0;
    now.floor = this.checker.manifest.sequence;
    this.restartMs = RESTART_MIN_MS;
    if (!this.enter(State.CONFIRMED)) return this.reset();
    this.running.take(this.checker.manifest);
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
    now.reason = <u8>reason;
    if (!this.enter(State.REVERTED)) return this.reset();
    this.reportWhenRunning = true;
    this.runActive();
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
      return this.settle();
    }
    this.running.take(this.checker.manifest);
    this.runner.start(this.journal.now.active, this.checker.manifest, false);
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

  private enter(state: State): bool {
    this.journal.now.state = state;
    return this.journal.append();
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
    this.publish(stateText(now.state), now.transfer, <Reason>now.reason);
  }

  private publish(state: string, transfer: u64, reason: Reason): void {
    const start = heap.alloc(REPORT_MAX);
    const out = new CborWriter(start, start + REPORT_MAX);
    writeReport(out, state, transfer, this.next, reason, this.detail, this.running);
    mqtt.publish('ota-state', new Bytes(start, out.length));
  }
}
