import { ActorBudget, Bytes, actors, mqtt, timer } from 'motekit/runtime/guest';
import { isAscii } from '../../lib/assembly/bytes';
import { Manifest } from './manifest';
import { Reason } from './reason';
import { Slots } from './slots';
import { Timer } from './timers';
import { View } from './view';

/** Signs of life that a module on trial gives. */
const TRIAL_TICKS: u32 = 5;
const TICK_MS: u32 = 50;
/** All gates of a trial within this time. */
const TRIAL_MS: u32 = 10_000;
const BROKER_POLL_MS: u32 = 200;

export interface RunListener {
  /** A module that had been confirmed runs. */
  onRunning(): void;
  /** It fell, or did not start. */
  onFell(): void;
  onTrialPassed(): void;
  onTrialFailed(reason: Reason, detail: View): void;
}

/**
 * Runs the application module, at most one at a time. On trial it must start, handle its ticks, report healthy, stay
 * within its budgets and grants, and see the broker, all within `TRIAL_MS`.
 */
export class Runner {
  private actor: u32 = 0;
  private trial: bool = false;
  private offline: bool = false;
  private started: bool = false;
  private ticks: u32 = 0;
  private healthy: bool = false;
  private detail: View = new View();

  constructor(
    private slots: Slots,
    private listener: RunListener,
  ) {}

  get idle(): bool {
    return this.actor == 0;
  }

  /** Starts the module of a slot that was checked as `manifest`. `offline`: its trial needs no broker. */
  start(slot: u8, manifest: Manifest, trial: bool, offline: bool = false): void {
    this.stop();
    this.trial = trial;
    this.offline = offline;
    this.started = false;
    this.healthy = false;
    this.ticks = 0;
    this.detail.len = 0;
    this.actor = actors.spawnFlash(
      new Bytes(manifest.component.ptr, manifest.component.len),
      this.slots.region,
      this.slots.moduleAt(slot),
      <u32>manifest.size,
      new ActorBudget(manifest.memory, manifest.stack, manifest.fuel, manifest.mailbox),
      manifest.grants.list,
    );
    if (!this.actor) return this.fail(Reason.NO_START);
    if (trial) timer.set(Timer.DEADLINE, TRIAL_MS);
  }

  stop(): void {
    timer.cancel(Timer.TICK);
    timer.cancel(Timer.DEADLINE);
    if (this.actor) actors.stop(this.actor);
    this.actor = 0;
  }

  onStarted(actor: u32): void {
    if (actor != this.actor) return;
    this.started = true;
    if (this.trial) timer.set(Timer.TICK, 0);
    else this.listener.onRunning();
  }

  onExited(actor: u32, reason: Bytes): void {
    if (actor != this.actor) return;
    this.actor = 0;
    this.detail.set(reason.ptr, reason.length);
    if (!this.started) return this.fail(Reason.NO_START);
    this.skip('trap: ');
    this.fail(Reason.TRAP);
  }

  onHealth(actor: u32, healthy: bool): void {
    if (actor != this.actor || !this.trial) return;
    if (!healthy) return this.fail(Reason.UNHEALTHY);
    this.healthy = true;
    this.gate();
  }

  /** TICK fell due: one sign of life after the other, then health, then the broker. */
  gate(): void {
    if (!this.actor || !this.trial) return;
    if (this.healthy) {
      if (this.offline || mqtt.connected()) return this.pass();
      timer.set(Timer.TICK, BROKER_POLL_MS);
    } else if (this.ticks < TRIAL_TICKS) {
      this.ticks++;
      actors.tick(this.actor);
      timer.set(Timer.TICK, TICK_MS);
    } else if (actors.check(this.actor)) {
      timer.set(Timer.TICK, TICK_MS);
    }
  }

  onDeadline(): void {
    if (this.actor && this.trial) this.fail(this.healthy ? Reason.NO_BROKER : Reason.DEADLINE);
  }

  /** The kernel names a trap as one; the report does so, too. */
  private skip(prefix: string): void {
    const len = <u32>prefix.length;
    if (this.detail.len < len || !isAscii(this.detail.ptr, len, prefix)) return;
    this.detail.set(this.detail.ptr + len, this.detail.len - len);
  }

  /** The kernel ends a module that exceeds memory, stack or fuel; what it lost or was denied shows in its account. */
  private pass(): void {
    const account = actors.inspect(this.actor);
    if (account === null || account.denied > 0 || account.dropped > 0) return this.fail(Reason.OVER_BUDGET);
    timer.cancel(Timer.DEADLINE);
    this.trial = false;
    this.listener.onTrialPassed();
  }

  private fail(reason: Reason): void {
    const trial = this.trial;
    this.stop();
    this.trial = false;
    if (trial) this.listener.onTrialFailed(reason, this.detail);
    else this.listener.onFell();
  }
}
