import { ActorBudget, Bytes, Capability, GrantList, actors, mail, mqtt } from 'motekit/runtime/guest';
import { Component, Components } from './component';
import {
  AFTER_SIZE,
  Ask,
  Encoding,
  FLAG_COMPLETE,
  FLAG_ENVELOPE,
  PLACE_ACTIVE,
  PLACE_FLOOR,
  PLACE_ID,
  REQUEST_HEAD,
  REQUEST_PLACE,
  Say,
  VERDICT_COUNT,
  VERDICT_ENCODING,
  VERDICT_MAX,
  VERDICT_REASON,
  VERDICT_SIZE_MIN,
  VERDICT_TAIL,
} from './letters';
import { Reason } from './reason';
import { Record } from './record';
import { ENVELOPE_MAX } from './slots';

/** What a check is for; it comes back with the answer. */
export const enum Purpose {
  /** An envelope that was offered: before anything is erased. */
  OFFER,
  /** A download that goes on. */
  RESUME,
  /** The module that runs after this. */
  RUN,
  /** A module that has arrived whole. */
  STAGE,
  /** The module of a trial. */
  TRY,
  /** The module before, which is to run again. */
  BACK,
  /** A key set that was offered. */
  KEYS,
  /** A group key that was offered. */
  GROUP,
  /** A rollout. */
  ROLLOUT,
  /** The supervisor that is to run in this one's place. */
  SUCCEED,
  /** An answer to a question. */
  INFO,
}

export interface CheckListener {
  /** `Reason.NONE`: it holds, and `Checker.verdict` says what was signed. */
  onChecked(purpose: Purpose, reason: Reason): void;
}

/** The request and behind it the envelope under examination: one check at a time. */
const REQUEST: usize = memory.data(8200, 8); // REQUEST_MAX + ENVELOPE_MAX
const VERDICT: usize = memory.data(1400, 8); // VERDICT_MAX
const WORD: usize = memory.data(2, 1);
const NO_GRANTS: GrantList = new GrantList(0);
/** COSE number of Ed25519 without its sign; the other algorithms are ML-DSA's. */
const ED25519: u32 = 19;

// Budgets of their module.json (test/unit compares them).
const VERIFIER_BUDGET: ActorBudget = new ActorBudget(32768, 4096, 2_000_000, 8448);
const ML_DSA_BUDGET: ActorBudget = new ActorBudget(24576, 4096, 200_000, 8448);
const ED25519_BUDGET: ActorBudget = new ActorBudget(8192, 4096, 16_000, 2304);

/**
 * Has bytes judged. modules/verifier reads them and says what was signed and by whom; the signatures go to modules of
 * their own, one at a time. Each is loaded only while it works, and what it says is all that the supervisor believes of
 * those bytes: it never reads them itself.
 */
export class Checker {
  busy: bool = false;
  /** Bytes of the envelope under examination. */
  length: u32 = 0;
  private purpose: Purpose = Purpose.RUN;
  private flags: u8 = 0;
  /** What the verdict is about: place and slot; 0: no slot. */
  private about: u32 = 0;
  private verifier: u32 = 0;
  /** The module that verifies a signature. */
  private helper: u32 = 0;
  /** An actor that has not started yet. */
  private loading: u32 = 0;
  /** Signatures that are still to be verified. */
  private left: u32 = 0;
  private grants: GrantList = new GrantList(4);

  constructor(
    private now: Record,
    private components: Components,
    private listener: CheckListener,
  ) {
    this.grants.add(Capability.Flash, Bytes.ascii('slots:read'));
    this.grants.add(Capability.Flash, Bytes.ascii('journal:read'));
    this.grants.add(Capability.Settings, Bytes.ascii('trust/'));
    this.grants.add(Capability.Settings, Bytes.ascii('device/'));
  }

  get verdict(): usize {
    return VERDICT;
  }

  /** What the verdict is about travels as it is. */
  get isPlain(): bool {
    return load<u8>(VERDICT, VERDICT_ENCODING) == Encoding.PLAIN;
  }

  /** What stands behind the tail of a good verdict: AFTER_*. */
  get after(): usize {
    return (
      VERDICT +
      VERDICT_SIZE_MIN +
      min<u32>(load<u16>(VERDICT, VERDICT_TAIL), VERDICT_MAX - VERDICT_SIZE_MIN - AFTER_SIZE)
    );
  }

  get envelope(): usize {
    return REQUEST + this.head;
  }

  /** Whether the verdict is a good one on this slot. */
  holds(component: Component, slot: u8): bool {
    return !this.busy && this.about == aboutOf(component.index, slot);
  }

  /** An envelope that came over the air, and what came beside it; the listener hears of it. */
  checkEnvelope(ask: Ask, ptr: usize, len: u32, purpose: Purpose, beside: usize = 0, besideLen: u32 = 0): void {
    if (len + besideLen > ENVELOPE_MAX) {
      // Nothing is known of it: what was judged before is not this.
      memory.fill(VERDICT, 0, VERDICT_SIZE_MIN);
      return this.listener.onChecked(purpose, Reason.TOO_BIG);
    }
    memory.copy(this.envelope, ptr, len);
    memory.copy(this.envelope + len, beside, besideLen);
    this.length = len + besideLen;
    this.begin(ask, 0, 0, 0, purpose);
  }

  /** A slot, on the bytes read back from it; the listener hears of it. */
  checkSlot(component: Component, slot: u8, flags: u8, purpose: Purpose): void {
    this.length = 0;
    this.begin(Ask.SLOT, flags, component.index, slot, purpose);
  }

  /** Has a question answered. */
  tell(ask: Ask): void {
    this.length = 0;
    this.begin(ask, 0, 0, 0, Purpose.INFO);
  }

