// test/unit/assembly/x25519-probe.ts behind byte arrays.
import { compile } from '../../modules/lib/pqc-builds.mjs';

interface Exports {
  memory: WebAssembly.Memory;
  place(): number;
  agree(): number;
  publicKey(): void;
  agreeInPlace(): number;
}

export const PROBE = 'test/unit/assembly/x25519-probe.ts';

export async function loadX25519() {
  const wasm = await compile(PROBE);
  const x = new WebAssembly.Instance(new WebAssembly.Module(wasm)).exports as unknown as Exports;
  const memory = new Uint8Array(x.memory.buffer);
  const place = x.place();
  return {
    /** The shared secret, or null when it is all zero. */
    agree(k: Uint8Array, u: Uint8Array): Uint8Array | null {
      memory.set(k, place);
      memory.set(u, place + 32);
      return x.agree() ? memory.slice(place + 64, place + 96) : null;
    },
    agreeInPlace(k: Uint8Array, u: Uint8Array): Uint8Array | null {
      memory.set(k, place);
      memory.set(u, place + 32);
      return x.agreeInPlace() ? memory.slice(place, place + 32) : null;
    },
    publicKey(k: Uint8Array): Uint8Array {
      memory.set(k, place);
      x.publicKey();
      return memory.slice(place + 64, place + 96);
    },
    /** All memory but the place of inputs and outputs. */
    rest: (): Uint8Array => {
      const copy = memory.slice();
      copy.fill(0, place, place + 96);
      return copy;
    },
    bytes: wasm.length,
  };
}
export type X25519 = Awaited<ReturnType<typeof loadX25519>>;
