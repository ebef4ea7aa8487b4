/**
 * A repository of a registry, by the OCI Distribution Specification 1.1: pull, push, referrers, and the referrers tag for
 * registries that do not know them yet.
 */
import { fault, MoteError } from '../errors.ts';
import { codeOf } from '../files.ts';
import {
  type Artifact,
  checked,
  type Descriptor,
  digestOf,
  encodeIndex,
  IMAGE_TYPE,
  INDEX_TYPE,
  MAX_MANIFEST,
  parseIndex,
  type Store,
} from './oci.ts';

/** `host[:port]/name:tag` or `host[:port]/name@sha256:…`. */
export interface Reference {
  host: string;
  repository: string;
  /** Tag or digest. */
  reference: string;
}

export interface Login {
  user: string;
  password: string;
}

/** Null when `text` is no reference. The tag may be left out: `latest`. */
export function parseReference(text: string): Reference | null {
  const found = REFERENCE.exec(text)?.groups;
  if (!found || text.length > 512) return null;
  return { host: found.host!, repository: found.name!, reference: found.digest ?? found.tag ?? 'latest' };
}

/** Patterns of the distribution specification, "Pulling manifests"; a host has a dot, a port, or is localhost. */
const REFERENCE = new RegExp(
  '^(?<host>localhost(?::\\d+)?|\\[[0-9a-f:]+\\](?::\\d+)?|[a-zA-Z0-9-]+(?:\\.[a-zA-Z0-9-]+)+(?::\\d+)?|[a-zA-Z0-9-]+:\\d+)' +
    '/(?<name>[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*)*)' +
    '(?:@(?<digest>sha256:[0-9a-f]{64})|:(?<tag>[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}))?$',
);

const TIMEOUT_MS = 60_000;

export class Registry implements Store {
  readonly name: string;
  readonly #base: string;
  readonly #repository: string;
  readonly #login: Login | undefined;
  #authorization: string | undefined;

  /** Plain HTTP for a registry on this machine, HTTPS for every other. */
  constructor({ host, repository }: Reference, login?: Login) {
    const local = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/.test(host);
    this.name = `${host}/${repository}`;
    this.#base = `${local ? 'http' : 'https'}://${host}`;
    this.#repository = repository;
    this.#login = login;
  }

  async blob(descriptor: Descriptor, limit: number): Promise<Uint8Array> {
    if (descriptor.size > limit) throw this.#invalid(`${descriptor.digest} has ${descriptor.size} bytes`);
    const response = await this.#fetch('GET', `blobs/${descriptor.digest}`);
    if (response.status === 404) throw fault('release-missing', { place: this.name, what: descriptor.digest });
    return checked(await this.#body(response, 200, descriptor.size), descriptor, this.name);
  }

  async manifest(reference: string): Promise<{ descriptor: Descriptor; bytes: Uint8Array }> {
    const found = await this.#manifest(reference, IMAGE_TYPE);
    if (!found) throw fault('release-missing', { place: this.name, what: reference });
    return found;
  }

  async referrers(subject: Descriptor): Promise<Descriptor[]> {
    const response = await this.#fetch('GET', `referrers/${subject.digest}`, { accept: INDEX_TYPE });
    if (response.ok) return parseIndex(await this.#body(response, 200, MAX_MANIFEST), this.name);
    await response.body?.cancel();
    if (response.status !== 404) throw this.#unexpected(response);
    return this.#taggedReferrers(subject);
  }

  /** The tags that it has; none for a repository that is not there. At most 1000. */
  async tags(): Promise<string[]> {
    const response = await this.#fetch('GET', 'tags/list?n=1000');
    if (response.status === 404) {
      await response.body?.cancel();
      return [];
    }
    const answer: unknown = JSON.parse(Buffer.from(await this.#body(response, 200, MAX_MANIFEST)).toString('utf8'));
    const tags = answer !== null && typeof answer === 'object' && 'tags' in answer ? answer.tags : null;
    return Array.isArray(tags) ? tags.filter((tag) => typeof tag === 'string') : [];
  }

  async add({ descriptor, manifest, blobs }: Artifact, tag?: string): Promise<void> {
    for (const { descriptor: of, bytes } of blobs) await this.#push(of, bytes);
    const response = await this.#fetch('PUT', `manifests/${tag ?? descriptor.digest}`, {
      body: manifest,
      type: IMAGE_TYPE,
    });
    await this.#body(response, 201);
    const { subject } = JSON.parse(Buffer.from(manifest).toString('utf8')) as { subject?: Descriptor };
    // A registry that keeps referrers says so; for the others there is the tag.
    if (subject === undefined || response.headers.get('oci-subject') !== null) return;
    const known = await this.#taggedReferrers(subject);
    if (known.some(({ digest }) => digest === descriptor.digest)) return;
    const index = await this.#fetch('PUT', `manifests/${referrersTag(subject)}`, {
      body: encodeIndex([...known, descriptor]),
      type: INDEX_TYPE,
    });
    await this.#body(index, 201);
  }

