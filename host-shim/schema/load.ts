/** A model from wherever one is: a module's folder, a file, or a release. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '@noble/hashes/sha2.js';
import { z } from 'zod';
import { readDeclarations, SchemaError } from '../../runtime/guest/compiler/declarations.ts';
import { ManifestError, readManifest } from '../../runtime/guest/compiler/manifest.ts';
import { fault } from '../errors.ts';
import { readBounded } from '../files.ts';
import { sameBytes } from '../release/cbor.ts';
import type { Login } from '../release/registry.ts';
import type { Described } from './policy.ts';
import { MAX_MODEL, type ThingModel, thingModel } from './model.ts';

const data: z.ZodType = z.lazy(() =>
  z.looseObject({
    type: z.enum(['boolean', 'integer', 'number', 'string', 'object', 'array']).optional(),
    unit: z.string().optional(),
    minimum: z.number().optional(),
    maximum: z.number().optional(),
    maxLength: z.number().optional(),
    enum: z.array(z.string()).optional(),
    properties: z.record(z.string(), data).optional(),
    required: z.array(z.string()).optional(),
  }),
);
const model = z.looseObject({
  '@type': z.literal('tm:ThingModel'),
  title: z.string(),
  version: z.looseObject({ model: z.string() }),
  properties: z.record(z.string(), data).optional(),
  actions: z
    .record(z.string(), z.looseObject({ input: data.optional(), output: data.optional(), idempotent: z.boolean() }))
    .optional(),
  events: z.record(z.string(), z.looseObject({ data })).optional(),
});

/** Throws schema-invalid. */
export function decodeModel(bytes: Uint8Array, place: string): ThingModel {
  let json: unknown;
  try {
    if (bytes.length > MAX_MODEL) throw new Error(`it has ${bytes.length} bytes`);
    json = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (error) {
    throw fault('schema-invalid', { place, why: error instanceof Error ? error.message : String(error) }, error);
  }
  const { success, data: read, error } = model.safeParse(json);
  if (success) return read as unknown as ThingModel;
  const { path, message } = error.issues[0]!;
  throw fault('schema-invalid', { place, why: `${path.join('.') || 'it'}: ${message}` });
}

/** Of a module's folder. Throws module-missing and module-invalid. */
export async function modelOf(folder: string): Promise<Described & { component: string }> {
  try {
    const { name, version } = await readManifest(folder);
    return { component: name, version, model: thingModel(name, version, await readDeclarations(folder)) };
  } catch (error) {
    if (error instanceof SchemaError || error instanceof ManifestError) {
      throw fault('module-invalid', { path: folder, why: error.message }, error);
    }
    throw error;
  }
}

/**
 * `place`: a module's folder, a Thing Model's file, a release folder (`path`, `path:tag`) or a release in a registry
 * (`host/name:tag`). Throws as they do, and schema-missing for a release whose model is not there.
 */
export async function findModel(place: string, login?: Login): Promise<Described & { component: string }> {
  const found = await stat(place).catch(() => null);
  if (found?.isFile()) {
    const read = decodeModel(await readBounded(place, MAX_MODEL), place);
    return { component: read.title, version: read.version.model, model: read };
  }
  if (found?.isDirectory() && (await stat(join(place, 'module.json')).catch(() => null))) return modelOf(place);
  const { findRelease } = await import('../release/release.ts');
  const { manifest, schema } = await findRelease(place, login);
  return {
    component: manifest.component,
    version: manifest.version,
    model: modelIn(manifest.schema ?? null, schema, place),
  };
}

/** The model of a release: its bytes have the digest that is signed. Throws schema-missing and schema-invalid. */
export function modelIn(digest: Uint8Array | null, bytes: Uint8Array | null, place: string): ThingModel | null {
  if (digest === null) return null;
  if (bytes === null || !sameBytes(sha256(bytes), digest)) throw fault('schema-missing', { place });
  return decodeModel(bytes, place);
}
