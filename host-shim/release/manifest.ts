/** The manifest of docs/bundle.cddl: the elements of RFC 9124 that a device decides by. */
import { fault } from '../errors.ts';
import { decodeCbor, encodeCbor } from './cbor.ts';
import {
  bytes,
  list,
  literal,
  Misfit,
  mapping,
  nullable,
  type Of,
  optional,
  record,
  type Schema,
  text,
  tuple,
  uint,
  uuid,
} from './schema.ts';

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
/** RFC 1950. */
const ZLIB = 1;
const KINDS = ['supervisor', 'data'] as const;

const NAME = text(/^[a-z][a-z0-9-]{0,31}$/, 'a name of 1 to 32 a-z, 0-9 and "-" that begins with a letter');

/** Names of components, ascending as a device compares them: by their bytes, the shorter one first when it begins the other. */
const MEMBERS: Schema<{ component: string; digest: Uint8Array }[]> = ascending(
  list(tuple({ component: NAME, digest: bytes(32) }), 2, 4),
);

const MANIFEST = record({
  version: [1, literal(MANIFEST_VERSION)],
  sequence: [2, uint(1)],
  vendor: [3, uuid],
  class: [4, uuid],
  component: [5, NAME],
  release: [6, text(/^[ -~]{1,32}$/, '1 to 32 printable ASCII characters')],
  digest: [7, tuple({ algorithm: literal(SHA_256), value: bytes(32) })],
  size: [8, uint(1, U32)],
  expiry: [9, nullable(uint(1))],
  dependencies: [10, record({ abi: ['abi', text(/^[0-9.]{1,16}$/, 'a version such as 0.1')] })],
  budgets: [11, BUDGETS],
  grants: [12, list(text(/^[!-~]{1,64}$/, '1 to 64 printable ASCII characters without blanks'), 0, 16)],
  sbom: [13, nullable(bytes(32))],
  needs: [14, optional(mapping(NAME, uint(1), 1, 4))],
  set: [15, optional(MEMBERS)],
  kind: [16, optional(uint(1, KINDS.length))],
  encryption: [17, optional(tuple({ group: NAME, salt: bytes(32), digest: bytes(32) }))],
  oldest: [18, optional(uint(1))],
  packing: [
    19,
    optional(tuple({ method: literal(ZLIB), base: nullable(bytes(32)), size: uint(1, U32), digest: bytes(32) })),
  ],
  schema: [20, optional(bytes(32))],
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
  /** Components that have to be there, with the least sequence number of each. */
  needs?: Record<string, number> | undefined;
  /** All that become active together with this one, which is among them: component and SHA-256 of its module. */
  set?: { component: string; digest: Uint8Array }[] | undefined;
  /** Left out: a module. */
  kind?: (typeof KINDS)[number] | undefined;
  /** What travels is AES-256-GCM's ciphertext and tag, of the module or of its zlib stream; the group whose key opens it, the salt, SHA-256 of what travels. */
  encryption?: { group: string; salt: Uint8Array; digest: Uint8Array } | undefined;
  /** Least sequence number of a module before to which this one may be rolled back. */
  oldest?: number | undefined;
  /** The module as a zlib stream; SHA-256 of the module that is its dictionary, its size, its SHA-256. */
  packing?: { base: Uint8Array | null; size: number; digest: Uint8Array } | undefined;
  /** SHA-256 of the description of the module's data. */
  schema?: Uint8Array | undefined;
}

/** Bytes that travel, and their SHA-256. */
export function wireOf(manifest: Manifest): { size: number; digest: Uint8Array } {
  return { size: wireSize(manifest), digest: (manifest.encryption ?? manifest.packing ?? manifest).digest };
}

/** Bytes that travel. */
export function wireSize(
  manifest: Pick<Manifest, 'size'> & { encryption?: object | undefined; packing?: { size: number } | undefined },
): number {
  const { size } = manifest.packing ?? manifest;
  return manifest.encryption ? size + GCM_TAG : size;
}

/** Bytes that AES-256-GCM adds. */
const GCM_TAG = 16;

/** Throws manifest-invalid for a field outside docs/bundle.cddl. */
export function encodeManifest({ version, abi, digest, kind, packing, ...rest }: Manifest): Uint8Array {
  const fields = {
    ...rest,
    version: MANIFEST_VERSION as typeof MANIFEST_VERSION,
    release: version,
    digest: { algorithm: SHA_256 as typeof SHA_256, value: digest },
    dependencies: { abi },
    kind: kind && KINDS.indexOf(kind) + 1,
    packing: packing && { method: ZLIB as typeof ZLIB, ...packing },
  };
  try {
    return encodeCbor(MANIFEST.write(fields as Parameters<typeof MANIFEST.write>[0]));
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
    const { version: _, release, digest, dependencies, kind, packing, ...rest } = MANIFEST.read(decoded);
    const manifest: Manifest = {
      ...rest,
      version: release,
      digest: digest.value,
      abi: dependencies.abi,
      kind: kind === undefined ? undefined : KINDS[kind - 1],
      packing: packing && { base: packing.base, size: packing.size, digest: packing.digest },
    };
    // A field that is not there is no field: what prints a manifest need not know which may be missing.
    return Object.fromEntries(Object.entries(manifest).filter(([, value]) => value !== undefined)) as typeof manifest;
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

function ascending<T extends { component: string }>(schema: Schema<T[]>): Schema<T[]> {
  const check = (members: T[], path = '') => {
    const names = members.map(({ component }) => component);
    if (names.some((name, i) => i > 0 && name <= names[i - 1]!)) {
      throw new Misfit(path, 'does not name its components in ascending order, each once', names);
    }
    return members;
  };
  return {
    read: (value, path) => check(schema.read(value, path), path),
    write: (value, path) => schema.write(check(value, path), path),
  };
}

const publicName = (path: string): string =>
  ({ release: 'version', version: 'manifest version', 'dependencies.abi': 'abi', 'digest.value': 'digest' })[path] ??
  path;

function show(value: unknown): string {
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing');
}
