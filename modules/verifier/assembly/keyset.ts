import { equal } from '../../lib/assembly/bytes';
import { CborReader } from '../../lib/assembly/cbor';
import { Reason } from '../../supervisor/assembly/reason';
import { View } from '../../supervisor/assembly/view';

/** Longest key set: with its Sig_structure it fits a verifier's letter. */
export const KEYS_MAX: u32 = 768;
const FORMAT: u64 = 1;
const ROOTS_MAX: u32 = 4;
const ENTRIES_MAX: u32 = 8;
const THUMBPRINT_SIZE: u32 = 32;
/** Bytes of a thumbprint as a byte string. */
const ITEM: u32 = 34;

/** What a key is for (docs/bundle.cddl). */
export const enum Role {
  RELEASE = 1,
  ROLLOUT = 2,
}

/** The key set that the roots sign (docs/bundle.cddl). Made once, parsed often; points into the bytes parsed. */
export class KeySet {
  /** 0: there is none. */
  sequence: u64 = 0;
  threshold: u32 = 0;
  rootCount: u32 = 0;
  readonly rootStep: u32 = ITEM;
  /** The first root's thumbprint. */
  readonly roots: View = new View();
  /** It names a key of this role: the device asks for a rollout. */
  hasRollout: bool = false;
  private entries: View = new View();
  private revoked: View = new View();
  private revokedCount: u32 = 0;

  parse(ptr: usize, len: u32): Reason {
    this.sequence = 0;
    this.hasRollout = false;
    const cbor = new CborReader(ptr, len);
    if (len > KEYS_MAX) return Reason.TOO_BIG;
    if (!cbor.check(4) || cbor.map() != 5) return Reason.MALFORMED;
    if (cbor.uint() != 1) return Reason.MALFORMED;
    if (cbor.uint() != FORMAT) return cbor.error ? Reason.MALFORMED : Reason.UNSUPPORTED;
    if (cbor.uint() != 2) return Reason.MALFORMED;
    const sequence = cbor.uint();
    if (cbor.uint() != 3 || cbor.array() != 2) return Reason.MALFORMED;
    this.threshold = <u32>min<u64>(cbor.uint(), 255);
    this.rootCount = readThumbprints(cbor, this.roots, 1, ROOTS_MAX);
    if (cbor.uint() != 4) return Reason.MALFORMED;
    const count = cbor.array();
    this.entries.set(cbor.pos, count);
    if (count == 0 || count > ENTRIES_MAX) return Reason.MALFORMED;
    for (let i: u32 = 0; i < count; i++) {
      if (cbor.array() != 3) return Reason.MALFORMED;
      const role = cbor.uint();
      cbor.uint();
      if (role == Role.ROLLOUT) this.hasRollout = true;
      else if (role != Role.RELEASE) return Reason.MALFORMED;
      if (cbor.byteString() != THUMBPRINT_SIZE) return Reason.MALFORMED;
    }
    if (cbor.uint() != 5) return Reason.MALFORMED;
    this.revokedCount = readThumbprints(cbor, this.revoked, 0, ENTRIES_MAX);
    if (cbor.error || sequence == 0 || this.threshold == 0 || this.threshold > this.rootCount) return Reason.MALFORMED;
    this.sequence = sequence;
    return Reason.NONE;
  }

  /** Whether this key may sign this, in this role and with this sequence number. `running`: it did, before it was revoked. */
  judge(thumbprint: usize, role: Role, sequence: u64, running: bool): Reason {
    for (let i: u32 = 0; i < this.revokedCount; i++) {
      if (!equal(thumbprint, this.revoked.ptr + i * ITEM, THUMBPRINT_SIZE)) continue;
      return running ? Reason.NONE : Reason.REVOKED_KEY;
    }
    const cbor = new CborReader(this.entries.ptr, KEYS_MAX);
    for (let i: u32 = 0; i < this.entries.len; i++) {
      cbor.array();
      const its = <Role>cbor.uint();
      const least = cbor.uint();
      cbor.byteString();
      if (!equal(thumbprint, cbor.data, THUMBPRINT_SIZE)) continue;
      if (its != role) return Reason.UNKNOWN_KEY;
      return running || sequence >= least ? Reason.NONE : Reason.REVOKED_KEY;
    }
    return Reason.UNKNOWN_KEY;
  }
}

/** `into` points to the first one's bytes; the others follow at equal distances. Returns how many; fails the reader. */
function readThumbprints(cbor: CborReader, into: View, least: u32, most: u32): u32 {
  const count = cbor.array();
  if (count < least || count > most) cbor.fail(5);
  for (let i: u32 = 0; i < count && !cbor.error; i++) {
    if (cbor.byteString() != THUMBPRINT_SIZE) cbor.fail(5);
    if (i == 0) into.set(cbor.data, count);
  }
  return cbor.error ? 0 : count;
}
