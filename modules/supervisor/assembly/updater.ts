import { Bytes } from 'motekit/runtime/guest';
import { CheckListener, Checker, Purpose } from './checker';
import { Component } from './component';
import { credentials } from './credentials';
import { device } from './device';
import { download } from './download';
import { Ask } from './letters';
import { pull } from './pull';
import { Reason } from './reason';
import { State } from './record';
import { wayBack } from './return';
import { rollout } from './rollout';
import { RunListener } from './runner';
import { running } from './running';
import { succession } from './succession';
import { Timer } from './timers';
import { trial } from './trial';
import { UnpackListener, Unpacker } from './unpacker';
import { View } from './view';

/**
 * The states of an update (docs/update-protocol.md): hands what arrives and what was found out to the part that it
 * concerns. A state is durable before what belongs to it is done (`Device.enter`), so that a reset at any point finds the
 * device exactly before or exactly after.
 */
export class Updater implements CheckListener, RunListener, UnpackListener {
  /** What the check under way is about. */
  checked: Component | null = null;

  /** Finds out where the device was and goes on from there. False: flash cannot be read. */
  boot(): bool {
    if (!device.open(this)) return false;
    if (device.state == State.OFFERED) {
      device.dropAll();
      device.enter(State.IDLE);
    }
    if (device.successor) succession.begin();
    if (device.successor || !succession.succeed()) running.settle();
    return true;
  }

  /** One check at a time, of an envelope, a slot or a payload. */
  get isBusy(): bool {
    return checker.busy || unpacker.busy;
  }

  /** A slot, on the bytes read back from it. */
  check(component: Component, slot: u8, flags: u8, purpose: Purpose): void {
    this.checked = component;
    checker.checkSlot(component, slot, flags, purpose);
  }

  onChecked(purpose: Purpose, reason: Reason): void {
    if (purpose == Purpose.OFFER) return download.onOfferChecked(reason);
    if (purpose == Purpose.KEYS) return credentials.onKeysChecked(reason);
    if (purpose == Purpose.GROUP) return credentials.onGroupChecked(reason);
    if (purpose == Purpose.ROLLOUT) return rollout.onChecked(reason);
    const component = this.checked;
    if (component === null) return running.settle();
    this.checked = null;
    if (purpose == Purpose.RUN) return running.onChecked(component, reason);
    if (purpose == Purpose.SUCCEED) return succession.onChecked(component, reason);
    if (purpose == Purpose.BACK) return wayBack.onChecked(component, reason);
    if (purpose == Purpose.RESUME) return download.onResumeChecked(component, reason);
    if (purpose == Purpose.TRY) return trial.onTryChecked(component, reason);
    trial.onStageChecked(component, reason);
  }

  onUnpacked(reason: Reason): void {
    const component = this.checked;
    if (component === null) return credentials.onGroupOpened(reason);
    this.checked = null;
    trial.onUnpacked(component, reason);
  }

  onTimer(id: u32): void {
    if (id == Timer.TICK) trial.onTick();
    else if (id == Timer.DEADLINE) trial.onDeadline();
    else if (id == Timer.RESTART) running.onRestart();
    else if (id == Timer.FEED) succession.onFeed();
    else if (id == Timer.PULL) pull.onTimer();
  }

  onStarted(actor: u32): void {
    checker.onStarted(actor);
    for (let i: u32 = 0; i < device.components.count; i++) device.components.at(i).runner.onStarted(actor);
  }

  onExited(actor: u32, reason: Bytes): void {
    checker.onExited(actor);
    unpacker.onExited(actor);
    for (let i: u32 = 0; i < device.components.count; i++) device.components.at(i).runner.onExited(actor, reason);
  }

  onHealth(actor: u32, healthy: bool): void {
    for (let i: u32 = 0; i < device.components.count; i++) device.components.at(i).runner.onHealth(actor, healthy);
  }

  onMail(sender: u32, payload: Bytes): void {
    checker.onMail(sender, payload);
    unpacker.onMail(sender, payload);
  }

  onRunning(_index: u32): void {
    running.settle();
  }

  onFell(index: u32): void {
    running.onFell(index);
  }

  onTrialPassed(): void {
    trial.onPassed();
  }

  onTrialFailed(reason: Reason, detail: View): void {
    device.takeDetail(detail.ptr, detail.len);
    trial.revert(reason);
  }

  /** A question about the device. */
  tell(ask: Ask): void {
    if (!this.isBusy) checker.tell(ask);
  }
}

export const updater: Updater = new Updater();
export const checker: Checker = new Checker(device.now, device.components, updater);
export const unpacker: Unpacker = new Unpacker(device.slots, updater);
