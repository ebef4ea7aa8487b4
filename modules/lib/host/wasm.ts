// Instantiates the Wasm libraries, synchronously, in Node and browsers.

/** A function with one v128: engines without SIMD refuse it. */
const SIMD_PROBE = Uint8Array.of(
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11],
);

/** Which of the two builds of one source: `scalar` runs everywhere. */
export type Build = 'scalar' | 'simd';

/** The build for this engine. */
export function bestBuild(): Build {
  return WebAssembly.validate(SIMD_PROBE) ? 'simd' : 'scalar';
}

/** What the libraries' exports share. */
export interface WasmExports {
  readonly memory: { readonly buffer: ArrayBufferLike };
}

/** The exports of a module given in base64. Takes no imports. */
export function instantiate<T extends WasmExports>(base64: string): T {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  return new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as unknown as T;
}

/** A copy of `length` bytes. Faster than slice(), which asks for the constructor to use. */
export function copyOf(memory: Uint8Array, address: number, length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(memory.subarray(address, address + length));
}

/** Computes once, when first asked. */
export function lazy<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
