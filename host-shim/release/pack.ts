/** Modules as zlib streams, whole or as what differs from the module that a device runs (docs/adr/0006). */
import { deflateSync, inflateSync } from 'node:zlib';
import { sha256 } from '@noble/hashes/sha2.js';
import { fault } from '../errors.ts';
import { MAX_FILE } from '../files.ts';
import type { Release } from './bundle.ts';
import { openBundle, readBundle } from './bundle.ts';

/** What RFC 1951 can reach back to, so what a dictionary can be of use for. */
const WINDOW = 32_768;

/**
 * The stream of a module. `base`: the module that must run where it arrives; the end of it is the preset dictionary.
 * Undefined when the stream would be no shorter.
 */
export function packModule(wasm: Uint8Array, base: Uint8Array | null = null): Release['packed'] {
  const dictionary = base?.subarray(Math.max(0, base.length - WINDOW));
  const payload = deflateSync(wasm, { level: 9, memLevel: 9, ...(dictionary && { dictionary }) });
  return payload.length < wasm.length ? { payload, base: base && sha256(base) } : undefined;
}

/** The module of a file: Wasm, or a bundle that holds it whole or compressed. Throws base-unusable, and as readBundle does. */
export function moduleIn(bytes: Uint8Array, name: string): Uint8Array {
  if (Buffer.from(bytes.subarray(0, 4)).toString('latin1') === '\0asm') return bytes;
  const { manifest } = readBundle(bytes, name);
  const { payload } = openBundle(bytes, name);
  const { encryption, packing } = manifest;
  if (encryption || packing?.base) {
    throw fault('base-unusable', { name, why: encryption ? 'it is encrypted' : 'it holds differences alone' });
  }
  try {
    return packing ? inflateSync(payload, { maxOutputLength: Math.min(manifest.size, MAX_FILE) }) : payload;
  } catch (error) {
    throw fault('base-unusable', { name, why: (error as Error).message }, error);
  }
}
