/** What `mote release` does: releases made, and moved between a folder and a registry. */
import { readdir } from 'node:fs/promises';
import { sha256 } from '@noble/hashes/sha2.js';
import { fault, MoteError } from '../errors.ts';
import { codeOf } from '../files.ts';
import { type Bundle, joinBundle, readBundle } from './bundle.ts';
import { sameBytes } from './cbor.ts';
import { loadWithSbom } from './module.ts';
import { type Artifact, makeArtifacts, MAX_MODULE, parseImage, readArtifacts, type Store } from './oci.ts';
import { isLayout, OciLayout } from './oci-layout.ts';
import { type Login, parseReference, Registry } from './registry.ts';
import { modelIn } from '../schema/load.ts';
import { encodeModel, type ThingModel } from '../schema/model.ts';
import { checkRelease, compareVersions, orderOf } from '../schema/policy.ts';
import { type SignOptions, signWith } from './sign.ts';

/** A release as it was found. */
export interface Found extends Bundle {
  /** Digest of the module's artifact: names it in every registry. */
  artifact: string;
  /** The bundle file's bytes. */
  bundle: Uint8Array;
  /** The bill of materials that the manifest names; null: it names none. */
  sbom: Uint8Array | null;
  /** The Thing Model that the manifest names; null: it names none. */
  schema: Uint8Array | null;
}

export interface CreateOptions extends SignOptions {
  /** Folder in the OCI image layout; made where there is none. */
  out: string;
}

/**
 * Builds and signs the module in `folder` and puts it into `out`, under its version.
 * Dates in it are SOURCE_DATE_EPOCH, by default 0, and everything but the signatures follows from the inputs.
 * Throws as signModule does, release-folder, and release-breaks for one that breaks the release before it there.
 */
export async function createRelease(folder: string, options: CreateOptions): Promise<Found & { tag: string }> {
  await checkFolder(options.out);
  let materials: Uint8Array | null = null;
  let schema: Uint8Array | null = null;
  const layout = new OciLayout(options.out);
  const signed = await signWith(options, async () => {
    const { materials: made, ...module } = await loadWithSbom(folder);
    materials = made;
    schema = module.model ? encodeModel(module.model) : null;
    await checkAgainst(layout, await layout.tags(), { ...module, model: module.model ?? null });
    return { ...module, sbom: sha256(made) };
  });
  const { component, version } = signed.manifest;
  const parts = { envelope: signed.envelope, wasm: signed.payload, sbom: materials, schema, component, version };
  const artifacts = makeArtifacts({ ...parts, created: sourceDate() });
  const tag = tagOf(version);
  for (const [turn, artifact] of artifacts.entries()) await layout.add(artifact, turn === 0 ? tag : undefined);
  return { ...signed, artifact: artifacts[0]!.descriptor.digest, sbom: materials, schema, tag };
}

/**
 * Of a folder (`path`, `path:tag` where it has several) or of a registry (`host/name:tag`): the module, the envelope with
 * the highest sequence number, and its bill of materials. Digests are checked; whom to trust is verifyBundle's business.
 * Throws release-place, release-missing, release-invalid, registry-unreachable or registry-denied.
 */
export async function findRelease(place: string, login?: Login): Promise<Found> {
  const { store, reference } = await open(place, login);
  return findIn(store, reference);
}

async function findIn(store: Store, reference: string): Promise<Found> {
  const { descriptor, wasm, envelopes, sboms, schemas } = await readArtifacts(store, reference);
  const digest = sha256(wasm);
  const bundles = envelopes
    .map((envelope) => bundleOf(envelope, wasm))
    .filter((found) => found !== null && sameBytes(found.manifest.digest, digest))
    .map((found) => found!)
    .sort((a, b) => b.manifest.sequence - a.manifest.sequence || Buffer.compare(a.envelope, b.envelope));
  const [newest] = bundles;
  if (newest === undefined) {
    throw fault('release-invalid', { place: store.name, why: 'no signed envelope refers to its module' });
  }
  const named = newest.manifest.sbom;
  const sbom = named === null ? null : (sboms.find((candidate) => sameBytes(sha256(candidate), named)) ?? undefined);
  if (sbom === undefined) {
    throw fault('release-invalid', {
      place: store.name,
      why: 'the bill of materials that its manifest names is not there',
    });
  }
  const model = newest.manifest.schema;
  const schema =
    model === undefined ? null : (schemas.find((candidate) => sameBytes(sha256(candidate), model)) ?? null);
  return { ...newest, artifact: descriptor.digest, sbom, schema };
}

