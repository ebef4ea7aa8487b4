/**
 * Signing keys in a folder: one file <name>.json each, mode 0600, the private key as its 32-byte seed.
 * A file is written whole or not at all, and never replaced.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { fault } from '../errors.ts';
import { codeOf, readBounded, writeWhole } from '../files.ts';
import { type AlgorithmName, algorithmNamed, SEED_BYTES, thumbprint } from './algorithms.ts';
import { type Signer, signerFromSeed } from './cose.ts';

/** What may be shown of a key. Byte strings are in hex. */
export interface KeyInfo {
  name: string;
  algorithm: AlgorithmName;
  /** COSE Key Thumbprint: what a device's trust slot holds. */
  kid: string;
  /** ISO 8601. */
  created: string;
  publicKey: string;
}

/** Makes a key from the system's random generator. Throws key-name, key-exists or file-unwritable. */
export async function newKey(folder: string, name: string, algorithm: AlgorithmName = 'ML-DSA-65'): Promise<KeyInfo> {
  const path = pathOf(folder, name);
  const seed = randomBytes(SEED_BYTES);
  const file = describe(algorithm, seed, new Date().toISOString());
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeWhole(path, `${JSON.stringify(file, null, 2)}\n`, { mode: 0o600, exclusive: true });
  } catch (error) {
    const code = codeOf(error);
    if (code === 'EEXIST' && (await exists(path))) throw fault('key-exists', { name, folder }, error);
    if (code === undefined || code.startsWith('MOTE-')) throw error;
    throw fault('file-unwritable', { path: folder, why: code === 'EEXIST' ? 'it is a file' : code }, error);
  } finally {
    seed.fill(0);
  }
  return info(name, file);
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

/**
 * The key, ready to sign. `deterministic`: for reproducible bundles only.
 * Throws as showKey does, and key-exposed when others may read the file.
 */
export async function loadSigner(folder: string, name: string, deterministic = false): Promise<Signer> {
  const path = pathOf(folder, name);
  const file = await load(folder, name);
  // Windows has no such bits.
  const { mode } = await stat(path);
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    throw fault('key-exposed', { path, mode: (mode & 0o777).toString(8) });
  }
  return signerFromSeed(algorithmNamed(file.alg)!, Buffer.from(file.seed, 'hex'), deterministic);
}

/** Thumbprints (32 bytes) of what the user trusts: names of keys, or thumbprints in hex. Throws trust-invalid. */
export async function resolveTrust(folder: string, trust: string[]): Promise<Uint8Array[]> {
  return Promise.all(
    trust.map(async (what) => {
      if (/^[0-9a-f]{64}$/i.test(what)) return new Uint8Array(Buffer.from(what, 'hex'));
      if (!NAME.test(what) || !(await exists(join(folder, `${what}.json`))))
        throw fault('trust-invalid', { what, folder });
      return new Uint8Array(Buffer.from((await showKey(folder, what)).kid, 'hex'));
    }),
  );
}

const NAME = /^[a-z0-9][a-z0-9_-]{0,31}$/;
const hexOf = (bytes: number) =>
  z.string().regex(new RegExp(`^[0-9a-f]{${2 * bytes}}$`), `is not ${bytes} bytes in hex`);

/** `version` counts formats: a later one may hold the seed encrypted under a passphrase. */
const KEY_FILE = z.strictObject({
  version: z.literal(1),
  alg: z.enum(['ML-DSA-65', 'ML-DSA-87', 'Ed25519']),
  kid: hexOf(32),
  created: z.iso.datetime(),
  public: z.string().regex(/^([0-9a-f]{2})+$/, 'is not hex'),
  seed: hexOf(SEED_BYTES),
});
type KeyFile = z.infer<typeof KEY_FILE>;

function describe(alg: AlgorithmName, seed: Uint8Array, created: string): KeyFile {
  const algorithm = algorithmNamed(alg)!;
  const publicKey = algorithm.publicKey(seed);
  return {
    version: 1,
    alg,
    kid: hex(thumbprint(algorithm, publicKey)),
    created,
    public: hex(publicKey),
    seed: hex(seed),
  };
}

async function load(folder: string, name: string): Promise<KeyFile> {
  const path = pathOf(folder, name);
  if (!(await exists(path))) throw fault('key-missing', { name, folder });
  const damaged = (why: string, cause?: unknown) => fault('key-damaged', { path, why }, cause);
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(await readBounded(path, 65_536)).toString('utf8'));
  } catch (error) {
    // The parser's message quotes the text, which may be a seed.
    throw error instanceof SyntaxError ? damaged('it is not JSON') : error;
  }
  const { success, data, error } = KEY_FILE.safeParse(json);
  if (!success) throw damaged(`${error.issues[0]!.path.join('.') || 'it'}: ${error.issues[0]!.message}`);
  const made = describe(data.alg, Buffer.from(data.seed, 'hex'), data.created);
  if (made.public !== data.public || made.kid !== data.kid) throw damaged('the public key does not belong to the seed');
  return data;
}

function info(name: string, { alg, kid, created, public: publicKey }: KeyFile): KeyInfo {
  return { name, algorithm: alg, kid, created, publicKey };
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

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
