import { Bytes, http, timer } from 'motekit/runtime/guest';
import { equal } from '../../lib/assembly/bytes';
import { device } from './device';
import { download } from './download';
import { Reason } from './reason';
import { PLACE_AT, PLACE_ROOM, PLACE_TEXT, slotOf } from './slots';
import { Timer } from './timers';

/** Bytes asked for at once, at most: what a message can hold. */
const STEP: u32 = 4096;
/** A board that owes an answer for so long has lost the question. */
const ANSWER_MS: u32 = 30_000;
/** Before a server that gave no answer is asked again: longer each time. */
const RETRY_FIRST: u32 = 1_000;
const RETRY_LAST: u32 = 60_000;
const TAG_MAX: u32 = 64;
const PLACE: usize = memory.data(136, 8); // PLACE_ROOM
/** That of an offer that has not been taken yet. */
const OFFERED: usize = memory.data(136, 8);
const TAG: usize = memory.data(64, 1);

/**
 * The device fetches what was offered by itself: piece by piece from a web server, each written before the next is asked for.
 * Where from is durable beside the envelope, so a reset only costs the piece under way. Whatever the server sends, the digest
 * decides; here is seen to it that a wrong file is noticed early, and that no more is taken than was asked for.
 */
export class Pull {
  /** Bytes of the place; 0: whoever offered sends the bytes. */
  private size: u32 = 0;
  private offered: u32 = 0;
  private tagSize: u32 = 0;
  /** The offset asked for, when an answer is due. */
  private asked: u32 = 0;
  private due: bool = false;
  private pause: u32 = RETRY_FIRST;

  /** The offer under examination comes from here; `len` 0: from whoever offers. */
  offer(url: usize, len: u32, at: u32): void {
    if (len > PLACE_ROOM - PLACE_TEXT) len = 0;
    this.offered = len > 0 ? PLACE_TEXT + len : 0;
    store<u32>(OFFERED, len);
    store<u32>(OFFERED, at, PLACE_AT);
    memory.copy(OFFERED + PLACE_TEXT, url, len);
  }

  /** The offer is taken. False: where it comes from could not be made durable, in a slot with its envelope. */
  accept(slot: u8): bool {
    this.size = this.offered;
    memory.copy(PLACE, OFFERED, PLACE_ROOM);
    return this.size == 0 || device.slots.writePlace(slot, PLACE, this.size);
  }

  /** What is being sent can be fetched from here instead, until the next reset. */
  adopt(url: usize, len: u32, at: u32): void {
    if (len == 0 || this.size != 0 || download.left == 0) return;
    this.offer(url, len, at);
    this.size = this.offered;
    memory.copy(PLACE, OFFERED, PLACE_ROOM);
    this.ask();
  }

  /** The download begins, or goes on after a reset. */
  begin(resumed: bool): void {
    const focus = device.focus;
    if (resumed) this.size = device.slots.readPlace(slotOf(focus.index, focus.place.candidate), PLACE);
    this.tagSize = 0;
    this.pause = RETRY_FIRST;
    this.due = false;
    this.ask();
  }

  private ask(): void {
    const left = download.left;
    if (this.size == 0 || left == 0) return;
    const next = device.next;
    this.asked = load<u32>(PLACE, PLACE_AT) + next;
    const len = min(left, STEP - (next % STEP));
    const url = new Bytes(PLACE + PLACE_TEXT, this.size - PLACE_TEXT);
    this.due = http.get(url, this.asked, len, new Bytes(TAG, this.tagSize)) == 0;
    timer.set(Timer.PULL, this.due ? ANSWER_MS : this.wait());
  }

  onTimer(): void {
    this.due = false;
    this.ask();
  }

  onAnswer(head: Bytes, bytes: Bytes): void {
    const left = download.left;
    if (!this.due || left == 0) return;
    this.due = false;
    const next = device.next;
    const status = http.status(head);
    // Nobody there, or the server has its troubles: those pass.
    if (status < 200 || status == 404 || status == 429 || status >= 500) {
      timer.set(Timer.PULL, this.wait());
      return;
    }
    const tag = http.tag(head);
    const tagSize = min<u32>(tag.length, TAG_MAX);
    const same = this.tagSize == 0 || (tagSize == this.tagSize && equal(tag.ptr, TAG, tagSize));
    const at = load<u32>(PLACE, PLACE_AT);
    const whole = http.total(head) == at + next + left;
    if (status != 206 || !same || !whole || http.offset(head) != this.asked || bytes.length == 0) {
      return download.abandon(Reason.BAD_SOURCE);
    }
    memory.copy(TAG, tag.ptr, tagSize);
    this.tagSize = tagSize;
    this.pause = RETRY_FIRST;
    // Otherwise somebody has sent this piece meanwhile.
    if (this.asked == at + next && !download.take(bytes.ptr, min<u32>(bytes.length, left))) {
      timer.set(Timer.PULL, this.wait());
      return;
    }
    this.ask();
  }

  private wait(): u32 {
    const pause = this.pause;
    this.pause = min(2 * pause, RETRY_LAST);
    return pause;
  }
}

export const pull: Pull = new Pull();
