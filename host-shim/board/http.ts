/** Files of web servers for a board: ranges (RFC 9110, 14.2) by this machine's network. */
import { ErrorCode } from '../../runtime/abi/generated/contract.ts';
import type { HttpLink } from './ports.ts';

/** Longest wait for an answer, ms. */
const PATIENCE = 10_000;
/** MOTE_MAX_TAG of runtime/kernel/bounds.h: a longer tag is none. */
const MAX_TAG = 64;
const NOTHING = new Uint8Array();

/** Asks with fetch. Redirections are not followed, and no more is read than was asked for, whatever the server sends. */
export class WebLink implements HttpLink {
  readonly #due = new Map<number, AbortController>();
  #deliver: ((actor: number, head: Uint8Array, bytes: Uint8Array) => void) | undefined;

  start(deliver: (actor: number, head: Uint8Array, bytes: Uint8Array) => void): void {
    this.#deliver = deliver;
  }

  stop(): void {
    for (const actor of [...this.#due.keys()]) this.close(actor);
    this.#deliver = undefined;
  }

  close(actor: number): void {
    this.#due.get(actor)?.abort();
    this.#due.delete(actor);
  }

  get(actor: number, url: string, offset: number, length: number, tag: string): number {
    if (this.#due.has(actor)) return ErrorCode.busy;
    if (!/^https?:\/\/[!-~]+$/.test(url) || !URL.canParse(url)) return ErrorCode.invalid;
    const due = new AbortController();
    this.#due.set(actor, due);
    void fetchPart(url, offset, length, tag, due.signal).then(([head, bytes]) => {
      if (this.#due.get(actor) !== due) return;
      this.#due.delete(actor);
      this.#deliver?.(actor, head, bytes);
    });
    return 0;
  }
}

async function fetchPart(
  url: string,
  offset: number,
  length: number,
  tag: string,
  signal: AbortSignal,
): Promise<[head: Uint8Array, bytes: Uint8Array]> {
  try {
    const response = await fetch(url, {
      headers: {
        range: `bytes=${offset}-${offset + length - 1}`,
        'accept-encoding': 'identity',
        ...(tag !== '' && { 'if-range': tag }),
      },
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]),
    });
    const isPart = response.status === 206;
    const range = /^bytes (\d{1,10})-\d{1,10}\/(\d{1,10})$/.exec(response.headers.get('content-range') ?? '');
    const begin = isPart && range ? Number(range[1]) : 0;
    const total = isPart ? Number(range?.[2] ?? 0) : Number(response.headers.get('content-length') ?? 0);
    const wanted = isPart || response.status === 200 ? length : 0;
    const bytes = await upTo(response, wanted);
    return [headOf(response.status, begin, total, strongTag(response)), bytes];
  } catch {
    return [headOf(0, 0, 0, ''), NOTHING];
  }
}

/** A weak tag does not say that the bytes are the same (RFC 9110, 8.8.3). */
function strongTag(response: Response): string {
  const tag = response.headers.get('etag') ?? '';
  return /^"[!#-~]*"$/.test(tag) && tag.length <= MAX_TAG ? tag : '';
}

/** http.answer of runtime/abi/mote.wit. */
function headOf(status: number, offset: number, total: number, tag: string): Uint8Array {
  const head = Buffer.alloc(12 + tag.length);
  [status, offset, total].forEach((word, at) => void head.writeUInt32LE(Math.min(word, 0xffff_ffff), 4 * at));
  head.write(tag, 12, 'latin1');
  return head;
}

async function upTo(response: Response, wanted: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  const reader = response.body?.getReader();
  while (reader && length < wanted) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    length += value.length;
  }
  await reader?.cancel();
  return Buffer.concat(parts).subarray(0, wanted);
}
