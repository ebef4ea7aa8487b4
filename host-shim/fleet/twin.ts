/** A device's twin from the server's side: what it reports, and what it shall become (docs/delivery.md, "Twin"). */
import { randomInt } from 'node:crypto';
import { fault } from '../errors.ts';
import type { Bus } from './bus.ts';
import {
  decodeRefused,
  decodeReported,
  type Desired,
  type Document,
  encodeDesired,
  REFUSALS,
  type Reported,
  TOPIC,
} from './wire.ts';

export interface TwinOptions {
  bus: Bus;
  /** Base topic. */
  thing: string;
  /** Milliseconds. */
  timeout?: number;
}

export interface SetOptions extends TwinOptions {
  /** All of it, or a merge patch over the version `expect`. */
  change: { document: Document } | { patch: Document };
  /** The version that the device must have; default: the one it has when asked. Throws twin-conflict for another. */
  expect?: number;
  /** Resolve when it is in the device's journal, or when a module has accepted it. */
  until?: 'stored' | 'applied';
}

const REPEAT_MS = 2000;
/**
 * A version is not the next one but one of the next few: two who set at the same time would else both take the same for
 * theirs. The device keeps the first, or the higher one.
 */
const STRIDE = 1024;

/** What the device reports now. Throws device-silent. */
export async function getTwin({ bus, thing, timeout = 10_000 }: TwinOptions): Promise<Reported> {
  return exchange(
    { bus, thing, timeout },
    () => bus.publish(`${thing}/${TOPIC.get}`, new Uint8Array()),
    (reported) => reported,
  );
}

/**
 * Sets the desired document, repeated until the device has it. A whole document is retained at the broker, so that a device
 * that is away gets it. Throws twin-conflict, device-silent, twin-not-applied and twin-invalid.
 */
export async function setDesired(options: SetOptions): Promise<Reported> {
  const { bus, thing, change, expect, until = 'stored', timeout = 10_000 } = options;
  const deadline = Date.now() + timeout;
  const { stored: base } = await getTwin({ bus, thing, timeout });
  if (expect !== undefined && expect !== base) throw conflict(thing, base, expect);
  const version = base + 1 + randomInt(STRIDE);
  const desired: Desired =
    'document' in change ? { version, document: change.document } : { version, base, patch: change.patch };
  let payload: Uint8Array;
  try {
    payload = encodeDesired(desired);
  } catch (error) {
    throw fault('twin-invalid', { why: error instanceof Error ? error.message : String(error) }, error);
  }
  const retain = 'document' in change;
  let last: Reported | undefined;
  try {
    return await exchange(
      { bus, thing, timeout: Math.max(1000, deadline - Date.now()) },
      () => bus.publish(`${thing}/${TOPIC.desired}`, payload, { retain }),
      (reported) => {
        last = reported;
        const { stored, applied } = reported;
        // A report from before ours came.
        if (stored === base) return undefined;
        if (stored !== version) throw conflict(thing, stored, base);
        return until === 'stored' || applied === version ? reported : undefined;
      },
    );
  } catch (error) {
    if (last?.stored === version)
      throw fault('twin-not-applied', { device: thing, version, seconds: seconds(timeout) }, error);
    throw error;
  }
}

const conflict = (device: string, found: number, wanted: number) => fault('twin-conflict', { device, found, wanted });
const seconds = (milliseconds: number) => Math.round(milliseconds / 1000);

/** Sends again and again until `read` makes something of a report; what it throws ends it. */
async function exchange<T>(
  { bus, thing, timeout }: Required<TwinOptions>,
  send: () => Promise<void>,
  read: (reported: Reported) => T | undefined,
): Promise<T> {
  let again: NodeJS.Timeout | undefined;
  let end: NodeJS.Timeout | undefined;
  const ends: (() => Promise<void>)[] = [];
  try {
    return await new Promise<T>((resolve, reject) => {
      const hear = (_topic: string, payload: Uint8Array) => {
        let reported: Reported;
        try {
          reported = decodeReported(payload);
        } catch {
          // Others may publish there; the device's own word is waited for.
          return;
        }
        try {
          const found = read(reported);
          if (found !== undefined) resolve(found);
        } catch (error) {
          reject(error);
        }
      };
      const refused = (_topic: string, payload: Uint8Array) => {
        try {
          const { topic, code } = decodeRefused(payload);
          if (topic === TOPIC.desired)
            reject(fault('twin-invalid', { why: `the device says: ${REFUSALS[code] ?? code}` }));
        } catch {
          return;
        }
      };
      end = setTimeout(
        () => reject(fault('device-silent', { device: thing, seconds: seconds(timeout), detail: '' })),
        timeout,
      );
      const begin = async () => {
        ends.push(await bus.subscribe(`${thing}/${TOPIC.reported}`, hear));
        ends.push(await bus.subscribe(`${thing}/${TOPIC.refused}`, refused));
        await send();
        again = setInterval(() => void send().catch(reject), REPEAT_MS);
      };
      begin().catch(reject);
    });
  } finally {
    clearInterval(again);
    clearTimeout(end);
    for (const stop of ends) await stop();
  }
}
