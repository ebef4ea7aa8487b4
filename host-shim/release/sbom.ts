/**
 * The bill of materials of a module, as CycloneDX 1.6 (ECMA-424) in JSON: its sources, the npm packages whose code is in
 * it, and the compiler. It has no date and no random number: the same inputs give the same bytes, so that the manifest
 * can name it by its digest.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sha256 } from '@noble/hashes/sha2.js';
import type { CompiledModule } from '../../runtime/guest/compiler/index.ts';
import { uuid5 } from '../board/settings.ts';
import { packageRoot } from '../files.ts';

/** Media type of the document (IANA). */
export const SBOM_TYPE = 'application/vnd.cyclonedx+json';
/** Longest document that is read, bytes. */
export const MAX_SBOM = 1024 * 1024;

export type Compiled = Pick<CompiledModule, 'name' | 'version' | 'wasm' | 'sources'>;

/**
 * The document's bytes. `base`: the project's folder; sources are named relative to it, those of a package in
 * node_modules by the package.
 */
export async function makeSbom({ name, version, wasm, sources }: Compiled, base: string): Promise<Uint8Array> {
  const compiler = await packageAt(fileURLToPath(import.meta.resolve('assemblyscript/asc')));
  const optimizer = await packageAt(fileURLToPath(import.meta.resolve('binaryen')));
  const mote = await packageAt(join(packageRoot(), 'package.json'));
  // The compiler's standard library is compiled in; the optimizer leaves nothing of itself.
  const packages = new Map([[compiler.purl, compiler]]);
  const files: FileComponent[] = [];
  for (const [path, digest] of sources) {
    const owner = await ownerOf(path, base, mote);
    if (owner) packages.set(owner.purl, owner);
    const where = relative(owner?.folder ?? base, path)
      .split(sep)
      .join('/');
    files.push(file(owner ? `${owner.name}@${owner.version}/${where}` : where, digest));
  }
  files.sort((a, b) => (a.name < b.name ? -1 : 1));
  const libraries = [...packages.values()].sort((a, b) => (a.purl < b.purl ? -1 : 1));
  const self = `pkg:generic/${name}@${encodeURIComponent(version)}`;
  const document = {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${uuid5(NAMESPACE, JSON.stringify([name, version, hex(sha256(wasm)), files, libraries]))}`,
    version: 1,
    metadata: {
      lifecycles: [{ phase: 'build' }],
      tools: { components: [{ type: 'application', name: mote.name, version: mote.version, purl: mote.purl }] },
      component: {
        type: 'firmware',
        'bom-ref': self,
        name,
        version,
        'mime-type': 'application/wasm',
        hashes: [{ alg: 'SHA-256', content: hex(sha256(wasm)) }],
      },
    },
    components: [...libraries.map((found) => component(found, 'required')), component(optimizer, 'excluded'), ...files],
    dependencies: [{ ref: self, dependsOn: [...libraries.map(({ purl }) => purl), ...files.map((f) => f['bom-ref'])] }],
  };
  return Buffer.from(`${JSON.stringify(document, null, 2)}\n`);
}

/** What `mote release sbom` shows in short. Throws an Error with the reason when `bytes` is no such document. */
export function readSbom(bytes: Uint8Array): { name: string; version: string; rows: [type: string, name: string][] } {
  const document = JSON.parse(Buffer.from(bytes).toString('utf8'));
  if (document?.bomFormat !== 'CycloneDX') throw new Error('it is not a CycloneDX document');
  const { name, version } = document.metadata?.component ?? {};
  const rows = (document.components ?? []).map((found: Record<string, unknown>) => [
    found.scope === 'excluded' ? 'tool' : String(found.type),
    found.version === undefined ? String(found.name) : `${found.name} ${found.version}`,
  ]);
  return { name: String(name), version: String(version), rows };
}

/** Version 5 of `sbom.mote.example` in the DNS namespace (RFC 9562 section 5.5). */
const NAMESPACE = uuid5('6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'sbom.mote.example');

interface Package {
  folder: string;
  name: string;
  version: string;
  license: string | undefined;
  purl: string;
}
type FileComponent = ReturnType<typeof file>;

function file(name: string, digest: string) {
  return { type: 'file', 'bom-ref': `file:${name}`, name, hashes: [{ alg: 'SHA-256', content: digest }] };
}

function component({ name, version, license, purl }: Package, scope: 'required' | 'excluded') {
  return {
    type: 'library',
    'bom-ref': purl,
    name,
    version,
    scope,
    ...(license !== undefined && { licenses: [{ expression: license }] }),
    purl,
  };
}

/** The package that brings a source, or undefined: it is the project's own. */
async function ownerOf(path: string, base: string, mote: Package): Promise<Package | undefined> {
  const inside = (folder: string) => path.startsWith(folder + sep);
  if (inside(base) && !relative(base, path).split(sep).includes('node_modules')) return undefined;
  return inside(mote.folder) && !relative(mote.folder, path).split(sep).includes('node_modules')
    ? mote
    : packageAt(path);
}

/** The package with a name and a version in whose folder `path` is. */
async function packageAt(path: string): Promise<Package> {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const description = join(folder, 'package.json');
    if (existsSync(description)) {
      const { name, version, license } = JSON.parse(await readFile(description, 'utf8'));
      if (typeof name === 'string' && typeof version === 'string') {
        // The "@" of a scope is percent-encoded (package-url, type npm).
        const purl = `pkg:npm/${name.replace(/^@/, '%40')}@${encodeURIComponent(version)}`;
        return { folder, name, version, license: typeof license === 'string' ? license : undefined, purl };
      }
    }
    if (dirname(folder) === folder) throw new Error(`no package holds ${path}`);
  }
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
