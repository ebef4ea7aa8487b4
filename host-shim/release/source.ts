/**
 * Where the bytes of a bundle come from while it is pushed: a file that is here, or a URL of which only those ranges are
 * fetched that the device asks for (RFC 9110, 14.2), so that a transfer which goes on fetches only what is missing.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { decodeFirst } from 'cborg';
import { fault, MoteError } from '../errors.ts';
import { MAX_FILE } from '../files.ts';
import { envelopeStart, MAX_ENVELOPE, openBundle } from './bundle.ts';
import { sameBytes } from './cbor.ts';
import { decodeSigned } from './cose.ts';
import { decodeManifest, wireOf } from './manifest.ts';

export interface BundleSource {
  envelope: Uint8Array;
  /** Bytes of the payload. */
  size: number;
  /** `length` bytes of the payload. Throws source-unreachable, for the moment, and source-changed. */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** Where the payload begins in the file of a web server; not with a file that is here. */
  place?: { url: string; at: number };
  /** All of it is here, and it is not what the envelope was signed for. */
  damaged: boolean;
}

/** A file's bytes. Throws as openBundle does. */
export function fileSource(bytes: Uint8Array, name?: string): BundleSource {
  const { envelope, payload } = openBundle(bytes, name);
  return {
    envelope,
    size: payload.length,
    read: async (offset, length) => payload.subarray(offset, offset + length),
    damaged: isDamaged(envelope, payload),
  };
}

function isDamaged(envelope: Uint8Array, payload: Uint8Array): boolean {
  try {
    return !sameBytes(wireOf(decodeManifest(decodeSigned(envelope).payload)).digest, sha256(payload));
  } catch {
    // An envelope that cannot be read here is the device's to judge.
    return false;
  }
}

export const isUrl = (text: string): boolean => /^https?:\/\//i.test(text);

/** Bytes fetched at once: some windows of the protocol, and any envelope with what stands before it. */
const BLOCK = 16 * 1024;
const PATIENCE = 10_000;

/**
 * A bundle at a web server. One that knows no ranges is read whole.
 * Throws source-unreachable and source-changed, and as openBundle does.
 */
export async function urlSource(url: string): Promise<BundleSource> {
  const first = await fetchRange(url, 0, BLOCK);
  if (first.whole) return fileSource(first.bytes, url);
  const { envelope, start } = headOf(first.bytes, url);
  const total = first.total;
  const size = total - start;
  if (payloadSize(first.bytes, start - headLength(size)) !== size) {
    throw fault('bundle-malformed', {
      where: 'the module',
      why: `does not end where the file does, at ${total} bytes`,
    });
  }
  let block = { at: 0, bytes: first.bytes };
  return {
    envelope,
    size,
    place: { url, at: start },
    damaged: false,
    async read(offset, length) {
      const from = start + offset;
      if (from < block.at || from + length > block.at + block.bytes.length) {
        const { bytes, total: now } = await fetchRange(url, from, Math.max(BLOCK, length), first.validator);
        if (now !== total) throw fault('source-changed', { url });
        block = { at: from, bytes };
      }
      return block.bytes.subarray(from - block.at, from - block.at + length);
    },
  };
}

interface Range {
  bytes: Uint8Array;
  /** Bytes of the whole file. */
  total: number;
  /** The answer was the whole file. */
  whole: boolean;
  /** A strong entity tag (RFC 9110, 8.8.3): what later ranges must belong to. */
  validator: string | null;
}

async function fetchRange(url: string, from: number, length: number, validator: string | null = null): Promise<Range> {
  try {
    const response = await fetch(url, {
      headers: {
        range: `bytes=${from}-${from + length - 1}`,
        'accept-encoding': 'identity',
        ...(validator !== null && { 'if-range': validator }),
      },
      signal: AbortSignal.timeout(PATIENCE),
    });
    const tag = response.headers.get('etag');
    const strong = tag !== null && !tag.startsWith('W/') ? tag : null;
    if (response.status === 206) {
      const [, begin, end, all] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(response.headers.get('content-range') ?? '') ?? [];
      const total = Number(all);
      const wanted = Math.min(length, total - from);
      if (Number(begin) !== from || Number(end) !== from + wanted - 1) throw new Error('it sent another range');
      if (validator !== null && strong !== validator) throw fault('source-changed', { url });
      const bytes = await bounded(response, wanted);
      if (bytes.length !== wanted) throw new Error('the range is cut short');
      return { bytes, total, whole: false, validator: strong };
    }
    if (response.status === 200) {
      if (from > 0) throw fault('source-changed', { url });
      const bytes = await bounded(response, MAX_FILE);
      return { bytes, total: bytes.length, whole: true, validator: strong };
    }
    await response.body?.cancel();
    if (response.status === 416) throw fault('source-changed', { url });
    throw new Error(`it answered ${response.status} ${response.statusText}`.trim());
  } catch (error) {
    if (error instanceof MoteError) throw error;
    const { message, cause } = error as Error & { cause?: Error };
    throw fault('source-unreachable', { url, why: cause?.message || message }, error);
  }
}

async function bounded(response: Response, limit: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of (response.body ?? []) as unknown as AsyncIterable<Uint8Array>) {
    length += part.length;
    if (length > limit) throw new Error(`it sent more than ${limit} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** The envelope at the file's begin, and where the payload's bytes begin. */
function headOf(bytes: Uint8Array, url: string): { envelope: Uint8Array; start: number } {
  const after = envelopeStart(bytes, url);
  try {
    const [envelope, rest] = decodeFirst(bytes.subarray(after));
    if (!(envelope instanceof Uint8Array) || envelope.length > MAX_ENVELOPE) throw new Error('is no byte string');
    const at = bytes.length - rest.length;
    return { envelope, start: at + headLength(payloadSize(bytes, at)) };
  } catch (error) {
    throw fault('bundle-malformed', { where: 'the envelope', why: (error as Error).message }, error);
  }
}

/** RFC 8949, 3.1: the length of the byte string whose head stands at `at`; -1 for anything else. */
function payloadSize(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0;
  if (first >> 5 !== 2) return -1;
  const width = [1, 2, 4][(first & 31) - 24];
  if (width === undefined) return (first & 31) < 24 ? first & 31 : -1;
  return at + 1 + width <= bytes.length ? Buffer.from(bytes).readUIntBE(at + 1, width) : -1;
}

const headLength = (size: number): number => (size < 24 ? 1 : size < 256 ? 2 : size < 65_536 ? 3 : 5);