  async #push(descriptor: Descriptor, bytes: Uint8Array): Promise<void> {
    const known = await this.#fetch('HEAD', `blobs/${descriptor.digest}`);
    if (known.ok) return;
    const begun = await this.#fetch('POST', 'blobs/uploads/', { body: new Uint8Array(0) });
    await this.#body(begun, 202);
    const location = begun.headers.get('location');
    if (location === null) throw this.#unexpected(begun);
    const url = new URL(location, `${this.#base}/`);
    url.searchParams.set('digest', descriptor.digest);
    const done = await this.#fetch('PUT', url, { body: bytes, type: 'application/octet-stream' });
    await this.#body(done, 201);
  }

  /** Null: there is none. */
  async #manifest(reference: string, type: string): Promise<{ descriptor: Descriptor; bytes: Uint8Array } | null> {
    const response = await this.#fetch('GET', `manifests/${reference}`, { accept: type });
    if (response.status === 404) {
      await response.body?.cancel();
      return null;
    }
    const bytes = await this.#body(response, 200, MAX_MANIFEST);
    const descriptor = { mediaType: type, digest: digestOf(bytes), size: bytes.length };
    if (reference.startsWith('sha256:')) checked(bytes, { ...descriptor, digest: reference }, this.name);
    return { descriptor, bytes };
  }

  /** Distribution specification, "Referrers Tag Schema". */
  async #taggedReferrers(subject: Descriptor): Promise<Descriptor[]> {
    const found = await this.#manifest(referrersTag(subject), INDEX_TYPE);
    return found ? parseIndex(found.bytes, this.name) : [];
  }

  async #fetch(
    method: string,
    path: string | URL,
    { body, type, accept }: { body?: Uint8Array; type?: string; accept?: string } = {},
  ): Promise<Response> {
    const url = path instanceof URL ? path : new URL(`/v2/${this.#repository}/${path}`, this.#base);
    const send = () =>
      this.#request(url, {
        method,
        headers: {
          ...(type && { 'content-type': type }),
          ...(accept && { accept }),
          // What is uploaded elsewhere (storage behind the registry) carries its permission in its address.
          ...(this.#authorization && url.origin === this.#base && { authorization: this.#authorization }),
        },
        ...(body && { body: body as Uint8Array<ArrayBuffer> }),
      });
    const first = await send();
    if (first.status !== 401) return first;
    await first.body?.cancel();
    this.#authorization = await this.#authorize(first.headers.get('www-authenticate') ?? '');
    const second = await send();
    if (second.status !== 401 && second.status !== 403) return second;
    throw fault('registry-denied', { place: this.name });
  }

  /** RFC 7617, or the token service of the distribution project (RFC 6750's challenge). */
  async #authorize(challenge: string): Promise<string> {
    const basic =
      this.#login && `Basic ${Buffer.from(`${this.#login.user}:${this.#login.password}`).toString('base64')}`;
    if (/^basic\b/i.test(challenge) && basic) return basic;
    const parameters = Object.fromEntries(
      [...challenge.matchAll(/([a-z]+)="([^"]*)"/gi)].map(([, name, value]) => [name!.toLowerCase(), value!]),
    );
    if (!/^bearer\b/i.test(challenge) || !URL.canParse(parameters.realm ?? '')) {
      throw fault('registry-denied', { place: this.name });
    }
    const url = new URL(parameters.realm!);
    // A password does not leave in the clear because a registry asks for it.
    if (url.protocol !== 'https:' && new URL(this.#base).protocol === 'https:')
      throw fault('registry-denied', { place: this.name });
    for (const name of ['service', 'scope']) {
      if (parameters[name]) url.searchParams.set(name, parameters[name]);
    }
    const response = await this.#request(url, { headers: basic ? { authorization: basic } : {} });
    if (!response.ok) throw fault('registry-denied', { place: this.name });
    const answer = JSON.parse(Buffer.from(await this.#body(response, 200, 65_536)).toString('utf8'));
    return `Bearer ${answer.token ?? answer.access_token}`;
  }

  async #request(url: URL, options: RequestInit): Promise<Response> {
    try {
      return await fetch(url, { ...options, signal: AbortSignal.timeout(TIMEOUT_MS) });
    } catch (error) {
      const cause = (error as Error).cause ?? error;
      const why = codeOf(cause) ?? (cause as Error).message;
      throw fault('registry-unreachable', { place: this.name, why }, error);
    }
  }

  /** At most `limit` bytes, whatever the answer claims. */
  async #body(response: Response, status: number, limit = 65_536): Promise<Uint8Array> {
    if (response.status !== status) throw this.#unexpected(response);
    const parts: Uint8Array[] = [];
    let length = 0;
    try {
      for await (const part of (response.body ?? []) as unknown as AsyncIterable<Uint8Array>) {
        length += part.length;
        if (length > limit) throw this.#invalid(`an answer is longer than ${limit} bytes`);
        parts.push(part);
      }
    } catch (error) {
      if (error instanceof MoteError) throw error;
      throw fault('registry-unreachable', { place: this.name, why: (error as Error).message }, error);
    }
    return Buffer.concat(parts);
  }

  #invalid(why: string) {
    return fault('release-invalid', { place: this.name, why });
  }

  #unexpected(response: Response) {
    const why = `it answered ${response.status} ${response.statusText}`.trim();
    return fault('registry-unreachable', { place: this.name, why });
  }
}

const referrersTag = ({ digest }: Descriptor): string => digest.replace(':', '-');
