import { Bytes, clock, mail, settings } from 'motekit/runtime/guest';
import { equal } from '../../lib/assembly/bytes';
import { CborReader, CborWriter } from '../../lib/assembly/cbor';
import { Sha256 } from '../../lib/assembly/sha256';
import {
  Ask,
  Encoding,
  FLAG_BACK,
  FLAG_COMPLETE,
  FLAG_ENVELOPE,
  FLAG_RUNNING,
  FLAG_WIRE,
  Kind,
  PLACE_ACTIVE,
  PLACE_FLOOR,
  PLACE_ID,
  REQUEST_HEAD,
  REQUEST_MAX,
  REQUEST_PLACE,
  Say,
  VERDICT_COUNT,
  VERDICT_DIGEST,
  VERDICT_ENCODING,
  VERDICT_FUEL,
  VERDICT_GRANTS,
  VERDICT_ID,
  VERDICT_KIND,
  VERDICT_MAILBOX,
  VERDICT_MAX,
  VERDICT_MEMBERS,
  VERDICT_MEMORY,
  VERDICT_NAME,
  VERDICT_NAME_LENGTH,
  VERDICT_OLDEST,
  VERDICT_PLACE,
  VERDICT_REASON,
  VERDICT_ROOT,
  VERDICT_SALT,
  VERDICT_SEQUENCE,
  VERDICT_SET,
  VERDICT_SIZE,
  VERDICT_SIZE_MIN,
  VERDICT_STACK,
  VERDICT_TAIL,
  VERDICT_TRANSFER,
  VERDICT_WIRE,
} from '../../supervisor/assembly/letters';
import { Reason } from '../../supervisor/assembly/reason';
import { ENVELOPE_MAX, SEALED_SIZE, Slots, slotOf } from '../../supervisor/assembly/slots';
import { View } from '../../supervisor/assembly/view';
import { Algorithm, ML_DSA_87, algorithmOf } from './algorithm';
import { Content, Envelope, Signature } from './envelope';
import { GroupKey } from './group';
import { tellHistory, tellSlots } from './info';
import { KeySet } from './keyset';
import { Manifest } from './manifest';
import { THUMBPRINT_SIZE, Trust } from './trust';

const REQUEST: usize = memory.data(200, 8); // REQUEST_MAX
const ENVELOPE: usize = memory.data(8000, 8); // ENVELOPE_MAX
const VERDICT: usize = memory.data(1400, 8); // VERDICT_MAX
const DIGEST: usize = memory.data(32, 8);
/** Bytes hashed in one turn: the device stays responsive between them. */
const HASH_STEP: u32 = 4096;
/** What a signature covers, at most: a manifest or a key set. */
const MESSAGE_MAX: u32 = 1400;
/** Signatures that a policy may ask for. */
const SIGNERS_MAX: u32 = 2;

/** Turns of a question that takes several. */
const enum Step {
  NONE,
  HASH,
  /** The components that run, one each turn. */
  OTHERS,
}

/**
 * Judges one envelope or slot: well-formed, for this device, newer, whole, signed by keys that are trusted as the policy
 * asks. Whether these signatures hold is for other modules to say: it writes their letters.
 */
export class Judge {
  private slots: Slots = new Slots();
  private trust: Trust = new Trust();
  private manifest: Manifest = new Manifest();
  private envelope: Envelope = new Envelope();
  private keys: KeySet = new KeySet();
  private group: GroupKey = new GroupKey();
  /** Of another component that runs. */
  private other: Manifest = new Manifest();
  private otherEnvelope: Envelope = new Envelope();
  private hash: Sha256 = new Sha256();
  private chosen: StaticArray<Signature> = new StaticArray<Signature>(SIGNERS_MAX);
  private algorithms: StaticArray<u8> = new StaticArray<u8>(SIGNERS_MAX);
  private step: Step = Step.NONE;
  private slot: u8 = 0;
  /** Of the slot: where what is hashed begins and ends. */
  private offset: u32 = 0;
  private end: u32 = 0;
  /** The place that is looked at next. */
  private next: u32 = 0;
  private tail: u32 = 0;

