import { ActorBudget, actors, timer } from 'motekit/runtime/guest';
import { Purpose } from './checker';
import { Component } from './component';
import { PATIENCE_MS, device } from './device';
import { FLAG_RUNNING, VERDICT_FUEL, VERDICT_MAILBOX, VERDICT_MEMORY, VERDICT_SIZE, VERDICT_STACK } from './letters';
import { Reason } from './reason';
import { State } from './record';
import { running } from './running';
import { slotOf } from './slots';
import { Timer } from './timers';
import { trial } from './trial';
import { checker, updater } from './updater';

/** How often a supervisor says that it is well. */
const FEED_MS: u32 = 20_000;
/** Starts of an updated supervisor that never was well. */
const STARTS_MAX: u8 = 3;

/**
 * The supervisor as a component. Every start begins with the one of the firmware, which hands over to the one that was
 * updated when it may run. That one is bounded in trials like any other, and in starts after which it never was well;
 * whatever it does, the kernel comes back to the firmware's.
 */
export class Succession {
  /** In a supervisor that stands in for the firmware's: it is well. */
  begin(): void {
    timer.set(Timer.FEED, FEED_MS);
  }

  /** Hands over, when there is somebody. False: this one goes on. */
  succeed(): bool {
    const now = device.now;
    const component = device.own;
    if (component === null) return false;
    const place = component.place;
    if (isTrialOf(component)) {
      if (now.attempts == 0) return false;
      updater.check(component, place.candidate, 0, Purpose.SUCCEED);
      return true;
    }
    if (place.active == 0 || now.starts >= STARTS_MAX) return false;
    updater.check(component, place.active, FLAG_RUNNING, Purpose.SUCCEED);
    return true;
  }

  /** The attempt, or the start, is counted before it is made. */
  onChecked(component: Component, reason: Reason): void {
    const now = device.now;
    const tried = isTrialOf(component);
    let slot = component.place.active;
    if (tried) slot = component.place.candidate;
    if (reason == Reason.NONE) {
      if (tried) now.attempts -= 1;
      if (!tried) now.starts++;
      if (!device.enter(tried ? State.TRIAL : device.state)) reason = Reason.FLASH;
    }
    if (reason == Reason.NONE) {
      const verdict = checker.verdict;
      const budget = new ActorBudget(
        load<u32>(verdict, VERDICT_MEMORY),
        load<u32>(verdict, VERDICT_STACK),
        load<u32>(verdict, VERDICT_FUEL),
        load<u32>(verdict, VERDICT_MAILBOX),
      );
      const slots = device.slots;
      const at = slots.moduleAt(slotOf(component.index, slot));
      if (actors.handover(slots.region, at, load<u32>(verdict, VERDICT_SIZE), budget, PATIENCE_MS) == 0) return;
      reason = Reason.NO_START;
    }
    if (tried) trial.revert(reason);
    else running.settle();
  }

  /** Ends this one, so that the supervisor of the firmware hands over anew. */
  giveWay(): void {
    unreachable();
  }

  onFeed(): void {
    const now = device.now;
    actors.feed(PATIENCE_MS);
    this.begin();
    // Well for as long: the next start is the first again.
    if (now.starts == 0 || device.trying) return;
    now.starts = 0;
    device.enter(device.state);
  }
}

export const succession: Succession = new Succession();

function isTrialOf(component: Component): bool {
  const state = device.state;
  return component.place.candidate != 0 && (state == State.ARMED || state == State.TRIAL);
}
