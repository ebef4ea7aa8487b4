/** From a module and the names of keys to a bundle that a device would take. */
import { fault } from '../errors.ts';
import { thumbprint } from './algorithms.ts';
import { type Bundle, signBundle } from './bundle.ts';
import { loadSigner } from './keystore.ts';
import { loadModule } from './module.ts';
import { verifyBundle } from './verify.ts';

export interface SignOptions {
  /** Names of keys. */
  key: string[];
  /** Folder of the key store. */
  keys: string;
  /** Default: seconds since 1970, which rises by itself. */
  sequence?: number | undefined;
  /** ISO 8601; default: never. */
  expires?: string | undefined;
  /** module.json of a .wasm file. */
  manifest?: string | undefined;
}

/**
 * `path`: a module's folder, or a .wasm file.
 * Throws as loadSigner, loadModule and signBundle do, and bundle-refused for what no device would accept.
 */
export async function signModule(path: string, options: SignOptions): Promise<Bundle & { bundle: Uint8Array }> {
  const { key, keys, sequence = Math.floor(Date.now() / 1000), expires, manifest } = options;
  const expiry = expires === undefined ? null : seconds(expires);
  // Keys first: a typing error in their names should not cost a build.
  const signers = await Promise.all(key.map((name) => loadSigner(keys, name)));
  const bundle = signBundle({ ...(await loadModule(path, manifest)), sequence, expiry, signers });
  const trust = signers.map(({ algorithm, publicKey }) => thumbprint(algorithm, publicKey));
  const { bundle: read, reason, checks } = verifyBundle(bundle, { trust, now: Date.now() / 1000 });
  if (reason === null && read !== null) return { ...read, bundle };
  throw fault('bundle-refused', { reason: reason ?? 'malformed', why: checks.find(({ ok }) => !ok)?.detail ?? '' });
}

function seconds(date: string): number {
  const time = Date.parse(date);
  if (!Number.isNaN(time)) return Math.floor(time / 1000);
  throw fault('manifest-invalid', { field: 'expiry', value: date, why: 'it is not a date such as 2031-01-01' });
}