  onRequest(ptr: usize, len: u32): void {
    if (len == 0) return;
    const ask = load<u8>(ptr);
    if (ask == Ask.MORE) return this.step == Step.HASH ? this.onHash() : this.onOther();
    if (ask == Ask.LETTER) {
      if (len == 2) this.writeLetter(load<u8>(ptr, 1));
      return;
    }
    const head = REQUEST_HEAD + <u32>load<u8>(ptr, 6) * REQUEST_PLACE;
    if (len < head || head > REQUEST_MAX || len - head > ENVELOPE_MAX) return;
    memory.copy(REQUEST, ptr, head);
    memory.copy(ENVELOPE, ptr + head, len - head);
    memory.fill(VERDICT, 0, VERDICT_MAX);
    store<u8>(VERDICT, Say.VERDICT);
    this.tail = 0;
    if (!this.slots.open(this.places)) return this.answer(Reason.FLASH);
    this.trust.load(this.slots, load<u8>(REQUEST, 4));
    if (ask == Ask.SLOTS) return tellSlots(this.slots, REQUEST, this.envelope, this.manifest, ENVELOPE);
    if (ask == Ask.HISTORY) return tellHistory();
    if (ask == Ask.SLOT) return this.beginSlot();
    // The sealed key comes behind its envelope.
    const beside = ask == Ask.GROUP ? SEALED_SIZE : 0;
    if (len - head < beside) return this.answer(Reason.MALFORMED);
    const length = len - head - beside;
    this.hash.reset().updateRaw(ENVELOPE, length).digestRaw(DIGEST);
    store<u64>(VERDICT, load<u64>(DIGEST), VERDICT_TRANSFER);
    if (!this.envelope.parse(ENVELOPE, length)) return this.answer(Reason.MALFORMED);
    if (ask == Ask.OFFER) this.answer(this.judgeOffer());
    else if (ask == Ask.GROUP) this.answer(this.judgeGroup(ENVELOPE + length));
    else this.beginKeys();
  }

  private get places(): u32 {
    return load<u8>(REQUEST, 6);
  }

  private has(flag: u8): bool {
    return (load<u8>(REQUEST, 1) & flag) != 0;
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
    if (place == this.places) return Reason.NO_ROOM;
    store<u8>(VERDICT, <u8>place, VERDICT_PLACE);
    if (manifest.sequence <= load<u64>(placeAt(place), PLACE_FLOOR)) return Reason.ROLLBACK;
    const time = clock.unix();
    if (manifest.expiry != 0 && time != 0 && time / 1000 >= manifest.expiry) return Reason.EXPIRED;
    if (!this.fits()) return Reason.TOO_BIG;
    const needs = this.judgeNeeds();
    if (needs != Reason.NONE) return needs;
    if (manifest.encoding == Encoding.ENCRYPTED && !this.hasKeyOf(manifest.group)) return Reason.NO_KEY;
    return this.judgeSignatures();
  }

