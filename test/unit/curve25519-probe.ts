// test/unit/assembly/curve25519-probe.ts behind byte arrays and bigints.
import { compile } from '../../modules/lib/pqc-builds.mjs';

export const P = 2n ** 255n - 19n;
export const L = 2n ** 252n + 27742317777372353535851937790883648493n;

export const little = (n: bigint, length = 32): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => Number((n >> BigInt(8 * i)) & 255n));
export const number = (bytes: Uint8Array): bigint => bytes.reduceRight((n, byte) => (n << 8n) | BigInt(byte), 0n);
export const mod = (n: bigint, m: bigint): bigint => ((n % m) + m) % m;

interface Exports {
  memory: WebAssembly.Memory;
  place(): number;
  field(operation: number): void;
  limbs(operation: number): void;
  scalarIsReduced(): number;
  scalarReduce(): void;
  scalarDigits(): void;
  point(): number;
  sha512(length: number, piece: number): void;
}

export const OPERATIONS = { pack: 0, add: 1, subtract: 2, multiply: 3, square: 4, invert: 5, power58: 6, square7: 7 };

export async function loadProbe() {
  const wasm = await compile('test/unit/assembly/curve25519-probe.ts');
  const x = new WebAssembly.Instance(new WebAssembly.Module(wasm)).exports as unknown as Exports;
  const place = x.place();
  const put = (bytes: Uint8Array, at = 0) => new Uint8Array(x.memory.buffer).set(bytes, place + at);
  const get = (length: number, at = 0) => new Uint8Array(x.memory.buffer).slice(place + at, place + at + length);
  return {
    field(operation: keyof typeof OPERATIONS, a: bigint, b = 0n): bigint {
      put(little(a));
      put(little(b), 32);
      x.field(OPERATIONS[operation]);
      return number(get(32));
    },
    /** On limbs as they are. */
    limbs(operation: 'pack' | 'multiply' | 'square', a: number[], b = a): { value: bigint; limbs: number[] } {
      const view = new Int32Array(x.memory.buffer, place, 18);
      view.set(a);
      view.set(b, 9);
      x.limbs(OPERATIONS[operation]);
      return { value: number(get(32)), limbs: [...new Int32Array(x.memory.buffer.slice(place + 80, place + 116))] };
    },
    isReduced(bytes: Uint8Array): boolean {
      put(bytes);
      return x.scalarIsReduced() === 1;
    },
    reduce(bytes: Uint8Array): bigint {
      put(bytes);
      x.scalarReduce();
      return number(get(40));
    },
    digits(scalar: bigint): number[] {
      put(little(scalar));
      x.scalarDigits();
      return [...new Int8Array(get(256).buffer)];
    },
    /** null when the encoding is refused. */
    point(bytes: Uint8Array): { smallOrder: boolean; encoded: Uint8Array } | null {
      put(bytes);
      const small = x.point();
      return small < 0 ? null : { smallOrder: small === 1, encoded: get(32) };
    },
    sha512(data: Uint8Array, piece = data.length || 1): Buffer {
      put(data);
      x.sha512(data.length, piece);
      return Buffer.from(get(64));
    },
  };
}
export type Probe = Awaited<ReturnType<typeof loadProbe>>;
