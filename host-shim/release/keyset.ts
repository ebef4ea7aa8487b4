/** The key set of docs/bundle.cddl: who may sign, by role; the roots sign it, each in an envelope of its own. */
import { fault, MoteError } from '../errors.ts';
import { thumbprint } from './algorithms.ts';
import { decodeCbor, encodeCbor, sameBytes } from './cbor.ts';
import { decodeSigned, encodeSigned, KEYS_TYPE, type Signature, type Signer } from './cose.ts';
import { bytes, list, literal, Misfit, record, tuple, uint } from './schema.ts';

export interface KeySet {
  /** Strictly increasing: a device takes no older one. */
  sequence: number;
  /** How many of the roots have to sign the next set. */
  threshold: number;
  /** Thumbprints, 32 bytes each, here and below. */
  roots: Uint8Array[];
  /** `least`: from which sequence number of a module on the key may sign. */
  keys: { role: Role; least: number; kid: Uint8Array }[];
  revoked: Uint8Array[];
}

export type Role = 'release' | 'rollout';

/** A set and who signed it. */
export interface SignedKeySet {
  set: KeySet;
  /** One for each root that signed. */
  envelopes: Uint8Array[];
  signatures: Signature[];
}

export interface KeySetFile extends SignedKeySet {
  /** The sets before in which other roots came, oldest first: steps for a device that has slept through them. */
  before: SignedKeySet[];
}

/** The file's bytes, signed by these roots, behind the sets `before`. Throws keys-invalid for a set outside docs/bundle.cddl. */
export function signKeySet(
  set: KeySet,
  roots: Signer[],
  path = 'the key set',
  before: SignedKeySet[] = [],
): Uint8Array {
  const payload = inFile(path, () => encode(set));
  return inFile(path, () =>
    file([...before.map(({ envelopes }) => envelopes), roots.map((by) => envelopeBy(payload, by))]),
  );
}

/** Adds the signature of one more root to the last set. Throws keys-invalid; keys-refused when it has signed already. */
export function cosignKeySet(content: Uint8Array, root: Signer, path = 'the key set'): Uint8Array {
  const { before, envelopes, signatures, set } = openKeySet(content, path);
  const kid = thumbprint(root.algorithm, root.publicKey);
  if (signatures.some((signature) => sameBytes(signature.kid, kid))) {
    throw fault('keys-refused', { why: 'this root has signed it already' });
  }
  return inFile(path, () =>
    file([...before.map((step) => step.envelopes), [...envelopes, envelopeBy(encode(set), root)]]),
  );
}

export const isKeySet = (content: Uint8Array): boolean => sameBytes(content.subarray(0, PREFIX.length), PREFIX);

/** Form and consistency; who signed is countRoots' business. Throws keys-invalid. */
export function openKeySet(content: Uint8Array, path = 'the key set'): KeySetFile {
  return inFile(path, () => {
    const sets = FILE.read(decodeCbor(content)).sets.map(openOne);
    sets.forEach(({ set }, at) => {
      if (at > 0 && set.sequence <= sets[at - 1]!.set.sequence) throw new Error('its sets are not in order');
    });
    return { ...sets.at(-1)!, before: sets.slice(0, -1) };
  });
}

function openOne(envelopes: Uint8Array[]): SignedKeySet {
  const messages = envelopes.map((envelope) => decodeSigned(envelope, KEYS_TYPE));
  const [{ payload }] = messages as [(typeof messages)[number]];
  if (messages.some((message) => !sameBytes(message.payload, payload))) throw new Error('its envelopes differ');
  if (messages.some(({ signatures }) => signatures.length !== 1)) throw new Error('an envelope has two signatures');
  return { set: decode(payload), envelopes, signatures: messages.map((message) => message.signatures[0]!) };
}

/** Who has to sign a set: the roots of the set before (those that devices were given are named by the first), and its own. */
export function rootsThatDecide({ set, before }: KeySetFile): [old: KeySet, own: KeySet] {
  return [before.at(-1)?.set ?? set, set];
}

/** Another root may sign, or another number of them has to. */
export const changesRoots = (set: KeySet, before: KeySet | undefined): boolean =>
  before === undefined ||
  set.threshold !== before.threshold ||
  set.roots.map(hex).sort().join() !== before.roots.map(hex).sort().join();

