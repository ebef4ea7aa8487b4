import { clock } from 'motekit/runtime/guest';
import { equal } from '../../lib/assembly/bytes';
import { Purpose } from './checker';
import { Component } from './component';
import { device, warn } from './device';
import {
  AFTER_BASE,
  Ask,
  Encoding,
  FLAG_ENVELOPE,
  Kind,
  VERDICT_ENCODING,
  VERDICT_ID,
  VERDICT_KIND,
  VERDICT_MEMBERS,
  VERDICT_PLACE,
  VERDICT_SALT,
  VERDICT_SEQUENCE,
  VERDICT_SET,
  VERDICT_SIZE_MIN,
  VERDICT_TAIL,
  VERDICT_TRANSFER,
  VERDICT_WIRE,
} from './letters';
import { pull } from './pull';
import { Reason } from './reason';
import { PLACE_STAGED, PLACE_SUPERVISOR, State } from './record';
import { rollout } from './rollout';
import { running } from './running';
import { slotOf } from './slots';
import { checker, updater } from './updater';

const CHUNK_MAX: u32 = 1024;
/** The sender waits for a report after so many bytes. */
const WINDOW: u32 = 4096;
/** A transfer of which so long nothing came has no sender any more. */
const RIVAL_MS: u64 = 5_000;

/** From an offer to STAGED: its envelope is checked, then what it names is fetched, and continued after a reset. */
export class Download {
  /** FETCHING: bytes that travel, and where in the slot they go. */
  private size: u32 = 0;
  private base: u32 = 0;
  /** When the last of them came; 0: none has since the download began. */
  private heard: u64 = 0;

  /** `url`: where the device fetches the bytes by itself, from `at` on; of length 0: they are sent. */
  onOffer(transfer: u64, envelope: usize, len: u32, url: usize = 0, urlLen: u32 = 0, at: u32 = 0): void {
    const now = device.now;
    const known = transfer == now.transfer && device.state != State.IDLE;
    if (known) pull.adopt(url, urlLen, at);
    if (known && (device.state != State.REVERTED || this.hasFailed)) return device.report();
    for (let i: u32 = 0; i < device.components.count; i++) {
      const component = device.components.at(i);
      const tried = component.tried;
      if (component.place.staged && tried.known && tried.transfer == transfer) {
        return device.publish(State.STAGED, transfer, Reason.NONE, 0, component);
      }
      if (component.running.known && component.running.transfer == transfer) {
        return device.publish(State.CONFIRMED, transfer, Reason.NONE, 0, component);
      }
    }
    // The sender offers again when it hears nothing: a check under way needs no answer.
    if (updater.isBusy) return;
    if (!this.isOpen) return this.refuse(transfer, Reason.BUSY);
    device.offered = transfer;
    pull.offer(url, urlLen, at);
    checker.checkEnvelope(Ask.OFFER, envelope, len, Purpose.OFFER);
  }

  /** A module that failed its trial by itself fails again: what wears flash out is an offer that repeats itself. */
  private get hasFailed(): bool {
    const reason = device.now.reason;
    const again = reason == Reason.NO_BROKER || reason == Reason.FLASH;
    return device.state == State.REVERTED && !again;
  }

  /** An offer may be taken: nothing is being decided. */
  private get isOpen(): bool {
    const state = device.state;
    if (state == State.STAGED) return this.isGathering;
    return state != State.ARMED && state != State.TRIAL;
  }

  /** Of the set that is being fetched, not all is here. */
  get isGathering(): bool {
    let staged: u32 = 0;
    for (let i: u32 = 0; i < device.components.count; i++) if (device.components.at(i).place.staged) staged++;
    return staged < device.now.members;
  }

  onOfferChecked(reason: Reason): void {
    const verdict = checker.verdict;
    const offered = device.offered;
    if (load<u64>(verdict, VERDICT_TRANSFER) != offered && reason == Reason.NONE) reason = Reason.MALFORMED;
    const index: u32 = load<u8>(verdict, VERDICT_PLACE);
    if (reason == Reason.NONE && index >= device.components.count) reason = Reason.NO_ROOM;
    if (reason == Reason.NONE && !hasBase(index)) reason = Reason.NO_BASE;
    if (reason == Reason.NONE && this.isRival(index)) reason = Reason.BUSY;
    if (reason == Reason.NONE && !rollout.allowsOffer()) reason = Reason.NO_ROLLOUT;
    if (reason != Reason.NONE) return this.refuse(offered, reason);
    const now = device.now;
    const members = load<u8>(verdict, VERDICT_MEMBERS);
    const set = load<u32>(verdict, VERDICT_SET);
    // So does a set, whichever of it comes first.
    if (members && this.hasFailed && now.set == set) {
      return device.publish(State.REVERTED, offered, <Reason>now.reason, 0, device.focus);
    }
    let joins = members > 0 && now.members == members;
    if (now.set != set) joins = false;
    const component = device.components.at(index);
    if (joins) component.drop();
    else this.drop();
    now.members = members;
    now.set = set;
    now.place = <u8>index;
    const place = component.place;
    place.id = load<u32>(verdict, VERDICT_ID);
    place.flags = load<u8>(verdict, VERDICT_KIND) == Kind.SUPERVISOR ? PLACE_SUPERVISOR : 0;
    place.candidate = place.active == 1 ? 2 : 1;
    place.previous = 0;
    now.back = 0;
    now.transfer = offered;
    now.offset = 0;
    now.reason = <u8>Reason.NONE;
    if (!device.enter(State.OFFERED)) return this.abandon(Reason.FLASH);
    const slot = slotOf(index, place.candidate);
    if (!device.slots.writeEnvelope(slot, checker.envelope, checker.length)) return this.abandon(Reason.FLASH);
    if (!pull.accept(slot)) return this.abandon(Reason.FLASH);
    if (!device.enter(State.FETCHING)) return this.abandon(Reason.FLASH);
    this.fetch(component, false);
  }

