import { equal } from '../../lib/assembly/bytes';
import { Purpose } from './checker';
import { device } from './device';
import { download } from './download';
import {
  Ask,
  VERDICT_COUNT,
  VERDICT_DIGEST,
  VERDICT_ID,
  VERDICT_MEMBERS,
  VERDICT_OWN_ROOT,
  VERDICT_OWN_THRESHOLD,
  VERDICT_ROOT,
  VERDICT_SEQUENCE,
  VERDICT_SIZE,
  VERDICT_TRANSFER,
  VERDICT_WIRE,
} from './letters';
import { Reason } from './reason';
import { State } from './record';
import { rollout } from './rollout';
import { SEALED_SIZE } from './slots';
import { checker, unpacker, updater } from './updater';

const KEYS_DIGEST: usize = memory.data(32, 8);

/** What the device is given to trust or to open releases with: key sets, signed by roots, and group keys. */
export class Credentials {
  /** Roots of the set in force that have signed the key set of KEYS_DIGEST, and its own roots that have: a bit each. */
  private approvals: u32 = 0;
  private own: u32 = 0;

  onKeys(transfer: u64, envelope: usize, len: u32): void {
    if (updater.isBusy) return;
    device.offered = transfer;
    checker.checkEnvelope(Ask.KEYS, envelope, len, Purpose.KEYS);
  }

  /** One root has signed; the set is in force when as many have as the set before asks for, and as it does itself. */
  onKeysChecked(reason: Reason): void {
    const verdict = checker.verdict;
    const offered = device.offered;
    if (load<u64>(verdict, VERDICT_TRANSFER) != offered && reason == Reason.NONE) reason = Reason.MALFORMED;
    if (reason != Reason.NONE) return download.refuse(offered, reason);
    if (load<u8>(verdict, VERDICT_COUNT) == 0) return taken();
    const root = load<u8>(verdict, VERDICT_ROOT);
    if (!equal(verdict + VERDICT_DIGEST, KEYS_DIGEST, 32)) {
      // Anybody can be a root of a set of his own: it is one of those that are known who makes the device look at it.
      if (root == 0) return download.refuse(offered, Reason.UNKNOWN_KEY);
      this.approvals = 0;
      this.own = 0;
    }
    memory.copy(KEYS_DIGEST, verdict + VERDICT_DIGEST, 32);
    this.approvals |= bitOf(root);
    this.own |= bitOf(load<u8>(verdict, VERDICT_OWN_ROOT));
    const count = popcnt(this.approvals);
    let enough = count >= <u32>load<u8>(verdict, VERDICT_MEMBERS);
    if (popcnt(this.own) < <u32>load<u8>(verdict, VERDICT_OWN_THRESHOLD)) enough = false;
    if (!enough) return device.publish(State.OFFERED, offered, Reason.NONE, count, device.focus);
    const now = device.now;
    const before = now.keys;
    const place: u8 = before == 1 ? 2 : 1;
    const at = checker.envelope + load<u32>(verdict, VERDICT_SIZE);
    if (!device.slots.writeKeys(place, at, load<u32>(verdict, VERDICT_WIRE)))
      return download.refuse(offered, Reason.FLASH);
    const rolled = now.rollout;
    now.keys = place;
    // A rollout key that was lost may have used up all numbers: they begin anew with the keys.
    now.rollout = 0;
    if (!device.enter(device.state)) {
      now.keys = before;
      now.rollout = rolled;
      return download.refuse(offered, Reason.FLASH);
    }
    memory.fill(KEYS_DIGEST, 0, 32);
    rollout.forget();
    taken();
  }

  /** `sealed`: SEALED_SIZE bytes. */
  onGroup(transfer: u64, envelope: usize, len: u32, sealed: usize): void {
    if (updater.isBusy) return;
    device.offered = transfer;
    checker.checkEnvelope(Ask.GROUP, envelope, len, Purpose.GROUP, sealed, SEALED_SIZE);
  }

  /** It is signed; now whether it was sealed for this device. */
  onGroupChecked(reason: Reason): void {
    const verdict = checker.verdict;
    const offered = device.offered;
    if (load<u64>(verdict, VERDICT_TRANSFER) != offered && reason == Reason.NONE) reason = Reason.MALFORMED;
    if (reason != Reason.NONE) return download.refuse(offered, reason);
    updater.checked = null;
    unpacker.open(sealed());
  }

  onGroupOpened(reason: Reason): void {
    const verdict = checker.verdict;
    const offered = device.offered;
    if (reason != Reason.NONE) return download.refuse(offered, reason);
    const now = device.now;
    const before = now.group;
    const place: u8 = before == 1 ? 2 : 1;
    const id = load<u32>(verdict, VERDICT_ID);
    const written = device.slots.writeGroup(place, load<u64>(verdict, VERDICT_SEQUENCE), id, sealed());
    if (!written) return download.refuse(offered, Reason.FLASH);
    now.group = place;
    if (!device.enter(device.state)) {
      now.group = before;
      return download.refuse(offered, Reason.FLASH);
    }
    taken();
  }
}

export const credentials: Credentials = new Credentials();

/** Numbers begin at 1; 0: none. */
function bitOf(number: u32): u32 {
  return (1 << number) >> 1;
}

function taken(): void {
  device.publish(State.CONFIRMED, device.offered, Reason.NONE, 0, device.focus);
}

/** Of the delivery under examination. */
function sealed(): usize {
  return checker.envelope + checker.length - SEALED_SIZE;
}