  onStarted(actor: u32): void {
    if (actor == this.loading) this.loading = 0;
  }

  onMail(sender: u32, payload: Bytes): void {
    if (!this.busy) return;
    if (sender == this.verifier) this.onVerifier(payload.ptr, payload.length);
    else if (sender == this.helper) this.onVerified(payload.length == 1 && load<u8>(payload.ptr) == 1);
  }

  onExited(actor: u32): void {
    if (!this.busy || (actor != this.verifier && actor != this.helper)) return;
    // What could not be loaded has said nothing about these bytes.
    if (actor == this.loading) this.end(Reason.BUSY);
    else this.end(actor == this.helper ? Reason.BAD_SIGNATURE : Reason.MALFORMED);
  }

  private get head(): u32 {
    return REQUEST_HEAD + this.now.count * REQUEST_PLACE;
  }

  private begin(ask: Ask, flags: u8, place: u32, slot: u8, purpose: Purpose): void {
    const now = this.now;
    this.busy = true;
    this.purpose = purpose;
    this.flags = flags;
    this.about = slot ? aboutOf(place, slot) : 0;
    store<u8>(REQUEST, <u8>ask);
    store<u8>(REQUEST, flags, 1);
    store<u8>(REQUEST, <u8>place, 2);
    store<u8>(REQUEST, slot, 3);
    store<u8>(REQUEST, now.keys, 4);
    store<u8>(REQUEST, now.group, 5);
    store<u8>(REQUEST, now.count, 6);
    for (let i: u32 = 0, at = REQUEST + REQUEST_HEAD; i < now.count; i++, at += REQUEST_PLACE) {
      const component = this.components.at(i);
      const durable = component.place;
      const planned = flags & FLAG_COMPLETE && durable.staged && component.tried.known;
      const which = planned ? component.tried : component.running;
      store<u64>(at, which.known ? which.sequence : 0);
      store<u64>(at, durable.floor, PLACE_FLOOR);
      store<u32>(at, durable.id, PLACE_ID);
      store<u8>(at, durable.active, PLACE_ACTIVE);
      store<u8>(at, durable.candidate, PLACE_ACTIVE + 1);
      store<u8>(at, durable.previous, PLACE_ACTIVE + 2);
    }
    this.verifier = this.spawn('verifier', VERIFIER_BUDGET, this.grants);
    if (this.verifier) this.send(this.verifier, REQUEST, this.head + this.length);
  }

  private onVerifier(ptr: usize, len: u32): void {
    if (len == 0) return;
    const say = load<u8>(ptr);
    if (say == Say.MORE) return this.ask(Ask.MORE, 1);
    if (say == Say.INFO) {
      mqtt.publishTo(Bytes.ascii('ota-info'), new Bytes(ptr + 1, len - 1));
      return this.end(Reason.NONE);
    }
    if (say == Say.LETTER && len > 2) return this.onLetter(load<u8>(ptr, 1), ptr + 2, len - 2);
    if (say != Say.VERDICT || len < VERDICT_SIZE_MIN || len > VERDICT_MAX) return this.end(Reason.MALFORMED);
    memory.fill(VERDICT, 0, VERDICT_MAX);
    memory.copy(VERDICT, ptr, len);
    this.left = load<u8>(VERDICT, VERDICT_COUNT);
    const reason = <Reason>load<u8>(VERDICT, VERDICT_REASON);
    if (reason != Reason.NONE) return this.end(reason);
    if (this.left > 0) return this.askLetter();
    // The key set in force, again, and what arrives after its envelope was verified.
    this.end(this.purpose == Purpose.KEYS || this.flags & FLAG_ENVELOPE ? Reason.NONE : Reason.UNSUPPORTED);
  }

  private askLetter(): void {
    this.left--;
    store<u8>(WORD, <u8>this.left, 1);
    this.ask(Ask.LETTER, 2);
  }

  private onLetter(algorithm: u32, ptr: usize, len: u32): void {
    // The last one: the verifier has nothing more to say, and the memory is needed.
    if (this.left == 0) this.stop(this.verifier);
    if (algorithm == ED25519) this.helper = this.spawn('ed25519', ED25519_BUDGET, NO_GRANTS);
    else this.helper = this.spawn('ml-dsa', ML_DSA_BUDGET, NO_GRANTS);
    if (this.helper) this.send(this.helper, ptr, len);
  }

  private onVerified(holds: bool): void {
    if (!holds) return this.end(Reason.BAD_SIGNATURE);
    this.stop(this.helper);
    this.helper = 0;
    if (this.left != 0) return this.askLetter();
    this.end(Reason.NONE);
  }

  private ask(ask: Ask, len: u32): void {
    store<u8>(WORD, <u8>ask);
    this.send(this.verifier, WORD, len);
  }

  private spawn(name: string, budget: ActorBudget, grants: GrantList): u32 {
    const text = Bytes.ascii(name);
    this.loading = actors.spawnBuiltin(text, text, budget, grants);
    if (!this.loading) this.end(Reason.BUSY);
    return this.loading;
  }

  private send(to: u32, ptr: usize, len: u32): void {
    if (mail.send(to, new Bytes(ptr, len))) this.end(Reason.BUSY);
  }

  private stop(actor: u32): void {
    if (actor) actors.stop(actor);
  }

  private end(reason: Reason): void {
    this.stop(this.verifier);
    this.stop(this.helper);
    this.verifier = 0;
    this.helper = 0;
    this.busy = false;
    if (reason != Reason.NONE || this.flags & FLAG_ENVELOPE) this.about = 0;
    this.listener.onChecked(this.purpose, reason);
  }
}

function aboutOf(place: u32, slot: u8): u32 {
  return (place << 8) | slot;
}
