import { equal } from '../../lib/assembly/bytes';
import { Purpose } from './checker';
import { Component } from './component';
import { device } from './device';
import { download } from './download';
import { FLAG_BACK, FLAG_COMPLETE, VERDICT_DIGEST, VERDICT_SEQUENCE, VERDICT_TRANSFER } from './letters';
import { Reason } from './reason';
import { State } from './record';
import { trial } from './trial';
import { checker, updater } from './updater';

const EXPECTED: usize = memory.data(32, 8);

/** The way back to the module before: without a network, and as often as one likes. */
export class Return {
  /** The place that is looked at next, and why none of those before was it. */
  private at: u32 = 0;
  private reason: Reason = Reason.NOT_FOUND;

  /** What ran before, and has this digest, is to run again. */
  onRollback(expected: usize): void {
    const now = device.now;
    const state = device.state;
    const decided = state == State.IDLE || state == State.CONFIRMED || state == State.REVERTED;
    for (let i: u32 = 0; i < device.components.count && decided; i++) {
      const component = device.components.at(i);
      if (!component.running.known || !equal(expected, component.running.digest, 32)) continue;
      return device.publish(state, now.transfer, <Reason>now.reason, 0, component);
    }
    if (updater.isBusy) return;
    if (!decided) return download.refuse(0, Reason.BUSY);
    memory.copy(EXPECTED, expected, 32);
    this.at = 0;
    this.reason = Reason.NOT_FOUND;
    this.next();
  }

  private next(): void {
    while (this.at < device.components.count) {
      const component = device.components.at(this.at++);
      const previous = component.place.previous;
      if (previous) return updater.check(component, previous, FLAG_BACK | FLAG_COMPLETE, Purpose.BACK);
    }
    download.refuse(0, this.reason);
  }

  onChecked(component: Component, reason: Reason): void {
    const verdict = checker.verdict;
    if (reason != Reason.NONE && reason != Reason.DEPENDENCY) {
      this.reason = reason;
      return this.next();
    }
    if (!equal(EXPECTED, verdict + VERDICT_DIGEST, 32)) return this.next();
    if (reason != Reason.NONE) return download.refuse(0, reason);
    const running = component.running;
    const oldest = running.known ? running.oldest : 0;
    if (load<u64>(verdict, VERDICT_SEQUENCE) < oldest) return download.refuse(0, Reason.ROLLBACK);
    const now = device.now;
    now.transfer = load<u64>(verdict, VERDICT_TRANSFER);
    now.place = <u8>component.index;
    component.place.candidate = component.place.previous;
    now.back = 1;
    now.reason = <u8>Reason.NONE;
    trial.startBack();
  }
}

export const wayBack: Return = new Return();
