/** From a module and the names of keys to a bundle that a device would take. */
import { sha256 } from '@noble/hashes/sha2.js';
import { fault } from '../errors.ts';
import { readBounded } from '../files.ts';
import { type AlgorithmName, thumbprint } from './algorithms.ts';
import { type Bundle, type Release, signBundle } from './bundle.ts';
import type { Signer } from './cose.ts';
import { loadGroup } from './group.ts';
import { type AskPassphrase, companionOf, hasKey, loadSigner } from './keystore.ts';
import { loadData, loadModule, type Unsigned } from './module.ts';
import { moduleIn, packModule } from './pack.ts';
import { verifyBundle } from './verify.ts';
import { findModel } from '../schema/load.ts';
import { checkRelease } from '../schema/policy.ts';

export interface SignOptions {
  /** Names of keys. With each comes its classical companion, when there is one. */
  key: string[];
  /** Without companions. */
  alone?: boolean | undefined;
  /** Folder of the key store. */
  keys: string;
  /** Default: seconds since 1970, which rises by itself. */
  sequence?: number | undefined;
  /** ISO 8601; default: never. */
  expires?: string | undefined;
  /** Without randomness (FIPS 204's deterministic variant), so that the same inputs give the same bytes. */
  reproducible?: boolean | undefined;
  /** Travels as a zlib stream, where that is shorter. */
  compress?: boolean | undefined;
  /** Travels as what differs from the module in this file: .wasm, or a bundle. */
  deltaFrom?: string | undefined;
  /** Name of the group in the key store whose devices alone can open it. */
  encrypt?: string | undefined;
  /** For keys that are encrypted. */
  passphrase?: AskPassphrase | undefined;
}

/**
 * `path`: a module's folder, or a .wasm file with its `manifest`, a module.json.
 * `previous`: what the module must not break unless its version says so, as `findModel` takes it.
 * Throws as loadSigner, loadModule, findModel and signBundle do, release-breaks, base-unusable, and
 * bundle-refused for what no device would accept.
 */
export function signModule(
  path: string,
  options: SignOptions & { manifest?: string | undefined; previous?: string | undefined },
): Promise<Signed> {
  return signWith(options, async () => {
    const module = await loadModule(path, options.manifest);
    if (options.previous !== undefined) {
      checkRelease(module.component, await findModel(options.previous), { ...module, model: module.model ?? null });
    }
    return module;
  });
}

/**
 * Signs several modules as one set, which a device makes active together or not at all. Folders or .wasm files.
 * Throws as signModule does.
 */
export async function signSet(paths: string[], options: SignOptions): Promise<Signed[]> {
  const modules: Unsigned[] = [];
  for (const path of paths) modules.push(await loadModule(path));
  const set = modules
    .map(({ component, wasm }) => ({ component, digest: sha256(wasm) }))
    .sort((a, b) => (a.component < b.component ? -1 : 1));
  const sequence = options.sequence ?? now();
  const signed: Signed[] = [];
  for (const module of modules) signed.push(await signWith({ ...options, sequence }, async () => ({ ...module, set })));
  return signed;
}

/** Signs a file of data (kind `data`) as a component. Throws as signModule does. */
export function signData(path: string, component: string, version: string, options: SignOptions): Promise<Signed> {
  return signWith(options, () => loadData(path, component, version));
}

export type Signed = Bundle & { bundle: Uint8Array };

/** Signs what `load` gives; it is asked when the keys have been found. */
export async function signWith(
  options: SignOptions,
  load: () => Promise<Unsigned & { sbom?: Uint8Array | null }>,
): Promise<Signed> {
  const { key, keys, sequence = now(), expires, reproducible, passphrase } = options;
  const expiry = expires === undefined ? null : secondsOf(expires);
  // Keys first: a typing error in their names should not cost a build.
  const signers: Signer[] = [];
  // One after the other: each may ask for its passphrase.
  for (const name of options.alone ? key : await withCompanions(keys, key)) {
    signers.push(await loadSigner(keys, name, { deterministic: reproducible, passphrase }));
  }
  const { model: _, ...unsigned } = await load();
  const encrypt = options.encrypt === undefined ? undefined : await loadGroup(keys, options.encrypt);
  const packed = await packedOf(unsigned.wasm, options);
  const bundle = signBundle({ ...unsigned, sequence, expiry, signers, packed, encrypt });
  const trust = signers.map(({ algorithm, publicKey }) => thumbprint(algorithm, publicKey));
  const { bundle: read, reason, checks } = verifyBundle(bundle, { trust, policy: policyOf(signers), now: now() });
  if (reason === null && read !== null) return { ...read, bundle };
  throw fault('bundle-refused', { reason: reason ?? 'malformed', why: checks.find(({ ok }) => !ok)?.detail ?? '' });
}

async function packedOf(wasm: Uint8Array, { compress, deltaFrom }: SignOptions): Promise<Release['packed']> {
  if (deltaFrom !== undefined) return packModule(wasm, moduleIn(await readBounded(deltaFrom), deltaFrom));
  return compress ? packModule(wasm) : undefined;
}

/** Every family that signs has to hold, whatever the device demands. */
const policyOf = (signers: Signer[]): AlgorithmName[] =>
  (['ML-DSA-65', 'Ed25519'] as const).filter((name) => signers.some(({ algorithm }) => algorithm.name === name));

/** The companions that are there and were not named, after those that were. */
export async function withCompanions(folder: string, names: string[]): Promise<string[]> {
  const companions = names.map(companionOf).filter((name) => !names.includes(name));
  const there = await Promise.all(companions.map((name) => hasKey(folder, name)));
  return [...names, ...new Set(companions.filter((_, at) => there[at]))];
}

const now = () => Math.floor(Date.now() / 1000);

/** Of a date (ISO 8601), since 1970. Throws manifest-invalid. */
export function secondsOf(date: string): number {
  const time = Date.parse(date);
  if (!Number.isNaN(time)) return Math.floor(time / 1000);
  throw fault('manifest-invalid', { field: 'expiry', value: date, why: 'it is not a date such as 2031-01-01' });
}
