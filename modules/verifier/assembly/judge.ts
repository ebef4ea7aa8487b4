import { clock, settings } from 'motekit/runtime/guest';
import { equal } from '../../lib/assembly/bytes';
import {
  AFTER_BASE,
  AFTER_MANIFEST,
  AFTER_PACKED,
  Ask,
  Encoding,
  FLAG_BACK,
  FLAG_ENVELOPE,
  FLAG_RUNNING,
  FLAG_WIRE,
  Kind,
  VERDICT_DIGEST,
  VERDICT_ENCODING,
  VERDICT_FUEL,
  VERDICT_GRANTS,
  VERDICT_ID,
  VERDICT_KIND,
  VERDICT_MAILBOX,
  VERDICT_MEMBERS,
  VERDICT_MEMORY,
  VERDICT_NAME,
  VERDICT_NAME_LENGTH,
  VERDICT_OLDEST,
  VERDICT_PLACE,
  VERDICT_ROOT,
  VERDICT_SALT,
  VERDICT_SEQUENCE,
  VERDICT_SET,
  VERDICT_SIZE,
  VERDICT_SIZE_MIN,
  VERDICT_STACK,
  VERDICT_TRANSFER,
  VERDICT_WIRE,
  isEncrypted,
} from '../../supervisor/assembly/letters';
import { Reason } from '../../supervisor/assembly/reason';
import { ENVELOPE_MAX, SEALED_SIZE, Slots, slotOf } from '../../supervisor/assembly/slots';
import { View } from '../../supervisor/assembly/view';
import { Content, Envelope } from './envelope';
import { GroupKey } from './group';
import { tellHistory, tellSlots } from './info';
import { KeySet, Role } from './keyset';
import { Manifest } from './manifest';
import { judgeDependent, judgeNeeds } from './needs';
import { ENVELOPE, VERDICT, envelope, question, trust } from './question';
import { Rollout } from './rollout';
import { judgeOrphan, judgeRoot, judgeSigners, writeLetter } from './signers';

/** Bytes hashed in one turn: the device stays responsive between them. */
const HASH_STEP: u32 = 4096;

/** Turns of a question that takes several. */
const enum Step {
  NONE,
  HASH,
  /** The components that run, one each turn. */
  OTHERS,
}

/**
 * Judges one envelope or slot: well-formed, for this device, newer, whole, signed by keys that are trusted as the policy
 * asks. What is asked, and the answer, are in question.ts.
 */
export class Judge {
  private slots: Slots = new Slots();
  private manifest: Manifest = new Manifest();
  private keys: KeySet = new KeySet();
  private group: GroupKey = new GroupKey();
  /** Of another component that runs. */
  private other: Manifest = new Manifest();
  private otherEnvelope: Envelope = new Envelope();
  private step: Step = Step.NONE;
  private slot: u8 = 0;
  /** Of the slot: where what is hashed begins and ends. */
  private offset: u32 = 0;
  private end: u32 = 0;
  /** The place that is looked at next. */
  private next: u32 = 0;

  onRequest(ptr: usize, len: u32): void {
    if (len == 0) return;
    const ask = load<u8>(ptr);
    if (ask == Ask.MORE) return this.step == Step.HASH ? this.onHash() : this.onOther();
    if (ask == Ask.LETTER) {
      if (len == 2) writeLetter(load<u8>(ptr, 1));
      return;
    }
    const given = question.take(ptr, len);
    if (given < 0) return;
    if (!this.slots.open(question.places)) return this.answer(Reason.FLASH);
    trust.load(this.slots, question.keys);
    if (ask == Ask.SLOTS) return tellSlots(this.slots, question.request, envelope, this.manifest, ENVELOPE);
    if (ask == Ask.HISTORY) return tellHistory();
    if (ask == Ask.SLOT) return this.beginSlot();
    // The sealed key comes behind its envelope.
    const length = given - (ask == Ask.GROUP ? SEALED_SIZE : 0);
    if (length < 0) return this.answer(Reason.MALFORMED);
    store<u64>(VERDICT, load<u64>(question.digestOf(ENVELOPE, length)), VERDICT_TRANSFER);
    if (!envelope.parse(ENVELOPE, length)) return this.answer(Reason.MALFORMED);
    if (ask == Ask.OFFER) this.answer(this.judgeOffer());
    else if (ask == Ask.GROUP) this.answer(this.judgeGroup(ENVELOPE + length));
    else if (ask == Ask.ROLLOUT) this.answer(this.judgeRollout());
    else this.beginKeys();
  }

