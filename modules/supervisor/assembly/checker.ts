import { Bytes, GrantList, actors, mail, timer } from 'motekit/runtime/guest';
import { equal } from '../../lib/assembly/bytes';
import { CborWriter } from '../../lib/assembly/cbor';
import { Sha256 } from '../../lib/assembly/sha256';
import { Algorithm, ML_DSA_87, algorithmOf } from './algorithm';
import { ENVELOPE_MAX, Envelope, Signature } from './envelope';
import { KeySet } from './keyset';
import { Manifest } from './manifest';
import { Reason } from './reason';
import { Slots } from './slots';
import { Timer } from './timers';
import { THUMBPRINT_SIZE, Trust } from './trust';
import { View } from './view';

/** What a check is for; it comes back with the answer. */
export const enum Purpose {
  /** An envelope that was offered: its signature, before anything is erased. */
  OFFER,
  /** The module that runs after this. */
  RUN,
  /** A module that has arrived whole. */
  STAGE,
  /** The module of a trial that a reset interrupted. */
  TRY,
  /** The module before, which is to run again. */
  BACK,
  /** A key set that was offered. */
  KEYS,
}

export interface CheckListener {
  /** `Reason.NONE`: it holds, and `Checker.manifest` is what was signed. */
  onChecked(purpose: Purpose, reason: Reason): void;
}

/** The envelope under examination. One buffer: one check at a time. */
const BUFFER: usize = memory.data(8000, 8); // ENVELOPE_MAX
const DIGEST: usize = memory.data(32, 8);
/** Bytes hashed in one turn: the device stays responsive between them. */
const HASH_STEP: u32 = 4096;
const MESSAGE_MAX: u32 = 1024;
/** Signatures that a policy may ask for. */
export const SIGNERS_MAX: u32 = 2;
const NO_GRANTS: GrantList = new GrantList(0);

/**
 * Decides whether bytes may run: the envelope is well-formed, trusted keys signed it as the policy asks, and the module
 * in the slot has the signed digest. Works in turns; a signature is verified by a built-in module, which lives for that
 * time only.
 */
export class Checker {
  busy: bool = false;
  readonly manifest: Manifest = new Manifest();
  /** The key set of the envelope last read, when it is one. */
  readonly keys: KeySet = new KeySet();
  /** Who signed what was checked last: thumbprints. */
  readonly signers: usize = __alloc(SIGNERS_MAX * THUMBPRINT_SIZE);
  /** How many signatures of the policy hold so far. */
  signed: u32 = 0;
  /** Which root signed the key set, from 1. */
  root: u32 = 0;
  private envelope: Envelope = new Envelope();
  private hash: Sha256 = new Sha256();
  private purpose: Purpose = Purpose.RUN;
  private slot: u8 = 0;
  private offset: u32 = 0;
  private verifier: u32 = 0;
  private signature: Signature = new Signature();
  private algorithm: Algorithm = ML_DSA_87;
  /** Length of the envelope in the buffer. */
  length: u32 = 0;

  constructor(
    private slots: Slots,
    private trust: Trust,
    private listener: CheckListener,
  ) {}

  get buffer(): usize {
    return BUFFER;
  }

  get isKeys(): bool {
    return this.envelope.isKeys;
  }

  /** The key set's bytes. */
  get keyBytes(): View {
    return this.envelope.payload;
  }

  /** Takes over an offered envelope and reads it. Nothing is verified yet. */
  read(ptr: usize, len: u32): Reason {
    if (len > ENVELOPE_MAX) return Reason.TOO_BIG;
    memory.copy(BUFFER, ptr, len);
    this.length = len;
    return this.parse();
  }

  /** Reads the envelope of a slot. */
  readSlot(slot: u8): Reason {
    this.length = this.slots.readEnvelope(slot, BUFFER);
    return this.length == 0 ? Reason.BAD_DIGEST : this.parse();
  }

  /** Verifies the signatures of the envelope last read; the listener hears of it. */
  checkOffer(): void {
    this.busy = true;
    this.signed = 0;
    this.purpose = Purpose.OFFER;
    this.checkSignature();
  }

  /** Verifies a root's signature of the key set last read; the listener hears of it. */
  checkKeys(): void {
    this.busy = true;
    this.purpose = Purpose.KEYS;
    for (let i: u32 = 0; i < this.envelope.count; i++) {
      const signature = this.envelope.signatures[i];
      if (!isBy(signature, ML_DSA_87)) continue;
      this.root = this.trust.rootOf(signature, ML_DSA_87, this.hash);
      if (this.root) return this.verify(signature, ML_DSA_87);
    }
    this.end(Reason.UNKNOWN_KEY);
  }

