/** The sender of docs/update-protocol.md: offers a bundle to one device and stays until its fate is known. */
import type { MqttClient } from 'mqtt';
import { askForChaos, type Chaos } from '../board/chaos.ts';
import { parseBase } from '../board/topics.ts';
import { fault, MoteError } from '../errors.ts';
import { MAX_ENVELOPE } from './bundle.ts';
import { openDelivery } from './group.ts';
import { openKeySet } from './keyset.ts';
import {
  CHUNK,
  decodeReport,
  encodeToDevice,
  type Report,
  STATES,
  type State,
  TOPIC_FROM,
  TOPIC_TO,
  type ToDevice,
  transferOf,
  WINDOW,
} from './protocol.ts';
import { sameBytes } from './cbor.ts';
import { type BundleSource, fileSource } from './source.ts';

export interface PushOptions {
  /** A bundle file's bytes, and what messages call it; or where its bytes come from. */
  bundle: Uint8Array | BundleSource;
  name?: string;
  /** The broker's URL, or a client that is connected to it and stays the caller's. */
  broker: string | MqttClient;
  /** The device's base topic, `org/edge/type/thing`. */
  device: string;
  /** Longest wait without progress (another state, or more bytes asked for), ms. Default 60 000. */
  timeoutMs?: number;
  /** Silence after which the last message is sent again, ms. Default 1000. */
  resendMs?: number;
  onProgress?: (progress: Progress) => void;
  /** It is one of a set, and others are still to come: done when the device has it. */
  staged?: boolean;
  /** A power cut that the device shall have meanwhile: only emulated boards that were launched for it do. */
  chaos?: Chaos | undefined;
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
 * Rejects with bundle-*, topic-invalid, broker-url, broker-unreachable, device-silent or push-stalled; with
 * `chaos` also chaos-deaf.
 */
export async function push(options: PushOptions): Promise<PushResult> {
  const { bundle, name, broker, device, timeoutMs = 60_000, resendMs = 1000, onProgress, staged = false } = options;
  const source = bundle instanceof Uint8Array ? fileSource(bundle, name) : bundle;
  const { envelope } = source;
  if (envelope.length > MAX_ENVELOPE) throw fault('envelope-too-big', { size: envelope.length, limit: MAX_ENVELOPE });
  checkBaseTopic(device);
  const client = typeof broker === 'string' ? await connect(broker) : broker;
  const link = new Link(client, device);
  try {
    await link.open();
    if (options.chaos) await askForChaos(client, device, options.chaos);
    return await transfer(link, { source, staged, device, timeoutMs, resendMs, onProgress });
  } finally {
    link.close();
    if (client !== broker) await client.endAsync(true);
  }
}

/**
 * Sends a key set, one root's envelope after the other, until the device says that it is in force.
 * Rejects as push does; keys-refused with the device's reason, or when it waits for more roots than have signed.
 */
export async function pushKeys(
  options: Omit<PushOptions, 'onProgress' | 'bundle'> & { bundle: Uint8Array },
): Promise<{ state: 'CONFIRMED'; envelopes: number }> {
  const { bundle, name, broker, device, timeoutMs = 60_000, resendMs = 1000 } = options;
  const { envelopes } = openKeySet(bundle, name);
  checkBaseTopic(device);
  const client = typeof broker === 'string' ? await connect(broker) : broker;
  const link = new Link(client, device);
  try {
    await link.open();
    for (const [turn, envelope] of envelopes.entries()) {
      const { state, reason } = await answerTo(link, envelope, { device, timeoutMs, resendMs });
      if (state === 'CONFIRMED') return { state, envelopes: turn + 1 };
      if (state === 'REFUSED') throw fault('device-refused', { device, reason: printable(reason ?? 'no reason') });
    }
    throw fault('keys-refused', { why: `${device} waits for another root to sign it` });
  } finally {
    link.close();
    if (client !== broker) await client.endAsync(true);
  }
}

/** Delivers a group's key to the device that it was sealed for. Rejects as push does; device-refused with its reason. */
export async function pushDelivery(
  options: Omit<PushOptions, 'onProgress' | 'bundle'> & { bundle: Uint8Array },
): Promise<{ state: 'CONFIRMED'; group: string }> {
  const { bundle, name, broker, device, timeoutMs = 60_000, resendMs = 1000 } = options;
  const { group, envelope, sealed } = openDelivery(bundle, name);
  checkBaseTopic(device);
  const client = typeof broker === 'string' ? await connect(broker) : broker;
  const link = new Link(client, device);
  try {
    await link.open();
    const { state, reason } = await answerTo(link, envelope, { device, timeoutMs, resendMs }, sealed);
    if (state === 'CONFIRMED') return { state, group };
    throw fault('device-refused', { device, reason: printable(reason ?? 'no reason') });
  } finally {
    link.close();
    if (client !== broker) await client.endAsync(true);
  }
}

async function answerTo(
  link: Link,
  envelope: Uint8Array,
  { device, timeoutMs, resendMs }: Pick<Work, 'device' | 'timeoutMs' | 'resendMs'>,
  sealed?: Uint8Array,
): Promise<Report> {
  const transfer = transferOf(envelope);
  const end = performance.now() + timeoutMs;
  let next = 0;
  for (let now = performance.now(); now < end; now = performance.now()) {
    if (now >= next) {
      link.send(sealed ? { kind: 8, transfer, envelope, sealed } : { kind: 4, transfer, envelope });
      next = now + resendMs;
    }
    const report = await link.next(Math.min(next, end) - now);
    if (report?.transfer && sameBytes(report.transfer, transfer)) return report;
  }
  throw gaveUp(link, { device, timeoutMs }, null);
}

/** Throws topic-invalid unless `topic` is a device's base topic. */
export function checkBaseTopic(topic: string): void {
  parseBase(topic);
}

/** A client that is connected. Throws broker-url, broker-credentials, broker-refused or broker-unreachable. */
export async function connect(url: string): Promise<MqttClient> {
  // MQTT.js takes 0.1 s to load: only who connects pays.
  const { connectBroker } = await import('../mqtt/connection.ts');
  return connectBroker(url);
}

interface Work extends Required<Pick<PushOptions, 'device' | 'timeoutMs' | 'resendMs'>> {
  source: BundleSource;
  staged: boolean;
  onProgress: PushOptions['onProgress'];
}

async function transfer(link: Link, work: Work): Promise<PushResult> {
  const { source, staged, resendMs, timeoutMs } = work;
  const { envelope, size } = source;
  const id = transferOf(envelope);
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
  const sendAgain = () => {
    if (seen.state === null) return link.send({ kind: 1, transfer: id, envelope });
    if (seen.state === 'STAGED' && staged) return link.send({ kind: 1, transfer: id, envelope });
    if (seen.state !== 'FETCHING') return link.send({ kind: 3 });
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
    if (report.transfer === null || !sameBytes(report.transfer, id)) {
      // It has forgotten this transfer, by a restart for instance: offer it again when the silence is over.
      seen.state = null;
      continue;
    }
    heard = performance.now();
    answered = true;
    const { state, next } = report;
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
    if (state === 'FETCHING' && isNew) await sendWindow();
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
    // It may quote a module, whose text must not drive a terminal.
    ...(report.reason !== null && state !== 'CONFIRMED' && { reason: printable(report.reason) }),
    ...(report.running !== null && { running: hex(report.running) }),
  };
}

function gaveUp(link: Link, { device, timeoutMs }: Pick<Work, 'device' | 'timeoutMs'>, state: State | null) {
  const detail = [
    link.connected ? '' : '; the connection to the broker is lost',
    link.trouble && `; ${link.trouble}`,
    link.unreadable > 0 ? `; ${link.unreadable} of its reports could not be read (${link.lastFault})` : '',
  ].join('');
  const seconds = Math.round(timeoutMs / 100) / 10;
  return state === null
    ? fault('device-silent', { device, seconds, detail })
    : fault('push-stalled', { device, seconds, state, detail });
}

/** One device's two topics. */
class Link {
  unreadable = 0;
  lastFault = '';
  /** Why the last piece of the bundle could not be sent. */
  trouble = '';
  readonly #client: MqttClient;
  readonly #device: string;
  readonly #queue: Report[] = [];
  #wake: () => void = () => {};

