import { Bytes, LogLevel, actors, log, timer } from 'motekit/runtime/guest';
import { Purpose } from './checker';
import { Component, Status } from './component';
import { device } from './device';
import { download } from './download';
import { FLAG_RUNNING, Kind, VERDICT_NAME, VERDICT_NAME_LENGTH, VERDICT_SIZE } from './letters';
import { Reason } from './reason';
import { State } from './record';
import { slotOf } from './slots';
import { Timer } from './timers';
import { trial } from './trial';
import { checker, updater } from './updater';

const RESTART_MIN_MS: u32 = 1_000;
const RESTART_MAX_MS: u32 = 60_000;

/** What runs: started when it verifies, started again when it fell, and before anything else goes on. */
export class Running {
  /** A state waits to be reported until what runs does so again. */
  reportWhenRunning: bool = false;
  private restartMs: u32 = RESTART_MIN_MS;

  /** What can run does: now the rest. */
  settle(): void {
    if (updater.isBusy || device.trying) return;
    const due = trial.isDue;
    for (let i: u32 = 0; i < device.components.count; i++) {
      const component = device.components.at(i);
      const place = component.place;
      if (component.status != Status.DOWN || place.active == 0 || (due && place.candidate)) continue;
      return updater.check(component, place.active, FLAG_RUNNING, Purpose.RUN);
    }
    if (due) return trial.begin();
    if (this.reportWhenRunning) {
      this.reportWhenRunning = false;
      device.report();
    }
    if (device.state == State.STAGED) trial.stage();
    if (device.state == State.FETCHING) download.resume();
  }

  onChecked(component: Component, reason: Reason): void {
    const place = component.place;
    if (reason == Reason.BUSY) return this.onFell(component.index);
    if (reason != Reason.NONE) {
      log.write(LogLevel.Error, Bytes.ascii('what runs does not verify'));
      component.running.known = false;
      if (place.previous) return this.fallBack(component, reason);
      component.status = Status.LOST;
      return this.settle();
    }
    const verdict = checker.verdict;
    component.running.take(verdict);
    component.status = Status.UP;
    if (component.running.kind == Kind.DATA) this.share(component, place.active);
    if (component.running.kind != Kind.MODULE) return this.settle();
    component.runner.start(slotOf(component.index, place.active), verdict, false);
  }

  /** Modules may read it under its name. */
  share(component: Component, slot: u8): void {
    const verdict = checker.verdict;
    actors.share(
      new Bytes(verdict + VERDICT_NAME, load<u8>(verdict, VERDICT_NAME_LENGTH)),
      device.slots.region,
      device.slots.moduleAt(slotOf(component.index, slot)),
      load<u32>(verdict, VERDICT_SIZE),
    );
  }

  /** To the module before. When that cannot be made durable, the next start falls back again. */
  private fallBack(component: Component, reason: Reason): void {
    const now = device.now;
    component.place.active = component.place.previous;
    component.place.previous = 0;
    now.place = <u8>component.index;
    now.reason = <u8>reason;
    device.enter(State.REVERTED);
    this.reportWhenRunning = true;
    this.settle();
  }

  onFell(index: u32): void {
    device.components.at(index).status = Status.RESTING;
    timer.set(Timer.RESTART, this.restartMs);
    this.restartMs = min(2 * this.restartMs, RESTART_MAX_MS);
    this.settle();
  }

  /** Something new runs: what fell before is forgotten. */
  restEnds(): void {
    this.restartMs = RESTART_MIN_MS;
  }

  onRestart(): void {
    if (updater.isBusy || device.trying) {
      timer.set(Timer.RESTART, RESTART_MIN_MS);
      return;
    }
    for (let i: u32 = 0; i < device.components.count; i++) {
      const component = device.components.at(i);
      if (component.status == Status.RESTING) component.status = Status.DOWN;
    }
    this.settle();
  }
}

export const running: Running = new Running();