  // An offer

  private judgeOffer(): Reason {
    const reason = this.readManifest(Content.MANIFEST);
    if (reason != Reason.NONE) return reason;
    const manifest = this.manifest;
    const vendor = settings.get('device/vendor');
    const deviceClass = settings.get('device/class');
    if (vendor === null || deviceClass === null) return Reason.WRONG_DEVICE;
    if (!manifest.isFor(vendor, deviceClass)) return Reason.WRONG_DEVICE;
    const place = this.placeFor(load<u32>(VERDICT, VERDICT_ID));
    if (place == question.places) return Reason.NO_ROOM;
    store<u8>(VERDICT, <u8>place, VERDICT_PLACE);
    if (manifest.sequence <= question.floorAt(place)) return Reason.ROLLBACK;
    if (hasEnded(manifest.expiry)) return Reason.EXPIRED;
    if (!this.fits()) return Reason.TOO_BIG;
    const needs = judgeNeeds(manifest);
    if (needs != Reason.NONE) return needs;
    if (isEncrypted(manifest.encoding) && !this.hasKeyOf(manifest.group)) return Reason.NO_KEY;
    store<u8>(VERDICT, <u8>trust.asksForRollout, VERDICT_ROOT);
    return judgeSigners(Role.RELEASE, this.manifest.sequence);
  }

  private readManifest(content: Content): Reason {
    if (envelope.content != content) return Reason.MALFORMED;
    const manifest = this.manifest;
    const reason = manifest.parse(envelope.payload.ptr, envelope.payload.len);
    if (reason != Reason.NONE) return reason;
    const name = manifest.component;
    store<u8>(VERDICT, <u8>manifest.kind, VERDICT_KIND);
    store<u8>(VERDICT, <u8>manifest.members, VERDICT_MEMBERS);
    store<u8>(VERDICT, <u8>name.len, VERDICT_NAME_LENGTH);
    memory.copy(VERDICT + VERDICT_NAME, name.ptr, name.len);
    store<u32>(VERDICT, question.idOf(name.ptr, name.len), VERDICT_ID);
    store<u64>(VERDICT, manifest.sequence, VERDICT_SEQUENCE);
    store<u64>(VERDICT, manifest.oldest, VERDICT_OLDEST);
    if (manifest.members) store<u32>(VERDICT, question.idOf(manifest.set.ptr, manifest.set.len), VERDICT_SET);
    store<u32>(VERDICT, <u32>manifest.size, VERDICT_SIZE);
    store<u32>(VERDICT, <u32>manifest.wire, VERDICT_WIRE);
    memory.copy(VERDICT + VERDICT_DIGEST, manifest.digest.ptr, 32);
    store<u32>(VERDICT, manifest.memory, VERDICT_MEMORY);
    store<u32>(VERDICT, manifest.stack, VERDICT_STACK);
    store<u32>(VERDICT, manifest.fuel, VERDICT_FUEL);
    store<u32>(VERDICT, manifest.mailbox, VERDICT_MAILBOX);
    store<u8>(VERDICT, <u8>manifest.encoding, VERDICT_ENCODING);
    if (isEncrypted(manifest.encoding)) memory.copy(VERDICT + VERDICT_SALT, manifest.salt.ptr, manifest.salt.len);
    if (manifest.encoding == Encoding.DELTA) memory.copy(VERDICT + VERDICT_SALT, manifest.base.ptr, manifest.base.len);
    if (manifest.encoding == Encoding.ENCRYPTED_DELTA) {
      memory.copy(question.after + AFTER_BASE, manifest.base.ptr, manifest.base.len);
    }
    store<u32>(question.after, <u32>manifest.packed, AFTER_PACKED);
    memory.copy(question.after + AFTER_MANIFEST, question.digestOf(envelope.payload.ptr, envelope.payload.len), 32);
    store<u8>(VERDICT, <u8>manifest.grants.count, VERDICT_GRANTS);
    question.tail = manifest.grants.write(VERDICT + VERDICT_SIZE_MIN);
    return Reason.NONE;
  }

