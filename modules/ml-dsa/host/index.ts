// ML-DSA (FIPS 204) for Node and browsers: the Wasm of ../assembly behind byte arrays, with the standard's input checks.
// Shapes and names are those of @noble/post-quantum.

import { checkBytes, checkOptions, randomBytes } from '../../lib/host/arguments.ts';
import { bestBuild, type Build, copyOf, instantiate, lazy, type WasmExports } from '../../lib/host/wasm.ts';
import { SCALAR, SIMD } from './generated/wasm.ts';

type Bytes = Uint8Array<ArrayBuffer>;

export interface VerifyOptions {
  /** The context string: 0 to 255 bytes, empty by default. */
  context?: Uint8Array;
}
export interface SignOptions extends VerifyOptions {
  /** rnd of Algorithm 2: 32 bytes; `false` signs deterministically; drawn at random by default. */
  extraEntropy?: Uint8Array | false;
}
export interface InternalVerifyOptions {
  /** The message is mu, 64 bytes (Algorithm 8, step 6), instead of M'. */
  externalMu?: boolean;
}
export interface InternalSignOptions extends InternalVerifyOptions {
  extraEntropy?: Uint8Array | false;
}

/** A pre-hash function (FIPS 204, 5.4): its DER-encoded OID and its output, as @noble/hashes gives them. */
export interface PreHash {
  (message: Uint8Array): Uint8Array;
  readonly oid?: Uint8Array;
}

interface Keys {
  /** In bytes. */
  readonly lengths: {
    readonly seed: 32;
    readonly publicKey: number;
    readonly secretKey: number;
    readonly signature: number;
    readonly signRand: 32;
  };
  /**
   * Algorithm 1, ML-DSA.KeyGen; Algorithm 6 with `seed`, the 32 bytes of xi, which must be random and secret.
   * @throws RangeError for a seed of another length
   */
  keygen(seed?: Uint8Array): { publicKey: Bytes; secretKey: Bytes };
  /** The public key that belongs to a secret key. */
  getPublicKey(secretKey: Uint8Array): Bytes;
}

export interface Signer extends Keys {
  /**
   * Algorithm 2, ML-DSA.Sign.
   * @throws RangeError when the secret key's length or range, or the context's length, is wrong
   */
  sign(message: Uint8Array, secretKey: Uint8Array, options?: SignOptions): Bytes;
  /**
   * Algorithm 3, ML-DSA.Verify. A signature of another length is invalid.
   * @throws RangeError when the public key's or the context's length is wrong
   */
  verify(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array, options?: VerifyOptions): boolean;
}

export interface MlDsa extends Signer {
  readonly info: { readonly type: 'ml-dsa' };
  /** Bits: 128, 192 or 256. */
  readonly securityLevel: number;
  /** Algorithms 6 to 8: the message is M', or mu. */
  readonly internal: Keys & {
    sign(message: Uint8Array, secretKey: Uint8Array, options?: InternalSignOptions): Bytes;
    verify(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array, options?: InternalVerifyOptions): boolean;
  };
  /** HashML-DSA (Algorithms 4 and 5) with a hash function that has an OID. */
  prehash(hash: PreHash): Signer;
}

/** The exports of ../assembly/index.ts. */
export interface MlDsaWasm extends WasmExports {
  select(set: number): number;
  seed(): number;
  secretKey(): number;
  publicKey(): number;
  signature(): number;
  chunk(): number;
  mu(): number;
  keygen(): void;
  publicKeyOfSecretKey(): void;
  secretKeyIsValid(): number;
  signBegin(): void;
  signUpdate(length: number): void;
  signFinish(): void;
  signExternalMu(): void;
  verifyBegin(): void;
  verifyUpdate(length: number): void;
  verifyFinish(): number;
  verifyExternalMu(): number;
  wipeAll(): void;
}

export type MlDsaSet = 44 | 65 | 87;
const CHUNK = 1024;
/** Table 2, and the collision strength lambda of Table 1. */
const SIZES = {
  44: { publicKey: 1312, secretKey: 2560, signature: 2420, lambda: 128 },
  65: { publicKey: 1952, secretKey: 4032, signature: 3309, lambda: 192 },
  87: { publicKey: 2592, secretKey: 4896, signature: 4627, lambda: 256 },
} as const;
const EMPTY = new Uint8Array(0);

