/** Malformed offers: each is refused with a reason, or passed over as no message, and the flash stays as it is. */
import { encodeCbor } from '../../host-shim/release/cbor.ts';
import { openDelivery } from '../../host-shim/release/group.ts';
import { transferOf } from '../../host-shim/release/protocol.ts';
import { openRollout } from '../../host-shim/release/rollout.ts';
import { USUAL } from './geometries.ts';
import { keySet, rolloutOf } from './keys.ts';
import { packedOf } from './payloads.ts';
import { bytesOf, hash, offer, owner, Rig, signer, type Subject } from './rig.ts';
import { confirm, delivery, GROUP, runningOf, setOf } from './scenarios.ts';

export interface FuzzCount {
  offers: number;
  /** Offers by the reason of their refusal; "-": no answer. */
  reasons: Record<string, number>;
  bad: string[];
}

/** What is offered and then changed; each is one that a device of its kind would take. */
export const BASES = {
  module: () => ({ kind: 1, envelope: second().envelope }),
  'encrypted module': () => ({ kind: 1, envelope: second({ encrypt: GROUP }).envelope }),
  'packed module': () => ({ kind: 1, envelope: second({ packed: packed() }).envelope }),
  delta: () => ({ kind: 1, envelope: second({ packed: packed(FIRST) }).envelope }),
  'encrypted delta': () => ({ kind: 1, envelope: second({ packed: packed(FIRST), encrypt: GROUP }).envelope }),
  data: () => ({ kind: 1, envelope: second({ kind: 'data', component: 'table' }).envelope }),
  supervisor: () => ({ kind: 1, envelope: second({ kind: 'supervisor', component: 'supervisor' }).envelope }),
  'member of a set': () => ({ kind: 1, envelope: member().envelope }),
  'key set': () => ({ kind: 4, envelope: keySet({ sequence: 1, release: [{ signer: owner[0]! }] })[0]! }),
  'group key': () => {
    const { envelope, sealed } = openDelivery(delivery(1));
    return { kind: 8, envelope, beside: [sealed] };
  },
  rollout: () => ({ kind: 9, envelope: openRollout(rolloutOf([second()], { by: ORDERS })).envelope }),
  'module to fetch': () => ({ kind: 10, envelope: second().envelope, beside: ['https://a.example/b', 5000] }),
} satisfies Record<string, () => Source>;

interface Source {
  kind: number;
  envelope: Uint8Array;
  /** What follows it in the message. */
  beside?: unknown[];
}

const ORDERS = signer(6);

const FIRST = bytesOf('first', 9000);
const second = (changes: Parameters<typeof offer>[3] = {}) => offer({ name: 'second' }, 2, USUAL.half, changes);
const packed = (from?: Uint8Array) => packedOf(bytesOf('second', USUAL.half), from);
const member = () =>
  setOf(
    2,
    { behaviour: { name: 'one' }, component: 'gateway', size: 3000 },
    { behaviour: { name: 'other' }, component: 'meter', size: 3000 },
  )[0];

/** So many malformed offers made from one of the BASES. */
export function fuzz(subject: Subject, rounds: number, seed = 1, base: keyof typeof BASES = 'module'): FuzzCount {
  const count: FuzzCount = { offers: 0, reasons: {}, bad: [] };
  const options = { layout: USUAL.layoutFor(3), places: 3, unix: 2_000_000_000_000 };
  // A signature that the owner did not make is a bad one: asking the library each time would take a minute more.
  const rig = new Rig({ subject: { ...subject, strangers: true }, ...options });
  const first = offer({ name: 'first' }, 1, 9000);
  const source: Source = BASES[base]();
  const { kind, envelope, beside = [] } = source;
  const known = new Rig({ subject, ...options });
  for (const each of [known, rig]) {
    each.boot();
    each.after(100);
    confirm(each, first);
    if (base.startsWith('encrypted')) each.group(delivery(1));
    if (base === 'rollout') each.keys(keySet({ sequence: 1, release: [{ signer: owner[0]! }], rollout: [ORDERS] }));
  }
  // As it is the device takes it; and so the library has said that its signature holds.
  known.raw(encodeCbor([kind, transferOf(envelope), envelope, ...beside]));
  known.after(500);
  const taken = known.reports.at(-1)?.state;
  if (taken === undefined || taken === 'REFUSED') count.bad.push(`${base}: it is refused as it is`);
  const before = hash(rig.image());
  const counters = { ...rig.flash.counters };
  let state = seed;
  const random = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  for (let round = 0; round < rounds; round++) {
    const bytes = mutate(envelope, random, round);
    if (Buffer.compare(bytes, envelope) === 0) continue;
    rig.reports = [];
    const message = encodeCbor([kind, transferOf(bytes), bytes, ...beside]);
    // Now and then the frame around the envelope is what is broken.
    if (random(50) === 0) message[random(Math.min(message.length, 16))]! ^= 1 << random(8);
    rig.raw(message);
    try {
      rig.after(50);
    } catch (error) {
      count.bad.push(`${base}, offer ${round}: ${String(error)}`);
      rig.boot();
      rig.after(1000);
    }
    count.offers++;
    const report = rig.reports.at(-1);
    const reason = (report?.reason ?? '-').split(':')[0]!;
    count.reasons[reason] = (count.reasons[reason] ?? 0) + 1;
    if (report && report.state !== 'REFUSED') {
      count.bad.push(`${base}, offer ${round} was answered ${report.state}`);
      confirm(rig, first);
    }
  }
  if (hash(rig.image()) !== before) count.bad.push(`${base}: the flash was changed`);
  if (rig.flash.counters.programs !== counters.programs) count.bad.push(`${base}: something was written`);
  if (rig.flash.counters.erases !== counters.erases) count.bad.push(`${base}: something was erased`);
  if (runningOf(rig.state()) !== first.digest) count.bad.push(`${base}: another module runs`);
  return count;
}

/** Key and signature take most of an envelope and are alike inside: most changes go to what stands around them. */
function mutate(envelope: Uint8Array, random: (below: number) => number, round: number): Uint8Array {
  const place = () => (random(20) === 0 ? random(envelope.length) : random(Math.min(420, envelope.length)));
  const bytes = envelope.slice();
  switch (round % 8) {
    case 0:
      return bytes.subarray(0, place());
    case 1: {
      const longer = new Uint8Array(Math.min(8000, envelope.length + 1 + random(64)));
      longer.set(envelope);
      for (let at = envelope.length; at < longer.length; at++) longer[at] = random(256);
      return longer;
    }
    case 2: {
      const at = place();
      const rest = at + 1 + random(4);
      bytes.copyWithin(at, rest);
      return bytes.subarray(0, bytes.length - Math.max(0, Math.min(rest, bytes.length) - at));
    }
    case 3: {
      const at = place();
      const longer = new Uint8Array(bytes.length + 1);
      longer.set(bytes.subarray(0, at));
      longer[at] = random(256);
      longer.set(bytes.subarray(at), at + 1);
      return longer;
    }
    case 4:
      for (let n = 1 + random(4); n > 0; n--) bytes[place()] = random(256);
      return bytes;
    case 5: {
      const [to, from, length] = [place(), place(), 1 + random(32)];
      bytes.copyWithin(to, from, from + length);
      return bytes;
    }
    default:
      bytes[place()]! ^= 1 << random(8);
      return bytes;
  }
}
