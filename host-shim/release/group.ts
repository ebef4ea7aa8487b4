/**
 * Payloads for a group of devices (modules/unwrap has the device's side, and why it is made so): the group's key is sealed
 * once for each device by HPKE with X-Wing (X25519 and ML-KEM-768), each release has a key of its own that follows from it.
 */
import { createCipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { sha256 } from '@noble/hashes/sha2.js';
import { ml_kem768_x25519 as XWing } from '@noble/post-quantum/hybrid.js';
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fault } from '../errors.ts';
import { readBounded, writeWhole } from '../files.ts';
import { decodeCbor, encodeCbor, sameBytes } from './cbor.ts';
import { decodeSigned, encodeSigned, GROUP_TYPE, type Signer } from './cose.ts';
import { bytes, literal, record, text, tuple, uint } from './schema.ts';

export const GROUP_KEY_BYTES = 32;
/** Of a device's public key (X-Wing), and of the seed that is its private key. */
export const DEVICE_KEY_BYTES = 1216;
export const DEVICE_SEED_BYTES = 32;
const SALT_BYTES = 32;
/** HPKE's enc, the key, GCM's tag. */
export const SEALED_BYTES = 1120 + GROUP_KEY_BYTES + 16;

export interface Group {
  /** As a component's: 1 to 32 a-z, 0-9 and "-". */
  name: string;
  /** 32 bytes. */
  key: Uint8Array;
  /** Of one release, 32 bytes; random when it is left out. Never twice with another payload. */
  salt?: Uint8Array | undefined;
}

/** AES-256-GCM's ciphertext, its tag behind it, and the salt of the release. */
export function encryptPayload(
  payload: Uint8Array,
  { key, salt = randomBytes(SALT_BYTES) }: Group,
): { payload: Uint8Array; salt: Uint8Array } {
  const content = new Uint8Array(hkdfSync('sha256', key, salt, 'mote content key', 44));
  const cipher = createCipheriv('aes-256-gcm', content.subarray(0, 32), content.subarray(32));
  const sealed = Buffer.concat([cipher.update(payload), cipher.final(), cipher.getAuthTag()]);
  content.fill(0);
  return { payload: new Uint8Array(sealed), salt: new Uint8Array(salt) };
}

/**
 * Makes a group's key from the system's random generator: `<name>.group.json` in the key store, for its owner alone.
 * Throws key-name, key-exists or file-unwritable.
 */
