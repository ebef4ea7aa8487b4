import { Bytes, LogLevel, log, timer } from 'motekit/runtime/guest';
import { Purpose } from './checker';
import { Checked, Component, Status } from './component';
import { device, warn } from './device';
import { download } from './download';
import { FLAG_COMPLETE, FLAG_WIRE, Kind } from './letters';
import { Reason } from './reason';
import { PLACE_STAGED, State } from './record';
import { running } from './running';
import { slotOf } from './slots';
import { succession } from './succession';
import { Timer } from './timers';
import { checker, unpacker, updater } from './updater';

const TRIAL_ATTEMPTS: u8 = 3;
const TICK_MS: u32 = 50;
/** All gates of a trial within this time. */
const TRIAL_MS: u32 = 10_000;

/** From STAGED to CONFIRMED or REVERTED: what arrived becomes modules, and they are tried, all of a set together. */
export class Trial {
  /** The journal cannot be written: nothing is tried before the next start. */
  private stuck: bool = false;
  /** What the candidate under examination is when it passes. */
  private goal: Checked = Checked.NOT;

  /** A trial is due. */
  get isDue(): bool {
    return !this.stuck && (device.state == State.ARMED || device.state == State.TRIAL);
  }

  /** What arrived as it should becomes modules; and when all of a set are here, they have what they need. */
  stage(): void {
    const now = device.now;
    const needs: u8 = now.members ? 0 : FLAG_COMPLETE;
    for (let i: u32 = 0; i < device.components.count; i++) {
      const component = device.components.at(i);
      if (!component.place.staged || component.checked >= Checked.SIGNED) continue;
      if (component.checked == Checked.NOT) return this.checkStaged(component, FLAG_WIRE | needs, Checked.ARRIVED);
      if (component.checked == Checked.UNPACKED) return this.checkStaged(component, needs, this.ready);
      updater.checked = component;
      return unpacker.unpack(component, checker.verdict, checker.after, now.group);
    }
    if (download.isGathering) return;
    for (let i: u32 = 0; i < device.components.count; i++) {
      const component = device.components.at(i);
      if (!component.place.staged || component.checked == Checked.COMPLETE) continue;
      return this.checkStaged(component, FLAG_COMPLETE, Checked.COMPLETE);
    }
    if (!this.arm()) download.abandon(Reason.FLASH);
  }

  private checkStaged(component: Component, flags: u8, goal: Checked): void {
    this.goal = goal;
    updater.check(component, component.place.candidate, flags, Purpose.STAGE);
  }

  /** What a candidate is when its digest is known to be right. */
  private get ready(): Checked {
    return device.now.members ? Checked.SIGNED : Checked.COMPLETE;
  }

  onStageChecked(component: Component, reason: Reason): void {
    if (reason != Reason.NONE) return download.abandon(reason);
    component.tried.take(checker.verdict);
    component.checked = this.goal;
    if (this.goal == Checked.ARRIVED && checker.isPlain) component.checked = this.ready;
    this.stage();
  }

  onUnpacked(component: Component, reason: Reason): void {
    if (reason != Reason.NONE) return download.abandon(reason);
    component.checked = Checked.UNPACKED;
    this.stage();
  }

  /** Of the module before, asked for by the owner. */
  startBack(): void {
    if (!this.arm()) this.reset();
  }

  private arm(): bool {
    device.now.attempts = TRIAL_ATTEMPTS;
    if (!device.enter(State.ARMED)) return false;
    device.report();
    this.begin();
    return true;
  }

  /** The attempt is counted before a module is entered: one that resets the device cannot do so for ever. */
  begin(): void {
    const now = device.now;
    const self = device.hasHeir;
    if (self && (!device.successor || device.state == State.ARMED)) {
      // Only the firmware's hands over; the one that runs in its place has to go for that.
      if (device.successor) return succession.giveWay();
      if (succession.succeed()) return;
    }
    if (!self) {
      if (now.attempts == 0) return this.revert(Reason.INTERRUPTED);
      now.attempts--;
      if (!device.enter(State.TRIAL)) return this.revert(Reason.FLASH);
    } else if (!device.successor) return this.revert(Reason.INTERRUPTED);
    device.trying = true;
    device.report();
    this.tryNext();
  }