  /**
   * Another transfer is going on, and this one is not newer: two senders would take it away from each other for ever. One whose
   * sender has gone makes way.
   */
  private isRival(index: u32): bool {
    if (this.left == 0 || this.heard == 0 || clock.now() - this.heard > RIVAL_MS) return false;
    const verdict = checker.verdict;
    const now = device.now;
    if (load<u8>(verdict, VERDICT_MEMBERS) && load<u32>(verdict, VERDICT_SET) == now.set) return false;
    return index != now.place || load<u64>(verdict, VERDICT_SEQUENCE) <= device.focus.tried.sequence;
  }

  refuse(transfer: u64, reason: Reason): void {
    warn('refused: ', reason);
    const verdict = checker.verdict;
    const named = reason == Reason.DEPENDENCY ? load<u16>(verdict, VERDICT_TAIL) : 0;
    device.takeDetail(verdict + VERDICT_SIZE_MIN, named);
    device.publish(State.REFUSED, transfer, reason, 0, device.focus);
  }

  /** Gives up what was being received; what runs is not touched. */
  abandon(reason: Reason): void {
    const now = device.now;
    const transfer = now.transfer;
    now.transfer = 0;
    this.drop();
    device.enter(State.IDLE);
    this.refuse(transfer, reason);
    running.settle();
  }

  private drop(): void {
    device.dropAll();
    this.size = 0;
  }

  /** After a reset: what was being fetched is asked for again. */
  resume(): void {
    if (this.size) return;
    const component = device.focus;
    updater.check(component, component.place.candidate, FLAG_ENVELOPE, Purpose.RESUME);
  }

  onResumeChecked(component: Component, reason: Reason): void {
    if (reason != Reason.NONE) this.abandon(Reason.BAD_DIGEST);
    else this.fetch(component, true);
  }

  /** From where the record says; after a reset that is the last whole sector. */
  private fetch(component: Component, resumed: bool): void {
    const verdict = checker.verdict;
    component.tried.take(verdict);
    this.size = load<u32>(verdict, VERDICT_WIRE);
    this.heard = 0;
    this.base = checker.isPlain ? 0 : device.slots.wireAt(this.size);
    device.next = device.now.offset;
    device.report();
    pull.begin(resumed);
  }

  /** Bytes that are still to come. */
  get left(): u32 {
    return device.state == State.FETCHING && this.size > 0 ? this.size - device.next : 0;
  }

  onChunk(transfer: u64, offset: u32, data: usize, len: u32): void {
    if (this.left == 0 || transfer != device.now.transfer) return;
    // Lost or sent twice: the sender hears where to go on.
    if (offset != device.next) return device.report();
    if (len > 0 && len <= CHUNK_MAX && len <= this.left) this.take(data, len);
  }

  /** Writes what comes next, at most as much as is left. False: flash cannot take a piece that ends like this. */
  take(data: usize, len: u32): bool {
    const now = device.now;
    const next = device.next;
    const end = next + len;
    if (end != this.size && !device.slots.isAligned(end)) return false;
    const reached = end - (end % device.slots.sector);
    const place = device.focus.place;
    const slot = slotOf(now.place, place.candidate);
    if (!device.slots.writeModule(slot, this.base + next, data, len)) this.abandon(Reason.FLASH);
    else this.onWritten(end, reached);
    return true;
  }

  private onWritten(end: u32, reached: u32): void {
    const now = device.now;
    device.next = end;
    this.heard = clock.now();
    if (end == this.size) {
      device.focus.place.flags |= PLACE_STAGED;
      if (!device.enter(State.STAGED)) return this.abandon(Reason.FLASH);
      this.size = 0;
      device.report();
      running.settle();
    } else if (reached > now.offset) {
      now.offset = reached;
      if (!device.enter(State.FETCHING)) return this.abandon(Reason.FLASH);
      device.report();
    } else if (end % WINDOW == 0) device.report();
  }
}

export const download: Download = new Download();

/** The module that a delta is made from runs. */
function hasBase(index: u32): bool {
  const verdict = checker.verdict;
  const encoding = <Encoding>load<u8>(verdict, VERDICT_ENCODING);
  if (encoding != Encoding.DELTA && encoding != Encoding.ENCRYPTED_DELTA) return true;
  const digest = encoding == Encoding.DELTA ? verdict + VERDICT_SALT : checker.after + AFTER_BASE;
  const base = device.components.at(index).running;
  return base.known && equal(base.digest, digest, 32);
}
