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

export interface Last {
  /** What the device reported last; null: the broker keeps nothing of it. */
  reported: Reported | null;
  /** Whether its connection stands, as the broker knows it; null: the broker was never told. */
  online: boolean | null;
}

/** What the broker keeps of a device, which is not asked and may be away. Resolves when both are there, or after `timeout`. */
export async function lastReported({ bus, thing, timeout = 1000 }: TwinOptions): Promise<Last> {
  const last: Last = { reported: null, online: null };
  const ends: (() => Promise<void>)[] = [];
  let timer: NodeJS.Timeout | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      timer = setTimeout(resolve, timeout);
      const done = () => last.reported !== null && last.online !== null && resolve();
      const begin = async () => {
        const hear = (_topic: string, payload: Uint8Array) => {
          last.reported = read(payload) ?? last.reported;
          done();
        };
        ends.push(await bus.subscribe(`${thing}/${TOPIC.reported}`, hear));
        ends.push(
          await watchState(bus, thing, (online) => {
            last.online = online;
            done();
          }),
        );
      };
      begin().catch(reject);
    });
    return last;
  } finally {
    clearTimeout(timer);
    for (const stop of ends) await stop();
  }
}

/** Tells what the broker knows of the device's connection, now and when it changes. */
function watchState(bus: Bus, thing: string, tell: (online: boolean) => void): Promise<() => Promise<void>> {
  return bus.subscribe(`${thing}/${TOPIC.state}`, (_topic, payload) => {
    const text = Buffer.from(payload.subarray(0, 16)).toString();
    if (text === 'online' || text === 'offline') tell(text === 'online');
  });
}

/** Others may publish there, too: undefined for what is none. */
function read(payload: Uint8Array): Reported | undefined {
  try {
    return decodeReported(payload);
  } catch {
    return undefined;
  }
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

/** Sends again and again until `judge` makes something of a report; what it throws ends it. */
async function exchange<T>(
  { bus, thing, timeout }: Required<TwinOptions>,
  send: () => Promise<void>,
  judge: (reported: Reported) => T | undefined,
): Promise<T> {
  let again: NodeJS.Timeout | undefined;
  let end: NodeJS.Timeout | undefined;
  const ends: (() => Promise<void>)[] = [];
  try {
    return await new Promise<T>((resolve, reject) => {
      let state = '';
      const hear = (_topic: string, payload: Uint8Array, retained = false) => {
        // What the broker keeps is no answer.
        const reported = retained ? undefined : read(payload);
        if (!reported) return;
        try {
          const found = judge(reported);
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
        () => reject(fault('device-silent', { device: thing, seconds: seconds(timeout), detail: state })),
        timeout,
      );
      const begin = async () => {
        ends.push(await bus.subscribe(`${thing}/${TOPIC.reported}`, hear));
        ends.push(await bus.subscribe(`${thing}/${TOPIC.refused}`, refused));
        const tell = (online: boolean) => (state = online ? '' : ', and the broker says that it is offline');
        ends.push(await watchState(bus, thing, tell));
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
