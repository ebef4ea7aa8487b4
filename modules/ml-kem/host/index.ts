// ML-KEM (FIPS 203) for Node and browsers: the Wasm of ../assembly behind byte arrays, with the standard's input checks.
// Shapes and names are those of @noble/post-quantum.

import { checkBytes, randomBytes } from '../../lib/host/arguments.ts';
import { bestBuild, type Build, copyOf, instantiate, lazy, type WasmExports } from '../../lib/host/wasm.ts';
import { SCALAR, SIMD } from './generated/wasm.ts';

export interface MlKem {
  readonly info: { readonly type: 'ml-kem' };
  /** In bytes. */
  readonly lengths: {
    readonly seed: 64;
    readonly publicKey: number;
    readonly secretKey: number;
    readonly cipherText: number;
    readonly msg: 32;
    readonly msgRand: 32;
  };
  /**
   * Algorithm 19, ML-KEM.KeyGen; Algorithm 16 with `seed`, the 64 bytes d || z, which must be random and secret.
   * @throws RangeError for a seed of another length
   */
  keygen(seed?: Uint8Array): { publicKey: Uint8Array<ArrayBuffer>; secretKey: Uint8Array<ArrayBuffer> };
  /** The public (encapsulation) key that a secret (decapsulation) key holds. */
  getPublicKey(secretKey: Uint8Array): Uint8Array<ArrayBuffer>;
  /**
   * Algorithm 20, ML-KEM.Encaps; Algorithm 17 with `msg`, 32 bytes of randomness, for test vectors only.
   * @throws RangeError when the key fails 7.2's type check (length) or modulus check
   */
  encapsulate(
    publicKey: Uint8Array,
    msg?: Uint8Array,
  ): { cipherText: Uint8Array<ArrayBuffer>; sharedSecret: Uint8Array<ArrayBuffer> };
  /**
   * Algorithm 21, ML-KEM.Decaps: 32 bytes. A ciphertext that was not made for this key gives an unrelated secret.
   * @throws RangeError when an input fails 7.3's type checks (lengths) or hash check
   */
  decapsulate(cipherText: Uint8Array, secretKey: Uint8Array): Uint8Array<ArrayBuffer>;
}

/** The exports of ../assembly/index.ts. */
export interface MlKemWasm extends WasmExports {
  select(set: number): number;
  encapsulationKeyBytes(): number;
  decapsulationKeyBytes(): number;
  ciphertextBytes(): number;
  seed(): number;
  encapsulationKey(): number;
  decapsulationKey(): number;
  ciphertext(): number;
  sharedKey(): number;
  keygen(): void;
  encapsulate(): void;
  decapsulate(): void;
  encapsulationKeyIsValid(): number;
  decapsulationKeyIsValid(): number;
  wipeAll(): void;
}

export type MlKemSet = 512 | 768 | 1024;
const RANK = { 512: 2, 768: 3, 1024: 4 } as const; // k of Table 2
const CIPHERTEXT = { 512: 768, 768: 1088, 1024: 1568 } as const; // Table 3

