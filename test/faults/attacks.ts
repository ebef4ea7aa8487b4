/** One test for each attack that the Uptane standard names (section "Threats"), and for keys that must not count. */
import { equal } from 'node:assert/strict';
import type { Region } from '../../host-shim/board/flash.ts';
import { encodeCbor } from '../../host-shim/release/cbor.ts';
import type { Signer } from '../../host-shim/release/cose.ts';
import type { Report } from '../../host-shim/release/protocol.ts';
import { USUAL } from './geometries.ts';
import type { Behaviour } from './kernel.ts';
import { keySet, rolloutOf } from './keys.ts';
import { hash, type Offer, offer, owner, Rig, roots, signer, type Subject } from './rig.ts';
import { confirm, runningOf } from './scenarios.ts';

export interface Attack {
  name: string;
  /** Throws when it succeeds. */
  run(subject: Subject): void;
}

export const NOW = 2_000_000_000;
export const SIZE = 9000;
export const first = () => offer({ name: 'first' }, 1, SIZE);
export const second = (changes = {}) => offer({ name: 'second' }, 2, SIZE - 1, changes);

/** A device that runs `first`. */
export function running(subject: Subject, options: Partial<ConstructorParameters<typeof Rig>[0]> = {}): Rig {
  const rig = new Rig({ subject, layout: USUAL.layout, unix: NOW * 1000, ...options });
  rig.boot();
  rig.after(100);
  confirm(rig, first());
  return rig;
}

/** It is refused for this reason, nothing is written, and `first` goes on. */
export function refused(rig: Rig, what: Offer, reason: string, runs = first()): void {
  const before = hash(rig.image());
  const report = rig.push(what, 5000);
  equal(`${report?.state} ${report?.reason}`, `REFUSED ${reason}`);
  equal(hash(rig.image()), before, 'flash was written');
  keeps(rig, runs);
}

export function keeps(rig: Rig, what: Offer = first()): void {
  equal(rig.strangers, 0, 'bytes ran that nobody signed');
  const runs = () => runningOf(rig.state())?.split('+').includes(what.digest) ?? false;
  equal(runs(), true, 'it runs another module');
  rig.boot();
  rig.after(15_000);
  equal(runs(), true, 'after a reset it runs another module');
}

function offered(rig: Rig, { transfer, envelope }: Offer): Report | undefined {
  rig.send({ kind: 1, transfer, envelope });
  rig.after(200);
  return rig.reports.at(-1);
}

function chunks(rig: Rig, { transfer, payload }: Offer, from = 0, to = payload.length, step = 1024): void {
  for (let offset = from; offset < to; offset += step) {
    rig.send({ kind: 2, transfer, offset, data: payload.slice(offset, Math.min(offset + step, to)) });
    rig.after(20);
  }
}

/** The gates of a trial, each failed by one module. */
const FAULTY: readonly { behaviour: Behaviour; reason: string }[] = [
  { behaviour: { name: 'does not load', start: 'refused' }, reason: 'no-start: load: unknown section' },
  { behaviour: { name: 'traps when it starts', start: 'trap' }, reason: 'no-start: trap: unreachable executed' },
  { behaviour: { name: 'traps at its first tick', trapAt: 1 }, reason: 'trap: unreachable executed' },
  { behaviour: { name: 'traps at its last tick', trapAt: 5 }, reason: 'trap: unreachable executed' },
  { behaviour: { name: 'never answers for its health', health: 'hang' }, reason: 'deadline' },
  { behaviour: { name: 'says that it is ill', health: false }, reason: 'unhealthy' },
  { behaviour: { name: 'asks for what it was not granted', denied: 1 }, reason: 'over-budget' },
];