  /** Starts the candidates, one after the other. */
  private tryNext(): void {
    for (let i: u32 = 0; i < device.components.count && device.trying; i++) {
      const component = device.components.at(i);
      const slot = component.place.candidate;
      if (slot == 0 || component.status == Status.TRIAL) continue;
      if (!checker.holds(component, slot)) return updater.check(component, slot, 0, Purpose.TRY);
      this.start(component);
    }
    this.onPassed();
  }

  onTryChecked(component: Component, reason: Reason): void {
    if (reason != Reason.NONE) return this.revert(reason);
    this.start(component);
    this.tryNext();
  }

  private start(component: Component): void {
    const verdict = checker.verdict;
    const offline = device.now.back != 0;
    component.tried.take(verdict);
    component.status = Status.TRIAL;
    timer.set(Timer.DEADLINE, TRIAL_MS);
    const kind = component.tried.kind;
    if (kind == Kind.DATA) {
      running.share(component, component.place.candidate);
      return component.runner.skip();
    }
    if (kind == Kind.SUPERVISOR) return component.runner.watch(offline);
    component.runner.start(slotOf(component.index, component.place.candidate), verdict, true, offline);
  }

  onTick(): void {
    if (!device.trying) return;
    for (let i: u32 = 0; i < device.components.count; i++) device.components.at(i).runner.gate();
    if (device.trying) timer.set(Timer.TICK, TICK_MS);
  }

  onDeadline(): void {
    for (let i: u32 = 0; i < device.components.count; i++) device.components.at(i).runner.onDeadline();
  }

  /** One of them has passed: all become active when it was the last, in one record. */
  onPassed(): void {
    for (let i: u32 = 0; i < device.components.count; i++) {
      const component = device.components.at(i);
      if (component.place.candidate == 0) continue;
      if (component.status != Status.TRIAL || !component.runner.passed) return;
    }
    if (device.trying) this.confirm();
  }

  private confirm(): void {
    const now = device.now;
    for (let i: u32 = 0; i < device.components.count; i++) {
      const component = device.components.at(i);
      const place = component.place;
      if (place.candidate == 0) continue;
      place.previous = place.active;
      place.active = place.candidate;
      place.candidate = 0;
      place.flags &= ~PLACE_STAGED;
      place.floor = max(place.floor, component.tried.sequence);
    }
    this.end();
    now.set = 0;
    now.starts = 0;
    running.restEnds();
    if (!device.enter(State.CONFIRMED)) return this.reset();
    for (let i: u32 = 0; i < device.components.count; i++) {
      const component = device.components.at(i);
      if (component.status != Status.TRIAL) continue;
      component.running.copy(component.tried);
      component.drop();
      component.runner.settle();
      component.status = Status.UP;
    }
    device.report();
  }

  private end(): void {
    const now = device.now;
    now.attempts = 0;
    now.back = 0;
    now.members = 0;
    device.trying = false;
    timer.cancel(Timer.TICK);
    timer.cancel(Timer.DEADLINE);
  }

  /** All of them go, and what was before runs again. */
  revert(reason: Reason): void {
    warn('reverted: ', reason);
    const self = device.hasHeir;
    this.end();
    for (let i: u32 = 0; i < device.components.count; i++) {
      const component = device.components.at(i);
      if (component.status == Status.TRIAL) component.runner.stop();
      if (component.place.candidate) component.status = Status.DOWN;
      component.drop();
    }
    device.now.reason = <u8>reason;
    if (!device.enter(State.REVERTED)) return this.reset();
    if (self && device.successor) return succession.giveWay();
    running.reportWhenRunning = true;
    running.settle();
  }

  /** The journal cannot be written: what is in it is the truth, so read it again. */
  private reset(): void {
    log.write(LogLevel.Error, Bytes.ascii('the journal cannot be written'));
    device.trying = false;
    this.stuck = true;
    for (let i: u32 = 0; i < device.components.count; i++) {
      const component = device.components.at(i);
      component.runner.stop();
      component.status = Status.DOWN;
      component.tried.known = false;
      component.checked = Checked.NOT;
    }
    device.journal.open();
    running.settle();
  }
}

export const trial: Trial = new Trial();