  private readManifest(content: Content): Reason {
    if (this.envelope.content != content) return Reason.MALFORMED;
    const manifest = this.manifest;
    const reason = manifest.parse(this.envelope.payload.ptr, this.envelope.payload.len);
    if (reason != Reason.NONE) return reason;
    const name = manifest.component;
    store<u8>(VERDICT, <u8>manifest.kind, VERDICT_KIND);
    store<u8>(VERDICT, <u8>manifest.members, VERDICT_MEMBERS);
    store<u8>(VERDICT, <u8>name.len, VERDICT_NAME_LENGTH);
    memory.copy(VERDICT + VERDICT_NAME, name.ptr, name.len);
    store<u32>(VERDICT, this.idOf(name.ptr, name.len), VERDICT_ID);
    store<u64>(VERDICT, manifest.sequence, VERDICT_SEQUENCE);
    store<u64>(VERDICT, manifest.oldest, VERDICT_OLDEST);
    if (manifest.members) {
      this.hash.reset().updateRaw(manifest.set.ptr, manifest.set.len).digestRaw(DIGEST);
      store<u32>(VERDICT, load<u32>(DIGEST), VERDICT_SET);
    }
    store<u32>(VERDICT, <u32>manifest.size, VERDICT_SIZE);
    store<u32>(VERDICT, <u32>manifest.wire, VERDICT_WIRE);
    memory.copy(VERDICT + VERDICT_DIGEST, manifest.digest.ptr, 32);
    store<u32>(VERDICT, manifest.memory, VERDICT_MEMORY);
    store<u32>(VERDICT, manifest.stack, VERDICT_STACK);
    store<u32>(VERDICT, manifest.fuel, VERDICT_FUEL);
    store<u32>(VERDICT, manifest.mailbox, VERDICT_MAILBOX);
    store<u8>(VERDICT, <u8>manifest.encoding, VERDICT_ENCODING);
    if (manifest.encoding == Encoding.ENCRYPTED || manifest.encoding == Encoding.DELTA) {
      memory.copy(VERDICT + VERDICT_SALT, manifest.salt.ptr, manifest.salt.len);
    }
    store<u8>(VERDICT, <u8>manifest.grants.count, VERDICT_GRANTS);
    this.tail = manifest.grants.write(VERDICT + VERDICT_SIZE_MIN);
    return Reason.NONE;
  }

  private idOf(name: usize, len: u32): u32 {
    this.hash.reset().updateRaw(name, len).digestRaw(DIGEST);
    return load<u32>(DIGEST);
  }

  /** That of the component, or a free one; on a device for one component there is one. As many as there are: none. */
  private placeFor(id: u32): u32 {
    const places = this.places;
    let free = places;
    for (let place: u32 = 0; place < places; place++) {
      const taken = load<u32>(placeAt(place), PLACE_ID);
      if (taken == id) return place;
      if (taken == 0 && free == places) free = place;
    }
    return places == 1 && this.manifest.kind == Kind.MODULE ? 0 : free;
  }

  private hasKeyOf(group: View): bool {
    const place = load<u8>(REQUEST, 5);
    const held = heap.alloc(SEALED_SIZE);
    return this.slots.readGroup(place, held) != 0 && this.slots.groupRead() == this.idOf(group.ptr, group.len);
  }

  private fits(): bool {
    const capacity = <u64>this.slots.capacity;
    const manifest = this.manifest;
    if (manifest.size > capacity) return false;
    if (manifest.encoding == Encoding.PLAIN) return true;
    return <u64>this.slots.sectors(<u32>manifest.size) + this.slots.sectors(<u32>manifest.wire) <= capacity;
  }

  /** Whether the components that it needs are there, or come with its set. */
  private judgeNeeds(): Reason {
    const manifest = this.manifest;
    const alone = manifest.members == 0 || this.has(FLAG_COMPLETE);
    const cbor = new CborReader(manifest.needs.ptr, ENVELOPE_MAX);
    for (let i: u32 = 0; i < manifest.needs.len; i++) {
      const len = cbor.text();
      const name = cbor.data;
      const least = cbor.uint();
      if (this.sequenceOf(this.idOf(name, len)) >= least) continue;
      if (!alone && isMember(manifest, name, len)) continue;
      return this.missing(name, len);
    }
    return Reason.NONE;
  }

  private missing(name: usize, len: u32): Reason {
    memory.copy(VERDICT + VERDICT_SIZE_MIN, name, len);
    this.tail = len;
    return Reason.DEPENDENCY;
  }

