// The verify-only build (modules/ml-dsa/assembly/verifier.ts) behind byte arrays.
import { compileBuild } from '../../modules/lib/pqc-builds.mjs';

export type ParameterSet = 44 | 65 | 87;

interface Exports {
  memory: WebAssembly.Memory;
  select(set: number): number;
  publicKeyBytes(): number;
  signatureBytes(): number;
  publicKey(): number;
  signature(): number;
  chunk(): number;
  mu(): number;
  verifyBegin(): void;
  verifyUpdate(length: number): void;
  verifyFinish(): number;
  verifyExternalMu(): number;
}

export interface Verifier {
  /** `message` is M', or mu with `externalMu`. A wrong length is false. */
  verify(
    set: ParameterSet,
    publicKey: Uint8Array,
    message: Uint8Array,
    signature: Uint8Array,
    externalMu?: boolean,
  ): boolean;
  /** Bytes of linear memory in use. */
  memoryBytes: number;
}

export async function loadVerifier(simd: boolean): Promise<Verifier> {
  const module = new WebAssembly.Module(await compileBuild(simd ? 'ml-dsa-verify-simd' : 'ml-dsa-verify'));
  const m = new WebAssembly.Instance(module).exports as unknown as Exports;
  const memory = new Uint8Array(m.memory.buffer);
  return {
    verify(set, publicKey, message, signature, externalMu = false) {
      m.select(set);
      if (publicKey.length !== m.publicKeyBytes() || signature.length !== m.signatureBytes()) return false;
      memory.set(publicKey, m.publicKey());
      memory.set(signature, m.signature());
      if (externalMu) {
        memory.set(message, m.mu());
        return m.verifyExternalMu() === 1;
      }
      m.verifyBegin();
      for (let at = 0; at < message.length; at += 1024) {
        const chunk = message.subarray(at, at + 1024);
        memory.set(chunk, m.chunk());
        m.verifyUpdate(chunk.length);
      }
      return m.verifyFinish() === 1;
    },
    memoryBytes: m.chunk() + 1024,
  };
}

/** M' of Algorithm 3 (pure) or, with the hash's OID and digest, of Algorithm 5. */
export function format(message: Uint8Array, context: Uint8Array, oid?: Uint8Array): Uint8Array {
  const head = Uint8Array.of(oid ? 1 : 0, context.length);
  return new Uint8Array(Buffer.concat([head, context, oid ?? new Uint8Array(0), message]));
}
