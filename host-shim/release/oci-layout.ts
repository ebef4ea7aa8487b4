/** A folder in the OCI image layout (OCI Image Specification, image-layout.md): what skopeo and oras read as well. */
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fault } from '../errors.ts';
import { readBounded, writeWhole } from '../files.ts';
import {
  type Artifact,
  checked,
  type Descriptor,
  encodeIndex,
  MAX_MANIFEST,
  parseImage,
  parseIndex,
  type Store,
} from './oci.ts';

const REF_NAME = 'org.opencontainers.image.ref.name';
const MARKER = 'oci-layout';

export const isLayout = (path: string): Promise<boolean> => exists(join(path, MARKER));

export class OciLayout implements Store {
  readonly name: string;
  readonly #folder: string;

  constructor(folder: string) {
    this.name = folder;
    this.#folder = folder;
  }

  async blob(descriptor: Descriptor, limit: number): Promise<Uint8Array> {
    return checked(await this.#read(descriptor.digest, limit), descriptor, this.name);
  }

  async manifest(reference: string): Promise<{ descriptor: Descriptor; bytes: Uint8Array }> {
    const manifests = await this.#index();
    const found = manifests.find(
      ({ digest, annotations }) => digest === reference || annotations?.[REF_NAME] === reference,
    );
    if (!found) throw fault('release-missing', { place: this.name, what: reference });
    return { descriptor: found, bytes: checked(await this.#read(found.digest, MAX_MANIFEST), found, this.name) };
  }

  async referrers(subject: Descriptor): Promise<Descriptor[]> {
    const all = await Promise.all(
      (await this.#index()).map(async (entry) => {
        const { subject: of, artifactType } = parseImage((await this.manifest(entry.digest)).bytes, this.name);
        return of?.digest === subject.digest ? { ...entry, ...(artifactType && { artifactType }) } : null;
      }),
    );
    return all.filter((entry) => entry !== null);
  }

  /** The tags that manifests have here. */
  async tags(): Promise<string[]> {
    return (await this.#index()).flatMap(({ annotations }) => annotations?.[REF_NAME] ?? []);
  }

  async add({ descriptor, manifest, blobs }: Artifact, tag?: string): Promise<void> {
    await mkdir(join(this.#folder, 'blobs', 'sha256'), { recursive: true });
    for (const { descriptor: of, bytes } of blobs) await writeWhole(this.#path(of.digest), bytes);
    await writeWhole(this.#path(descriptor.digest), manifest);
    const marker = join(this.#folder, MARKER);
    if (!(await exists(marker))) await writeWhole(marker, JSON.stringify({ imageLayoutVersion: '1.0.0' }));
    const entry = tag === undefined ? descriptor : { ...descriptor, annotations: { [REF_NAME]: tag } };
    const others = (await this.#index()).filter(
      ({ digest, annotations }) =>
        digest !== descriptor.digest && (tag === undefined || annotations?.[REF_NAME] !== tag),
    );
    await writeWhole(join(this.#folder, 'index.json'), encodeIndex([...others, entry]));
  }

  async #index(): Promise<Descriptor[]> {
    const path = join(this.#folder, 'index.json');
    return (await exists(path)) ? parseIndex(await readBounded(path, MAX_MANIFEST), this.name) : [];
  }

  async #read(digest: string, limit: number): Promise<Uint8Array> {
    const path = this.#path(digest);
    if (!(await exists(path))) throw fault('release-missing', { place: this.name, what: digest });
    return readBounded(path, limit);
  }

  #path(digest: string): string {
    return join(this.#folder, 'blobs', 'sha256', digest.slice('sha256:'.length));
  }
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