  /** Of the component that is there under this id, or is to be; 0: none. */
  private sequenceOf(id: u32): u64 {
    if (id == load<u32>(VERDICT, VERDICT_ID)) return load<u64>(VERDICT, VERDICT_SEQUENCE);
    for (let place: u32 = 0; place < this.places; place++) {
      if (load<u32>(placeAt(place), PLACE_ID) == id) return load<u64>(placeAt(place));
    }
    return 0;
  }

  // A slot, on the bytes read back from it

  private beginSlot(): void {
    this.slot = slotOf(load<u8>(REQUEST, 2), load<u8>(REQUEST, 3));
    const reason = this.readSlot();
    if (reason != Reason.NONE) return this.answer(reason);
    if (!this.fits()) return this.answer(Reason.TOO_BIG);
    if (this.has(FLAG_ENVELOPE)) return this.answer(Reason.NONE);
    const wire = <u32>this.manifest.wire;
    const packed = this.has(FLAG_WIRE) && this.manifest.encoding != Encoding.PLAIN;
    this.offset = packed ? this.slots.wireAt(wire) : 0;
    this.end = this.offset + (packed ? wire : <u32>this.manifest.size);
    this.hash.reset();
    this.step = Step.HASH;
    this.more();
  }

  private readSlot(): Reason {
    const len = this.slots.readEnvelope(this.slot, ENVELOPE);
    if (len == 0) return Reason.BAD_DIGEST;
    this.hash.reset().updateRaw(ENVELOPE, len).digestRaw(DIGEST);
    store<u64>(VERDICT, load<u64>(DIGEST), VERDICT_TRANSFER);
    store<u8>(VERDICT, load<u8>(REQUEST, 2), VERDICT_PLACE);
    if (!this.envelope.parse(ENVELOPE, len)) return Reason.MALFORMED;
    return this.readManifest(Content.MANIFEST);
  }

  private onHash(): void {
    const len = min(HASH_STEP, this.end - this.offset);
    const bytes = this.slots.viewModule(this.slot, this.offset, len);
    if (!bytes) return this.answer(Reason.FLASH);
    this.hash.updateRaw(bytes, len);
    this.offset += len;
    if (this.offset < this.end) return this.more();
    this.hash.digestRaw(DIGEST);
    const signed = this.has(FLAG_WIRE) ? this.manifest.wireDigest.ptr : this.manifest.digest.ptr;
    if (!equal(DIGEST, signed, 32)) return this.answer(Reason.BAD_DIGEST);
    let reason = Reason.NONE;
    if (!this.has(FLAG_RUNNING)) reason = this.judgeNeeds();
    if (reason == Reason.NONE) reason = this.judgeSignatures();
    if (reason != Reason.NONE || !this.has(FLAG_BACK)) return this.answer(reason);
    this.beginOthers();
  }

  // Key sets, group keys

  private beginKeys(): void {
    if (this.envelope.content != Content.KEYS) return this.answer(Reason.MALFORMED);
    const payload = this.envelope.payload;
    const reason = this.keys.parse(payload.ptr, payload.len);
    if (reason != Reason.NONE) return this.answer(reason);
    this.hash
      .reset()
      .updateRaw(payload.ptr, payload.len)
      .digestRaw(VERDICT + VERDICT_DIGEST);
    store<u64>(VERDICT, this.keys.sequence, VERDICT_SEQUENCE);
    // Named in the answer, so that the supervisor finds the bytes in its own copy.
    store<u32>(VERDICT, <u32>(payload.ptr - ENVELOPE), VERDICT_SIZE);
    store<u32>(VERDICT, payload.len, VERDICT_WIRE);
    if (this.trust.has(payload)) return this.answer(Reason.NONE);
    if (this.keys.sequence <= this.trust.set.sequence) return this.answer(Reason.ROLLBACK);
    this.beginOthers();
  }

