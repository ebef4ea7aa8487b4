// `motekit/pqc`: ML-KEM and ML-DSA for Node and browsers. A drop-in for @noble/post-quantum's ml-kem.js and ml-dsa.js.
export * from '../../ml-dsa/host/index.ts';
export * from '../../ml-kem/host/index.ts';
export type { Build } from './wasm.ts';
export { bestBuild } from './wasm.ts';
