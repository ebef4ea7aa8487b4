// test/unit/assembly/hkdf-probe.ts behind byte arrays.
import { compile } from '../../modules/lib/pqc-builds.mjs';

interface Exports {
  memory: WebAssembly.Memory;
  place(): number;
  output(): number;
  hmac(keyLength: number, length: number, piece: number): void;
  extract(saltLength: number, ikmLength: number): void;
  expand(infoLength: number, length: number): number;
  wipe(): void;
}

export async function loadHkdf() {
  const wasm = await compile('test/unit/assembly/hkdf-probe.ts');
  const x = new WebAssembly.Instance(new WebAssembly.Module(wasm)).exports as unknown as Exports;
  const memory = new Uint8Array(x.memory.buffer);
  const [place, output] = [x.place(), x.output()];
  const put = (...parts: Uint8Array[]) => memory.set(Buffer.concat(parts), place);
  const get = (length: number) => memory.slice(output, output + length);
  const expand = (prk: Uint8Array, info: Uint8Array, length: number) => {
    put(prk, info);
    return x.expand(info.length, length) ? get(length) : null;
  };
  const extract = (salt: Uint8Array, ikm: Uint8Array) => {
    put(salt, ikm);
    x.extract(salt.length, ikm.length);
    return get(32);
  };
  return {
    hmac(key: Uint8Array, data: Uint8Array, piece = data.length || 1): Uint8Array {
      put(key, data);
      x.hmac(key.length, data.length, piece);
      return get(32);
    },
    extract,
    /** null when the length is out of range. */
    expand,
    derive: (ikm: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number) =>
      expand(extract(salt, ikm), info, length),
    /** Whether the bytes stand anywhere in memory but at inputs and output, after wiping. */
    leaves(secret: Uint8Array): boolean {
      x.wipe();
      memory.fill(0, place, place + 8192).fill(0, output, output + 8192);
      return Buffer.from(memory).includes(Buffer.from(secret));
    },
  };
}
export type Hkdf = Awaited<ReturnType<typeof loadHkdf>>;
