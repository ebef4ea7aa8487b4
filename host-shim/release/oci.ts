/**
 * A release as OCI artifacts (OCI Image Specification 1.1): the module in CNCF's Wasm artifact layout, and as its
 * referrers the signed envelope and the bill of materials. Nothing here depends on where they are kept.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { z } from 'zod';
import { fault } from '../errors.ts';
import { MAX_ENVELOPE } from './bundle.ts';
import { MAX_MODEL, MODEL_TYPE } from '../schema/model.ts';
import { MAX_SBOM, SBOM_TYPE } from './sbom.ts';

export const IMAGE_TYPE = 'application/vnd.oci.image.manifest.v1+json';
export const INDEX_TYPE = 'application/vnd.oci.image.index.v1+json';
/** CNCF TAG Runtime, "Wasm OCI Artifact layout". */
const WASM_CONFIG_TYPE = 'application/vnd.wasm.config.v0+json';
const WASM_TYPE = 'application/wasm';
const EMPTY_TYPE = 'application/vnd.oci.empty.v1+json';
/** RFC 9052 section 11.1; parameters are not part of a descriptor's media type. */
const COSE_TYPE = 'application/cose';
export const ENVELOPE_ARTIFACT = 'application/vnd.mote.envelope.v1';

/** Longest manifest or index that is read: what the distribution specification asks registries to take, bytes. */
export const MAX_MANIFEST = 4 * 1024 * 1024;
export const MAX_MODULE = 16 * 1024 * 1024;

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'is not sha256:<64 hex digits>');
const descriptor = z.object({
  mediaType: z.string().max(255),
  digest,
  size: z.int().min(0),
  artifactType: z.string().max(255).optional(),
  annotations: z.record(z.string(), z.string()).optional(),
});
export type Descriptor = z.infer<typeof descriptor>;

const image = z.object({
  schemaVersion: z.literal(2),
  mediaType: z.literal(IMAGE_TYPE),
  artifactType: z.string().optional(),
  config: descriptor,
  layers: z.array(descriptor).min(1).max(8),
  subject: descriptor.optional(),
  annotations: z.record(z.string(), z.string()).optional(),
});
export type Image = z.infer<typeof image>;

const index = z.object({
  schemaVersion: z.literal(2),
  manifests: z.array(descriptor).max(1000),
});

/** One manifest with the blobs it names. */
export interface Artifact {
  descriptor: Descriptor;
  manifest: Uint8Array;
  blobs: { descriptor: Descriptor; bytes: Uint8Array }[];
}

/** Where artifacts are: a folder in the OCI image layout, or a repository of a registry. */
export interface Store {
  /** For messages. */
  readonly name: string;
  /** Throws release-missing. The bytes have the digest. */
  blob(descriptor: Descriptor, limit: number): Promise<Uint8Array>;
  /** By tag or digest. Throws release-missing. */
  manifest(reference: string): Promise<{ descriptor: Descriptor; bytes: Uint8Array }>;
  /** Descriptors of the manifests whose subject this is, with their artifact types. */
  referrers(subject: Descriptor): Promise<Descriptor[]>;
  /** Blobs first, then the manifest; `tag` names it. */
  add(artifact: Artifact, tag?: string): Promise<void>;
}

export interface ReleaseParts {
  envelope: Uint8Array;
  wasm: Uint8Array;
  sbom: Uint8Array | null;
  /** The Thing Model that the manifest names. */
  schema?: Uint8Array | null;
  component: string;
  version: string;
  /** Seconds since 1970: the dates in the artifacts. 0 unless SOURCE_DATE_EPOCH says otherwise. */
  created: number;
}

/** The artifacts of a release, the module's first. The same parts give the same bytes. */
export function makeArtifacts({
  envelope,
  wasm,
  sbom,
  schema = null,
  component,
  version,
  created,
}: ReleaseParts): Artifact[] {
  const date = new Date(created * 1000).toISOString().replace('.000Z', 'Z');
  const annotations = { 'org.opencontainers.image.created': date };
  const config = {
    created: date,
    architecture: 'wasm',
    // The layout has two words: wasip2 for components, wasip1 for every core module, as ours are.
    os: 'wasip1',
    layerDigests: [digestOf(wasm)],
  };
  const module = artifact({
    config: blob(WASM_CONFIG_TYPE, Buffer.from(JSON.stringify(config))),
    layer: blob(WASM_TYPE, wasm),
    annotations: {
      ...annotations,
      'org.opencontainers.image.title': component,
      'org.opencontainers.image.version': version,
    },
  });
  const refer = (artifactType: string, layerType: string, bytes: Uint8Array) =>
    artifact({
      artifactType,
      config: blob(EMPTY_TYPE, Buffer.from('{}')),
      layer: blob(layerType, bytes),
      subject: module.descriptor,
      annotations,
    });
  const referrers = [refer(ENVELOPE_ARTIFACT, COSE_TYPE, envelope)];
  if (sbom) referrers.push(refer(SBOM_TYPE, SBOM_TYPE, sbom));
  if (schema) referrers.push(refer(MODEL_TYPE, MODEL_TYPE, schema));
  return [module, ...referrers];
}

