/** The bundle file of docs/bundle.cddl: a module with its signed manifest. */
import { sha256 } from '@noble/hashes/sha2.js';
import { ABI_VERSION } from '../../runtime/abi/generated/contract.ts';
import { fault, MoteError } from '../errors.ts';
import { decodeCbor, encodeCbor } from './cbor.ts';
import { decodeSigned, encodeSigned, type Signature, type Signer } from './cose.ts';
import { encryptPayload, type Group } from './group.ts';
import { decodeManifest, encodeManifest, type Manifest } from './manifest.ts';
import { Misfit } from './schema.ts';

/** Longest envelope that an offer carries (docs/update-protocol.md), bytes. */
export const MAX_ENVELOPE = 8000;

/** What a bundle says of its module; the rest of the manifest follows from the bytes or has a default. */
export interface Release
  extends Pick<
    Manifest,
    'vendor' | 'class' | 'component' | 'version' | 'budgets' | 'grants' | 'needs' | 'set' | 'kind' | 'oldest' | 'schema'
  > {
  wasm: Uint8Array;
  sequence: number;
  /** Seconds since 1970; default null: never. */
  expiry?: number | null;
  /** Default: the contract of this mote. */
  abi?: string;
  /** SHA-256 of the SBOM; default null. */
  sbom?: Uint8Array | null;
  /** Encrypted for the devices that have this group's key. */
  encrypt?: Group | undefined;
  /** Travels as this zlib stream, encrypted with `encrypt`; `base`: SHA-256 of the module that is its dictionary. */
  packed?: { payload: Uint8Array; base: Uint8Array | null } | undefined;
  /** 1 to 4, each another key, at least one of them ML-DSA-65. */
  signers: Signer[];
}

export interface Bundle {
  /** The encoded COSE_Sign: what an offer carries. */
  envelope: Uint8Array;
  /** What travels: the module's Wasm, unless the manifest says otherwise. */
  payload: Uint8Array;
  manifest: Manifest;
  signatures: Signature[];
}

/** The file's bytes. Throws manifest-invalid, no-signer or envelope-too-big. */
export function signBundle({
  wasm,
  signers,
  expiry = null,
  abi = ABI_VERSION,
  sbom = null,
  encrypt,
  packed,
  ...fields
}: Release): Uint8Array {
  checkSigners(signers);
  const plain = packed?.payload ?? wasm;
  // Packed first: ciphertext has nothing left to compress.
  const sealed = encrypt && encryptPayload(plain, encrypt);
  const manifest: Manifest = { ...fields, expiry, abi, sbom, digest: sha256(wasm), size: wasm.length };
  if (sealed) manifest.encryption = { group: encrypt.name, salt: sealed.salt, digest: sha256(sealed.payload) };
  if (packed) manifest.packing = { base: packed.base, size: plain.length, digest: sha256(plain) };
  const envelope = encodeSigned(encodeManifest(manifest), signers);
  if (envelope.length > MAX_ENVELOPE) throw fault('envelope-too-big', { size: envelope.length, limit: MAX_ENVELOPE });
  return joinBundle(envelope, sealed?.payload ?? plain);
}

/** The file of an envelope and its module, which were kept apart. */
export const joinBundle = (envelope: Uint8Array, payload: Uint8Array): Uint8Array =>
  encodeCbor([MAGIC, FORMAT, envelope, payload]);

/**
 * Envelope and module as they are, without a look inside: what a sender needs, since the device decides.
 * `name`: what messages call the file. Throws bundle-foreign, bundle-unsupported or bundle-malformed.
 */
export function openBundle(bytes: Uint8Array, name = 'the file'): { envelope: Uint8Array; payload: Uint8Array } {
  checkHead(bytes, name);
  const items = inPart('the file', () => decodeCbor(bytes)) as unknown[];
  checkFormat(items[1]);
  const [envelope, payload] = items.slice(2).map((item, index) => {
    const part = index === 0 ? 'the envelope' : 'the module';
    if (!(item instanceof Uint8Array)) throw fault('bundle-malformed', { where: part, why: 'is not a byte string' });
    return item;
  }) as [Uint8Array, Uint8Array];
  return { envelope, payload };
}

/** Where the envelope begins in the first bytes of a bundle. Throws as openBundle does. */
export function envelopeStart(bytes: Uint8Array, name: string): number {
  checkHead(bytes, name);
  // One byte holds every version below 24.
  checkFormat(bytes[PREFIX.length]);
  return PREFIX.length + 1;
}

/** Everything in a bundle, its form checked; whether it holds is verifyBundle's business. Throws as openBundle does. */
export function readBundle(bytes: Uint8Array, name?: string): Bundle {
  const { envelope, payload } = openBundle(bytes, name);
  const { payload: encoded, signatures } = inPart('the envelope', () => decodeSigned(envelope));
  return { envelope, payload, manifest: decodeManifest(encoded), signatures };
}

const MAGIC = 'mote-bundle';
const FORMAT = 1;
/** array(4), then the magic; the version follows. */
const PREFIX = Buffer.concat([Buffer.from([0x84]), encodeCbor(MAGIC)]);

function checkHead(bytes: Uint8Array, name: string): void {
  const head = Math.min(bytes.length, PREFIX.length);
  if (bytes.length === 0) throw fault('bundle-foreign', { what: name, why: 'it is empty' });
  if (Buffer.compare(bytes.subarray(0, head), PREFIX.subarray(0, head)) !== 0) {
    throw fault('bundle-foreign', { what: name, why: 'it does not begin with "mote-bundle"' });
  }
}

function checkFormat(version: unknown): void {
  if (version === FORMAT) return;
  throw fault('bundle-unsupported', { where: 'format version', value: String(version), known: `is not ${FORMAT}` });
}

function checkSigners(signers: Signer[]): void {
  const keys = new Set(signers.map(({ publicKey }) => Buffer.from(publicKey).toString('hex')));
  const why =
    signers.length < 1 || signers.length > 4
      ? `a bundle has 1 to 4 signatures, not ${signers.length}`
      : keys.size < signers.length
        ? 'the same key is named twice'
        : signers.some(({ algorithm }) => algorithm.name === 'ML-DSA-65')
          ? ''
          : 'none of the keys is an ML-DSA-65 key, which is what a device checks';
  if (why) throw fault('no-signer', { why });
}

function inPart<T>(part: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof MoteError) throw error;
    const where = error instanceof Misfit && error.path !== '' ? `${part}'s ${error.path}` : part;
    const why = error instanceof Misfit ? error.why : (error as Error).message;
    throw fault('bundle-malformed', { where, why }, error);
  }
}
