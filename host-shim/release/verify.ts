/** Would a device accept this bundle? The same rules, in the same words (docs/update-protocol.md), before it is sent. */
import { sha256 } from '@noble/hashes/sha2.js';
import { ABI_VERSION, Capability } from '../../runtime/abi/generated/contract.ts';
import { MoteError } from '../errors.ts';
import { thumbprint } from './algorithms.ts';
import { type Bundle, MAX_ENVELOPE, readBundle } from './bundle.ts';
import { sameBytes } from './cbor.ts';
import type { Signature } from './cose.ts';

/** What is known of the device. A rule that needs what is left out is not checked. */
export interface Device {
  /** COSE Key Thumbprints, 32 bytes each: the device's trust slots. */
  trust: Uint8Array[];
  /** UUID texts. */
  vendor?: string | undefined;
  class?: string | undefined;
  /** Sequence number of the component's module that the device runs: the floor. */
  sequence?: number | undefined;
  /** Bytes of a slot. */
  slot?: number | undefined;
  /** Seconds since 1970. */
  now?: number | undefined;
}

export interface Check {
  rule: 'form' | 'version' | 'key' | 'signature' | 'device' | 'sequence' | 'expiry' | 'size' | 'grants' | 'digest';
  ok: boolean;
  /** What was found, good or bad. */
  detail: string;
}

export interface Verdict {
  ok: boolean;
  /** What the device would report with REFUSED: the first failing rule's word; null when all hold. */
  reason: string | null;
  /** In the order in which a device makes them. When form or version fails there is nothing to check the others on. */
  checks: Check[];
  /** Null when the bundle could not be read. */
  bundle: Bundle | null;
}

/** The device's reason (docs/update-protocol.md) behind each rule. */
const REASONS: Record<Check['rule'], string> = {
  form: 'malformed',
  version: 'unsupported',
  key: 'unknown-key',
  signature: 'bad-signature',
  device: 'wrong-device',
  sequence: 'rollback',
  expiry: 'expired',
  size: 'too-big',
  grants: 'bad-grant',
  digest: 'bad-digest',
};

/** Checks everything that can be checked; never throws for what is in `bytes`. */
export function verifyBundle(bytes: Uint8Array, device: Device): Verdict {
  let bundle: Bundle;
  try {
    bundle = readBundle(bytes);
  } catch (error) {
    if (!(error instanceof MoteError)) throw error;
    const rule = error.key === 'bundle-unsupported' ? 'version' : 'form';
    return verdict([{ rule, ok: false, detail: error.message }], null);
  }
  const form: Check = {
    rule: 'form',
    ok: true,
    detail: `envelope ${bundle.envelope.length} bytes, module ${bundle.payload.length} bytes`,
  };
  const trusted = bundle.signatures.filter((signature) => isTrusted(signature, device.trust));
  const checks = [
    form,
    version(bundle),
    keys(bundle, trusted),
    ...trusted.map(signature),
    ...place(bundle, device),
    size(bundle, device),
    grants(bundle),
    digest(bundle),
  ];
  return verdict(checks, bundle);
}

function verdict(checks: Check[], bundle: Bundle | null): Verdict {
  const failed = checks.find(({ ok }) => !ok);
  return { ok: failed === undefined, reason: failed ? REASONS[failed.rule] : null, checks, bundle };
}

function version({ manifest }: Bundle): Check {
  const ok = manifest.abi === ABI_VERSION;
  return { rule: 'version', ok, detail: `built for contract ${manifest.abi}${ok ? '' : `, not ${ABI_VERSION}`}` };
}

/** A key counts when the thumbprint of the key that is really there is trusted, whatever kid claims. */
function isTrusted({ algorithm, publicKey, kid }: Signature, trust: Uint8Array[]): boolean {
  if (algorithm === undefined || publicKey.length !== algorithm.publicKeyBytes) return false;
  const print = thumbprint(algorithm, publicKey);
  return sameBytes(print, kid) && trust.some((known) => sameBytes(known, print));
}

function keys({ signatures }: Bundle, trusted: Signature[]): Check {
  const ok = trusted.some(({ algorithm }) => algorithm?.postQuantum);
  const shown = (ok ? trusted : signatures).map(
    ({ algorithm, alg, kid }) => `${algorithm?.name ?? `COSE algorithm ${alg}`} ${hex(kid).slice(0, 16)}…`,
  );
  return { rule: 'key', ok, detail: `${ok ? 'trusted' : 'no trusted ML-DSA key among'}: ${shown.join(', ')}` };
}

/** Every signature of a trusted key must hold, so that a second algorithm adds to the first and never replaces it. */
function signature({ algorithm, publicKey, message, signature, kid }: Signature): Check {
  const ok = algorithm?.verify(publicKey, message, signature) ?? false;
  const what = `${algorithm?.name} by ${hex(kid).slice(0, 16)}…`;
  return { rule: 'signature', ok, detail: ok ? what : `${what} does not hold for this manifest` };
}

function place({ manifest }: Bundle, device: Device): Check[] {
  const checks: Check[] = [];
  for (const kind of ['vendor', 'class'] as const) {
    const wanted = device[kind]?.toLowerCase();
    if (wanted === undefined) continue;
    const ok = manifest[kind] === wanted;
    checks.push({ rule: 'device', ok, detail: `${kind} ${manifest[kind]}${ok ? '' : `, the device has ${wanted}`}` });
  }
  if (device.sequence !== undefined) {
    const ok = manifest.sequence > device.sequence;
    checks.push({
      rule: 'sequence',
      ok,
      detail: `${manifest.sequence} ${ok ? 'is' : 'is not'} above ${device.sequence}`,
    });
  }
  if (device.now !== undefined && manifest.expiry !== null) {
    const ok = device.now < manifest.expiry;
    checks.push({ rule: 'expiry', ok, detail: `${ok ? 'until' : 'ended'} ${iso(manifest.expiry)}` });
  }
  return checks;
}

function size({ envelope, manifest }: Bundle, { slot }: Device): Check {
  if (envelope.length > MAX_ENVELOPE) {
    return {
      rule: 'size',
      ok: false,
      detail: `the envelope has ${envelope.length} bytes, an offer carries ${MAX_ENVELOPE}`,
    };
  }
  const ok = slot === undefined || manifest.size <= slot;
  return { rule: 'size', ok, detail: `${manifest.size} bytes${ok ? '' : `, the slot has ${slot}`}` };
}

function grants({ manifest }: Bundle): Check {
  const unknown = manifest.grants.filter((grant) => !Object.hasOwn(Capability, grant.split(':', 1)[0]!));
  if (unknown.length > 0) return { rule: 'grants', ok: false, detail: `there is no capability ${unknown.join(', ')}` };
  return { rule: 'grants', ok: true, detail: manifest.grants.join(', ') || 'none' };
}

function digest({ manifest, payload }: Bundle): Check {
  if (payload.length !== manifest.size) {
    return {
      rule: 'digest',
      ok: false,
      detail: `the module has ${payload.length} bytes, the manifest says ${manifest.size}`,
    };
  }
  const found = sha256(payload);
  const ok = sameBytes(found, manifest.digest);
  return {
    rule: 'digest',
    ok,
    detail: `SHA-256 ${hex(found)}${ok ? '' : `, the manifest says ${hex(manifest.digest)}`}`,
  };
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
/** Beyond what Date can show (year 275760) the number has to do. */
const iso = (seconds: number): string => (seconds <= 8.64e12 ? new Date(seconds * 1000).toISOString() : `${seconds} s`);
