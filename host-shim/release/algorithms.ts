/** Signature algorithms of docs/bundle.cddl: their COSE numbers, key types, sizes, and the library behind each. */
import { createPrivateKey, createPublicKey, sign as nodeSign, verify as nodeVerify } from 'node:crypto';
import { sha256 } from '@noble/hashes/sha2.js';
import { ml_dsa65, ml_dsa87 } from '@noble/post-quantum/ml-dsa.js';
import { encodeCbor } from './cbor.ts';

export type AlgorithmName = 'ML-DSA-65' | 'ML-DSA-87' | 'Ed25519';

export interface Algorithm {
  name: AlgorithmName;
  /** COSE algorithm: RFC 9964 for ML-DSA, RFC 9864 for Ed25519. */
  cose: number;
  publicKeyBytes: number;
  signatureBytes: number;
  /** The public key of a 32-byte seed. */
  publicKey(seed: Uint8Array): Uint8Array;
  /** `deterministic`: for reproducible bundles only; otherwise ML-DSA signs hedged (FIPS 204 section 3.4). */
  sign(seed: Uint8Array, message: Uint8Array, deterministic: boolean): Uint8Array;
  /** False for whatever does not verify, wrong lengths included. */
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
  /** The required members of the COSE_Key, which its thumbprint covers (RFC 9679 section 4). */
  coseKey(publicKey: Uint8Array): Map<number, unknown>;
}

/** Bytes of a private key: both families derive everything from a seed. */
export const SEED_BYTES = 32;

export const ALGORITHMS: readonly Algorithm[] = [
  mlDsa('ML-DSA-65', -49, ml_dsa65, 1952, 3309),
  mlDsa('ML-DSA-87', -50, ml_dsa87, 2592, 4627),
  ed25519(),
];

export const algorithmNamed = (name: string): Algorithm | undefined => ALGORITHMS.find((a) => a.name === name);
export const algorithmOf = (cose: unknown): Algorithm | undefined => ALGORITHMS.find((a) => a.cose === cose);

/** The COSE Key Thumbprint (RFC 9679, SHA-256): 32 bytes that name a public key. */
export function thumbprint(algorithm: Algorithm, publicKey: Uint8Array): Uint8Array {
  return sha256(encodeCbor(algorithm.coseKey(publicKey)));
}

/** COSE_Key labels and key types: RFC 9052 table 4, RFC 9053 section 7.2, RFC 9964 section 4 (AKP). */
const KTY = 1;
const ALG = 3;
const KTY_OKP = 1;
const KTY_AKP = 7;
const AKP_PUB = -1;
const OKP_CRV = -1;
const OKP_X = -2;
const CRV_ED25519 = 6;

function mlDsa(
  name: AlgorithmName,
  cose: number,
  library: typeof ml_dsa65,
  publicKeyBytes: number,
  signatureBytes: number,
): Algorithm {
  return {
    name,
    cose,
    publicKeyBytes,
    signatureBytes,
    publicKey: (seed) => library.keygen(seed).publicKey,
    sign(seed, message, deterministic) {
      const { secretKey } = library.keygen(seed);
      try {
        // COSE: pure ML-DSA with an empty context (RFC 9964 section 5).
        return library.sign(message, secretKey, deterministic ? { extraEntropy: false } : {});
      } finally {
        secretKey.fill(0);
      }
    },
    verify: (publicKey, message, signature) =>
      publicKey.length === publicKeyBytes &&
      signature.length === signatureBytes &&
      library.verify(signature, message, publicKey),
    coseKey: (publicKey) =>
      new Map<number, unknown>([
        [KTY, KTY_AKP],
        [ALG, cose],
        [AKP_PUB, publicKey],
      ]),
  };
}

function ed25519(): Algorithm {
  // DER headers of RFC 8410 around the raw 32 bytes, which is all that Node's OpenSSL lacks.
  const pkcs8 = Buffer.from('302e020100300506032b657004220420', 'hex');
  const spki = Buffer.from('302a300506032b6570032100', 'hex');
  const privateKey = (seed: Uint8Array) =>
    createPrivateKey({ key: Buffer.concat([pkcs8, seed]), format: 'der', type: 'pkcs8' });
  return {
    name: 'Ed25519',
    cose: -19,
    publicKeyBytes: 32,
    signatureBytes: 64,
    publicKey: (seed) =>
      new Uint8Array(createPublicKey(privateKey(seed)).export({ format: 'der', type: 'spki' }).subarray(spki.length)),
    sign: (seed, message) => new Uint8Array(nodeSign(null, message, privateKey(seed))),
    verify(publicKey, message, signature) {
      if (publicKey.length !== 32 || signature.length !== 64) return false;
      const key = createPublicKey({ key: Buffer.concat([spki, publicKey]), format: 'der', type: 'spki' });
      return nodeVerify(null, message, key, signature);
    },
    coseKey: (publicKey) =>
      new Map<number, unknown>([
        [KTY, KTY_OKP],
        [OKP_CRV, CRV_ED25519],
        [OKP_X, publicKey],
      ]),
  };
}