export async function newGroup(folder: string, name: string): Promise<{ name: string; file: string }> {
  const file = fileOf(folder, name);
  if (await stat(file).catch(() => null)) throw fault('key-exists', { name, folder });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const content = { type: 'mote group key', name, key: randomBytes(GROUP_KEY_BYTES).toString('hex') };
  await writeWhole(file, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  return { name, file };
}

/** Throws key-name, file-missing, file-unreadable or key-damaged. */
export async function loadGroup(folder: string, name: string): Promise<Group> {
  const path = fileOf(folder, name);
  const text = Buffer.from(await readBounded(path, 4096)).toString('utf8');
  try {
    const { type, name: own, key } = JSON.parse(text) as Record<string, unknown>;
    if (type !== 'mote group key' || own !== name || typeof key !== 'string' || !/^[0-9a-f]{64}$/.test(key)) throw 0;
    return { name, key: new Uint8Array(Buffer.from(key, 'hex')) };
  } catch {
    // What JSON.parse says would quote the key.
    throw fault('key-damaged', { path, why: 'it is no key of a group' });
  }
}

function fileOf(folder: string, name: string): string {
  if (!/^[a-z][a-z0-9-]{0,31}$/.test(name)) throw fault('key-name', { name });
  return join(folder, `${name}.group.json`);
}

/** The public key that goes with a device's seed. */
export const devicePublicKey = (seed: Uint8Array): Uint8Array => XWing.keygen(seed).publicKey;

/** The group's key for one device: HPKE (RFC 9180), base mode, 1168 bytes. */
export function sealGroupKey(key: Uint8Array, devicePublic: Uint8Array): Uint8Array {
  const { cipherText: enc, sharedSecret } = XWing.encapsulate(devicePublic);
  const extract = (salt: Uint8Array, label: string, ikm: Uint8Array) =>
    createHmac('sha256', salt)
      .update(Buffer.concat([VERSION, SUITE, Buffer.from(label), ikm]))
      .digest();
  const context = Buffer.concat([Buffer.of(0), extract(NONE, 'psk_id_hash', NONE), extract(NONE, 'info_hash', INFO)]);
  const secret = extract(sharedSecret, 'secret', NONE);
  // LabeledExpand (section 4); one block of HKDF-Expand holds 32 bytes.
  const expand = (label: string, length: number) =>
    createHmac('sha256', secret)
      .update(Buffer.concat([Buffer.of(0, length), VERSION, SUITE, Buffer.from(label), context, Buffer.of(1)]))
      .digest()
      .subarray(0, length);
  const cipher = createCipheriv('aes-256-gcm', expand('key', 32), expand('base_nonce', 12));
  const sealed = Buffer.concat([enc, cipher.update(key), cipher.final(), cipher.getAuthTag()]);
  sharedSecret.fill(0);
  return new Uint8Array(sealed);
}

/** RFC 9180 section 5.1: KEM 0x647a (X-Wing), KDF HKDF-SHA-256, AEAD AES-256-GCM. */
const VERSION = Buffer.from('HPKE-v1');
const SUITE = Buffer.concat([Buffer.from('HPKE'), Buffer.of(0x64, 0x7a, 0, 1, 0, 2)]);
const INFO = Buffer.from('mote group key');
const NONE = new Uint8Array(0);

export interface Delivery {
  /** Strictly increasing for a device. */
  sequence: number;
  group: string;
  /** What sealGroupKey made for this device. */
  sealed: Uint8Array;
}

const MAGIC = 'mote-group';
const PREFIX = Buffer.concat([Buffer.from([0x84]), encodeCbor(MAGIC)]);
const FILE = tuple({
  magic: literal(MAGIC),
  version: literal(1),
  envelope: bytes(1, 8000),
  sealed: bytes(SEALED_BYTES),
});
const DELIVERY = record({
  format: [1, literal(1)],
  sequence: [2, uint(1)],
  group: [3, text(/^[a-z][a-z0-9-]{0,31}$/, 'a name of 1 to 32 a-z, 0-9 and "-" that begins with a letter')],
  digest: [4, bytes(32)],
});

/** The file of a delivery (docs/bundle.cddl): whoever signs modules says that this key is meant. */
export function signDelivery({ sequence, group, sealed }: Delivery, signers: Signer[]): Uint8Array {
  const payload = encodeCbor(DELIVERY.write({ format: 1, sequence, group, digest: sha256(sealed) }));
  const envelope = encodeSigned(payload, signers, GROUP_TYPE);
  return encodeCbor(FILE.write({ magic: MAGIC, version: 1, envelope, sealed }));
}

export const isDelivery = (content: Uint8Array): boolean => sameBytes(content.subarray(0, PREFIX.length), PREFIX);

/** Its form alone. Throws keys-invalid. */
export function openDelivery(content: Uint8Array, path = 'the delivery'): Delivery & { envelope: Uint8Array } {
  try {
    const { envelope, sealed } = FILE.read(decodeCbor(content));
    const { sequence, group, digest } = DELIVERY.read(decodeCbor(decodeSigned(envelope, GROUP_TYPE).payload));
    if (!sameBytes(sha256(sealed), digest)) throw new Error('the sealed key is not the one that was signed');
    return { sequence, group, sealed, envelope };
  } catch (error) {
    throw fault('keys-invalid', { path, why: (error as Error).message }, error);
  }
}
