import { ActorBudget, Bytes, GrantList, actors, mail, timer } from 'motekit/runtime/guest';
import { equal } from '../../lib/assembly/bytes';
import { CborWriter } from '../../lib/assembly/cbor';
import { Sha256 } from '../../lib/assembly/sha256';
import { ALG_ML_DSA_65, ENVELOPE_MAX, Envelope, ML_DSA_65_KEY, ML_DSA_65_SIGNATURE, Signature } from './envelope';
import { Manifest } from './manifest';
import { Reason } from './reason';
import { Slots } from './slots';
import { Timer } from './timers';
import { isTrusted } from './trust';

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
/** What modules/ml-dsa/module.json asks for (test/unit compares them). */
const VERIFIER: Bytes = Bytes.utf8('ml-dsa');
const VERIFIER_BUDGET: ActorBudget = new ActorBudget(24576, 4096, 200_000, 8448);
const NO_GRANTS: GrantList = new GrantList(0);

/**
 * Decides whether bytes may run: the envelope is well-formed, a trusted key signed it, and the module in the slot has
 * the signed digest. Works in turns; the signature is verified by the built-in module `ml-dsa`, which lives for that
 * time only.
 */
export class Checker {
  busy: bool = false;
  readonly manifest: Manifest = new Manifest();
  private envelope: Envelope = new Envelope();
  private hash: Sha256 = new Sha256();
  private purpose: Purpose = Purpose.RUN;
  private slot: u8 = 0;
  private offset: u32 = 0;
  private verifier: u32 = 0;
  private signature: Signature = new Signature();
  /** Length of the envelope in the buffer. */
  length: u32 = 0;

  constructor(
    private slots: Slots,
    private listener: CheckListener,
  ) {}

  get buffer(): usize {
    return BUFFER;
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

  /** Verifies the signature of the envelope last read; the listener hears of it. */
  checkOffer(): void {
    this.busy = true;
    this.purpose = Purpose.OFFER;
    this.checkSignature();
  }

  /** Verifies digest and signature of a slot, on the bytes read back from it; the listener hears of it. */
  checkSlot(slot: u8, purpose: Purpose): void {
    this.busy = true;
    this.purpose = purpose;
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

  /** The verifier runs: it gets `[65][key][signature][message]` (modules/ml-dsa). */
  onStarted(actor: u32): void {
    if (!this.busy || actor != this.verifier) return;
    const room = 1 + ML_DSA_65_KEY + ML_DSA_65_SIGNATURE + MESSAGE_MAX;
    const start = heap.alloc(room);
    const letter = new CborWriter(start, start + room);
    letter.u8(65);
    letter.bytes(this.signature.key.ptr, ML_DSA_65_KEY);
    letter.bytes(this.signature.bytes.ptr, ML_DSA_65_SIGNATURE);
    this.envelope.writeSigStructure(this.signature, letter);
    if (letter.overflow) return this.end(Reason.TOO_BIG);
    if (mail.send(actor, new Bytes(start, letter.length))) this.end(Reason.BUSY);
  }

  onMail(sender: u32, payload: Bytes): void {
    if (!this.busy || sender != this.verifier) return;
    this.end(payload.length == 1 && load<u8>(payload.ptr) == 1 ? Reason.NONE : Reason.BAD_SIGNATURE);
  }

  onExited(actor: u32): void {
    if (!this.busy || actor != this.verifier) return;
    this.verifier = 0;
    this.end(Reason.BAD_SIGNATURE);
  }

  private parse(): Reason {
    if (!this.envelope.parse(BUFFER, this.length)) return Reason.MALFORMED;
    return this.manifest.parse(this.envelope.manifest.ptr, this.envelope.manifest.len);
  }

  private checkSignature(): void {
    const found = this.findSignature();
    if (found === null) return this.end(Reason.UNSUPPORTED);
    this.signature = found;
    if (!isTrusted(found, this.hash)) return this.end(Reason.UNKNOWN_KEY);
    this.verifier = actors.spawnBuiltin(VERIFIER, VERIFIER, VERIFIER_BUDGET, NO_GRANTS);
    if (!this.verifier) this.end(Reason.BUSY);
  }

  private findSignature(): Signature | null {
    for (let i: u32 = 0; i < this.envelope.count; i++) {
      const signature = this.envelope.signatures[i];
      if (signature.alg != ALG_ML_DSA_65) continue;
      if (signature.key.len == ML_DSA_65_KEY && signature.bytes.len == ML_DSA_65_SIGNATURE) return signature;
    }
    return null;
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
