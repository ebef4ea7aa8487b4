import { ActorBudget, Bytes, Capability, GrantList, actors, mqtt, timer } from 'motekit/runtime/guest';
import { isAscii } from '../../lib/assembly/bytes';
import {
  VERDICT_FUEL,
  VERDICT_GRANTS,
  VERDICT_MAILBOX,
  VERDICT_MEMORY,
  VERDICT_NAME,
  VERDICT_NAME_LENGTH,
  VERDICT_SIZE,
  VERDICT_SIZE_MIN,
  VERDICT_STACK,
} from './letters';
import { Reason } from './reason';
import { Slots } from './slots';
import { Timer } from './timers';
import { View } from './view';

/** Signs of life that a module on trial gives. */
const TRIAL_TICKS: u32 = 5;
const GRANTS_MAX: u32 = 16;
const GRANTS: GrantList = new GrantList(GRANTS_MAX);

export interface RunListener {
  /** A module that had been confirmed runs. */
  onRunning(index: u32): void;
  /** It fell, or did not start. */
  onFell(index: u32): void;
  onTrialPassed(): void;
  onTrialFailed(reason: Reason, detail: View): void;
}

/**
 * Runs the module of one component. On trial it must start, handle its ticks, report healthy, stay within its budgets and
 * grants, and see the broker.
 */
export class Runner {
  /** On trial: every gate is passed. */
  passed: bool = false;
  private actor: u32 = 0;
  private trial: bool = false;
  private self: bool = false;
  private offline: bool = false;
  private started: bool = false;
  private ticks: u32 = 0;
  private healthy: bool = false;
  private detail: View = new View();

  constructor(
    private index: u32,
    private slots: Slots,
    private listener: RunListener,
  ) {}

  /** Starts the module of a slot on which this is the verdict. `offline`: its trial needs no broker. */
  start(slot: u8, verdict: usize, trial: bool, offline: bool = false): void {
    this.stop();
    this.trial = trial;
    this.passed = false;
    this.offline = offline;
    this.started = false;
    this.healthy = false;
    this.ticks = 0;
    this.detail.len = 0;
    readGrants(verdict);
    this.actor = actors.spawnFlash(
      new Bytes(verdict + VERDICT_NAME, load<u8>(verdict, VERDICT_NAME_LENGTH)),
      this.slots.region,
      this.slots.moduleAt(slot),
      load<u32>(verdict, VERDICT_SIZE),
      new ActorBudget(
        load<u32>(verdict, VERDICT_MEMORY),
        load<u32>(verdict, VERDICT_STACK),
        load<u32>(verdict, VERDICT_FUEL),
        load<u32>(verdict, VERDICT_MAILBOX),
      ),
      GRANTS,
    );
    if (!this.actor) this.fail(Reason.NO_START);
  }

  /** A candidate that is no module: there is nothing to try. */
  skip(): void {
    this.passed = true;
  }

  /** The candidate is this very supervisor: its ticks are its own, the kernel watches it, and it has to see the broker. */
  watch(offline: bool): void {
    this.trial = true;
    this.passed = false;
    this.self = true;
    this.healthy = false;
    this.ticks = 0;
    this.offline = offline;
    timer.set(Timer.TICK, 0);
  }

  stop(): void {
    if (this.actor) actors.stop(this.actor);
    this.actor = 0;
    this.trial = false;
  }

  /** The trial is over, and it goes on. */
  settle(): void {
    this.trial = false;
  }

  onStarted(actor: u32): void {
    if (actor != this.actor || !actor) return;
    this.started = true;
    if (this.trial) timer.set(Timer.TICK, 0);
    else this.listener.onRunning(this.index);
  }

  onExited(actor: u32, reason: Bytes): void {
    if (actor != this.actor || !actor) return;
    this.actor = 0;
    this.detail.set(reason.ptr, reason.length);
    if (!this.started) return this.fail(Reason.NO_START);
    this.cut('trap: ');
    this.fail(Reason.TRAP);
  }

  onHealth(actor: u32, healthy: bool): void {
    if (actor != this.actor || !this.trial) return;
    if (!healthy) return this.fail(Reason.UNHEALTHY);
    this.healthy = true;
    this.gate();
  }

  /** One sign of life after the other, then health, then the broker. */
  gate(): void {
    if (!this.trial || this.passed || (!this.self && (!this.actor || !this.started))) return;
    if (this.healthy) {
      if (this.offline || mqtt.connected()) this.pass();
    } else if (this.ticks < TRIAL_TICKS) {
      this.ticks++;
      if (!this.self) actors.tick(this.actor);
    } else if (this.self) this.healthy = true;
    else actors.check(this.actor);
  }

  /** Its time is over. */
  onDeadline(): void {
    if (this.trial && !this.passed) this.fail(this.healthy ? Reason.NO_BROKER : Reason.DEADLINE);
  }

  /** The kernel names a trap as one; the report does so, too. */
  private cut(prefix: string): void {
    const len = <u32>prefix.length;
    if (this.detail.len < len || !isAscii(this.detail.ptr, len, prefix)) return;
    this.detail.set(this.detail.ptr + len, this.detail.len - len);
  }

  /** The kernel ends a module that exceeds memory, stack or fuel; what it lost or was denied shows in its account. */
  private pass(): void {
    if (!this.self) {
      const account = actors.inspect(this.actor);
      if (account === null || account.denied > 0 || account.dropped > 0) return this.fail(Reason.OVER_BUDGET);
    }
    this.passed = true;
    this.listener.onTrialPassed();
  }

  private fail(reason: Reason): void {
    const trial = this.trial;
    this.stop();
    if (trial) this.listener.onTrialFailed(reason, this.detail);
    else this.listener.onFell(this.index);
  }
}

function readGrants(verdict: usize): void {
  GRANTS.count = 0;
  let at = verdict + VERDICT_SIZE_MIN;
  for (let left = load<u8>(verdict, VERDICT_GRANTS); left > 0; left--) {
    const len = load<u8>(at, 1);
    GRANTS.add(<Capability>load<u8>(at), new Bytes(at + 2, len));
    at += 2 + len;
  }
}