  /** That of the component, or a free one; on a device for one component there is one. As many as there are: none. */
  private placeFor(id: u32): u32 {
    const places = question.places;
    let free = places;
    for (let place: u32 = 0; place < places; place++) {
      const taken = question.idAt(place);
      if (taken == id) return place;
      if (taken == 0 && free == places) free = place;
    }
    return places == 1 && this.manifest.kind == Kind.MODULE ? 0 : free;
  }

  private hasKeyOf(group: View): bool {
    const held = heap.alloc(SEALED_SIZE);
    if (this.slots.readGroup(question.group, held) == 0) return false;
    return this.slots.groupRead() == question.idOf(group.ptr, group.len);
  }

  private fits(): bool {
    const capacity = <u64>this.slots.capacity;
    const manifest = this.manifest;
    if (manifest.size > capacity) return false;
    if (manifest.encoding == Encoding.PLAIN) return true;
    if (manifest.wire > capacity || manifest.packed > capacity) return false;
    const slots = this.slots;
    let room = slots.sectors(<u32>manifest.size) + slots.sectors(<u32>manifest.wire);
    if (manifest.encoding >= Encoding.ENCRYPTED_PACKED) room += slots.sectors(<u32>manifest.packed);
    return room <= capacity;
  }

  // A slot, on the bytes read back from it

  private beginSlot(): void {
    this.slot = slotOf(question.place, question.slot);
    const reason = this.readSlot();
    if (reason != Reason.NONE) return this.answer(reason);
    if (!this.fits()) return this.answer(Reason.TOO_BIG);
    if (question.has(FLAG_ENVELOPE)) return this.answer(Reason.NONE);
    const wire = <u32>this.manifest.wire;
    const packed = question.has(FLAG_WIRE) && this.manifest.encoding != Encoding.PLAIN;
    this.offset = packed ? this.slots.wireAt(wire) : 0;
    this.end = this.offset + (packed ? wire : <u32>this.manifest.size);
    question.hash.reset();
    this.step = Step.HASH;
    question.more();
  }

  private readSlot(): Reason {
    const len = this.slots.readEnvelope(this.slot, ENVELOPE);
    if (len == 0) return Reason.BAD_DIGEST;
    store<u64>(VERDICT, load<u64>(question.digestOf(ENVELOPE, len)), VERDICT_TRANSFER);
    store<u8>(VERDICT, <u8>question.place, VERDICT_PLACE);
    if (!envelope.parse(ENVELOPE, len)) return Reason.MALFORMED;
    return this.readManifest(Content.MANIFEST);
  }

  private onHash(): void {
    const len = min(HASH_STEP, this.end - this.offset);
    const bytes = this.slots.viewModule(this.slot, this.offset, len);
    if (!bytes) return this.answer(Reason.FLASH);
    question.hash.updateRaw(bytes, len);
    this.offset += len;
    if (this.offset < this.end) return question.more();
    const signed = question.has(FLAG_WIRE) ? this.manifest.wireDigest.ptr : this.manifest.digest.ptr;
    if (!equal(question.digest(), signed, 32)) return this.answer(Reason.BAD_DIGEST);
    let reason = Reason.NONE;
    if (!question.has(FLAG_RUNNING)) reason = judgeNeeds(this.manifest);
    if (reason == Reason.NONE) reason = judgeSigners(Role.RELEASE, this.manifest.sequence);
    if (reason != Reason.NONE || !question.has(FLAG_BACK)) return this.answer(reason);
    this.beginOthers();
  }

  // Key sets, group keys, rollouts