/** A parameter set on an instance of the library. */
export function createMlDsa(set: MlDsaSet, wasm: () => MlDsaWasm): MlDsa {
  const name = `ML-DSA-${set}`;
  const { lambda, ...sizes } = SIZES[set];
  const lengths = Object.freeze({ seed: 32, signRand: 32, ...sizes } as const);

  /** Runs `operation` with the set in force, and wipes its memory whatever happens. */
  function run<T>(operation: (m: MlDsaWasm, memory: Uint8Array) => T): T {
    const m = wasm();
    m.select(set);
    try {
      return operation(m, new Uint8Array(m.memory.buffer));
    } finally {
      m.wipeAll();
    }
  }

  function checkSecretKey(key: unknown): asserts key is Uint8Array {
    checkBytes(key, `${name} secretKey`, lengths.secretKey, 'FIPS 204, Table 2');
  }
  function writeSecretKey(m: MlDsaWasm, memory: Uint8Array, secretKey: Uint8Array): void {
    memory.set(secretKey, m.secretKey());
    if (!m.secretKeyIsValid()) {
      throw new RangeError(`${name} secretKey holds a coefficient beyond eta (FIPS 204, Algorithm 25, skDecode)`);
    }
  }
  /** Feeds the parts of M' to `update`, a chunk at a time. */
  function feed(m: MlDsaWasm, memory: Uint8Array, parts: Uint8Array[], update: (length: number) => void): void {
    for (const part of parts) {
      for (let at = 0; at < part.length; at += CHUNK) {
        const chunk = part.subarray(at, at + CHUNK);
        memory.set(chunk, m.chunk());
        update(chunk.length);
      }
    }
  }
  function rndOf(extraEntropy: Uint8Array | false | undefined): Uint8Array {
    if (extraEntropy === false) return new Uint8Array(32);
    if (extraEntropy === undefined) return randomBytes(32);
    checkBytes(extraEntropy, `${name} extraEntropy`, 32, 'FIPS 204, Algorithm 2: rnd');
    return extraEntropy;
  }

  function signParts(parts: Uint8Array[], secretKey: Uint8Array, rnd: Uint8Array): Bytes {
    return run((m, memory) => {
      writeSecretKey(m, memory, secretKey);
      m.signBegin();
      feed(m, memory, parts, (length) => m.signUpdate(length));
      memory.set(rnd, m.seed());
      m.signFinish();
      return copyOf(memory, m.signature(), lengths.signature);
    });
  }
  function verifyParts(signature: Uint8Array, parts: Uint8Array[], publicKey: Uint8Array): boolean {
    checkBytes(signature, `${name} signature`);
    checkBytes(publicKey, `${name} publicKey`, lengths.publicKey, 'FIPS 204, 3.6.2');
    if (signature.length !== lengths.signature) return false;
    return run((m, memory) => {
      memory.set(publicKey, m.publicKey());
      memory.set(signature, m.signature());
      m.verifyBegin();
      feed(m, memory, parts, (length) => m.verifyUpdate(length));
      return m.verifyFinish() === 1;
    });
  }

  const keys: Keys = {
    lengths,
    keygen(seed) {
      if (seed !== undefined) checkBytes(seed, `${name} seed`, 32, 'FIPS 204, Algorithm 6: xi');
      return run((m, memory) => {
        memory.set(seed ?? randomBytes(32), m.seed());
        m.keygen();
        return {
          publicKey: copyOf(memory, m.publicKey(), lengths.publicKey),
          secretKey: copyOf(memory, m.secretKey(), lengths.secretKey),
        };
      });
    },
    getPublicKey(secretKey) {
      checkSecretKey(secretKey);
      return run((m, memory) => {
        writeSecretKey(m, memory, secretKey);
        m.publicKeyOfSecretKey();
        return copyOf(memory, m.publicKey(), lengths.publicKey);
      });
    },
  };

  /** A signer of M' = head(context) and `body` of the message. */
  function signer(format: (message: Uint8Array, context: Uint8Array) => Uint8Array[]): Signer {
    const parts = (message: unknown, context: Uint8Array = EMPTY) => {
      checkBytes(message, `${name} message`);
      checkBytes(context, `${name} context`);
      if (context.length > 255) {
        throw new RangeError(
          `${name} context must have at most 255 bytes, got ${context.length} (FIPS 204, 5.2, Algorithm 2)`,
        );
      }
      return format(message, context);
    };
    return {
      ...keys,
      sign(message, secretKey, options = {}) {
        const { context, extraEntropy } = checkOptions(options, ['context', 'extraEntropy']);
        checkSecretKey(secretKey);
        const rnd = rndOf(extraEntropy);
        return signParts(parts(message, context), secretKey, rnd);
      },
      verify(signature, message, publicKey, options = {}) {
        const { context } = checkOptions(options, ['context']);
        return verifyParts(signature, parts(message, context), publicKey);
      },
    };
  }

  const checkMu = (mu: Uint8Array) => checkBytes(mu, `${name} mu`, 64, 'FIPS 204, Algorithm 7, step 6');

  return Object.freeze({
    info: Object.freeze({ type: 'ml-dsa' as const }),
    securityLevel: lambda,
    ...signer((message, context) => [Uint8Array.of(0, context.length), context, message]),
    internal: Object.freeze({
      ...keys,
      sign(message: Uint8Array, secretKey: Uint8Array, options: InternalSignOptions = {}) {
        const { extraEntropy, externalMu = false } = checkOptions(options, ['extraEntropy', 'externalMu']);
        checkSecretKey(secretKey);
        const rnd = rndOf(extraEntropy);
        if (!externalMu) {
          checkBytes(message, `${name} message`);
          return signParts([message], secretKey, rnd);
        }
        checkMu(message);
        return run((m, memory) => {
          writeSecretKey(m, memory, secretKey);
          memory.set(message, m.mu());
          memory.set(rnd, m.seed());
          m.signExternalMu();
          return copyOf(memory, m.signature(), lengths.signature);
        });
      },
      verify(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array, options: InternalVerifyOptions = {}) {
        const { externalMu = false } = checkOptions(options, ['externalMu']);
        if (!externalMu) {
          checkBytes(message, `${name} message`);
          return verifyParts(signature, [message], publicKey);
        }
        checkMu(message);
        checkBytes(signature, `${name} signature`);
        checkBytes(publicKey, `${name} publicKey`, lengths.publicKey, 'FIPS 204, 3.6.2');
        if (signature.length !== lengths.signature) return false;
        return run((m, memory) => {
          memory.set(publicKey, m.publicKey());
          memory.set(signature, m.signature());
          memory.set(message, m.mu());
          return m.verifyExternalMu() === 1;
        });
      },
    }),
    prehash(hash: PreHash) {
      const oid = hash?.oid;
      if (typeof hash !== 'function' || !(oid instanceof Uint8Array) || oid[0] !== 0x06) {
        throw new TypeError('prehash takes a hash function with its DER-encoded OID as `oid` (FIPS 204, 5.4)');
      }
      const strength = hash(EMPTY).length * 4;
      if (strength < lambda) {
        throw new RangeError(
          `${name} wants a pre-hash of collision strength ${lambda}, got ${strength} (FIPS 204, 5.4)`,
        );
      }
      return Object.freeze(
        signer((message, context) => [Uint8Array.of(1, context.length), context, oid, hash(message)]),
      );
    },
  });
}

/** A fresh instance of one build. */
export function loadMlDsa(build: Build = bestBuild()): MlDsaWasm {
  return instantiate<MlDsaWasm>(build === 'simd' ? SIMD : SCALAR);
}

const shared = lazy(() => loadMlDsa());

/** ML-DSA-44, security category 2: public key 1312, secret key 2560, signature 2420 bytes. */
export const ml_dsa44: MlDsa = createMlDsa(44, shared);
/** ML-DSA-65, security category 3: public key 1952, secret key 4032, signature 3309 bytes. */
export const ml_dsa65: MlDsa = createMlDsa(65, shared);
/** ML-DSA-87, security category 5: public key 2592, secret key 4896, signature 4627 bytes. */
export const ml_dsa87: MlDsa = createMlDsa(87, shared);