  private judgeRoot(): Reason {
    for (let i: u32 = 0; i < this.envelope.count; i++) {
      const signature = this.envelope.signatures[i];
      if (!isBy(signature, ML_DSA_87)) continue;
      const root = this.trust.rootOf(signature, ML_DSA_87, this.hash);
      if (root == 0) continue;
      store<u8>(VERDICT, <u8>root, VERDICT_ROOT);
      store<u8>(VERDICT, <u8>this.trust.threshold, VERDICT_MEMBERS);
      this.choose(signature, 50);
      return Reason.NONE;
    }
    return Reason.UNKNOWN_KEY;
  }

  private judgeGroup(sealed: usize): Reason {
    if (this.envelope.content != Content.GROUP) return Reason.MALFORMED;
    const reason = this.group.parse(this.envelope.payload);
    if (reason != Reason.NONE) return reason;
    const held = this.slots.readGroup(load<u8>(REQUEST, 5), heap.alloc(SEALED_SIZE));
    store<u64>(VERDICT, this.group.sequence, VERDICT_SEQUENCE);
    store<u32>(VERDICT, this.idOf(this.group.name.ptr, this.group.name.len), VERDICT_ID);
    this.hash.reset().updateRaw(sealed, SEALED_SIZE).digestRaw(DIGEST);
    if (!equal(DIGEST, this.group.digest, 32)) return Reason.BAD_DIGEST;
    if (this.group.sequence < held) return Reason.ROLLBACK;
    this.manifest.sequence = this.group.sequence;
    return this.judgeSignatures();
  }

  // The components that run

  private beginOthers(): void {
    this.step = Step.OTHERS;
    this.next = 0;
    this.more();
  }

  /**
   * Of a key set: it knows who signed what runs, or that would not start again. Of a module before: what stays needs no
   * newer one.
   */
  private onOther(): void {
    const keys = this.envelope.content == Content.KEYS;
    if (this.next == this.places) return this.answer(keys ? this.judgeRoot() : Reason.NONE);
    const place = this.next++;
    const active = load<u8>(placeAt(place), PLACE_ACTIVE);
    if (active == 0 || (!keys && place == load<u8>(REQUEST, 2))) return this.onOther();
    const buffer = heap.alloc(ENVELOPE_MAX);
    const len = this.slots.readEnvelope(slotOf(place, active), buffer);
    const payload = this.otherEnvelope.payload;
    const read = len > 0 && this.otherEnvelope.parse(buffer, len);
    // What cannot be read does not run.
    if (!read || this.other.parse(payload.ptr, payload.len) != Reason.NONE) return this.more();
    const reason = keys ? this.judgeOrphan() : this.judgeDependent();
    if (reason != Reason.NONE) return this.answer(reason);
    this.more();
  }

  private judgeOrphan(): Reason {
    const sequence = this.other.sequence;
    const required = min(this.trust.required, SIGNERS_MAX);
    for (let n: u32 = 0; n < required; n++) {
      const algorithm = algorithmOf(this.trust.requiredAt(n));
      if (algorithm === null) continue;
      for (let i: u32 = 0; i < this.otherEnvelope.count; i++) {
        const signature = this.otherEnvelope.signatures[i];
        if (!isBy(signature, algorithm)) continue;
        if (this.trust.judge(signature, algorithm, sequence, true, this.hash) != Reason.NONE) continue;
        if (this.keys.judge(signature.kid.ptr, sequence, true) != Reason.NONE) return Reason.ORPHAN;
        break;
      }
    }
    return Reason.NONE;
  }

  private judgeDependent(): Reason {
    const cbor = new CborReader(this.other.needs.ptr, ENVELOPE_MAX);
    for (let i: u32 = 0; i < this.other.needs.len; i++) {
      const len = cbor.text();
      const id = this.idOf(cbor.data, len);
      const least = cbor.uint();
      if (id != load<u32>(VERDICT, VERDICT_ID) || load<u64>(VERDICT, VERDICT_SEQUENCE) >= least) continue;
      return this.missing(this.other.component.ptr, this.other.component.len);
    }
    return Reason.NONE;
  }