  private beginKeys(): void {
    if (envelope.content != Content.KEYS) return this.answer(Reason.MALFORMED);
    const payload = envelope.payload;
    const reason = this.keys.parse(payload.ptr, payload.len);
    if (reason != Reason.NONE) return this.answer(reason);
    memory.copy(VERDICT + VERDICT_DIGEST, question.digestOf(payload.ptr, payload.len), 32);
    store<u64>(VERDICT, this.keys.sequence, VERDICT_SEQUENCE);
    // Named in the answer, so that the supervisor finds the bytes in its own copy.
    store<u32>(VERDICT, <u32>(payload.ptr - ENVELOPE), VERDICT_SIZE);
    store<u32>(VERDICT, payload.len, VERDICT_WIRE);
    if (trust.has(payload)) return this.answer(Reason.NONE);
    if (this.keys.sequence <= trust.set.sequence) return this.answer(Reason.ROLLBACK);
    this.beginOthers();
  }

  private judgeGroup(sealed: usize): Reason {
    if (envelope.content != Content.GROUP) return Reason.MALFORMED;
    const reason = this.group.parse(envelope.payload);
    if (reason != Reason.NONE) return reason;
    const held = this.slots.readGroup(question.group, heap.alloc(SEALED_SIZE));
    store<u64>(VERDICT, this.group.sequence, VERDICT_SEQUENCE);
    store<u32>(VERDICT, question.idOf(this.group.name.ptr, this.group.name.len), VERDICT_ID);
    if (!equal(question.digestOf(sealed, SEALED_SIZE), this.group.digest, 32)) return Reason.BAD_DIGEST;
    if (this.group.sequence < held) return Reason.ROLLBACK;
    return judgeSigners(Role.RELEASE, this.group.sequence);
  }

  private judgeRollout(): Reason {
    if (envelope.content != Content.ROLLOUT) return Reason.MALFORMED;
    const rollout = new Rollout();
    const reason = rollout.parse(envelope.payload);
    if (reason != Reason.NONE) return reason;
    const base = settings.get('device/base');
    if (base === null || !rollout.isFor(base.ptr, base.length)) return Reason.WRONG_DEVICE;
    if (hasEnded(rollout.expiry)) return Reason.EXPIRED;
    store<u64>(VERDICT, rollout.sequence, VERDICT_SEQUENCE);
    store<u8>(VERDICT, <u8>rollout.count, VERDICT_MEMBERS);
    question.tail = rollout.write(VERDICT + VERDICT_SIZE_MIN);
    return judgeSigners(Role.ROLLOUT, rollout.sequence);
  }

  // The components that run

  private beginOthers(): void {
    this.step = Step.OTHERS;
    this.next = 0;
    question.more();
  }

  /**
   * Of a key set: it knows who signed what runs, or that would not start again. Of a module before: what stays needs no
   * newer one.
   */
  private onOther(): void {
    const keys = envelope.content == Content.KEYS;
    if (this.next == question.places) return this.answer(keys ? judgeRoot(this.keys) : Reason.NONE);
    const place = this.next++;
    const active = question.activeAt(place);
    if (active == 0 || (!keys && place == question.place)) return this.onOther();
    const buffer = heap.alloc(ENVELOPE_MAX);
    const len = this.slots.readEnvelope(slotOf(place, active), buffer);
    const payload = this.otherEnvelope.payload;
    const read = len > 0 && this.otherEnvelope.parse(buffer, len);
    // What cannot be read does not run.
    if (!read || this.other.parse(payload.ptr, payload.len) != Reason.NONE) return question.more();
    const reason = keys ? judgeOrphan(this.otherEnvelope, this.other.sequence, this.keys) : judgeDependent(this.other);
    if (reason != Reason.NONE) return this.answer(reason);
    question.more();
  }

  private answer(reason: Reason): void {
    this.step = Step.NONE;
    question.answer(reason);
  }
}

/** Seconds since 1970; 0: never. A device that does not know the time takes what has ended. */
function hasEnded(expiry: u64): bool {
  const time = clock.unix();
  return expiry != 0 && time != 0 && time / 1000 >= expiry;
}
