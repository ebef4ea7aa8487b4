/** Malformed offers: each is refused with a reason, or passed over as no message, and the flash stays as it is. */
import { encodeCbor } from '../../host-shim/release/cbor.ts';
import { transferOf } from '../../host-shim/release/protocol.ts';
import { USUAL } from './geometries.ts';
import { keySet } from './keys.ts';
import { hash, offer, owner, Rig, type Subject } from './rig.ts';
import { confirm, runningOf } from './scenarios.ts';

export interface FuzzCount {
  offers: number;
  /** Offers by the reason of their refusal; "-": no answer. */
  reasons: Record<string, number>;
  bad: string[];
}

/** `what`: offers of modules (1), or key sets by a root (4). */
export function fuzz(subject: Subject, rounds: number, seed = 1, what: 1 | 4 = 1): FuzzCount {
  const count: FuzzCount = { offers: 0, reasons: {}, bad: [] };
  const rig = new Rig({ subject, layout: USUAL.layout, unix: 2_000_000_000_000 });
  rig.boot();
  rig.after(100);
  const first = offer({ name: 'first' }, 1, 9000);
  confirm(rig, first);
  const [keys] = keySet({ sequence: 1, release: [{ signer: owner[0]! }] });
  const { envelope } = what === 1 ? offer({ name: 'second' }, 2, 8999) : { envelope: keys! };
  const before = hash(rig.image());
  const counters = { ...rig.flash.counters };
  let state = seed;
  const random = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  for (let round = 0; round < rounds; round++) {
    const bytes = mutate(envelope, random, round);
    if (hash(bytes) === hash(envelope)) continue;
    rig.reports = [];
    const message = encodeCbor([what, transferOf(bytes), bytes]);
    // Now and then the frame around the envelope is what is broken.
    if (random(50) === 0) message[random(Math.min(message.length, 16))]! ^= 1 << random(8);
    rig.raw(message);
    try {
      rig.after(50);
    } catch (error) {
      count.bad.push(`offer ${round}: ${String(error)}`);
      rig.boot();
      rig.after(1000);
    }
    count.offers++;
    const report = rig.reports.at(-1);
    const reason = report?.reason ?? '-';
    count.reasons[reason] = (count.reasons[reason] ?? 0) + 1;
    if (report && report.state !== 'REFUSED') {
      count.bad.push(`offer ${round} was answered ${report.state}`);
      confirm(rig, first);
    }
  }
  if (hash(rig.image()) !== before) count.bad.push('the flash was changed');
  if (rig.flash.counters.programs !== counters.programs) count.bad.push('something was written');
  if (runningOf(rig.state()) !== first.digest) count.bad.push('another module runs');
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
      return new Uint8Array([...bytes.subarray(0, at), ...bytes.subarray(at + 1 + random(4))]);
    }
    case 3: {
      const at = place();
      return new Uint8Array([...bytes.subarray(0, at), random(256), ...bytes.subarray(at)]);
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
