// test/unit/assembly/gcm-probe.ts behind byte arrays.
import { compile } from '../../modules/lib/pqc-builds.mjs';

interface Exports {
  memory: WebAssembly.Memory;
  place(): number;
  encrypt4(): void;
  begin(): void;
  authenticateData(length: number): void;
  authenticate(length: number): void;
  verify(): number;
  decrypt(length: number): void;
  wipe(): void;
}

export interface Sealed {
  key: Uint8Array;
  iv: Uint8Array;
  aad: Uint8Array;
  ciphertext: Uint8Array;
  tag: Uint8Array;
}

/** Inputs are taken in pieces of at most this many bytes. */
export const PIECE_MAX = 8192;

export async function loadGcm() {
  const wasm = await compile('test/unit/assembly/gcm-probe.ts');
  const x = new WebAssembly.Instance(new WebAssembly.Module(wasm)).exports as unknown as Exports;
  const place = x.place();
  const put = (...parts: Uint8Array[]) => {
    let at = place;
    for (const part of parts) {
      new Uint8Array(x.memory.buffer).set(part, at);
      at += part.length;
    }
  };
  const get = (length: number, at = 0) => new Uint8Array(x.memory.buffer).slice(place + at, place + at + length);
  const pieces = function* (bytes: Uint8Array, size: number) {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  };
  const begin = (key: Uint8Array, iv: Uint8Array) => {
    put(key, iv);
    x.begin();
  };
  const authenticate = (bytes: Uint8Array) => {
    put(bytes);
    x.authenticate(bytes.length);
  };
  const verify = (tag: Uint8Array) => {
    put(tag);
    return x.verify() === 1;
  };
  const decrypt = (bytes: Uint8Array) => {
    put(bytes);
    x.decrypt(bytes.length);
    return get(bytes.length);
  };
  return {
    exports: x,
    begin,
    authenticate,
    verify,
    decrypt,
    wipe: () => x.wipe(),
    encrypt4(key: Uint8Array, blocks: Uint8Array): Uint8Array {
      put(key, blocks);
      x.encrypt4();
      return get(64, 32);
    },
    /** The plaintext, or null when the tag is wrong; both passes in pieces of `size` bytes. */
    open({ key, iv, aad, ciphertext, tag }: Sealed, size = PIECE_MAX, second = size): Uint8Array | null {
      begin(key, iv);
      for (const piece of pieces(aad, size)) {
        put(piece);
        x.authenticateData(piece.length);
      }
      for (const piece of pieces(ciphertext, size)) authenticate(piece);
      if (!verify(tag)) return null;
      return Uint8Array.from(Buffer.concat([...pieces(ciphertext, second)].map(decrypt)));
    },
    /** All memory but the place of inputs and outputs. */
    rest(): Uint8Array {
      const copy = new Uint8Array(x.memory.buffer).slice();
      copy.fill(0, place, place + PIECE_MAX);
      return copy;
    },
  };
}
export type Gcm = Awaited<ReturnType<typeof loadGcm>>;
