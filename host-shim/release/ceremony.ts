/** What `mote keys rotate`, `revoke` and `cosign` do: the next key set in a file, and who has signed it. */
import { stat } from 'node:fs/promises';
import { fault } from '../errors.ts';
import { readBounded, writeWhole } from '../files.ts';
import { type AskPassphrase, companionOf, hasKey, loadSigner, resolveTrust } from './keystore.ts';
import { cosignKeySet, countRoots, type KeySet, nextKeySet, openKeySet, type Role, signKeySet } from './keyset.ts';

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
  /** How many of the roots that decide have signed, of how many that have to. */
  signed: number;
  needed: number;
}

const MAX_SET_FILE = 65_536;

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
  const old = before?.set ?? { sequence: 0, threshold: threshold ?? 2, roots: roots!, keys: [], revoked: [] };
  const set = nextKeySet(old, change);
  const content = signKeySet(set, await signers(options), path);
  await writeWhole(path, content);
  return { set, signed: countRoots(openKeySet(content, path), old.roots), needed: old.threshold };
}

/** Counted are the roots of the set itself: of the one before it a file knows nothing. */
export async function cosign(options: CeremonyOptions): Promise<Ceremony> {
  const { set: path } = options;
  let content: Uint8Array = await readBounded(path, MAX_SET_FILE);
  openKeySet(content, path);
  for (const signer of await signers(options)) content = cosignKeySet(content, signer, path);
  await writeWhole(path, content);
  const made = openKeySet(content, path);
  return { set: made.set, signed: countRoots(made, made.set.roots), needed: made.set.threshold };
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
