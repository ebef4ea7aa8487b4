/** What `mote keys rotate`, `revoke` and `cosign` do: the next key set in a file, and who has signed it. */
import { stat } from 'node:fs/promises';
import { fault } from '../errors.ts';
import { readBounded, writeWhole } from '../files.ts';
import { type AskPassphrase, companionOf, hasKey, loadSigner, resolveTrust } from './keystore.ts';
import {
  changesRoots,
  cosignKeySet,
  countRoots,
  type KeySet,
  type KeySetFile,
  nextKeySet,
  openKeySet,
  type Role,
  rootsThatDecide,
  type SignedKeySet,
  signKeySet,
} from './keyset.ts';

export interface CeremonyOptions {
  /** The file of the key set; it is replaced. */
  set: string;
  /** Names of the root keys that sign. */
  root: string[];
  /** Folder of the key store. */
  keys: string;
  passphrase?: AskPassphrase | undefined;
}

/** Keys are named as in the store, or by thumbprint; with a name comes its companion. */
export interface KeyChange extends CeremonyOptions {
  release?: string[] | undefined;
  rollout?: string[] | undefined;
  /** For the keys that are added: from which sequence number of a module on. */
  least?: number | undefined;
  revoke?: string[] | undefined;
  newRoot?: string[] | undefined;
  threshold?: number | undefined;
}

export interface Ceremony {
  set: KeySet;
  /** How many of the roots of the set before have signed, of how many that have to. */
  signed: number;
  needed: number;
  /** The same of the set's own roots, which have to sign as well: nobody is made a root who cannot sign. */
  own: { signed: number; needed: number };
}

const MAX_SET_FILE = 1024 * 1024;

/** Throws keys-invalid, keys-refused, trust-invalid, and as loadSigner does. */
export async function changeKeySet(options: KeyChange): Promise<Ceremony> {
  const { set: path, keys, newRoot, threshold, least = 0 } = options;
  const before = (await exists(path)) ? openKeySet(await readBounded(path, MAX_SET_FILE), path) : null;
  const roots = newRoot && (await resolveTrust(keys, newRoot));
  const add = await Promise.all(
    (['release', 'rollout'] as const).map(async (role: Role) => {
      const kids = await withCompanions(keys, options[role] ?? []);
      return kids.map((kid) => ({ role, least, kid }));
    }),
  );
  const revoke = await withCompanions(keys, options.revoke ?? []);
  const change = { add: add.flat(), revoke, ...(roots && { roots }), ...(threshold && { threshold }) };
  if (before === null && roots === undefined) {
    throw fault('keys-refused', { why: `${path} does not exist, and the first key set names its roots (--new-root)` });
  }
  if (before && waits(before)) {
    const why = `${path} has not been signed by enough roots yet (mote keys cosign): no set can follow it`;
    throw fault('keys-refused', { why });
  }
  const old = before?.set ?? { sequence: 0, threshold: threshold ?? 2, roots: roots!, keys: [], revoked: [] };
  const set = nextKeySet(old, change);
  const content = signKeySet(set, await signers(options), path, before ? stepsBehind(before) : []);
  await writeWhole(path, content);
  return outcome(content, path);
}

/** The signature of one more root on the set in the file. Throws keys-invalid, keys-refused, and as loadSigner does. */
export async function cosign(options: CeremonyOptions): Promise<Ceremony> {
  const { set: path } = options;
  let content: Uint8Array = await readBounded(path, MAX_SET_FILE);
  openKeySet(content, path);
  for (const signer of await signers(options)) content = cosignKeySet(content, signer, path);
  await writeWhole(path, content);
  return outcome(content, path);
}

function outcome(content: Uint8Array, path: string): Ceremony {
  const made = openKeySet(content, path);
  const [old, own] = rootsThatDecide(made);
  return {
    set: made.set,
    signed: countRoots(made, old.roots),
    needed: old.threshold,
    own: { signed: countRoots(made, own.roots), needed: own.threshold },
  };
}

const waits = (made: KeySetFile): boolean =>
  rootsThatDecide(made).some(({ roots, threshold }) => countRoots(made, roots) < threshold);

/** What a device that knows any of the sets so far needs to get to the one after them: each set that brought other roots. */
function stepsBehind({ before, ...last }: KeySetFile): SignedKeySet[] {
  return changesRoots(last.set, before.at(-1)?.set) ? [...before, last] : before;
}

async function signers({ root, keys, passphrase }: CeremonyOptions) {
  const found = [];
  // One after the other: each may ask for its passphrase.
  for (const name of root) found.push(await loadSigner(keys, name, { passphrase }));
  return found;
}

async function withCompanions(folder: string, names: string[]): Promise<Uint8Array[]> {
  const all = await Promise.all(
    names.map(async (name) => ((await hasKey(folder, companionOf(name))) ? [name, companionOf(name)] : [name])),
  );
  return resolveTrust(folder, [...new Set(all.flat())]);
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
