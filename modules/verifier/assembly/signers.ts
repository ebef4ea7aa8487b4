import { Bytes, mail } from 'motekit/runtime/guest';
import { CborWriter } from '../../lib/assembly/cbor';
import {
  FLAG_RUNNING,
  Say,
  VERDICT_COUNT,
  VERDICT_MEMBERS,
  VERDICT_OWN_ROOT,
  VERDICT_OWN_THRESHOLD,
  VERDICT_ROOT,
} from '../../supervisor/assembly/letters';
import { Reason } from '../../supervisor/assembly/reason';
import { Algorithm, ML_DSA_87, algorithmOf } from './algorithm';
import { Envelope, Signature } from './envelope';
import { KeySet, Role } from './keyset';
import { VERDICT, envelope, question, trust } from './question';

/** What a signature covers, at most: a manifest or a key set. */
const MESSAGE_MAX: u32 = 1400;
/** Signatures that a policy may ask for. */
const SIGNERS_MAX: u32 = 2;
/** The algorithm of roots, as a policy has it. */
const BY_ROOT: u8 = 50;

// The signatures that count are chosen here. Whether they hold is for other modules to say: these get letters.

const chosen: StaticArray<Signature> = new StaticArray<Signature>(SIGNERS_MAX);
const algorithms: StaticArray<u8> = new StaticArray<u8>(SIGNERS_MAX);

/** For each algorithm of the policy, the first signature by a key of this role that may sign this number. */
export function judgeSigners(role: Role, sequence: u64): Reason {
  const required = trust.required;
  if (required == 0 || required > SIGNERS_MAX) return Reason.UNSUPPORTED;
  for (let n: u32 = 0; n < required; n++) {
    const reason = chooseBy(trust.requiredAt(n), role, sequence);
    if (reason != Reason.NONE) return reason;
  }
  return Reason.NONE;
}

function chooseBy(number: u8, role: Role, sequence: u64): Reason {
  const algorithm = algorithmOf(number);
  if (algorithm === null) return Reason.UNSUPPORTED;
  const running = question.has(FLAG_RUNNING);
  let reason = Reason.UNSUPPORTED;
  for (let i: u32 = 0; i < envelope.count; i++) {
    const signature = envelope.signatures[i];
    if (!isBy(signature, algorithm)) continue;
    reason = trust.judge(signature, algorithm, role, sequence, running, question.hash);
    if (reason != Reason.NONE) continue;
    choose(signature, number);
    break;
  }
  return reason;
}

/**
 * The first signature by a root that is known, or that the set itself names; the verdict says which one, and how many of both
 * have to sign: those who hand over, and those who take over and so show that they can.
 */
export function judgeRoot(keys: KeySet): Reason {
  for (let i: u32 = 0; i < envelope.count; i++) {
    const signature = envelope.signatures[i];
    if (!isBy(signature, ML_DSA_87)) continue;
    const root = trust.rootOf(signature, ML_DSA_87, question.hash);
    const own = trust.rootIn(keys, signature, ML_DSA_87, question.hash);
    if (root == 0 && own == 0) continue;
    store<u8>(VERDICT, <u8>root, VERDICT_ROOT);
    store<u8>(VERDICT, <u8>own, VERDICT_OWN_ROOT);
    store<u8>(VERDICT, <u8>keys.threshold, VERDICT_OWN_THRESHOLD);
    store<u8>(VERDICT, <u8>trust.threshold, VERDICT_MEMBERS);
    choose(signature, BY_ROOT);
    return Reason.NONE;
  }
  return Reason.UNKNOWN_KEY;
}

/** Whether a new key set knows who signed what runs. */
export function judgeOrphan(other: Envelope, sequence: u64, keys: KeySet): Reason {
  const required = min(trust.required, SIGNERS_MAX);
  for (let n: u32 = 0; n < required; n++) {
    const algorithm = algorithmOf(trust.requiredAt(n));
    if (algorithm === null) continue;
    for (let i: u32 = 0; i < other.count; i++) {
      const signature = other.signatures[i];
      if (!isBy(signature, algorithm)) continue;
      if (trust.judge(signature, algorithm, Role.RELEASE, sequence, true, question.hash) != Reason.NONE) continue;
      if (keys.judge(signature.kid.ptr, Role.RELEASE, sequence, true) != Reason.NONE) return Reason.ORPHAN;
      break;
    }
  }
  return Reason.NONE;
}

function choose(signature: Signature, number: u8): void {
  const n = load<u8>(VERDICT, VERDICT_COUNT);
  chosen[n] = signature;
  algorithms[n] = number;
  store<u8>(VERDICT, n + 1, VERDICT_COUNT);
}

/** The letter of modules/ml-dsa or modules/ed25519, behind two bytes for the supervisor, which passes it on. */
export function writeLetter(index: u32): void {
  if (index >= load<u8>(VERDICT, VERDICT_COUNT)) return;
  const signature = chosen[index];
  const algorithm = algorithmOf(algorithms[index])!;
  const room = 2 + algorithm.letter + MESSAGE_MAX;
  const start = heap.alloc(room);
  const letter = new CborWriter(start, start + room);
  letter.u8(Say.LETTER);
  letter.u8(algorithms[index]);
  if (algorithm.set) letter.u8(algorithm.set);
  letter.bytes(signature.key.ptr, signature.key.len);
  letter.bytes(signature.bytes.ptr, signature.bytes.len);
  envelope.writeSigStructure(signature, letter);
  if (letter.overflow) return question.answer(Reason.TOO_BIG);
  mail.reply(new Bytes(start, letter.length));
}

function isBy(signature: Signature, algorithm: Algorithm): bool {
  return (
    signature.alg == algorithm.cose && signature.key.len == algorithm.key && signature.bytes.len == algorithm.signature
  );
}