/** How many of these roots (thumbprints) have signed, each counted once, and only with a signature that holds. */
export function countRoots({ signatures }: SignedKeySet, roots: Uint8Array[]): number {
  return roots.filter((root) =>
    signatures.some(
      ({ algorithm, publicKey, message, signature }) =>
        algorithm?.name === 'ML-DSA-87' &&
        sameBytes(thumbprint(algorithm, publicKey), root) &&
        algorithm.verify(publicKey, message, signature),
    ),
  ).length;
}

/** The set after this one, with more keys, and with some revoked. A key is in one list only. */
export function nextKeySet(
  set: KeySet,
  { add = [], revoke = [], roots = set.roots, threshold = set.threshold }: Change,
): KeySet {
  const has = (many: Uint8Array[], one: Uint8Array) => many.some((kid) => sameBytes(kid, one));
  const added = add.map(({ kid }) => kid);
  const again = added.find((kid) => has([...set.revoked, ...revoke], kid));
  if (again) throw fault('keys-refused', { why: `${hex(again)} is revoked, and stays so` });
  return {
    sequence: set.sequence + 1,
    threshold,
    roots,
    keys: [...set.keys.filter(({ kid }) => !has([...revoke, ...added], kid)), ...add],
    revoked: [...set.revoked, ...revoke.filter((kid) => !has(set.revoked, kid))],
  };
}

export interface Change {
  add?: KeySet['keys'];
  revoke?: Uint8Array[];
  roots?: Uint8Array[];
  threshold?: number;
}

/** Longest payload that a device takes, bytes. */
const MAX_SET = 768;
const MAGIC = 'mote-keys';
const PREFIX = Buffer.concat([Buffer.from([0x83]), encodeCbor(MAGIC)]);
const kid = bytes(32);
const FILE = tuple({ magic: literal(MAGIC), version: literal(2), sets: list(list(bytes(1, 8000), 1, 8), 1, 16) });
const SET = record({
  format: [1, literal(1)],
  sequence: [2, uint(1)],
  roots: [3, tuple({ threshold: uint(1, 4), kids: list(kid, 1, 4) })],
  keys: [4, list(tuple({ role: uint(1, 2), least: uint(), kid }), 1, 8)],
  revoked: [5, list(kid, 0, 8)],
});
const ROLES: Role[] = ['release', 'rollout'];

function encode({ sequence, threshold, roots, keys, revoked }: KeySet): Uint8Array {
  const entries = keys.map(({ role, least, kid: of }) => ({ role: ROLES.indexOf(role) + 1, least, kid: of }));
  const set = { format: 1 as const, sequence, roots: { threshold, kids: roots }, keys: entries, revoked };
  const payload = encodeCbor(SET.write(set));
  check(set, payload);
  return payload;
}

function decode(payload: Uint8Array): KeySet {
  const set = SET.read(decodeCbor(payload));
  check(set, payload);
  const keys = set.keys.map(({ role, least, kid: of }) => ({ role: ROLES[role - 1]!, least, kid: of }));
  const { threshold, kids } = set.roots;
  return { sequence: set.sequence, threshold, roots: kids, keys, revoked: set.revoked };
}

function check({ roots }: { roots: { threshold: number; kids: Uint8Array[] } }, payload: Uint8Array): void {
  if (payload.length > MAX_SET) throw new Error(`it has ${payload.length} bytes, a device takes ${MAX_SET}`);
  if (roots.threshold > roots.kids.length) throw new Error('more roots have to sign than there are');
  if (new Set(roots.kids.map(hex)).size < roots.kids.length) throw new Error('a root is named twice');
}

function envelopeBy(payload: Uint8Array, root: Signer): Uint8Array {
  if (root.algorithm.name !== 'ML-DSA-87') {
    throw fault('keys-refused', { why: `roots sign with ML-DSA-87, not ${root.algorithm.name}` });
  }
  return encodeSigned(payload, [root], KEYS_TYPE);
}

const file = (sets: Uint8Array[][]): Uint8Array => encodeCbor(FILE.write({ magic: MAGIC, version: 2, sets }));

function inFile<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof MoteError) throw error;
    const why = error instanceof Misfit ? `${error.path || 'it'} ${error.why}` : (error as Error).message;
    throw fault('keys-invalid', { path, why }, error);
  }
}

const hex = (raw: Uint8Array): string => Buffer.from(raw).toString('hex');
