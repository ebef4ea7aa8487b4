/**
 * Signing keys in a folder: one file <name>.json each, mode 0600. A file is written whole or not at all, and never
 * replaced.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fault } from '../errors.ts';
import { codeOf, readBounded, writeWhole } from '../files.ts';
import { type AlgorithmName, algorithmNamed, SEED_BYTES } from './algorithms.ts';
import { type Signer, signerFromSeed } from './cose.ts';
import { commandSigner } from './external.ts';
import {
  type Custody,
  commandFile,
  custodyOf,
  type KeyFile,
  parseKeyFile,
  plainFile,
  sealedFile,
  unseal,
} from './keyfile.ts';
import { importPublic } from './publickey.ts';

/** What may be shown of a key. Byte strings are in hex. */
export interface KeyInfo {
  name: string;
  algorithm: AlgorithmName;
  /** COSE Key Thumbprint: what a device's trust slot holds. */
  kid: string;
  /** ISO 8601. */
  created: string;
  /** Where the private key is: in the file, in it under a passphrase, or with a command. */
  custody: Custody;
  publicKey: string;
}

/** Asks for the passphrase of a key. */
export type AskPassphrase = (name: string) => Promise<string>;

/**
 * Makes a key from the system's random generator; with a passphrase, its seed is encrypted.
 * Throws key-name, key-exists, key-locked for an empty passphrase, or file-unwritable.
 */
export async function newKey(
  folder: string,
  name: string,
  algorithm: AlgorithmName = 'ML-DSA-65',
  passphrase?: string,
): Promise<KeyInfo> {
  const path = pathOf(folder, name);
  if (passphrase === '') throw fault('key-locked', { path, why: 'the passphrase is empty' });
  const seed = randomBytes(SEED_BYTES);
  const made = [algorithmNamed(algorithm)!, seed, new Date().toISOString()] as const;
  try {
    return await addKey(
      folder,
      name,
      passphrase === undefined ? plainFile(...made) : await sealedFile(...made, passphrase),
    );
  } finally {
    seed.fill(0);
  }
}

/**
 * Enters a key whose private part is elsewhere: `command` signs with it (external.ts), `pem` is its public key.
 * Throws key-public, and as newKey does.
 */
export async function enterKey(folder: string, name: string, command: string[], pem: string): Promise<KeyInfo> {
  pathOf(folder, name);
  let found: ReturnType<typeof importPublic>;
  try {
    found = importPublic(pem);
  } catch (error) {
    throw fault('key-public', { why: (error as Error).message }, error);
  }
  return addKey(folder, name, commandFile(found.algorithm, found.publicKey, new Date().toISOString(), command));
}

/** All keys, by name; none when there is no such folder. Throws key-damaged. */
export async function listKeys(folder: string): Promise<KeyInfo[]> {
  const names = (await entries(folder))
    .filter((entry) => /^[^.].*\.json$/.test(entry))
    .map((entry) => entry.slice(0, -5));
  return Promise.all(names.sort().map((name) => showKey(folder, name)));
}

/** Throws key-name, key-missing or key-damaged. */
export async function showKey(folder: string, name: string): Promise<KeyInfo> {
  return info(name, await load(folder, name));
}

/** The name of the Ed25519 key that signs beside an ML-DSA-65 key: both families have to fail before a forgery holds. */
export const companionOf = (name: string): string => `${name}-ed25519`;

export const hasKey = (folder: string, name: string): Promise<boolean> =>
  NAME.test(name) ? exists(join(folder, `${name}.json`)) : Promise.resolve(false);

/**
 * The key, ready to sign. `deterministic`: for reproducible bundles only (a command signs as it does).
 * Throws as showKey does, key-exposed when others may read the file, key-locked without the right passphrase.
 */
export async function loadSigner(
  folder: string,
  name: string,
  {
    deterministic = false,
    passphrase,
  }: { deterministic?: boolean | undefined; passphrase?: AskPassphrase | undefined } = {},
): Promise<Signer> {
  const path = pathOf(folder, name);
  const file = await load(folder, name);
  // Windows has no such bits.
  const { mode } = await stat(path);
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    throw fault('key-exposed', { path, mode: (mode & 0o777).toString(8) });
  }
  const algorithm = algorithmNamed(file.alg)!;
  if (file.version === 3)
    return commandSigner(algorithm, Buffer.from(file.public, 'hex'), file.kid, file.command, name);
  if (file.version === 1) return signerFromSeed(algorithm, Buffer.from(file.seed, 'hex'), deterministic);
  if (!passphrase) throw fault('key-locked', { path, why: 'it needs a passphrase, and nobody gave one' });
  return signerFromSeed(algorithm, await unseal(file, await passphrase(name), path), deterministic);
}

/** Thumbprints (32 bytes) of what the user trusts: names of keys, or thumbprints in hex. Throws trust-invalid. */
export async function resolveTrust(folder: string, trust: string[]): Promise<Uint8Array[]> {
  return Promise.all(
    trust.map(async (what) => {
      if (/^[0-9a-f]{64}$/i.test(what)) return new Uint8Array(Buffer.from(what, 'hex'));
      if (!(await hasKey(folder, what))) throw fault('trust-invalid', { what, folder });
      return new Uint8Array(Buffer.from((await showKey(folder, what)).kid, 'hex'));
    }),
  );
}

const NAME = /^[a-z0-9][a-z0-9_-]{0,31}$/;

async function addKey(folder: string, name: string, file: KeyFile): Promise<KeyInfo> {
  const path = pathOf(folder, name);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeWhole(path, `${JSON.stringify(file, null, 2)}\n`, { mode: 0o600, exclusive: true });
  } catch (error) {
    const code = codeOf(error);
    if (code === 'EEXIST' && (await exists(path))) throw fault('key-exists', { name, folder }, error);
    if (code === undefined || code.startsWith('MOTE-')) throw error;
    throw fault('file-unwritable', { path: folder, why: code === 'EEXIST' ? 'it is a file' : code }, error);
  }
  return info(name, file);
}

async function load(folder: string, name: string): Promise<KeyFile> {
  const path = pathOf(folder, name);
  if (!(await exists(path))) throw fault('key-missing', { name, folder });
  return parseKeyFile(await readBounded(path, 65_536), path);
}

function info(name: string, file: KeyFile): KeyInfo {
  const { alg, kid, created, public: publicKey } = file;
  return { name, algorithm: alg, kid, created, custody: custodyOf(file), publicKey };
}

function pathOf(folder: string, name: string): string {
  if (!NAME.test(name)) throw fault('key-name', { name });
  return join(folder, `${name}.json`);
}

async function entries(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw fault('file-unreadable', { path: folder, why: codeOf(error) ?? 'unknown' }, error);
  }
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
