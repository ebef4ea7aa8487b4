/** COSE_Sign (RFC 9052 section 4) in the one shape that docs/bundle.cddl allows. */
import { type Algorithm, algorithmOf, thumbprint } from './algorithms.ts';
import { decodeCbor, encodeCbor, sameBytes, TAG_COSE_SIGN, Tagged } from './cbor.ts';
import { bytes, list, Misfit, type Schema, tuple } from './schema.ts';

/** What can sign: a key of the key store, later a token or a service. */
export interface Signer {
  algorithm: Algorithm;
  publicKey: Uint8Array;
  sign(message: Uint8Array): Uint8Array;
}

export interface Signature {
  /** Undefined: not one of docs/bundle.cddl's. */
  algorithm: Algorithm | undefined;
  /** The COSE algorithm number as written. */
  alg: number;
  /** 32 bytes, as written; equals the thumbprint of `publicKey` when the signer was honest. */
  kid: Uint8Array;
  publicKey: Uint8Array;
  signature: Uint8Array;
  /** The Sig_structure that the signature covers. */
  message: Uint8Array;
}

export interface SignedMessage {
  payload: Uint8Array;
  signatures: Signature[];
}

/** A seed (32 bytes) as a signer. `deterministic`: for reproducible bundles only. */
export function signerFromSeed(algorithm: Algorithm, seed: Uint8Array, deterministic = false): Signer {
  return {
    algorithm,
    publicKey: algorithm.publicKey(seed),
    sign: (message) => algorithm.sign(seed, message, deterministic),
  };
}

/** Content types (RFC 9052 section 3.1) of what is signed; they keep a signature over one from counting for the other. */
export const MANIFEST_TYPE = 'application/mote-manifest+cbor';
export const KEYS_TYPE = 'application/mote-keys+cbor';
export const GROUP_TYPE = 'application/mote-group+cbor';
export const ROLLOUT_TYPE = 'application/mote-rollout+cbor';

/** COSE_Sign_Tagged over `payload`, by every signer in turn. */
export function encodeSigned(payload: Uint8Array, signers: Signer[], contentType = MANIFEST_TYPE): Uint8Array {
  const body = bodyHeader(contentType);
  const signatures = signers.map((signer) => {
    const kid = thumbprint(signer.algorithm, signer.publicKey);
    const header = signHeader(signer.algorithm.cose, kid);
    const signature = signer.sign(sigStructure(body, header, payload));
    return [header, new Map([[PUBLIC_KEY, signer.publicKey]]), signature];
  });
  return encodeCbor(new Tagged(TAG_COSE_SIGN, [body, new Map(), payload, signatures]));
}

/** Throws Misfit or Error with the reason when `bytes` is anything else than docs/bundle.cddl's COSE_Sign_Tagged. */
export function decodeSigned(encoded: Uint8Array, contentType = MANIFEST_TYPE): SignedMessage {
  const tagged = decodeCbor(encoded);
  if (!(tagged instanceof Tagged) || tagged.tag !== TAG_COSE_SIGN) throw new Error('is not a COSE_Sign (tag 98)');
  const { header, unprotected, payload, signatures } = COSE_SIGN.read(tagged.value);
  if (!sameBytes(header, bodyHeader(contentType)))
    throw new Misfit('protected', `is not the content type ${contentType}`, header);
  if (unprotected.size !== 0) throw new Misfit('unprotected', 'is not empty', unprotected);
  return {
    payload,
    signatures: signatures.map((entry, index) => readSignature(entry, `signatures[${index}]`, header, payload)),
  };
}

/** RFC 9052 section 4.4, with no external data. */
export function sigStructure(body: Uint8Array, signProtected: Uint8Array, payload: Uint8Array): Uint8Array {
  return encodeCbor(['Signature', body, signProtected, new Uint8Array(0), payload]);
}

/** RFC 9052 table 3. */
const HEADER_ALG = 1;
const HEADER_CONTENT_TYPE = 3;
const HEADER_KID = 4;
/** Ours, of the range for private use. */
const PUBLIC_KEY = -70001;

const bodyHeader = (contentType: string): Uint8Array => encodeCbor(new Map([[HEADER_CONTENT_TYPE, contentType]]));

const anyMap: Schema<Map<unknown, unknown>> = {
  read(value, path = '') {
    if (!(value instanceof Map)) throw new Misfit(path, 'is not a map', value);
    return value;
  },
  write: (value) => value,
};

const MAX_BYTES = 65_535;
const COSE_SIGN = tuple({
  header: bytes(0, MAX_BYTES),
  unprotected: anyMap,
  payload: bytes(0, MAX_BYTES),
  signatures: list(tuple({ header: bytes(0, MAX_BYTES), unprotected: anyMap, signature: bytes(1, MAX_BYTES) }), 1, 4),
});

type Entry = { header: Uint8Array; unprotected: Map<unknown, unknown>; signature: Uint8Array };

function readSignature(entry: Entry, path: string, body: Uint8Array, payload: Uint8Array): Signature {
  const header = inPlace(`${path}.protected`, () => decodeCbor(entry.header));
  if (!(header instanceof Map) || header.size !== 2)
    throw new Misfit(`${path}.protected`, 'is not {1: alg, 4: kid}', header);
  const alg: unknown = header.get(HEADER_ALG);
  if (typeof alg !== 'number' || !Number.isSafeInteger(alg))
    throw new Misfit(`${path}.protected.alg`, 'is not a number', alg);
  const kid = bytes(32).read(header.get(HEADER_KID), `${path}.protected.kid`);
  if (entry.unprotected.size !== 1)
    throw new Misfit(`${path}.unprotected`, 'is not {-70001: public key}', entry.unprotected);
  const publicKey = bytes(1, MAX_BYTES).read(entry.unprotected.get(PUBLIC_KEY), `${path}.unprotected.key`);
  return {
    algorithm: algorithmOf(alg),
    alg,
    kid,
    publicKey,
    signature: entry.signature,
    message: sigStructure(body, entry.header, payload),
  };
}

function signHeader(alg: number, kid: Uint8Array): Uint8Array {
  return encodeCbor(
    new Map<number, unknown>([
      [HEADER_ALG, alg],
      [HEADER_KID, kid],
    ]),
  );
}

function inPlace<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new Misfit(path, (error as Error).message, undefined);
  }
}