  // Signatures

  /** Chooses, for each algorithm of the policy, the first signature by a key that may sign this. */
  private judgeSignatures(): Reason {
    const required = this.trust.required;
    if (required == 0 || required > SIGNERS_MAX) return Reason.UNSUPPORTED;
    for (let n: u32 = 0; n < required; n++) {
      const reason = this.chooseBy(this.trust.requiredAt(n));
      if (reason != Reason.NONE) return reason;
    }
    return Reason.NONE;
  }

  private chooseBy(number: u8): Reason {
    const algorithm = algorithmOf(number);
    if (algorithm === null) return Reason.UNSUPPORTED;
    const running = this.has(FLAG_RUNNING);
    let reason = Reason.UNSUPPORTED;
    for (let i: u32 = 0; i < this.envelope.count; i++) {
      const signature = this.envelope.signatures[i];
      if (!isBy(signature, algorithm)) continue;
      reason = this.trust.judge(signature, algorithm, this.manifest.sequence, running, this.hash);
      if (reason != Reason.NONE) continue;
      this.choose(signature, number);
      break;
    }
    return reason;
  }

  private choose(signature: Signature, number: u8): void {
    const n = load<u8>(VERDICT, VERDICT_COUNT);
    this.chosen[n] = signature;
    this.algorithms[n] = number;
    store<u8>(VERDICT, n + 1, VERDICT_COUNT);
  }

  /** The letter of modules/ml-dsa or modules/ed25519, behind two bytes for the supervisor, which passes it on. */
  private writeLetter(index: u32): void {
    if (index >= load<u8>(VERDICT, VERDICT_COUNT)) return;
    const signature = this.chosen[index];
    const algorithm = algorithmOf(this.algorithms[index])!;
    const room = 2 + algorithm.letter + MESSAGE_MAX;
    const start = heap.alloc(room);
    const letter = new CborWriter(start, start + room);
    letter.u8(Say.LETTER);
    letter.u8(this.algorithms[index]);
    if (algorithm.set) letter.u8(algorithm.set);
    letter.bytes(signature.key.ptr, signature.key.len);
    letter.bytes(signature.bytes.ptr, signature.bytes.len);
    this.envelope.writeSigStructure(signature, letter);
    if (letter.overflow) return this.answer(Reason.TOO_BIG);
    mail.reply(new Bytes(start, letter.length));
  }

  // Answers

  private more(): void {
    store<u8>(DIGEST, Say.MORE);
    mail.reply(new Bytes(DIGEST, 1));
  }

  private answer(reason: Reason): void {
    this.step = Step.NONE;
    store<u8>(VERDICT, <u8>reason, VERDICT_REASON);
    if (reason != Reason.NONE) {
      if (reason != Reason.DEPENDENCY) this.tail = 0;
      store<u8>(VERDICT, 0, VERDICT_COUNT);
    }
    store<u16>(VERDICT, <u16>this.tail, VERDICT_TAIL);
    mail.reply(new Bytes(VERDICT, VERDICT_SIZE_MIN + this.tail));
  }
}

function placeAt(place: u32): usize {
  return REQUEST + REQUEST_HEAD + place * REQUEST_PLACE;
}

function isMember(manifest: Manifest, name: usize, len: u32): bool {
  const cbor = new CborReader(manifest.set.ptr, manifest.set.len);
  cbor.array();
  for (let i: u32 = 0; i < manifest.members; i++) {
    cbor.array();
    const found = cbor.text() == len && equal(cbor.data, name, len);
    cbor.byteString();
    if (found) return true;
  }
  return false;
}

function isBy(signature: Signature, algorithm: Algorithm): bool {
  return (
    signature.alg == algorithm.cose && signature.key.len == algorithm.key && signature.bytes.len == algorithm.signature
  );
}