/**
 * Copies a release, as it is, from a folder to `host/name:tag`. Gives the digest of the module's artifact there.
 * Throws as findRelease does, and release-breaks for one that breaks the release before it there.
 */
export async function pushRelease(
  from: string,
  to: string,
  login?: Login,
): Promise<{ artifact: string; count: number }> {
  const target = parseReference(to);
  if (!target || target.reference.startsWith('sha256:')) throw fault('release-place', { place: to });
  const { artifact, manifest, schema } = await findRelease(from, login);
  const { store } = await open(from, login);
  const { descriptor } = await store.manifest(artifact);
  const registry = new Registry(target, login);
  const model = modelIn(manifest.schema ?? null, schema, from);
  await checkAgainst(registry, await registry.tags(), { ...manifest, model });
  const referrers = await store.referrers(descriptor);
  // The tag comes last: who finds it finds everything.
  for (const { digest, artifactType } of referrers) {
    const copy = await copyOf(store, digest);
    await registry.add({ ...copy, descriptor: { ...copy.descriptor, ...(artifactType && { artifactType }) } });
  }
  await registry.add(await copyOf(store, artifact), target.reference);
  return { artifact, count: 1 + referrers.length };
}

/**
 * Refuses what breaks the release before: the highest version in the store that is not above this one, of the same component.
 * Throws release-breaks and schema-missing.
 */
async function checkAgainst(
  store: Store,
  tags: string[],
  after: { component: string; version: string; model: ThingModel | null },
): Promise<void> {
  const [before] = tags
    .filter(
      (tag) => orderOf(tag) !== null && (orderOf(after.version) === null || compareVersions(tag, after.version) <= 0),
    )
    .sort((a, b) => compareVersions(b, a));
  if (before === undefined) return;
  const { manifest, schema } = await findIn(store, before);
  if (manifest.component !== after.component) return;
  const model = modelIn(manifest.schema ?? null, schema, `${store.name}:${before}`);
  checkRelease(after.component, { version: manifest.version, model }, after);
}

/** SOURCE_DATE_EPOCH (reproducible-builds.org), seconds since 1970; 0 when there is none. */
export function sourceDate(): number {
  const text = process.env.SOURCE_DATE_EPOCH ?? '';
  return /^\d{1,11}$/.test(text) ? Number(text) : 0;
}

/** Who to be at a registry, as the environment says. */
export function registryLogin(): Login | undefined {
  const { MOTE_REGISTRY_USER: user, MOTE_REGISTRY_PASSWORD: password } = process.env;
  return user === undefined || password === undefined ? undefined : { user, password };
}

async function open(place: string, login: Login | undefined): Promise<{ store: Store; reference: string }> {
  if (await isLayout(place)) {
    const layout = new OciLayout(place);
    const tags = await layout.tags();
    if (tags.length !== 1) {
      throw fault('release-missing', { place, what: `single release; name one: ${tags.join(', ') || 'it has none'}` });
    }
    return { store: layout, reference: tags[0]! };
  }
  const [, folder, tag] = /^(.+):([^:/]+)$/.exec(place) ?? [];
  if (folder !== undefined && (await isLayout(folder))) return { store: new OciLayout(folder), reference: tag! };
  const target = parseReference(place);
  if (!target) throw fault('release-place', { place });
  return { store: new Registry(target, login), reference: target.reference };
}

async function copyOf(store: Store, reference: string): Promise<Artifact> {
  const { descriptor, bytes } = await store.manifest(reference);
  const { config, layers } = parseImage(bytes, store.name);
  const blobs = await Promise.all(
    [config, ...layers].map(async (of) => ({ descriptor: of, bytes: await store.blob(of, MAX_MODULE) })),
  );
  return { descriptor, manifest: bytes, blobs };
}

/** Null for an envelope that is none: whoever may write to a repository can add one. */
function bundleOf(envelope: Uint8Array, wasm: Uint8Array): (Bundle & { bundle: Uint8Array }) | null {
  try {
    const bundle = joinBundle(envelope, wasm);
    return { ...readBundle(bundle), bundle };
  } catch (error) {
    if (error instanceof MoteError) return null;
    throw error;
  }
}

async function checkFolder(path: string): Promise<void> {
  const entries = await readdir(path).catch((error) => {
    if (codeOf(error) === 'ENOENT') return [];
    throw fault('release-folder', { path }, error);
  });
  if (entries.length > 0 && !(await isLayout(path))) throw fault('release-folder', { path });
}

/** A version as a tag (distribution specification): what a tag cannot have becomes "_". */
const tagOf = (version: string): string => version.replace(/[^A-Za-z0-9._-]/g, '_').replace(/^[.-]/, '_');
