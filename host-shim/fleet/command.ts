/** One command to one device: the same bytes until one final answer has come (docs/delivery.md, "Commands"). */
import { randomBytes } from 'node:crypto';
import { fault } from '../errors.ts';
import type { Bus } from './bus.ts';
import { type Answer, decodeAnswer, encodeCommand, REFUSALS, STATUSES, type Status, TOPIC } from './wire.ts';

export interface CallOptions {
  bus: Bus;
  /** Base topic. */
  thing: string;
  name: string;
  /** The module's own, at most 512 bytes; CBOR by custom. */
  arguments?: Uint8Array;
  /** 8 to 16 bytes; default: 16 random ones. To ask again after a timeout, or a restart, use the same. */
  id?: Uint8Array;
  /** Unix seconds: it must not begin at or after it. Default: a minute from now. Null: none, for class 1 alone. */
  expiry?: number | null;
  /** 1: may run again after a power cut. */
  class?: 0 | 1;
  /** Only while the device has this version of the desired document. */
  twin?: number;
  /** Milliseconds to wait for the final answer; default: until 15 s after the expiry. */
  timeout?: number;
  /** Milliseconds between repetitions at first; they grow to ten times that. */
  repeat?: number;
  /** Told when the device is busy, or refuses for now. */
  onProgress?: (status: Status) => void;
}

export interface Outcome {
  id: Uint8Array;
  /** OK, FAILED, EXPIRED, NOCLOCK, UNKNOWN, NOT_FOUND, CONFLICT or FORGOTTEN. */
  status: Status;
  result: Uint8Array;
  /** How many times the request was sent. */
  attempts: number;
}

const DEFAULT_EXPIRY_S = 60;
/** The device's clock may be behind ours, and its answer takes its time. */
const GRACE_MS = 15_000;

/**
 * Resolves with the final status, whatever it is: `outcomeFault` tells what it means to a person. Throws command-unanswered,
 * command-rejected, command-invalid, publish-denied.
 */
export async function callCommand(options: CallOptions): Promise<Outcome> {
  const { bus, thing, name, id = new Uint8Array(randomBytes(16)), repeat = 2000 } = options;
  const { expiry = Math.floor(Date.now() / 1000) + DEFAULT_EXPIRY_S } = options;
  const left = () => (expiry === null ? 0 : Math.max(0, expiry - Date.now() / 1000));
  const timeout = options.timeout ?? left() * 1000 + GRACE_MS;
  let request: Uint8Array;
  try {
    request = encodeCommand({
      id,
      name,
      arguments: options.arguments ?? new Uint8Array(),
      ...(expiry !== null && { expiry }),
      ...(options.class !== undefined && { class: options.class }),
      ...(options.twin !== undefined && { twin: options.twin }),
    });
  } catch (error) {
    throw fault('command-invalid', { name, why: error instanceof Error ? error.message : String(error) }, error);
  }
  let attempts = 0;
  let again: NodeJS.Timeout | undefined;
  let end: NodeJS.Timeout | undefined;
  let stop: (() => Promise<void>) | undefined;
  try {
    return await new Promise<Outcome>((resolve, reject) => {
      let pause = repeat;
      const send = async () => {
        attempts++;
        await bus.publish(`${thing}/${TOPIC.command}`, request, { ...(left() > 0 && { expiry: left() }) });
        again = setTimeout(() => void send().catch(reject), pause);
        pause = Math.min(repeat * 10, pause * 1.5);
      };
      const hear = (_topic: string, payload: Uint8Array) => {
        const answer = answerTo(id, payload);
        if (!answer) return;
        const status = STATUSES[answer.status]!;
        if (status === 'BUSY') options.onProgress?.(status);
        else if (status === 'REJECTED') {
          reject(fault('command-rejected', { name, why: REFUSALS[answer.code ?? 0] || 'no reason' }));
        } else resolve({ id, status, result: answer.result ?? new Uint8Array(), attempts });
      };
      const shown = Buffer.from(id).toString('hex');
      const late = () => fault('command-unanswered', { device: thing, seconds: Math.round(timeout / 1000), id: shown });
      end = setTimeout(() => reject(late()), timeout);
      bus
        .subscribe(`${thing}/${TOPIC.answer}`, hear)
        .then((given) => {
          stop = given;
          return send();
        })
        .catch(reject);
    });
  } finally {
    clearTimeout(again);
    clearTimeout(end);
    await stop?.();
  }
}

/** Undefined for OK; else the error of the table that a person can act on. */
export function outcomeFault(name: string, device: string, { status, result }: Outcome): Error | undefined {
  const why = result.length > 0 ? `: ${Buffer.from(result).toString('hex')}` : '';
  switch (status) {
    case 'OK':
      return undefined;
    case 'EXPIRED':
      return fault('command-expired', { name, device });
    case 'NOCLOCK':
      return fault('command-no-clock', { name, device });
    case 'UNKNOWN':
      return fault('command-unknown', { name, device });
    case 'FORGOTTEN':
      return fault('command-forgotten', { name, device });
    case 'NOT_FOUND':
      return fault('command-not-found', { name, device });
    case 'CONFLICT':
      return fault('command-conflict', { name, device });
    default:
      return fault('command-failed', { name, device, why });
  }
}

/** The answer to this id; others' answers and what is none are passed over. */
function answerTo(id: Uint8Array, payload: Uint8Array): Answer | undefined {
  try {
    const answer = decodeAnswer(payload);
    return Buffer.compare(answer.id, id) === 0 ? answer : undefined;
  } catch {
    return undefined;
  }
}
