import { ActorBudget, Bytes, Capability, GrantList, actors, mail } from 'motekit/runtime/guest';
import { Component } from './component';
import {
  AFTER_PACKED,
  Encoding,
  VERDICT_ENCODING,
  VERDICT_SALT,
  VERDICT_SIZE,
  VERDICT_WIRE,
  isEncrypted,
} from './letters';
import { Reason } from './reason';
import { SEALED_SIZE, Slots, slotOf } from './slots';

export interface UnpackListener {
  /** `Reason.NONE`: the module stands in its slot, or the group key can be opened. */
  onUnpacked(reason: Reason): void;
}

// Budgets of their module.json (test/unit compares them).
const UNWRAP_BUDGET: ActorBudget = new ActorBudget(20480, 4096, 100_000, 2560);
const DECRYPT_BUDGET: ActorBudget = new ActorBudget(12288, 4096, 400_000, 512);
const INFLATE_BUDGET: ActorBudget = new ActorBudget(8192, 3072, 20_000_000, 256);

const SALT_SIZE: u32 = 32;
/** What modules/unwrap answers: 1, then key and IV. */
const KEY_BYTES: u32 = 44;
/** Six words: where the module goes, its bytes, where what arrived is, its bytes, where the base is, its bytes. */
const PLACES_BYTES: u32 = 24;
const LETTER: usize = memory.data(68, 8); // PLACES_BYTES + KEY_BYTES
/** The letter to inflate when it comes after decrypt. */
const LATER: usize = memory.data(24, 8); // PLACES_BYTES
/** The first byte of an answer of modules/decrypt and modules/inflate. */
const DONE: u8 = 0;
const BAD_PAYLOAD: u8 = 1;
const MORE: u8 = 3;

/**
 * Has what arrived made into a module by modules that live for that time only: unwrap opens the group key and derives the
 * key of the release, decrypt and inflate go from one end of the slot to the other. What they make is judged afterwards.
 */
export class Unpacker {
  busy: bool = false;
  private unwrap: u32 = 0;
  private worker: u32 = 0;
  /** The key is only tried. */
  private trial: bool = false;
  /** What is decrypted is a stream yet. */
  private packed: bool = false;
  /** The worker is decrypt. */
  private decrypting: bool = false;
  private flash: GrantList = new GrantList(1);
  private seed: GrantList = new GrantList(1);

  constructor(
    private slots: Slots,
    private listener: UnpackListener,
  ) {
    this.flash.add(Capability.Flash, Bytes.ascii('slots'));
    this.seed.add(Capability.Settings, Bytes.ascii('unwrap-seed'));
  }

  /**
   * Makes the module of a candidate on which this is the verdict, and what stands behind its tail. The sectors that it writes
   * to are erased first; what arrived stays, so that it can begin again after a reset.
   */
  unpack(component: Component, verdict: usize, after: usize, group: u8): void {
    this.busy = true;
    this.trial = false;
    const slots = this.slots;
    const slot = slotOf(component.index, component.place.candidate);
    const at = slots.moduleAt(slot);
    const size = load<u32>(verdict, VERDICT_SIZE);
    const wire = load<u32>(verdict, VERDICT_WIRE);
    const encoding = <Encoding>load<u8>(verdict, VERDICT_ENCODING);
    const encrypted = isEncrypted(encoding);
    this.packed = encoding != Encoding.ENCRYPTED;
    memory.fill(LETTER, 0, PLACES_BYTES + KEY_BYTES);
    write(LETTER, at, size, at + slots.wireAt(wire), wire);
    if (encoding == Encoding.DELTA || encoding == Encoding.ENCRYPTED_DELTA) {
      store<u32>(LETTER, slots.moduleAt(slotOf(component.index, component.place.active)), 16);
      store<u32>(LETTER, component.running.size, 20);
    }
    if (!slots.eraseModule(slot, 0, size)) return this.end(Reason.FLASH);
    if (!encrypted) return this.work('inflate', INFLATE_BUDGET, PLACES_BYTES);
    if (this.packed) {
      const packed = load<u32>(after, AFTER_PACKED);
      const step = slots.stepAt(wire, packed);
      if (!slots.eraseModule(slot, step, packed)) return this.end(Reason.FLASH);
      memory.copy(LATER, LETTER, PLACES_BYTES);
      write(LATER, at, size, at + step, packed);
      write(LETTER, at + step, packed, at + slots.wireAt(wire), wire);
    }
    const sealed = heap.alloc(SEALED_SIZE + SALT_SIZE);
    if (slots.readGroup(group, sealed) == 0) return this.end(Reason.NO_KEY);
    memory.copy(sealed + SEALED_SIZE, verdict + VERDICT_SALT, SALT_SIZE);
    this.askKey(sealed);
  }

