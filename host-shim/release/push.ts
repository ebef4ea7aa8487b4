/** The sender of docs/update-protocol.md: offers a bundle to one device and stays until its fate is known. */
import { askForChaos, type Chaos } from '../board/chaos.ts';
import { fault, MoteError } from '../errors.ts';
import { MAX_ENVELOPE } from './bundle.ts';
import { sameBytes } from './cbor.ts';
import { gaveUp, type Link, type LinkOptions, printable, withLink } from './link.ts';
import { CHUNK, type Report, STATES, type State, transferOf, WINDOW } from './protocol.ts';
import { openRollout } from './rollout.ts';
import { type BundleSource, fileSource } from './source.ts';

export interface PushOptions extends LinkOptions {
  /** A bundle file's bytes, and what messages call it; or where its bytes come from. */
  bundle: Uint8Array | BundleSource;
  name?: string;
  onProgress?: (progress: Progress) => void;
  /** It is one of a set, and others are still to come: done when the device has it. */
  staged?: boolean;
  /** A power cut that the device shall have meanwhile: only emulated boards that were launched for it do. */
  chaos?: Chaos | undefined;
  /** The file of the rollout that says that this device is to have it: for devices that ask for one. */
  rollout?: Uint8Array | undefined;
  /** The device fetches the bytes itself, from the web server that `bundle` comes from. */
  pull?: boolean | undefined;
}

export interface Progress {
  /** The device's state; null before its first answer. */
  state: State | null;
  /** Bytes of the module that the device has. */
  received: number;
  /** Bytes of the module. */
  total: number;
}

export interface PushResult {
  /** STAGED: the device waits for the others of the set. */
  state: 'STAGED' | 'CONFIRMED' | 'REVERTED' | 'REFUSED';
  /** Id of the transfer, hex. */
  transfer: string;
  /** Chunks sent, repetitions included; fewer than the module has when a transfer was resumed. */
  chunks: number;
  /** Bytes in them. */
  bytes: number;
  /** The device's reason; not with CONFIRMED. */
  reason?: string;
  /** SHA-256 of the module that the device runs now, hex. */
  running?: string;
}

/**
 * Pushes a bundle. Resolves when the device has confirmed, reverted or refused it; run again, it resumes.
 * Rejects with bundle-*, rollout-invalid, topic-invalid, broker-url, broker-unreachable, device-silent or push-stalled; with
 * `chaos` also chaos-deaf; with `pull` also pull-local.
 */
export async function push(options: PushOptions): Promise<PushResult> {
  const {
    bundle,
    name,
    device,
    timeoutMs = 60_000,
    resendMs = 1000,
    onProgress,
    staged = false,
    pull = false,
  } = options;
  const source = bundle instanceof Uint8Array ? fileSource(bundle, name) : bundle;
  const { envelope } = source;
  if (envelope.length > MAX_ENVELOPE) throw fault('envelope-too-big', { size: envelope.length, limit: MAX_ENVELOPE });
  if (pull && !source.place) throw fault('pull-local', { name: name ?? 'the bundle' });
  const rollout = options.rollout && openRollout(options.rollout).envelope;
  return withLink(options, async (link) => {
    if (options.chaos) await askForChaos(link.client, device, options.chaos);
    return transfer(link, { source, staged, device, timeoutMs, resendMs, onProgress, rollout, pull });
  });
}

interface Work extends Required<Pick<PushOptions, 'device' | 'timeoutMs' | 'resendMs' | 'staged'>> {
  source: BundleSource;
  onProgress: PushOptions['onProgress'];
  /** The envelope of a rollout. */
  rollout: Uint8Array | undefined;
  pull: boolean;
}

