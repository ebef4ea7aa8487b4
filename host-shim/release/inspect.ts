/** What is in a file of ours, without running or trusting it. */
import { inspectWasm, type WasmInfo } from '../../runtime/guest/compiler/inspect.ts';
import { fault } from '../errors.ts';
import { thumbprint } from './algorithms.ts';
import { type Bundle, readBundle } from './bundle.ts';
import { sameBytes } from './cbor.ts';
import { moduleIn } from './pack.ts';

export interface Inspection {
  kind: 'bundle' | 'wasm';
  /** Null: it is encrypted, differences alone, or no module. */
  wasm: WasmInfo | null;
  /** Of a bundle. Byte strings are in hex. */
  manifest?: InHex<Bundle['manifest']>;
  /** Of a bundle. `kid`: thumbprint of the key that is there; `claimed`: what the signature says, when it differs. */
  signatures?: { algorithm: string; kid: string; claimed?: string; bytes: number }[];
  /** Of a bundle, bytes. */
  envelope?: number;
}

/** `name`: what messages call the file. Throws bundle-*, wasm-invalid or file-unknown. */
export function inspect(bytes: Uint8Array, name: string): Inspection {
  if (startsWith(bytes, '\0asm')) return { kind: 'wasm', wasm: inspectModule(bytes, name) };
  // array(4) and a text of 11 bytes.
  if (!startsWith(bytes, '\x84\x6bmote-bundle')) throw fault('file-unknown', { path: name });
  const { envelope, manifest, signatures } = readBundle(bytes, name);
  return {
    kind: 'bundle',
    wasm: isReadable(manifest) ? inspectModule(moduleIn(bytes, name), `the module in ${name}`) : null,
    manifest: inHex(manifest),
    signatures: signatures.map(({ algorithm, alg, kid, publicKey, signature }) => {
      const print = algorithm ? thumbprint(algorithm, publicKey) : kid;
      return {
        algorithm: algorithm?.name ?? `COSE algorithm ${alg}`,
        kid: hex(print),
        ...(!sameBytes(print, kid) && { claimed: hex(kid) }),
        bytes: signature.length,
      };
    }),
    envelope: envelope.length,
  };
}

const isReadable = ({ kind, encryption, packing }: Bundle['manifest']): boolean =>
  kind !== 'data' && !encryption && !packing?.base;

/** Headers of a core module; its code validated, too. Throws wasm-invalid. */
export function inspectModule(bytes: Uint8Array, name: string): WasmInfo {
  try {
    const info = inspectWasm(bytes);
    if (!WebAssembly.validate(bytes as Uint8Array<ArrayBuffer>)) throw new Error('its code does not validate');
    return info;
  } catch (error) {
    throw fault(
      'wasm-invalid',
      { path: name, why: (error as Error).message.replace(/^not a readable Wasm module: /, '') },
      error,
    );
  }
}

const startsWith = (bytes: Uint8Array, head: string): boolean =>
  Buffer.from(bytes.subarray(0, head.length)).toString('latin1') === head;

type InHex<T> = T extends Uint8Array
  ? string
  : T extends (infer Item)[]
    ? InHex<Item>[]
    : T extends object
      ? { [Key in keyof T]: InHex<T[Key]> }
      : T;

function inHex<T>(value: T): InHex<T> {
  if (value instanceof Uint8Array) return hex(value) as InHex<T>;
  if (Array.isArray(value)) return value.map(inHex) as InHex<T>;
  if (typeof value !== 'object' || value === null) return value as InHex<T>;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, inHex(item)])) as InHex<T>;
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
