/**
 * What a key file holds: the public key, and where the private one is: in the file as its 32-byte seed, in the file under
 * a passphrase, or with a command that signs (a token, a service).
 */
import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { z } from 'zod';
import { fault } from '../errors.ts';
import { type Algorithm, type AlgorithmName, algorithmNamed, SEED_BYTES, thumbprint } from './algorithms.ts';
import { encodeCbor } from './cbor.ts';

/** Where the private key is. */
export type Custody = 'file' | 'passphrase' | 'command';

const hexOf = (bytes: number) =>
  z.string().regex(new RegExp(`^[0-9a-f]{${2 * bytes}}$`), `is not ${bytes} bytes in hex`);
const common = {
  alg: z.enum(['ML-DSA-65', 'ML-DSA-87', 'Ed25519']),
  kid: hexOf(32),
  created: z.iso.datetime(),
  public: z.string().regex(/^([0-9a-f]{2})+$/, 'is not hex'),
};

/** scrypt (RFC 7914): 128 MiB for each guess at the default. A file cannot ask for more than 1 GiB. */
const SCRYPT_LOG_N = 17;
const SCRYPT = { r: 8, p: 1, maxmem: 2 ** 31 - 1 };
const SEALED = z.strictObject({
  kdf: z.literal('scrypt'),
  log2n: z.int().min(14).max(20),
  salt: hexOf(16),
  cipher: z.literal('AES-256-GCM'),
  nonce: hexOf(12),
  /** Seed and tag. */
  data: hexOf(SEED_BYTES + 16),
});

const KEY_FILE = z.discriminatedUnion('version', [
  z.strictObject({ version: z.literal(1), ...common, seed: hexOf(SEED_BYTES) }),
  z.strictObject({ version: z.literal(2), ...common, sealed: SEALED }),
  z.strictObject({ version: z.literal(3), ...common, command: z.array(z.string().min(1)).min(1).max(32) }),
]);
export type KeyFile = z.infer<typeof KEY_FILE>;

export const custodyOf = ({ version }: KeyFile): Custody => (['file', 'passphrase', 'command'] as const)[version - 1]!;

export function plainFile(algorithm: Algorithm, seed: Uint8Array, created: string): KeyFile {
  return { version: 1, ...describe(algorithm, algorithm.publicKey(seed), created), seed: hex(seed) };
}

export async function sealedFile(
  algorithm: Algorithm,
  seed: Uint8Array,
  created: string,
  passphrase: string,
): Promise<KeyFile> {
  const salt = randomBytes(16);
  const nonce = randomBytes(12);
  const header = describe(algorithm, algorithm.publicKey(seed), created);
  const key = await derive(passphrase, salt, SCRYPT_LOG_N);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(bound(header));
  const data = hex(Buffer.concat([cipher.update(seed), cipher.final(), cipher.getAuthTag()]));
  const parameters = { kdf: 'scrypt', log2n: SCRYPT_LOG_N, salt: hex(salt), cipher: 'AES-256-GCM' } as const;
  return { version: 2, ...header, sealed: { ...parameters, nonce: hex(nonce), data } };
}

export function commandFile(algorithm: Algorithm, publicKey: Uint8Array, created: string, command: string[]): KeyFile {
  return { version: 3, ...describe(algorithm, publicKey, created), command };
}

/**
 * The file's content, its public key checked against thumbprint and seed. Errors say nothing of a seed.
 * Throws key-damaged.
 */
export function parseKeyFile(bytes: Uint8Array, path: string): KeyFile {
  const damaged = (why: string) => fault('key-damaged', { path, why });
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    // The parser's message quotes the text, which may be a seed.
    throw damaged('it is not JSON');
  }
  const { success, data, error } = KEY_FILE.safeParse(json);
  if (!success) throw damaged(`${error.issues[0]!.path.join('.') || 'it'}: ${error.issues[0]!.message}`);
  const algorithm = algorithmNamed(data.alg)!;
  const publicKey = Buffer.from(data.public, 'hex');
  if (publicKey.length !== algorithm.publicKeyBytes || hex(thumbprint(algorithm, publicKey)) !== data.kid) {
    throw damaged('the thumbprint does not belong to the public key');
  }
  if (data.version === 1) checkSeed(data, Buffer.from(data.seed, 'hex'), path);
  return data;
}

/** The seed of a file under a passphrase. Throws key-locked for a wrong one, key-damaged. */
export async function unseal(file: KeyFile & { version: 2 }, passphrase: string, path: string): Promise<Uint8Array> {
  const { salt, nonce, data, log2n } = file.sealed;
  const key = await derive(passphrase, Buffer.from(salt, 'hex'), log2n);
  const sealed = Buffer.from(data, 'hex');
  const { alg, kid, created, public: publicKey } = file;
  const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(nonce, 'hex'))
    .setAAD(bound({ alg, kid, created, public: publicKey }))
    .setAuthTag(sealed.subarray(SEED_BYTES));
  let seed: Uint8Array;
  try {
    seed = Buffer.concat([decipher.update(sealed.subarray(0, SEED_BYTES)), decipher.final()]);
  } catch (error) {
    throw fault('key-locked', { path, why: 'the passphrase is not the one it was made with' }, error);
  }
  checkSeed(file, seed, path);
  return seed;
}

type Header = { alg: AlgorithmName; kid: string; created: string; public: string };

function describe(algorithm: Algorithm, publicKey: Uint8Array, created: string): Header {
  const kid = hex(thumbprint(algorithm, publicKey));
  return { alg: algorithm.name, kid, created, public: hex(publicKey) };
}

function checkSeed({ alg, public: publicKey }: KeyFile, seed: Uint8Array, path: string): void {
  if (hex(algorithmNamed(alg)!.publicKey(seed)) !== publicKey) {
    throw fault('key-damaged', { path, why: 'the public key does not belong to the seed' });
  }
}

/** What the seal covers beside the seed: nothing in the file can be exchanged. */
const bound = ({ alg, kid, created, public: publicKey }: Header): Uint8Array =>
  encodeCbor(['mote-key', alg, kid, created, publicKey]);

function derive(passphrase: string, salt: Uint8Array, log2n: number): Promise<Buffer> {
  const parameters = { N: 2 ** log2n, ...SCRYPT };
  // NFC, so that a passphrase with accents is the same on every keyboard.
  return promisify<string, Uint8Array, number, object, Buffer>(scrypt)(
    passphrase.normalize('NFC'),
    salt,
    32,
    parameters,
  );
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
