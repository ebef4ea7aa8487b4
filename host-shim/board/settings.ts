/**
 * What the owner provisioned, as one JSON file: identity, trusted signers, keys. A module reads it by name:
 *
 * - `device/base`: the base topic, text
 * - `device/vendor`, `device/class`: 16 bytes each (RFC 9124 sections 3.3, 3.4)
 * - `trust/keys`: COSE Key Thumbprints (RFC 9679) of trusted signers, 32 bytes each, concatenated
 * - `trust/policy`: the COSE algorithms that have to sign a module, each as a byte without its sign; ML-DSA-65 by default
 * - `trust/roots`, `trust/threshold`: thumbprints of the root keys, and how many of them sign a key set
 * - `device/places`: components that there is room for, one byte; 1 by default
 * - `unwrap-seed`: the device's private key for group keys (modules/unwrap), 32 bytes
 * - any name in `keys`, for example `wmbus/KAM-12345678` or `wmbus/default`: its bytes
 *
 * Values of `keys` are secrets: they are never printed, and the file is made for its owner alone.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { fault } from '../errors.ts';
import { algorithmNamed } from '../release/algorithms.ts';
import { readBounded, writeWhole } from '../files.ts';
import type { SettingsPort } from './ports.ts';
import { baseTopic, type Identity } from './topics.ts';

/** Bytes of a value (`settings.get` of the contract), and so 8 thumbprints. */
const MAX_VALUE = 256;
const MAX_FILE = 1024 * 1024;

const uuid = z.uuid('is not a UUID');
const thumbprint = z.string().regex(/^[0-9a-fA-F]{64}$/, 'is not a thumbprint of 64 hex digits');
const keyName = z
  .string()
  .regex(/^(?!device\/|trust\/)[\w-]{1,32}\/[\w.-]{1,64}$/, 'is not a name like wmbus/KAM-12345678');
// The message must not repeat the value: it may be a key with a typing error.
const secret = z.string().regex(/^([0-9a-fA-F]{2}){1,256}$/, 'is not 1 to 256 bytes in hexadecimal');

const DeviceSchema = z.strictObject({
  identity: z.strictObject({ org: z.string(), edge: z.string(), thingType: z.string(), thing: z.string() }),
  vendor: uuid,
  class: uuid,
  trust: z.array(thumbprint).max(MAX_VALUE / 32),
  /** Which algorithms have to sign a module; ML-DSA-65 alone when it is left out. */
  policy: z
    .array(z.enum(['ML-DSA-65', 'ML-DSA-87', 'Ed25519']))
    .min(1)
    .max(2)
    .optional(),
  /** Thumbprints of the root keys; how many of them have to sign a key set: two when it is left out. */
  roots: z.array(thumbprint).max(4).optional(),
  threshold: z.int().min(1).max(4).optional(),
  /** Components that there is room for; counts for a device that has never been updated. */
  places: z.int().min(1).max(5).optional(),
  /** The private key to which keys of groups are sealed. */
  seed: z
    .string()
    .regex(/^[0-9a-fA-F]{64}$/, 'is not a seed of 64 hex digits')
    .optional(),
  keys: z.record(keyName, secret),
});

/** The content of a device file. Thumbprints and keys in hexadecimal. */
export type Device = z.infer<typeof DeviceSchema>;

export class DeviceSettings implements SettingsPort {
  readonly base: string;
  readonly #values = new Map<string, Uint8Array>();

  /** `origin` names the device in errors. Throws device-damaged, topic-invalid. */
  constructor(device: Device, origin = 'the device') {
    const {
      identity,
      vendor,
      class: classId,
      trust,
      policy,
      roots,
      threshold,
      places,
      seed,
      keys,
    } = check(device, origin);
    this.base = baseTopic(identity satisfies Identity);
    this.#values.set('device/base', new TextEncoder().encode(this.base));
    this.#values.set('device/vendor', hex(vendor.replaceAll('-', '')));
    this.#values.set('device/class', hex(classId.replaceAll('-', '')));
    this.#values.set('trust/keys', hex(trust.join('')));
    if (policy)
      this.#values.set(
        'trust/policy',
        Uint8Array.from(policy, (name) => -algorithmNamed(name)!.cose),
      );
    if (roots) this.#values.set('trust/roots', hex(roots.join('')));
    if (threshold) this.#values.set('trust/threshold', Uint8Array.of(threshold));
    if (places) this.#values.set('device/places', Uint8Array.of(places));
    if (seed) this.#values.set('unwrap-seed', hex(seed));
    for (const [name, value] of Object.entries(keys)) this.#values.set(name, hex(value));
  }

  get(name: string): Uint8Array | undefined {
    return this.#values.get(name);
  }
}

/** Throws file-missing, file-unreadable, device-damaged, topic-invalid. */
export async function loadDevice(path: string): Promise<Device> {
  const text = new TextDecoder().decode(await readBounded(path, MAX_FILE));
  let device: unknown;
  try {
    device = JSON.parse(text);
  } catch {
    // JSON.parse quotes the text around the fault, which may be a key.
    throw fault('device-damaged', { path, why: 'it is not JSON' });
  }
  return check(device, path);
}

/** Writes the file whole, readable for its owner only. Throws device-damaged, topic-invalid, file-unwritable. */
export async function saveDevice(path: string, device: Device): Promise<void> {
  await writeWhole(path, `${JSON.stringify(check(device, path), null, 2)}\n`, { mode: 0o600 });
}

/** A UUID of version 5 (RFC 9562 section 5.5), as RFC 9124 makes vendor and class ids. */
export function uuid5(namespace: string, name: string): string {
  const digest = createHash('sha1')
    .update(hex(namespace.replaceAll('-', '')))
    .update(name)
    .digest()
    .subarray(0, 16);
  digest[6] = (digest[6]! & 0x0f) | 0x50;
  digest[8] = (digest[8]! & 0x3f) | 0x80;
  return digest.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function check(device: unknown, path: string): Device {
  const result = DeviceSchema.safeParse(device);
  if (result.success) {
    baseTopic(result.data.identity);
    return result.data;
  }
  const { path: where, message } = result.error.issues[0]!;
  throw fault('device-damaged', { path, why: `${where.join('.') || 'the file'}: ${message}` });
}

function hex(digits: string): Uint8Array {
  return new Uint8Array(Buffer.from(digits, 'hex'));
}
