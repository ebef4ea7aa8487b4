/** The bundle that the tests of this folder share. Its key is for tests only: the seed is 00 01 02 … 1f. */
import { algorithmNamed } from '../../../host-shim/release/algorithms.ts';
import { type Release, signBundle } from '../../../host-shim/release/bundle.ts';
import { type Signer, signerFromSeed } from '../../../host-shim/release/cose.ts';

export const seed = (first: number): Uint8Array => Uint8Array.from({ length: 32 }, (_, i) => first + i);
export const signer: Signer = signerFromSeed(algorithmNamed('ML-DSA-65')!, seed(0), true);
export const classical: Signer = signerFromSeed(algorithmNamed('Ed25519')!, seed(32), true);
export const stranger: Signer = signerFromSeed(algorithmNamed('ML-DSA-65')!, seed(64), true);

/** The smallest core module, and a custom section of a few KB so that it takes several chunks. */
export function wasmOf(length: number): Uint8Array {
  const wasm = new Uint8Array(length);
  wasm.set([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]);
  const rest = length - 8;
  if (rest >= 4) wasm.set([0x00, ((rest - 3) & 0x7f) | 0x80, (rest - 3) >> 7, 0x01, 0x78], 8);
  return wasm;
}

export const fields: Omit<Release, 'signers'> = {
  wasm: wasmOf(8),
  sequence: 7,
  vendor: 'fa6b4a53-d5ad-5fdf-be9d-e663e4d41ffe',
  class: '1492af14-2569-5e48-bf42-9b2d51f2ab45',
  component: 'gateway',
  version: '1.2.3',
  budgets: { memory: 16_384, fuel: 100_000, stack: 2048, mailbox: 4096, outbox: 8192 },
  grants: ['radio-receive', 'mqtt-publish:telemetry'],
};

export const sample = (changes: Partial<Release> = {}): Uint8Array =>
  signBundle({ ...fields, signers: [signer], ...changes });

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
