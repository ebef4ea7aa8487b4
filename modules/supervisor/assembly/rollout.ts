import { equal } from '../../lib/assembly/bytes';
import { Purpose } from './checker';
import { device } from './device';
import { download } from './download';
import {
  AFTER_MANIFEST,
  Ask,
  VERDICT_MEMBERS,
  VERDICT_ROOT,
  VERDICT_SEQUENCE,
  VERDICT_SIZE_MIN,
  VERDICT_TRANSFER,
} from './letters';
import { Reason } from './reason';
import { State } from './record';
import { checker, updater } from './updater';

const DIGEST_SIZE: u32 = 32;
const MANIFESTS_MAX: u32 = 4;
const MANIFESTS: usize = memory.data(128, 8); // MANIFESTS_MAX * DIGEST_SIZE

/** Who is to have what, where the key set asks for it. Until the next reset: whoever offers says it again. */
export class Rollout {
  private transfer: u64 = 0;
  private sequence: u32 = 0;
  private count: u32 = 0;

  onRollout(transfer: u64, envelope: usize, len: u32): void {
    if (updater.isBusy) return;
    device.offered = transfer;
    if (transfer == this.transfer) return this.taken();
    checker.checkEnvelope(Ask.ROLLOUT, envelope, len, Purpose.ROLLOUT);
  }

  onChecked(reason: Reason): void {
    const verdict = checker.verdict;
    const offered = device.offered;
    const sequence = load<u32>(verdict, VERDICT_SEQUENCE);
    const count = min<u32>(load<u8>(verdict, VERDICT_MEMBERS), MANIFESTS_MAX);
    if (reason == Reason.NONE && load<u64>(verdict, VERDICT_TRANSFER) != offered) reason = Reason.MALFORMED;
    if (reason == Reason.NONE && sequence < device.now.rollout) reason = Reason.ROLLBACK;
    if (reason != Reason.NONE) return download.refuse(offered, reason);
    this.transfer = offered;
    this.sequence = sequence;
    this.count = count;
    memory.copy(MANIFESTS, verdict + VERDICT_SIZE_MIN, count * DIGEST_SIZE);
    this.taken();
  }

  /** Whether the offer on which this is the verdict may be taken; that it is, is remembered with the state after it. */
  allowsOffer(): bool {
    if (load<u8>(checker.verdict, VERDICT_ROOT) == 0) return true;
    for (let i: u32 = 0; i < this.count; i++) {
      if (!equal(MANIFESTS + i * DIGEST_SIZE, checker.after + AFTER_MANIFEST, DIGEST_SIZE)) continue;
      device.now.rollout = this.sequence;
      return true;
    }
    return false;
  }

  /** Other keys sign from now on. */
  forget(): void {
    this.transfer = 0;
    this.count = 0;
  }

  private taken(): void {
    device.publish(State.CONFIRMED, this.transfer, Reason.NONE, 0, device.focus);
  }
}

export const rollout: Rollout = new Rollout();