  /** Whether a sealed group key is one for this device. */
  open(sealed: usize): void {
    this.busy = true;
    this.trial = true;
    const letter = heap.alloc(SEALED_SIZE + SALT_SIZE);
    memory.copy(letter, sealed, SEALED_SIZE);
    memory.fill(letter + SEALED_SIZE, 0, SALT_SIZE);
    this.askKey(letter);
  }

  onMail(sender: u32, payload: Bytes): void {
    if (!this.busy || payload.length == 0) return;
    const answer = load<u8>(payload.ptr);
    if (sender == this.unwrap) {
      if (payload.length != 1 + KEY_BYTES || answer != 1) return this.end(Reason.NO_KEY);
      memory.copy(LETTER + PLACES_BYTES, payload.ptr + 1, KEY_BYTES);
      memory.fill(payload.ptr, 0, payload.length);
      actors.stop(this.unwrap);
      this.unwrap = 0;
      if (this.trial) this.end(Reason.NONE);
      else {
        this.decrypting = true;
        this.work('decrypt', DECRYPT_BUDGET, PLACES_BYTES + KEY_BYTES);
      }
    } else if (sender == this.worker) {
      if (answer == MORE) this.send(sender, LETTER, 1);
      else if (answer == DONE && this.packed && this.decrypting) this.inflate();
      else this.end(answer == DONE ? Reason.NONE : answer == BAD_PAYLOAD ? Reason.BAD_PAYLOAD : Reason.FLASH);
    }
  }

  onExited(actor: u32): void {
    if (this.busy && (actor == this.unwrap || actor == this.worker)) this.end(Reason.BUSY);
  }

  /** Goes on with what has been decrypted. */
  private inflate(): void {
    actors.stop(this.worker);
    this.decrypting = false;
    memory.copy(LETTER, LATER, PLACES_BYTES);
    this.work('inflate', INFLATE_BUDGET, PLACES_BYTES);
  }

  private askKey(letter: usize): void {
    this.unwrap = this.spawn('unwrap', UNWRAP_BUDGET, this.seed);
    if (this.unwrap) this.send(this.unwrap, letter, SEALED_SIZE + SALT_SIZE);
  }

  private work(name: string, budget: ActorBudget, len: u32): void {
    this.worker = this.spawn(name, budget, this.flash);
    if (this.worker) this.send(this.worker, LETTER, len);
    memory.fill(LETTER + PLACES_BYTES, 0, KEY_BYTES);
  }

  private spawn(name: string, budget: ActorBudget, grants: GrantList): u32 {
    const text = Bytes.ascii(name);
    const actor = actors.spawnBuiltin(text, text, budget, grants);
    if (!actor) this.end(Reason.BUSY);
    return actor;
  }

  private send(to: u32, ptr: usize, len: u32): void {
    if (mail.send(to, new Bytes(ptr, len))) this.end(Reason.BUSY);
  }

  private end(reason: Reason): void {
    if (this.unwrap) actors.stop(this.unwrap);
    if (this.worker) actors.stop(this.worker);
    this.unwrap = 0;
    this.worker = 0;
    memory.fill(LETTER + PLACES_BYTES, 0, KEY_BYTES);
    this.decrypting = false;
    this.busy = false;
    this.listener.onUnpacked(reason);
  }
}

/** Where it goes, its bytes, where it comes from, its bytes. */
function write(letter: usize, to: u32, size: u32, from: u32, wire: u32): void {
  store<u32>(letter, to);
  store<u32>(letter, size, 4);
  store<u32>(letter, from, 8);
  store<u32>(letter, wire, 12);
}
