/** A registry in memory, for what a real one does not do on demand: other protocols of login, referrers, lies. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { digestOf } from '../../../host-shim/release/oci.ts';

export interface FakeOptions {
  /** It knows the referrers API (distribution specification 1.1). */
  referrers?: boolean;
  login?: { kind: 'basic' | 'bearer'; user: string; password: string };
  /** Changes an answer's body. */
  corrupt?: (path: string, body: Uint8Array) => Uint8Array;
}

export async function startFake(options: FakeOptions = {}) {
  const blobs = new Map<string, Uint8Array>();
  const manifests = new Map<string, { type: string; bytes: Uint8Array }>();
  const requests: string[] = [];
  const server: Server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray());
    answer(request, response, body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { host, blobs, manifests, requests, stop: () => new Promise((resolve) => server.close(resolve)) };

  function answer(request: IncomingMessage, response: ServerResponse, body: Uint8Array): unknown {
    const url = new URL(request.url!, `http://${host}`);
    requests.push(`${request.method} ${url.pathname}`);
    const end = (status: number, bytes: Uint8Array | string = '', headers: Record<string, string> = {}) => {
      const raw = Buffer.from(bytes);
      response.writeHead(status, headers).end(options.corrupt?.(url.pathname, raw) ?? raw);
    };
    const { login } = options;
    if (login) {
      const basic = `Basic ${Buffer.from(`${login.user}:${login.password}`).toString('base64')}`;
      if (url.pathname === '/token') {
        const ok = request.headers.authorization === basic && url.searchParams.get('scope') === 'repository:a:pull';
        return end(ok ? 200 : 401, ok ? '{"token":"good"}' : '{}');
      }
      if (request.headers.authorization !== (login.kind === 'basic' ? basic : 'Bearer good')) {
        const bearer = `Bearer realm="http://${host}/token",service="fake",scope="repository:a:pull"`;
        return end(401, '', { 'www-authenticate': login.kind === 'basic' ? 'Basic realm="fake"' : bearer });
      }
    }
    if (url.pathname.endsWith('/tags/list')) {
      return end(200, JSON.stringify({ tags: [...manifests.keys()].filter((name) => !name.startsWith('sha256')) }));
    }
    const [, kind, name] = /^\/v2\/.+\/(manifests|referrers|blobs(?:\/uploads)?)\/(.*)$/.exec(url.pathname) ?? [];
    if (kind === 'blobs/uploads' && request.method === 'POST')
      return end(202, '', { location: `${url.pathname}1?state=x` });
    if (kind === 'blobs/uploads') {
      const digest = url.searchParams.get('digest')!;
      if (url.searchParams.get('state') !== 'x' || digestOf(body) !== digest) return end(400);
      blobs.set(digest, body);
      return end(201);
    }
    if (kind === 'blobs') return blobs.has(name!) ? end(200, blobs.get(name!)!) : end(404);
    if (kind === 'referrers' && options.referrers) {
      const found = [...manifests].filter(([id, { bytes }]) => id.startsWith('sha256:') && subjectOf(bytes) === name);
      const entries = found.map(([digest, { type, bytes }]) => ({
        mediaType: type,
        digest,
        size: bytes.length,
        artifactType: JSON.parse(Buffer.from(bytes).toString()).artifactType,
      }));
      return end(200, JSON.stringify({ schemaVersion: 2, manifests: entries }));
    }
    if (kind !== 'manifests') return end(404);
    if (request.method === 'GET') return manifests.has(name!) ? end(200, manifests.get(name!)!.bytes) : end(404);
    const entry = { type: request.headers['content-type']!, bytes: body };
    manifests.set(name!, entry).set(digestOf(body), entry);
    const subject = subjectOf(body);
    return end(201, '', options.referrers && subject ? { 'oci-subject': subject } : {});
  }
}

const subjectOf = (bytes: Uint8Array): string | undefined => JSON.parse(Buffer.from(bytes).toString()).subject?.digest;