/** A parameter set on an instance of the library. */
export function createMlKem(set: MlKemSet, wasm: () => MlKemWasm): MlKem {
  const publicKeyBytes = 384 * RANK[set] + 32;
  const lengths = {
    seed: 64,
    publicKey: publicKeyBytes,
    secretKey: 384 * RANK[set] + publicKeyBytes + 64,
    cipherText: CIPHERTEXT[set],
    msg: 32,
    msgRand: 32,
  } as const;
  const name = `ML-KEM-${set}`;
  function checkSecretKey(key: unknown): asserts key is Uint8Array {
    checkBytes(key, `${name} secretKey`, lengths.secretKey, 'FIPS 203, 7.3, decapsulation key type check');
  }

  /** The memory never grows, so one view of it serves. */
  let io: { of?: MlKemWasm; memory: Memory } = { memory: { write: () => {}, read: () => new Uint8Array() } };

  /** Runs `operation` with the set in force, and wipes its memory whatever happens. */
  function run<T>(operation: (m: MlKemWasm, io: Memory) => T): T {
    const m = wasm();
    if (io.of !== m) io = { of: m, memory: memoryOf(m) };
    m.select(set);
    try {
      return operation(m, io.memory);
    } finally {
      m.wipeAll();
    }
  }

  return Object.freeze({
    info: Object.freeze({ type: 'ml-kem' as const }),
    lengths: Object.freeze(lengths),
    keygen(seed?: Uint8Array) {
      if (seed !== undefined) checkBytes(seed, `${name} seed`, 64, 'FIPS 203, Algorithm 16: d || z');
      return run((m, io) => {
        io.write(m.seed(), seed ?? randomBytes(64));
        m.keygen();
        return {
          publicKey: io.read(m.encapsulationKey(), lengths.publicKey),
          secretKey: io.read(m.decapsulationKey(), lengths.secretKey),
        };
      });
    },
    getPublicKey(secretKey: Uint8Array) {
      checkSecretKey(secretKey);
      return new Uint8Array(secretKey.subarray(384 * RANK[set], 384 * RANK[set] + lengths.publicKey));
    },
    encapsulate(publicKey: Uint8Array, msg?: Uint8Array) {
      const clause = 'FIPS 203, 7.2, encapsulation key type check';
      checkBytes(publicKey, `${name} publicKey`, lengths.publicKey, clause);
      if (msg !== undefined) checkBytes(msg, `${name} msg`, 32, 'FIPS 203, Algorithm 17: m');
      return run((m, io) => {
        io.write(m.encapsulationKey(), publicKey);
        if (!m.encapsulationKeyIsValid()) {
          throw new RangeError(`${name} publicKey holds a coefficient of q or more (FIPS 203, 7.2, modulus check)`);
        }
        io.write(m.seed(), msg ?? randomBytes(32));
        m.encapsulate();
        return {
          cipherText: io.read(m.ciphertext(), lengths.cipherText),
          sharedSecret: io.read(m.sharedKey(), 32),
        };
      });
    },
    decapsulate(cipherText: Uint8Array, secretKey: Uint8Array) {
      checkSecretKey(secretKey);
      const clause = 'FIPS 203, 7.3, ciphertext type check';
      checkBytes(cipherText, `${name} cipherText`, lengths.cipherText, clause);
      return run((m, io) => {
        io.write(m.decapsulationKey(), secretKey);
        if (!m.decapsulationKeyIsValid()) {
          throw new RangeError(`${name} secretKey does not hold its public key's hash (FIPS 203, 7.3, hash check)`);
        }
        io.write(m.ciphertext(), cipherText);
        m.decapsulate();
        return io.read(m.sharedKey(), 32);
      });
    },
  });
}

interface Memory {
  write(address: number, bytes: Uint8Array): void;
  read(address: number, length: number): Uint8Array<ArrayBuffer>;
}

function memoryOf(m: WasmExports): Memory {
  const memory = new Uint8Array(m.memory.buffer);
  return {
    write: (address, bytes) => memory.set(bytes, address),
    read: (address, length) => copyOf(memory, address, length),
  };
}

/** A fresh instance of one build. */
export function loadMlKem(build: Build = bestBuild()): MlKemWasm {
  return instantiate<MlKemWasm>(build === 'simd' ? SIMD : SCALAR);
}

const shared = lazy(() => loadMlKem());

/** ML-KEM-512, security category 1: public key 800, secret key 1632, ciphertext 768 bytes. */
export const ml_kem512: MlKem = createMlKem(512, shared);
/** ML-KEM-768, security category 3: public key 1184, secret key 2400, ciphertext 1088 bytes. */
export const ml_kem768: MlKem = createMlKem(768, shared);
/** ML-KEM-1024, security category 5: public key 1568, secret key 3168, ciphertext 1568 bytes. */
export const ml_kem1024: MlKem = createMlKem(1024, shared);