export const ATTACKS: readonly Attack[] = [
  {
    name: 'eavesdrop: no report carries what was provisioned',
    run(subject) {
      const rig = running(subject);
      const secret = Buffer.from('5ec2e75ec2e75ec2e75ec2e75ec2e75e', 'hex');
      rig.set('wmbus/default', secret);
      const said: Uint8Array[] = [];
      rig.onPublish = (payload) => void said.push(payload);
      confirm(rig, second());
      equal(said.length > 0, true);
      equal(
        said.some((payload) => Buffer.from(payload).includes(secret)),
        false,
      );
    },
  },
  {
    name: 'drop request: a sender whose every chunk is lost blocks nothing',
    run(subject) {
      const rig = running(subject);
      equal(offered(rig, second())?.state, 'FETCHING');
      rig.after(86_400_000);
      equal(runningOf(rig.state()), first().digest);
      confirm(rig, offer({ name: 'third' }, 3, SIZE));
    },
  },
  {
    name: 'slow retrieval: one byte an hour holds up neither the module that runs nor another sender',
    run(subject) {
      const rig = running(subject);
      const slow = second();
      offered(rig, slow);
      for (let offset = 0; offset < 48; offset += 4) {
        rig.send({ kind: 2, transfer: slow.transfer, offset, data: slow.payload.slice(offset, offset + 4) });
        rig.after(3_600_000);
      }
      equal(runningOf(rig.state()), first().digest);
      confirm(rig, offer({ name: 'third' }, 3, SIZE));
    },
  },
  {
    name: 'freeze: what has expired is refused, and what runs already is not a newer release',
    run(subject) {
      const rig = running(subject);
      refused(rig, second({ expiry: NOW - 1 }), 'expired');
      const programs = rig.flash.counters.programs;
      const report = rig.push(first());
      equal(`${report?.state} ${report?.sequence}`, 'CONFIRMED 1');
      equal(rig.flash.counters.programs, programs);
    },
  },
  {
    name: 'partial bundle: half a module never runs, the rest completes it',
    run(subject) {
      const rig = running(subject);
      offered(rig, second());
      chunks(rig, second(), 0, 4096);
      rig.boot();
      rig.after(15_000);
      equal(runningOf(rig.state()), first().digest);
      equal(rig.state()?.next, 4096, 'more than a sector was lost');
      confirm(rig, second());
    },
  },
  {
    name: 'rollback: an older release is refused, and one of the same number',
    run(subject) {
      const rig = running(subject);
      confirm(rig, offer({ name: 'fifth' }, 5, SIZE));
      const before = hash(rig.image());
      for (const sequence of [1, 4, 5]) {
        const report = rig.push(offer({ name: `old ${sequence}` }, sequence, SIZE), 5000);
        equal(`${report?.state} ${report?.reason}`, 'REFUSED rollback');
      }
      equal(hash(rig.image()), before, 'flash was written');
    },
  },
  {
    name: 'rollback: the floor moves at CONFIRMED only',
    run(subject) {
      const rig = running(subject);
      equal(rig.push(offer({ name: 'ninth traps', trapAt: 1 }, 9, SIZE))?.state, 'REVERTED');
      confirm(rig, second());
    },
  },
  {
    name: 'endless data: nothing beyond the signed size is written, and no size beyond the slot accepted',
    run(subject) {
      const rig = running(subject);
      refused(rig, offer({ name: 'huge' }, 7, 0, { wasm: new Uint8Array(200_000) }), 'too-big');
      const what = second();
      offered(rig, what);
      chunks(rig, what, 0, 8192);
      const before = hash(rig.image());
      const more = { ...what, payload: new Uint8Array(40_000) };
      rig.send({ kind: 2, transfer: what.transfer, offset: 8192, data: more.payload.slice(0, 1024) });
      rig.after(20);
      chunks(rig, more, what.payload.length, 40_000);
      equal(hash(rig.image()), before, 'bytes beyond the end were written');
      for (const length of [subject.mailbox, subject.mailbox - 23, 8100]) {
        // An offer whose one string takes all that a message can have.
        const raw = new Uint8Array(length);
        raw.set([0x83, 0x01, 0x48, 1, 2, 3, 4, 5, 6, 7, 8, 0x59, (length - 14) >> 8, (length - 14) & 0xff]);
        rig.raw(raw);
        rig.after(100);
      }
      confirm(rig, what);
    },
  },
  {
    name: 'mix-and-match: the module of one release under the envelope of another',
    run(subject) {
      const rig = running(subject);
      const other = offer({ name: 'third' }, 3, SIZE - 1);
      const report = rig.push({ ...second(), payload: other.payload }, 20_000);
      equal(`${report?.state} ${report?.reason}`, 'REFUSED bad-digest');
      keeps(rig);
      confirm(rig, second());
    },
  },
  {
    name: 'mix-and-match: the signature of one release over the manifest of another',
    run(subject) {
      const rig = running(subject);
      const [a, b] = [second(), offer({ name: 'third' }, 3, SIZE - 1)];
      const mixed = a.envelope.slice();
      mixed.set(b.envelope.subarray(-3309), mixed.length - 3309);
      refused(rig, wrapEnvelope(a, mixed), 'bad-signature');
    },
  },
  {
    name: 'arbitrary software: an unknown key',
    run: (subject) => refused(running(subject), second({ signers: [signer(9)] }), 'unknown-key'),
  },
  {
    name: 'arbitrary software: a key that takes the name of a trusted one',
    run(subject) {
      const forged = second({ signers: [signer(9)] });
      const envelope = forged.envelope.slice();
      const kidOf = (what: Offer) => Buffer.from(what.envelope).indexOf(Buffer.from('0458', 'hex')) + 3;
      envelope.set(second().envelope.subarray(kidOf(second()), kidOf(second()) + 32), kidOf(forged));
      refused(running(subject), wrapEnvelope(forged, envelope), 'unknown-key');
    },
  },
  {
    name: 'arbitrary software: a device without trust takes nothing',
    run(subject) {
      const rig = new Rig({ subject, layout: USUAL.layout, trust: [] });
      rig.boot();
      equal(rig.push(first(), 5000)?.reason, 'unknown-key');
    },
  },
  {
    name: 'arbitrary software: one bit of the module changed on the way',
    run(subject) {
      const rig = running(subject);
      const payload = second().payload.slice();
      payload[5000]! ^= 1;
      equal(rig.push({ ...second(), payload }, 20_000)?.reason, 'bad-digest');
      keeps(rig);
    },
  },
  {
    name: 'arbitrary software: a bit of the module that rotted in its slot does not run',
    run(subject) {
      const image = running(subject).image();
      const at = Buffer.from(image).indexOf(Buffer.from(first().payload.subarray(0, 64)));
      image[at + 77]! ^= 4;
      const rig = new Rig({ subject, layout: USUAL.layout, image, unix: NOW * 1000 });
      rig.boot();
      rig.after(15_000);
      equal(rig.strangers, 0);
      equal(runningOf(rig.state()), null);
      confirm(rig, second());
    },
  },
  {
    name: 'arbitrary software: a key that the roots revoked, while what it signed goes on',
    run(subject) {
      const rig = running(subject);
      equal(rig.keys(keySet({ sequence: 1, release: [{ signer: signer(2) }], revoked: owner }))?.state, 'CONFIRMED');
      refused(rig, second(), 'revoked-key');
      confirm(rig, second({ signers: [signer(2)] }));
      keeps(rig, second({ signers: [signer(2)] }));
    },
  },
  {
    name: 'arbitrary software: a key below its least sequence number, and one of another role',
    run(subject) {
      const rig = running(subject);
      const [a, b] = [owner[0]!, signer(3)];
      equal(rig.keys(keySet({ sequence: 1, release: [{ signer: a, least: 5 }] }))?.state, 'CONFIRMED');
      refused(rig, second(), 'revoked-key');
      refused(rig, second({ signers: [b] }), 'unknown-key');
      confirm(rig, offer({ name: 'fifth' }, 5, SIZE));
      const rollout = keySet({ sequence: 2, release: [], rollout: [b], revoked: [a] });
      equal(rig.keys(rollout)?.state, 'CONFIRMED');
      equal(
        rig.rollout(rolloutOf([offer({ name: 'sixth' }, 6, SIZE, { signers: [b] })], { by: b }))?.state,
        'CONFIRMED',
      );
      equal(rig.push(offer({ name: 'sixth' }, 6, SIZE, { signers: [b] }), 5000)?.reason, 'unknown-key');
    },
  },
  {
    name: 'key set: by one root only, by one root twice, by strangers, of an older number, for nobody who runs',
    run(subject) {
      const rig = running(subject);
      const before = hash(rig.image());
      const keys = { sequence: 7, release: [{ signer: signer(2) }], revoked: owner };
      const [one, two] = roots;
      const say = (envelopes: Uint8Array[]) => {
        const report = rig.keys(envelopes);
        return `${report?.state} ${report?.reason}`;
      };
      equal(say(keySet({ ...keys, by: [one!] })), 'OFFERED null');
      equal(say(keySet({ ...keys, by: [one!, one!] })), 'OFFERED null');
      equal(say(keySet({ ...keys, by: [signer(9, 'ML-DSA-87'), signer(8, 'ML-DSA-87')] })), 'REFUSED unknown-key');
      equal(say(keySet({ ...keys, by: [owner[0]!] })), 'REFUSED unknown-key');
      equal(say(keySet({ ...keys, revoked: [] })), 'REFUSED orphan');
      equal(hash(rig.image()), before, 'flash was written');
      equal(say(keySet({ ...keys, by: [two!] })), 'CONFIRMED null');
      equal(say(keySet({ ...keys, by: [one!] })), 'CONFIRMED null');
      equal(say(keySet({ ...keys, sequence: 6 })), 'REFUSED rollback');
      equal(say(keySet({ ...keys, threshold: 1 })), 'REFUSED rollback');
      rig.boot();
      rig.after(15_000);
      equal(say(keySet({ ...keys, sequence: 6 })), 'REFUSED rollback');
      equal(runningOf(rig.state()), first().digest);
    },
  },
  {
    name: 'key set: one that rotted in its place trusts nobody, and what runs goes on',
    run(subject) {
      const before = running(subject);
      before.keys(keySet({ sequence: 1, release: [{ signer: owner[0]! }] }));
      const image = before.image();
      image[image.length - 8192 + 100]! ^= 1;
      image[image.length - 4096 + 100]! ^= 1;
      const rig = new Rig({ subject, layout: USUAL.layout, image, unix: NOW * 1000 });
      rig.boot();
      rig.after(15_000);
      refused(rig, second(), 'unknown-key');
    },
  },
  {
    name: 'policy: both signatures are asked for, and one of them is missing, of a stranger, or does not hold',
    run(subject) {
      const [mlDsa, ed, stranger] = [owner[0]!, signer(4, 'Ed25519'), signer(5, 'Ed25519')];
      const rig = new Rig({ subject, layout: USUAL.layout, unix: NOW * 1000, trust: [mlDsa, ed] });
      rig.set('trust/policy', Uint8Array.of(49, 19));
      rig.boot();
      const both = (n: number, signers: Signer[]) => offer({ name: `both ${n}` }, n, SIZE, { signers });
      confirm(rig, both(1, [mlDsa, ed]));
      const before = hash(rig.image());
      const say = (what: Offer) => rig.push(what, 5000)?.reason;
      equal(say(both(2, [mlDsa])), 'unsupported');
      equal(say(both(2, [mlDsa, stranger])), 'unknown-key');
      equal(say(both(2, [signer(9), ed])), 'unknown-key');
      for (const at of [1, 3]) {
        const good = both(2, at === 1 ? [mlDsa, ed] : [ed, mlDsa]);
        const envelope = good.envelope.slice();
        envelope[envelope.length - 1]! ^= 1;
        equal(say(wrapEnvelope(good, envelope)), 'bad-signature');
      }
      equal(hash(rig.image()), before, 'flash was written');
      confirm(rig, both(3, [ed, mlDsa]));
      keeps(rig, both(3, [ed, mlDsa]));
      rig.set('trust/policy', Uint8Array.of(49, 77));
      equal(say(both(4, [mlDsa, ed])), 'unsupported');
    },
  },
  {
    name: 'policy: of two keys of one algorithm the trusted one counts, wherever it stands',
    run(subject) {
      const rig = running(subject);
      confirm(rig, second({ signers: [signer(9), owner[0]!].slice(1) }));
      const third = offer({ name: 'third' }, 3, SIZE, { signers: [signer(6, 'Ed25519'), owner[0]!] });
      confirm(rig, third);
    },
  },
  {
    name: 'owner: back to the module before, without a broker, twice in a row, and only to what is expected',
    run(subject) {
      const rig = running(subject);
      const [a, b] = [first(), second()];
      equal(rig.rollback(b.digest)?.reason, 'not-found');
      confirm(rig, b);
      equal(rig.rollback(hash(a.payload).replaceAll(/./g, '0'))?.reason, 'not-found');
      keeps(rig, b);
      const offline = (digest: string) => {
        rig.raw(encodeCbor([5, new Uint8Array(Buffer.from(digest, 'hex'))]));
        rig.online = false;
        rig.after(20_000);
        rig.online = true;
        return `${rig.state()?.state} ${runningOf(rig.state())}`;
      };
      equal(offline(a.digest), `CONFIRMED ${a.digest}`);
      equal(offline(a.digest), `CONFIRMED ${a.digest}`);
      equal(offline(b.digest), `CONFIRMED ${b.digest}`);
      equal(offline(a.digest), `CONFIRMED ${a.digest}`);
      keeps(rig, a);
      equal(rig.push(offer({ name: 'again' }, 2, SIZE), 5000)?.reason, 'rollback', 'the floor came down');
    },
  },
  {
    name: 'owner: the module before runs when the one that runs has rotted',
    run(subject) {
      const before = running(subject);
      confirm(before, second());
      const image = before.image();
      image[Buffer.from(image).indexOf(Buffer.from(second().payload.subarray(0, 64))) + 77]! ^= 4;
      const rig = new Rig({ subject, layout: USUAL.layout, image, unix: NOW * 1000 });
      rig.boot();
      rig.after(15_000);
      equal(`${rig.state()?.state} ${rig.state()?.reason}`, 'REVERTED bad-digest');
      keeps(rig, first());
    },
  },
  {
    name: 'owner: the history of a journal of any size fits into memory',
    run(subject) {
      const [journal, slots] = USUAL.layout as [Region, Region];
      const layout = [{ ...journal, size: 2 * 65_536, sector: 65_536 }, slots];
      const rig = new Rig({ subject, layout });
      rig.boot();
      confirm(rig, first());
      for (let n = 2; n < 60; n++) confirm(rig, offer({ name: `release ${n % 2}` }, n, 300));
      const [, records] = rig.ask(7) as [number, [number, string][]];
      equal(records.length, 128);
      equal(Math.max(...records.map(([number]) => number)) - Math.min(...records.map(([number]) => number)), 127);
    },
  },
  {
    name: 'owner: slots and history tell what happened',
    run(subject) {
      const rig = running(subject);
      confirm(rig, second());
      const slots = rig.ask(6) as [number, [number, string, unknown[]][]];
      equal(slots[1].map(([, role, of]) => `${role} ${of[2]}`).join(), 'previous 1,active 2');
      const history = rig.ask(7) as [number, [number, string][]];
      const states = history[1].map(([, state]) => state);
      equal(
        ['OFFERED', 'FETCHING', 'STAGED', 'ARMED', 'TRIAL', 'CONFIRMED'].every((s) => states.includes(s)),
        true,
      );
    },
  },
  {
    name: 'reordered and repeated chunks make the same module',
    run(subject) {
      const rig = running(subject);
      const what = second();
      offered(rig, what);
      for (let round = 0; round < 12; round++) {
        for (const offset of [8192, 2048, 4096, 0, 1024, 1024, 3072, 7168, 6144, 5120]) {
          rig.send({ kind: 2, transfer: what.transfer, offset, data: what.payload.slice(offset, offset + 1024) });
        }
        rig.after(50);
      }
      rig.after(15_000);
      equal(runningOf(rig.state()), what.digest);
    },
  },
  {
    name: 'chunks of a transfer that is over change nothing',
    run(subject) {
      const rig = running(subject);
      confirm(rig, second());
      const before = hash(rig.image());
      chunks(rig, first());
      chunks(rig, second());
      equal(hash(rig.image()), before);
    },
  },
  {
    name: 'two senders in turn: one of them is confirmed, whole',
    run(subject) {
      const rig = running(subject);
      const [a, b] = [second(), offer({ name: 'third' }, 3, SIZE)];
      for (let offset = 0; offset < SIZE; offset += 1024) {
        for (const each of [a, b]) {
          if (offset % 2048 === 0) rig.send({ kind: 1, transfer: each.transfer, envelope: each.envelope });
          rig.send({ kind: 2, transfer: each.transfer, offset, data: each.payload.slice(offset, offset + 1024) });
          rig.after(50);
        }
      }
      keeps(rig);
      confirm(rig, b);
    },
  },
  {
    name: 'a module that takes the device down is entered three times at most',
    run(subject) {
      const rig = running(subject);
      rig.push(offer({ name: 'looping', start: 'reset' }, 2, SIZE), 60_000);
      equal(rig.entered.filter((name) => name === 'looping').length, 3);
      keeps(rig);
    },
  },
  {
    name: 'a module that failed its trial is not fetched again, one that saw no broker is',
    run(subject) {
      const rig = running(subject);
      const ill = offer({ name: 'ill', health: false }, 2, SIZE);
      rig.push(ill);
      const before = hash(rig.image());
      for (let n = 0; n < 3; n++) equal(rig.push(ill, 5000)?.reason, 'unhealthy');
      equal(hash(rig.image()), before, 'it was fetched again');
      const what = second();
      equal(offered(rig, what)?.state, 'FETCHING');
      for (let n = 0; n < 9; n++) {
        if (n === 8) rig.online = false;
        chunks(rig, what, n * 1024, Math.min((n + 1) * 1024, what.payload.length));
      }
      rig.after(20_000);
      rig.online = true;
      equal(rig.state()?.reason, 'no-broker');
      confirm(rig, what);
    },
  },
  ...FAULTY.map(({ behaviour, reason }) => ({
    name: `a module that ${behaviour.name} is given up: ${reason}`,
    run(subject: Subject) {
      const rig = running(subject);
      const report = rig.push(offer(behaviour, 2, SIZE));
      equal(`${report?.state} ${report?.reason}`, `REVERTED ${reason}`);
      keeps(rig);
    },
  })),
];

function wrapEnvelope(from: Offer, envelope: Uint8Array): Offer {
  const transfer = new Uint8Array(Buffer.from(hash(envelope), 'hex').subarray(0, 8));
  return { ...from, envelope, transfer };
}