/** What a place has to give for a module: its bytes, and candidates for its envelope, its bill of materials and its Thing Model. */
export async function readArtifacts(
  store: Store,
  reference: string,
): Promise<{
  descriptor: Descriptor;
  wasm: Uint8Array;
  envelopes: Uint8Array[];
  sboms: Uint8Array[];
  schemas: Uint8Array[];
}> {
  const found = await store.manifest(reference);
  const module = parseImage(found.bytes, store.name);
  const [layer] = module.layers;
  if (module.config.mediaType !== WASM_CONFIG_TYPE || module.layers.length !== 1 || layer!.mediaType !== WASM_TYPE) {
    throw fault('release-invalid', { place: store.name, why: 'it is not one module in the Wasm artifact layout' });
  }
  const wasm = await store.blob(layer!, MAX_MODULE);
  const referrers = await store.referrers(found.descriptor);
  const read = async (type: string, limit: number) => {
    const these = referrers.filter(({ artifactType }) => artifactType === type).slice(0, MAX_REFERRERS);
    return Promise.all(
      these.map(async ({ digest: name }) => {
        const { layers, subject } = parseImage((await store.manifest(name)).bytes, store.name);
        if (subject?.digest !== found.descriptor.digest) {
          throw fault('release-invalid', { place: store.name, why: `${name} is listed for what it does not refer to` });
        }
        return store.blob(layers[0]!, limit);
      }),
    );
  };
  return {
    descriptor: found.descriptor,
    wasm,
    envelopes: await read(ENVELOPE_ARTIFACT, MAX_ENVELOPE),
    sboms: await read(SBOM_TYPE, MAX_SBOM),
    schemas: await read(MODEL_TYPE, MAX_MODEL),
  };
}

export function parseImage(bytes: Uint8Array, place: string): Image {
  return parse(image, bytes, place);
}

/** Entries of an image index. */
export function parseIndex(bytes: Uint8Array, place: string): Descriptor[] {
  return parse(index, bytes, place).manifests;
}

export function encodeIndex(manifests: Descriptor[]): Uint8Array {
  return Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: INDEX_TYPE, manifests }));
}

export const digestOf = (bytes: Uint8Array): string => `sha256:${Buffer.from(sha256(bytes)).toString('hex')}`;

/** Bytes as they came, when they are what the descriptor says. Throws release-invalid. */
export function checked(bytes: Uint8Array, { digest: expected }: Descriptor, place: string): Uint8Array {
  const found = digestOf(bytes);
  if (found !== expected) throw fault('release-invalid', { place, why: `${expected} has the bytes of ${found}` });
  return bytes;
}

/** Of one module, how many envelopes or bills of materials are looked at. */
const MAX_REFERRERS = 64;

type Blob = Artifact['blobs'][number];

const blob = (mediaType: string, bytes: Uint8Array): Blob => ({
  descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length },
  bytes,
});

function artifact(parts: {
  artifactType?: string;
  config: Blob;
  layer: Blob;
  subject?: Descriptor;
  annotations: Record<string, string>;
}): Artifact {
  const { artifactType, config, layer, subject, annotations } = parts;
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: IMAGE_TYPE,
      ...(artifactType && { artifactType }),
      config: config.descriptor,
      layers: [layer.descriptor],
      ...(subject && { subject: { mediaType: subject.mediaType, digest: subject.digest, size: subject.size } }),
      annotations,
    }),
  );
  return {
    descriptor: {
      mediaType: IMAGE_TYPE,
      digest: digestOf(manifest),
      size: manifest.length,
      ...(artifactType && { artifactType }),
    },
    manifest,
    blobs: [config, layer],
  };
}

function parse<T>(schema: z.ZodType<T>, bytes: Uint8Array, place: string): T {
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (error) {
    throw fault('release-invalid', { place, why: 'a manifest is not JSON' }, error);
  }
  const { success, data, error } = schema.safeParse(json);
  if (success) return data;
  const { path, message } = error.issues[0]!;
  throw fault('release-invalid', { place, why: `${path.join('.') || 'a manifest'}: ${message}` });
}