  constructor(client: MqttClient, device: string) {
    this.#client = client;
    this.#device = device;
  }

  get connected(): boolean {
    return this.#client.connected;
  }

  async open(): Promise<void> {
    this.#client.on('message', this.#receive);
    // Without a listener a lost connection would end the process; the client connects again by itself.
    this.#client.on('error', this.#ignore);
    await this.#client.subscribeAsync(`${this.#device}/${TOPIC_FROM}`, { qos: 1 });
  }

  close(): void {
    this.#client.off('message', this.#receive);
    this.#client.off('error', this.#ignore);
  }

  /** False when there is no connection: nothing is queued then, since it would be out of date. */
  send(message: ToDevice): boolean {
    if (!this.#client.connected) return false;
    const payload = Buffer.from(encodeToDevice(message));
    // What is lost here is sent again after the next silence.
    this.#client.publishAsync(`${this.#device}/${TOPIC_TO}`, payload, { qos: 1 }).catch(() => {});
    return true;
  }

  /** The next report, or null after `ms`. */
  async next(ms: number): Promise<Report | null> {
    if (this.#queue.length === 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.max(0, ms));
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return this.#queue.shift() ?? null;
  }

  readonly #ignore = (): void => {};

  readonly #receive = (topic: string, payload: Buffer, packet: { retain: boolean }): void => {
    // A retained report tells of the past.
    if (topic !== `${this.#device}/${TOPIC_FROM}` || packet.retain || this.#queue.length > 1000) return;
    try {
      this.#queue.push(decodeReport(payload));
      this.#wake();
    } catch (error) {
      this.unreadable += 1;
      this.lastFault = (error as Error).message;
    }
  };
}

const printable = (text: string): string => text.replace(/\p{Cc}/gu, '?');
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
