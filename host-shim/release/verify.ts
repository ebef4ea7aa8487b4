/** Would a device accept this bundle? The same rules, in the same words (docs/update-protocol.md), before it is sent. */
import { sha256 } from '@noble/hashes/sha2.js';
import { ABI_VERSION, Capability, REFUSED_GRANTS } from '../../runtime/abi/generated/contract.ts';
import { MoteError } from '../errors.ts';
import { type AlgorithmName, thumbprint } from './algorithms.ts';
import { type Bundle, MAX_ENVELOPE, readBundle } from './bundle.ts';
import { sameBytes } from './cbor.ts';
import type { Signature } from './cose.ts';
import { wireOf } from './manifest.ts';

/** What is known of the device. A rule that needs what is left out is not checked. */
export interface Device {
  /** COSE Key Thumbprints, 32 bytes each: the device's trust slots. */
  trust: Uint8Array[];
  /** Algorithms that all have to sign: its policy. Default: ML-DSA-65 alone. */
  policy?: AlgorithmName[] | undefined;
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
  rule: keyof typeof REASONS;
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

/** The device's reason (docs/update-protocol.md) behind each rule, in the order of its checks. */
const REASONS = {
  form: 'malformed',
  version: 'unsupported',
  grants: 'bad-grant',
  device: 'wrong-device',
  sequence: 'rollback',
  expiry: 'expired',
  size: 'too-big',
  algorithm: 'unsupported',
  key: 'unknown-key',
  signature: 'bad-signature',
  digest: 'bad-digest',
} as const;

/** Checks everything that can be checked; never throws for what is in `bytes`. `name`: what details call the file. */
export function verifyBundle(bytes: Uint8Array, device: Device, name?: string): Verdict {
  let bundle: Bundle;
  try {
    bundle = readBundle(bytes, name);
  } catch (error) {
    if (!(error instanceof MoteError)) throw error;
    const rule = error.key === 'bundle-unsupported' ? 'version' : 'form';
    return verdict([{ rule, ok: false, detail: error.message }], null);
  }
  const { envelope, payload } = bundle;
  const checks: Check[] = [
    { rule: 'form', ok: true, detail: `envelope ${envelope.length} bytes, module ${payload.length} bytes` },
    version(bundle),
    grants(bundle),
    ...place(bundle, device),
    size(bundle, device),
    ...signature(bundle, device),
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

/** Of each algorithm of its policy, a device takes the first signature by a key that it trusts and looks at no other. */
function signature({ signatures }: Bundle, { trust, policy = ['ML-DSA-65'] }: Device): Check[] {
  const names = signatures.map(({ algorithm, alg }) => algorithm?.name ?? `COSE algorithm ${alg}`).join(', ');
  return policy.flatMap((name): Check[] => {
    const these = signatures.filter(
      ({ algorithm: found, publicKey, signature }) =>
        found?.name === name && publicKey.length === found.publicKeyBytes && signature.length === found.signatureBytes,
    );
    if (these.length === 0) return [{ rule: 'algorithm', ok: false, detail: `${names}; not ${name}` }];
    const first = these.find((candidate) => isTrusted(candidate, trust)) ?? these.at(-1)!;
    return [{ rule: 'algorithm', ok: true, detail: name }, ...one(first, trust)];
  });
}

/** The key that is really there counts, whatever the kid claims. */
const printOf = ({ algorithm, publicKey }: Signature): Uint8Array => thumbprint(algorithm!, publicKey);

function isTrusted(signature: Signature, trust: Uint8Array[]): boolean {
  const kid = printOf(signature);
  return sameBytes(kid, signature.kid) && trust.some((known) => sameBytes(known, kid));
}

function one(first: Signature, trust: Uint8Array[]): Check[] {
  const algorithm = first.algorithm!;
  const kid = printOf(first);
  const trusted = isTrusted(first, trust);
  const who = sameBytes(kid, first.kid) ? `key ${hex(kid)}` : `key ${hex(kid)} under the name of ${hex(first.kid)}`;
  const holds = algorithm.verify(first.publicKey, first.message, first.signature);
  return [
    { rule: 'key', ok: trusted, detail: trusted ? who : `${who} is not trusted` },
    {
      rule: 'signature',
      ok: holds,
      detail: holds ? `${algorithm.name} covers this manifest` : 'does not hold for this manifest and key',
    },
  ];
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

/** Capabilities that there are, without what the contract has for no application module. */
function grants({ manifest }: Bundle): Check {
  const bad = manifest.grants.filter((grant) => {
    const whole = grant.includes(':') ? grant : `${grant}:`;
    const isRefused = REFUSED_GRANTS.some((refused) =>
      refused.endsWith('*') ? whole.startsWith(refused.slice(0, -1)) : whole === refused,
    );
    return isRefused || !Object.hasOwn(Capability, whole.slice(0, whole.indexOf(':')));
  });
  if (bad.length > 0) return { rule: 'grants', ok: false, detail: `a module cannot be granted ${bad.join(', ')}` };
  return { rule: 'grants', ok: true, detail: manifest.grants.join(', ') || 'none' };
}

function digest({ manifest, payload }: Bundle): Check {
  const wire = wireOf(manifest);
  if (payload.length !== wire.size) {
    return {
      rule: 'digest',
      ok: false,
      detail: `the module has ${payload.length} bytes, the manifest says ${wire.size}`,
    };
  }
  const found = sha256(payload);
  const ok = sameBytes(found, wire.digest);
  return {
    rule: 'digest',
    ok,
    detail: `SHA-256 ${hex(found)}${ok ? '' : `, the manifest says ${hex(wire.digest)}`}`,
  };
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
/** Beyond what Date can show (year 275760) the number has to do. */
const iso = (seconds: number): string => (seconds <= 8.64e12 ? new Date(seconds * 1000).toISOString() : `${seconds} s`);