  /** Verifies digest and signature of a slot, on the bytes read back from it; the listener hears of it. */
  checkSlot(slot: u8, purpose: Purpose): void {
    this.busy = true;
    this.purpose = purpose;
    this.signed = 0;
    this.slot = slot;
    const reason = this.readSlot(slot);
    if (reason != Reason.NONE) return this.end(reason);
    if (this.manifest.size > <u64>this.slots.capacity) return this.end(Reason.TOO_BIG);
    this.offset = 0;
    this.hash.reset();
    timer.set(Timer.HASH, 0);
  }

  onHashStep(): void {
    const size = <u32>this.manifest.size;
    const len = min(HASH_STEP, size - this.offset);
    const bytes = this.slots.viewModule(this.slot, this.offset, len);
    if (!bytes) return this.end(Reason.FLASH);
    this.hash.updateRaw(bytes, len);
    this.offset += len;
    if (this.offset < size) {
      timer.set(Timer.HASH, 0);
      return;
    }
    this.hash.digestRaw(DIGEST);
    if (!equal(DIGEST, this.manifest.digest.ptr, this.manifest.digest.len)) return this.end(Reason.BAD_DIGEST);
    this.checkSignature();
  }

  /** The verifier runs: it gets its letter (modules/ml-dsa, modules/ed25519). */
  onStarted(actor: u32): void {
    if (!this.busy || actor != this.verifier) return;
    const room = this.algorithm.letter + MESSAGE_MAX;
    const start = heap.alloc(room);
    const letter = new CborWriter(start, start + room);
    if (this.algorithm.set) letter.u8(this.algorithm.set);
    letter.bytes(this.signature.key.ptr, this.signature.key.len);
    letter.bytes(this.signature.bytes.ptr, this.signature.bytes.len);
    this.envelope.writeSigStructure(this.signature, letter);
    if (letter.overflow) return this.end(Reason.TOO_BIG);
    if (mail.send(actor, new Bytes(start, letter.length))) this.end(Reason.BUSY);
  }

  onMail(sender: u32, payload: Bytes): void {
    if (!this.busy || sender != this.verifier) return;
    const holds = payload.length == 1 && load<u8>(payload.ptr) == 1;
    if (!holds) return this.end(Reason.BAD_SIGNATURE);
    if (this.purpose == Purpose.KEYS) return this.end(Reason.NONE);
    actors.stop(this.verifier);
    this.verifier = 0;
    memory.copy(this.signers + this.signed * THUMBPRINT_SIZE, this.signature.kid.ptr, THUMBPRINT_SIZE);
    this.signed++;
    this.checkSignature();
  }

  onExited(actor: u32): void {
    if (!this.busy || actor != this.verifier) return;
    this.verifier = 0;
    this.end(Reason.BAD_SIGNATURE);
  }

  private parse(): Reason {
    if (!this.envelope.parse(BUFFER, this.length)) return Reason.MALFORMED;
    const payload = this.envelope.payload;
    if (this.envelope.isKeys) return this.keys.parse(payload.ptr, payload.len);
    return this.manifest.parse(payload.ptr, payload.len);
  }

  /** The next signature that the policy asks for; none is left: the bytes may run. */
  private checkSignature(): void {
    const required = this.trust.required;
    if (this.envelope.isKeys || required == 0 || required > SIGNERS_MAX) return this.end(Reason.UNSUPPORTED);
    if (this.signed == required) return this.end(Reason.NONE);
    const algorithm = algorithmOf(this.trust.requiredAt(this.signed));
    if (algorithm === null) return this.end(Reason.UNSUPPORTED);
    let reason = Reason.UNSUPPORTED;
    const running = this.purpose == Purpose.RUN;
    for (let i: u32 = 0; i < this.envelope.count; i++) {
      const signature = this.envelope.signatures[i];
      if (!isBy(signature, algorithm)) continue;
      reason = this.trust.judge(signature, algorithm, this.manifest.sequence, running, this.hash);
      if (reason == Reason.NONE) return this.verify(signature, algorithm);
    }
    this.end(reason);
  }

  private verify(signature: Signature, algorithm: Algorithm): void {
    this.signature = signature;
    this.algorithm = algorithm;
    this.verifier = actors.spawnBuiltin(algorithm.verifier, algorithm.verifier, algorithm.budget, NO_GRANTS);
    if (!this.verifier) this.end(Reason.BUSY);
  }

  private end(reason: Reason): void {
    if (this.verifier) {
      actors.stop(this.verifier);
      this.verifier = 0;
    }
    this.busy = false;
    this.listener.onChecked(this.purpose, reason);
  }
}

function isBy(signature: Signature, algorithm: Algorithm): bool {
  return (
    signature.alg == algorithm.cose && signature.key.len == algorithm.key && signature.bytes.len == algorithm.signature
  );
}
