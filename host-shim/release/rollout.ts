/** The rollout of docs/bundle.cddl: which devices are to have which bundles, signed by keys of the role `rollout`. */
import { sha256 } from '@noble/hashes/sha2.js';
import { fault } from '../errors.ts';
import { readBounded } from '../files.ts';
import { readBundle } from './bundle.ts';
import { decodeCbor, encodeCbor, sameBytes } from './cbor.ts';
import { decodeSigned, encodeSigned, ROLLOUT_TYPE, type Signature, type Signer } from './cose.ts';
import { loadSigner } from './keystore.ts';
import { bytes, list, literal, Misfit, nullable, record, text, tuple, uint } from './schema.ts';
import { secondsOf, type SignOptions, withCompanions } from './sign.ts';

export interface Rollout {
  /** A device takes no lower one than the last that it has acted on. 1 to 2^32 - 1. */
  sequence: number;
  /** SHA-256 of the manifests that it is about, 1 to 4. */
  manifests: Uint8Array[];
  /** MQTT topic filters over base topics, 1 to 8: who is to have them. */
  devices: string[];
  /** Seconds since 1970, or null: never. */
  expiry: number | null;
}

export interface RolloutFile extends Rollout {
  envelope: Uint8Array;
  signatures: Signature[];
}

/** What a rollout calls a bundle: SHA-256 of its manifest. */
export const manifestDigest = (envelope: Uint8Array): Uint8Array => sha256(decodeSigned(envelope).payload);

/** The file's bytes. Throws rollout-invalid for what is outside docs/bundle.cddl. */
export function signRollout(rollout: Rollout, signers: Signer[]): Uint8Array {
  return inFile('the rollout', () => {
    const payload = encodeCbor(ROLLOUT.write({ format: 1, ...rollout }));
    return encodeCbor(FILE.write({ magic: MAGIC, version: 1, envelope: encodeSigned(payload, signers, ROLLOUT_TYPE) }));
  });
}

export const isRollout = (content: Uint8Array): boolean => sameBytes(content.subarray(0, PREFIX.length), PREFIX);

/** Its form; whether it holds the device judges. Throws rollout-invalid. */
export function openRollout(content: Uint8Array, path = 'the rollout'): RolloutFile {
  return inFile(path, () => {
    const { envelope } = FILE.read(decodeCbor(content));
    const { payload, signatures } = decodeSigned(envelope, ROLLOUT_TYPE);
    const { format: _, ...rollout } = ROLLOUT.read(decodeCbor(payload));
    return { ...rollout, envelope, signatures };
  });
}

export interface RolloutOptions
  extends Pick<SignOptions, 'key' | 'alone' | 'keys' | 'sequence' | 'expires' | 'passphrase'> {
  /** MQTT topic filters over base topics. */
  devices: string[];
}

/** `bundles`: their files. Throws as readBundle and loadSigner do, rollout-invalid, and manifest-invalid for a bad date. */
export async function makeRollout(
  bundles: string[],
  { key, alone, keys, sequence = Math.floor(Date.now() / 1000), expires, passphrase, devices }: RolloutOptions,
): Promise<{ file: Uint8Array; rollout: Rollout; components: string[] }> {
  const read = await Promise.all(bundles.map(async (name) => readBundle(await readBounded(name), name)));
  const signers: Signer[] = [];
  // One after the other: each may ask for its passphrase.
  for (const name of alone ? key : await withCompanions(keys, key)) {
    signers.push(await loadSigner(keys, name, { passphrase }));
  }
  const manifests = read.map(({ envelope }) => manifestDigest(envelope));
  const rollout = { sequence, manifests, devices, expiry: expires === undefined ? null : secondsOf(expires) };
  return { file: signRollout(rollout, signers), rollout, components: read.map(({ manifest }) => manifest.component) };
}

const MAGIC = 'mote-rollout';
const PREFIX = Buffer.concat([Buffer.from([0x83]), encodeCbor(MAGIC)]);
const FILE = tuple({ magic: literal(MAGIC), version: literal(1), envelope: bytes(1, 8000) });
/** MQTT 3.1.1 section 4.7.1: `+` is a level, `#` the last one. */
const LEVEL = '(\\+|[!-"$-*,-.0-~]+)';
const FILTER = text(
  new RegExp(`^(?=.{1,96}$)(#|${LEVEL}(/${LEVEL})*(/#)?)$`),
  'an MQTT topic filter of 1 to 96 printable ASCII characters',
);
const ROLLOUT = record({
  format: [1, literal(1)],
  sequence: [2, uint(1, 0xffff_ffff)],
  manifests: [3, list(bytes(32), 1, 4)],
  devices: [4, list(FILTER, 1, 8)],
  expiry: [5, nullable(uint(1))],
});

function inFile<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const why = error instanceof Misfit ? `${error.path || 'it'} ${error.why}` : (error as Error).message;
    throw fault('rollout-invalid', { path, why }, error);
  }
}
