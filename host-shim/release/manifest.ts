/** The manifest of docs/bundle.cddl: the elements of RFC 9124 that a device decides by. */
import { fault } from '../errors.ts';
import { decodeCbor, encodeCbor } from './cbor.ts';
import { bytes, list, literal, Misfit, nullable, type Of, record, text, tuple, uint, uuid } from './schema.ts';

const U32 = 0xffff_ffff;

/** Ranges of runtime/kernel/kernel.h; fuel is loop heads and calls for each message, the rest bytes. */
const BUDGETS = record({
  memory: [1, uint(1024, 65_536)],
  fuel: [2, uint(1, 0x7fff_ffff)],
  stack: [3, uint(512, 16_384)],
  mailbox: [4, uint(20, 16_384)],
  outbox: [5, uint(0, U32)],
});

const MANIFEST_VERSION = 1;
/** COSE algorithm SHA-256 (RFC 9054 section 2.1). */
const SHA_256 = -16;

const MANIFEST = record({
  version: [1, literal(MANIFEST_VERSION)],
  sequence: [2, uint(1)],
  vendor: [3, uuid],
  class: [4, uuid],
  component: [5, text(/^[a-z][a-z0-9-]{0,31}$/, 'a name of 1 to 32 a-z, 0-9 and "-" that begins with a letter')],
  release: [6, text(/^[ -~]{1,32}$/, '1 to 32 printable ASCII characters')],
  digest: [7, tuple({ algorithm: literal(SHA_256), value: bytes(32) })],
  size: [8, uint(1, U32)],
  expiry: [9, nullable(uint(1))],
  dependencies: [10, record({ abi: ['abi', text(/^[0-9.]{1,16}$/, 'a version such as 0.1')] })],
  budgets: [11, BUDGETS],
  grants: [12, list(text(/^[!-~]{1,64}$/, '1 to 64 printable ASCII characters without blanks'), 0, 16)],
  sbom: [13, nullable(bytes(32))],
});

export type Budgets = Of<typeof BUDGETS>;

export interface Manifest {
  /** Strictly increasing for a component: the device refuses a lower one. 1 to 2^53 - 1. */
  sequence: number;
  /** UUID text. */
  vendor: string;
  /** UUID text: the board that the module is for. */
  class: string;
  /** The module's name. */
  component: string;
  /** The module's version, for people. */
  version: string;
  /** SHA-256 of the module, 32 bytes. */
  digest: Uint8Array;
  /** Bytes of the module. */
  size: number;
  /** Seconds since 1970, or null: never. */
  expiry: number | null;
  abi: string;
  budgets: Budgets;
  /** `capability` or `capability:scope`. */
  grants: string[];
  /** SHA-256 of the SBOM, 32 bytes, or null. */
  sbom: Uint8Array | null;
}

/** Throws manifest-invalid for a field outside docs/bundle.cddl. */
export function encodeManifest({ version, abi, digest, ...rest }: Manifest): Uint8Array {
  const fields = {
    ...rest,
    version: MANIFEST_VERSION as typeof MANIFEST_VERSION,
    release: version,
    digest: { algorithm: SHA_256 as typeof SHA_256, value: digest },
    dependencies: { abi },
  };
  try {
    return encodeCbor(MANIFEST.write(fields));
  } catch (error) {
    if (!(error instanceof Misfit)) throw error;
    throw fault('manifest-invalid', {
      field: publicName(error.path),
      value: show(error.value),
      why: `it ${error.why}`,
    });
  }
}

/** Throws bundle-malformed or bundle-unsupported. */
export function decodeManifest(encoded: Uint8Array): Manifest {
  try {
    const decoded = decodeCbor(encoded);
    // First, so that a later format is named as such and not as damage.
    const version = decoded instanceof Map ? decoded.get(1) : undefined;
    if (typeof version === 'number' && version !== MANIFEST_VERSION) {
      throw fault('bundle-unsupported', {
        where: 'manifest version',
        value: version,
        known: `is not ${MANIFEST_VERSION}`,
      });
    }
    const { version: _, release, digest, dependencies, ...rest } = MANIFEST.read(decoded);
    return { ...rest, version: release, digest: digest.value, abi: dependencies.abi };
  } catch (error) {
    if (error instanceof Misfit) {
      // Well-formed, but beyond what a device of this format can do.
      if (typeof error.value === 'number' && /^(budgets|digest\.algorithm)/.test(error.path)) {
        throw fault('bundle-unsupported', { where: error.path, value: error.value, known: error.why }, error);
      }
      const where = error.path === '' ? 'the manifest' : `the manifest's ${publicName(error.path)}`;
      throw fault('bundle-malformed', { where, why: error.why }, error);
    }
    if (error instanceof Error && error.name !== 'MoteError') {
      throw fault('bundle-malformed', { where: 'the manifest', why: error.message }, error);
    }
    throw error;
  }
}

const publicName = (path: string): string =>
  ({ release: 'version', version: 'manifest version', 'dependencies.abi': 'abi', 'digest.value': 'digest' })[path] ??
  path;

function show(value: unknown): string {
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing');
}
