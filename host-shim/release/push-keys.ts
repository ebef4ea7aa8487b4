/** What is sent to a device beside bundles: key sets, group keys. Small messages, each answered by one report. */
import { fault } from '../errors.ts';
import { openDelivery } from './group.ts';
import { openKeySet } from './keyset.ts';
import { answerTo, type Link, type LinkOptions, type Patience, printable, withLink } from './link.ts';
import { transferOf } from './protocol.ts';

export interface PushFileOptions extends LinkOptions {
  /** The file's bytes, and what messages call it. */
  bundle: Uint8Array;
  name?: string;
}

const patienceOf = ({ device, timeoutMs = 60_000, resendMs = 1000 }: LinkOptions): Patience => ({
  device,
  timeoutMs,
  resendMs,
});

/**
 * Sends a key set until the device says that it is in force. To a device that knows none of those who signed it go the sets
 * before in which roots changed, oldest first. `envelopes`: how many were needed.
 * Rejects as push does; device-refused with the device's reason; keys-refused when it waits for more roots than have signed.
 */
export function pushKeys(options: PushFileOptions): Promise<{ state: 'CONFIRMED'; envelopes: number }> {
  const { before, envelopes: last } = openKeySet(options.bundle, options.name);
  const { device } = options;
  return withLink(options, async (link) => {
    let sent = 0;
    const offer = async (envelopes: Uint8Array[]): Promise<string> => {
      const { outcome, count } = await offerSet(link, envelopes, patienceOf(options));
      sent += count;
      return outcome;
    };
    let outcome = await offer(last);
    if (before.length > 0 && (outcome === UNKNOWN || outcome === WAITS)) {
      for (const { envelopes } of before) {
        const step = await offer(envelopes);
        // Refused as older: the device is past it.
        if (step !== CONFIRMED && step !== 'rollback' && step !== UNKNOWN) break;
      }
      outcome = await offer(last);
    }
    if (outcome === WAITS) throw fault('keys-refused', { why: `${device} waits for another root to sign it` });
    if (outcome !== CONFIRMED) throw fault('device-refused', { device, reason: printable(outcome) });
    return { state: 'CONFIRMED', envelopes: sent };
  });
}

const CONFIRMED = 'CONFIRMED';
const UNKNOWN = 'unknown-key';
const WAITS = 'waits';

/**
 * One set. A root that only the set itself names counts when a root of the set before has signed it, so a signature that is
 * not known yet is shown again after the others. Returns what came of it, or the reason of the refusal.
 */
async function offerSet(
  link: Link,
  envelopes: Uint8Array[],
  patience: Patience,
): Promise<{ outcome: string; count: number }> {
  let left = envelopes;
  let count = 0;
  for (let before = -1; before !== count && left.length > 0; ) {
    before = count;
    const unknown: Uint8Array[] = [];
    for (const envelope of left) {
      const message = { kind: 4, transfer: transferOf(envelope), envelope } as const;
      const { state, reason } = await answerTo(link, message, patience);
      if (state === 'REFUSED' && reason !== UNKNOWN) return { outcome: reason ?? 'no reason', count };
      if (state === 'REFUSED') unknown.push(envelope);
      else count++;
      if (state === 'CONFIRMED') return { outcome: CONFIRMED, count };
    }
    left = unknown;
  }
  return { outcome: count > 0 ? WAITS : UNKNOWN, count };
}

/** Delivers a group's key to the device that it was sealed for. Rejects as push does; device-refused with its reason. */
export function pushDelivery(options: PushFileOptions): Promise<{ state: 'CONFIRMED'; group: string }> {
  const { group, envelope, sealed } = openDelivery(options.bundle, options.name);
  return withLink(options, async (link) => {
    const message = { kind: 8, transfer: transferOf(envelope), envelope, sealed } as const;
    const { state, reason } = await answerTo(link, message, patienceOf(options));
    if (state === 'CONFIRMED') return { state, group };
    throw fault('device-refused', { device: options.device, reason: printable(reason ?? 'no reason') });
  });
}