async function transfer(link: Link, work: Work): Promise<PushResult> {
  const { source, staged, resendMs, timeoutMs, rollout, pull } = work;
  const { envelope, size, place } = source;
  const id = transferOf(envelope);
  const rolloutId = rollout && transferOf(rollout);
  const seen: { state: State | null; next: number } = { state: null, next: 0 };
  /** The first byte that has not been sent, and when the last sign about this transfer, or of progress, came. */
  let upTo = 0;
  let heard = performance.now();
  let progressed = heard;
  let answered = false;
  let furthest = -1;
  const count = { chunks: 0, bytes: 0 };

  const sendWindow = async () => {
    const end = Math.min(seen.next + WINDOW, size);
    upTo = Math.max(upTo, seen.next);
    const from = upTo;
    const window = await readPart(link, source, from, end - from);
    while (upTo < from + window.length) {
      const data = window.subarray(upTo - from, upTo - from + CHUNK);
      if (!link.send({ kind: 2, transfer: id, offset: upTo, data })) return;
      upTo += data.length;
      count.chunks += 1;
      count.bytes += data.length;
    }
  };
  const offer = () =>
    pull && place
      ? link.send({ kind: 10, transfer: id, envelope, ...place })
      : link.send({ kind: 1, transfer: id, envelope });
  const sendAgain = () => {
    // The offer follows when the device has answered: it looks at one thing at a time.
    if (seen.state === null && rollout) return link.send({ kind: 9, transfer: rolloutId!, envelope: rollout });
    if (seen.state === null || (seen.state === 'STAGED' && staged)) return offer();
    if (seen.state !== 'FETCHING' || pull) return link.send({ kind: 3 });
    upTo = seen.next;
    return sendWindow();
  };

  await sendAgain();
  for (;;) {
    const now = performance.now();
    if (now - progressed >= timeoutMs) throw gaveUp(link, work, answered ? seen.state : null);
    if (now - heard >= resendMs) {
      await sendAgain();
      heard = performance.now();
    }
    const report = await link.next(Math.min(heard + resendMs, progressed + timeoutMs) - now);
    if (report === null) continue;
    if (rolloutId && report.transfer && sameBytes(report.transfer, rolloutId)) {
      if (report.state === 'REFUSED') return result(report, id, count);
      if (seen.state === null) offer();
      heard = performance.now();
      answered = true;
      continue;
    }
    if (report.transfer === null || !sameBytes(report.transfer, id)) {
      // It has forgotten this transfer, by a restart for instance: offer it again when the silence is over.
      seen.state = null;
      continue;
    }
    heard = performance.now();
    answered = true;
    const { state, next } = report;
    // It has started anew between the two, and forgotten the rollout.
    if (rollout && state === 'REFUSED' && report.reason === 'no-rollout') {
      seen.state = null;
      continue;
    }
    if (state === 'CONFIRMED' || state === 'REVERTED' || state === 'REFUSED') {
      const told = state === 'CONFIRMED' && source.damaged ? refused(report) : report;
      work.onProgress?.({ state: told.state, received: size, total: size });
      return result(told, id, count);
    }
    // Said again after a silence: it has been checked, or a refusal had come.
    if (staged && state === 'STAGED' && seen.state === 'STAGED') return result(report, id, count);
    const isNew = state !== seen.state || (state === 'FETCHING' && next !== seen.next);
    if (isNew) {
      // What a device that restarts again and again repeats is no progress.
      const reached = STATES.indexOf(state) * 2 ** 32 + next;
      if (reached > furthest) progressed = heard;
      furthest = Math.max(furthest, reached);
      // After a restart it asks for less than before: it has lost the sector that was being filled.
      if (state === 'FETCHING' && (seen.state !== 'FETCHING' || next < seen.next)) upTo = next;
      if (state === 'FETCHING') seen.next = next;
      seen.state = state;
      const received = state === 'OFFERED' ? 0 : state === 'FETCHING' ? Math.min(next, size) : size;
      work.onProgress?.({ state, received, total: size });
    }
    // The same report twice asks for nothing new: MQTT may deliver it twice (QoS 1).
    if (state === 'FETCHING' && isNew && !pull) await sendWindow();
  }
}

/** Bytes of the payload; none while its source cannot be reached: after the next silence it is tried again. */
async function readPart(link: Link, source: BundleSource, offset: number, length: number): Promise<Uint8Array> {
  try {
    return length > 0 ? await source.read(offset, length) : new Uint8Array();
  } catch (error) {
    if (!(error instanceof MoteError) || error.key !== 'source-unreachable') throw error;
    link.trouble = error.message;
    return new Uint8Array();
  }
}

/**
 * The device has confirmed this envelope before and asks for no byte; but the bytes of this file are others than those
 * that the envelope was signed for.
 */
const refused = (report: Report): Report => ({ ...report, state: 'REFUSED', reason: 'bad-digest' });

function result(report: Report, id: Uint8Array, count: { chunks: number; bytes: number }): PushResult {
  const state = report.state as PushResult['state'];
  return {
    state,
    transfer: hex(id),
    ...count,
    ...(report.reason !== null && state !== 'CONFIRMED' && { reason: printable(report.reason) }),
    ...(report.running !== null && { running: hex(report.running) }),
  };
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
