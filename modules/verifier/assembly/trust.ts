import { settings } from 'motekit/runtime/guest';
import { equal } from '../../lib/assembly/bytes';
import { CborWriter } from '../../lib/assembly/cbor';
import { Sha256 } from '../../lib/assembly/sha256';
import { Algorithm, ED25519 } from './algorithm';
import { Signature } from './envelope';
import { KEYS_MAX, KeySet, Role } from './keyset';
import { Reason } from '../../supervisor/assembly/reason';
import { Slots } from '../../supervisor/assembly/slots';
import { View } from '../../supervisor/assembly/view';

export const THUMBPRINT_SIZE: u32 = 32;
const THUMBPRINT: usize = memory.data(32, 8);
const HEAD: usize = memory.data(16, 8);
const KTY_OKP: u64 = 1;
const KTY_AKP: u64 = 7;
const CRV_ED25519: u64 = 6;
const ML_DSA_65_ALONE: u8 = 49;
const KEYS: usize = memory.data(768, 8); // KEYS_MAX

/** Whose signatures count: the key set that the roots signed last, or else the trust that the device was born with. */
export class Trust {
  /** The key set in force; its sequence is 0 when there is none. */
  readonly set: KeySet = new KeySet();
  /** There should be a key set, but its place does not hold one: nobody is trusted. */
  private lost: bool = false;
  private length: u32 = 0;

  /** Reads the key set of place 1 or 2; 0: there is none. */
  load(slots: Slots, place: u8): void {
    this.set.sequence = 0;
    this.lost = false;
    if (place == 0) return;
    this.length = slots.readKeys(place, KEYS, KEYS_MAX);
    this.lost = this.length == 0 || this.set.parse(KEYS, this.length) != Reason.NONE;
  }

  /** Whether this very key set is in force. */
  has(set: View): bool {
    return this.set.sequence != 0 && set.len == this.length && equal(set.ptr, KEYS, set.len);
  }

  /** A key of the set in force says who is to have what. */
  get asksForRollout(): bool {
    return this.set.sequence != 0 && this.set.hasRollout;
  }

  /** How many algorithms have to sign a module, and which: COSE numbers without their sign. */
  get required(): u32 {
    const policy = settings.get('trust/policy');
    return policy === null ? 1 : policy.length;
  }

  requiredAt(index: u32): u8 {
    const policy = settings.get('trust/policy');
    return policy === null ? ML_DSA_65_ALONE : policy.get(index);
  }

  /**
   * Whether the key beside a signature may sign this, in this role and with this sequence number. `running`: it did when it was
   * confirmed; a key that was revoked since then does not take away what runs.
   */
  judge(signature: Signature, algorithm: Algorithm, role: Role, sequence: u64, running: bool, hash: Sha256): Reason {
    if (!takeThumbprint(signature, algorithm, hash)) return Reason.UNKNOWN_KEY;
    if (this.lost) return running ? Reason.NONE : Reason.UNKNOWN_KEY;
    if (this.set.sequence != 0) return this.set.judge(THUMBPRINT, role, sequence, running);
    // Trust that was provisioned knows of releases alone.
    if (role != Role.RELEASE) return Reason.UNKNOWN_KEY;
    return isIn(THUMBPRINT, 'trust/keys') ? Reason.NONE : Reason.UNKNOWN_KEY;
  }

  /** Which root of `set`, which a device need not trust, signed, from 1; 0: none. */
  rootIn(set: KeySet, signature: Signature, algorithm: Algorithm, hash: Sha256): u32 {
    if (!takeThumbprint(signature, algorithm, hash)) return 0;
    return placeOf(THUMBPRINT, set.roots.ptr, set.rootCount, set.rootStep);
  }

  /** Which root signed, from 1; 0: none that is known. */
  rootOf(signature: Signature, algorithm: Algorithm, hash: Sha256): u32 {
    if (this.lost || !takeThumbprint(signature, algorithm, hash)) return 0;
    if (this.set.sequence != 0) return this.rootIn(this.set, signature, algorithm, hash);
    const roots = settings.get('trust/roots');
    return roots === null ? 0 : placeOf(THUMBPRINT, roots.ptr, roots.length / THUMBPRINT_SIZE, THUMBPRINT_SIZE);
  }

  /** Roots that have to sign a key set. */
  get threshold(): u32 {
    if (this.set.sequence != 0) return this.set.threshold;
    const own = settings.get('trust/threshold');
    return own === null || own.length != 1 ? 2 : max<u32>(1, own.get(0));
  }
}

/** The COSE Key Thumbprint (RFC 9679 section 3; AKP keys: RFC 9964) of the key beside a signature. False: another kid. */
function takeThumbprint(signature: Signature, algorithm: Algorithm, hash: Sha256): bool {
  const head = new CborWriter(HEAD, HEAD + 16);
  head.map(3);
  head.int(1);
  if (algorithm == ED25519) {
    head.uint(KTY_OKP);
    head.int(-1);
    head.uint(CRV_ED25519);
    head.int(-2);
  } else {
    head.uint(KTY_AKP);
    head.int(3);
    head.int(algorithm.cose);
    head.int(-1);
  }
  head.head(2, signature.key.len);
  hash.reset().updateRaw(HEAD, head.length).updateRaw(signature.key.ptr, signature.key.len).digestRaw(THUMBPRINT);
  return equal(THUMBPRINT, signature.kid.ptr, THUMBPRINT_SIZE);
}

function isIn(thumbprint: usize, setting: string): bool {
  const list = settings.get(setting);
  return list !== null && placeOf(thumbprint, list.ptr, list.length / THUMBPRINT_SIZE, THUMBPRINT_SIZE) != 0;
}

/** From 1; 0: it is not in the list. `step`: from one thumbprint to the next. */
export function placeOf(thumbprint: usize, list: usize, count: u32, step: u32): u32 {
  for (let i: u32 = 0; i < count; i++) if (equal(thumbprint, list + i * step, THUMBPRINT_SIZE)) return i + 1;
  return 0;
}
