/** What several components, sets of them, and payloads for a group must not be misled to. */
import { equal } from 'node:assert/strict';
import { ErrorCode } from '../../runtime/abi/generated/contract.ts';
import { encodeCbor } from '../../host-shim/release/cbor.ts';
import { openDelivery, SEALED_BYTES, signDelivery } from '../../host-shim/release/group.ts';
import { transferOf } from '../../host-shim/release/protocol.ts';
import { type Attack, NOW, refused } from './attacks.ts';
import { SMALLEST, USUAL } from './geometries.ts';
import type { Behaviour } from './kernel.ts';
import { keySet } from './keys.ts';
import { packedOf } from './payloads.ts';
import { bytesOf, hash, type Offer, offer, owner, Rig, signer, type Subject } from './rig.ts';
import { confirm, delivery, GROUP, runningOf, setOf } from './scenarios.ts';

const SIZE = 3000;
const gateway = (sequence: number, changes: Parameters<typeof offer>[3] = {}) =>
  offer({ name: `gateway ${sequence}` }, sequence, SIZE, changes);
const meter = (sequence: number, changes: Parameters<typeof offer>[3] = {}) =>
  offer({ name: `meter ${sequence}` }, sequence, SIZE, { component: 'meter', ...changes });

function device(subject: Subject, places: number, ...offers: Offer[]): Rig {
  const rig = new Rig({ subject, layout: USUAL.layoutFor(places), places, unix: NOW * 1000 });
  rig.boot();
  rig.after(100);
  for (const each of offers) confirm(rig, each);
  return rig;
}

const runs = (rig: Rig) => runningOf(rig.state())?.split('+') ?? [];
const digests = (...offers: Offer[]) => offers.map(({ digest }) => digest);

function says(rig: Rig, what: Offer): string {
  const report = rig.push(what, 5000);
  return `${report?.state} ${report?.reason}`;
}

function back(rig: Rig, to: Offer): string {
  rig.raw(encodeCbor([5, new Uint8Array(Buffer.from(to.digest, 'hex'))]));
  rig.after(20_000);
  const report = rig.reports.at(-1);
  return `${report?.state} ${report?.reason}`;
}

export const ON_SEVERAL: readonly Attack[] = [
  {
    name: 'components: each has its own place and floor, and one too many finds no room',
    run(subject) {
      const rig = device(subject, 2, gateway(5), meter(2));
      equal(runs(rig).join(), digests(gateway(5), meter(2)).join());
      equal(says(rig, gateway(4)), 'REFUSED rollback');
      confirm(rig, meter(3));
      equal(runs(rig).join(), digests(gateway(5), meter(3)).join());
      refused(rig, offer({ name: 'third' }, 1, SIZE, { component: 'third' }), 'no-room', gateway(5));
    },
  },
  {
    name: 'components: a free place is free again when its first module failed',
    run(subject) {
      const rig = device(subject, 2, gateway(1));
      const ill = offer({ name: 'ill meter', health: false }, 1, SIZE, { component: 'meter' });
      equal(says(rig, ill), 'REVERTED unhealthy');
      confirm(rig, offer({ name: 'third' }, 1, SIZE, { component: 'third' }));
    },
  },
  {
    name: 'needs: what is missing is named, and nothing is erased; what is there suffices',
    run(subject) {
      const rig = device(subject, 2, gateway(1));
      const wanting = gateway(2, { needs: { meter: 3 } });
      refused(rig, wanting, 'dependency: meter', gateway(1));
      confirm(rig, meter(2));
      refused(rig, wanting, 'dependency: meter', gateway(1));
      confirm(rig, meter(3));
      confirm(rig, wanting);
    },
  },
  {
    name: 'needs: what another one needs is not rolled back',
    run(subject) {
      const rig = device(subject, 2, meter(2), meter(3), gateway(1, { needs: { meter: 3 } }));
      equal(back(rig, meter(2)), 'REFUSED dependency: gateway');
      equal(runs(rig).includes(meter(3).digest), true);
      confirm(rig, gateway(2, { needs: { meter: 2 } }));
      equal(back(rig, meter(2)), 'CONFIRMED null');
    },
  },
  {
    name: 'set: half of it changes nothing, another update replaces it, and halves of two do not make one',
    run(subject) {
      const rig = device(subject, 2, gateway(1), meter(1));
      const make = (n: number) =>
        setOf(
          n,
          { behaviour: { name: `set ${n} a` }, component: 'gateway', size: SIZE },
          { behaviour: { name: `set ${n} b` }, component: 'meter', size: SIZE },
        );
      const [one, two] = [make(2), make(3)];
      equal(rig.push(one[0], 2500)?.state, 'STAGED');
      rig.boot();
      rig.after(15_000);
      equal(runs(rig).join(), digests(gateway(1), meter(1)).join());
      equal(rig.push(two[1], 2500)?.state, 'STAGED');
      equal(rig.push(one[0], 2500)?.state, 'STAGED');
      equal(runs(rig).join(), digests(gateway(1), meter(1)).join());
      equal(rig.pushSet(two)?.state, 'CONFIRMED');
      equal(runs(rig).join(), digests(...two).join());
      confirm(rig, meter(9));
      equal(says(rig, two[0]), 'CONFIRMED null');
    },
  },
  {
    name: 'set: one that fails takes all of it back, and it is not fetched again',
    run(subject) {
      const rig = device(subject, 2, gateway(1), meter(1));
      const [good, bad] = setOf(
        2,
        { behaviour: { name: 'good half' }, component: 'gateway', size: SIZE },
        { behaviour: { name: 'ill half', health: false }, component: 'meter', size: SIZE },
      );
      equal(rig.pushSet([good, bad])?.reason, 'unhealthy');
      equal(runs(rig).join(), digests(gateway(1), meter(1)).join());
      const before = hash(rig.image());
      for (const each of [good, bad, good]) equal(says(rig, each), 'REVERTED unhealthy');
      equal(hash(rig.image()), before, 'it was fetched again');
      confirm(rig, gateway(3));
    },
  },
  {
    name: 'set: its members need each other, of whatever order, and what is outside has to be there',
    run(subject) {
      const rig = device(subject, 3, gateway(1));
      const make = (n: number, needs: Record<string, number>) =>
        setOf(
          n,
          { behaviour: { name: `needing ${n}` }, component: 'gateway', size: SIZE, changes: { needs } },
          { behaviour: { name: `needed ${n}` }, component: 'meter', size: SIZE },
        );
      const [outside] = make(2, { meter: 2, other: 1 });
      refused(rig, outside, 'dependency: other', gateway(1));
      const unmet = make(3, { meter: 4 });
      equal(`${rig.pushSet(unmet)?.reason}`, 'dependency: meter');
      equal(runs(rig).join(), gateway(1).digest);
      equal(rig.pushSet(make(4, { meter: 4 }))?.state, 'CONFIRMED');
    },
  },
  {
    name: 'rollback: not below what the release that runs allows',
    run(subject) {
      const rig = device(subject, 1, gateway(1), gateway(2, { oldest: 2 }));
      equal(back(rig, gateway(1)), 'REFUSED rollback');
      confirm(rig, gateway(3, { oldest: 2 }));
      equal(back(rig, gateway(2, { oldest: 2 })), 'CONFIRMED null');
    },
  },
  {
    name: 'encrypted: a device without the key, or with that of another group, says so and stays as it is',
    run(subject) {
      const rig = device(subject, 1, gateway(1));
      const what = gateway(2, { encrypt: GROUP });
      refused(rig, what, 'no-key', gateway(1));
      equal(rig.group(delivery(1, { ...GROUP, name: 'others' }))?.state, 'CONFIRMED');
      refused(rig, what, 'no-key', gateway(1));
      equal(rig.group(delivery(2))?.state, 'CONFIRMED');
      confirm(rig, what);
    },
  },
  {
    name: 'encrypted: another key under the name of the group, and a payload that was changed on the way',
    run(subject) {
      const rig = device(subject, 1, gateway(1));
      equal(rig.group(delivery(1))?.state, 'CONFIRMED');
      const other = gateway(2, { encrypt: { ...GROUP, key: new Uint8Array(32).fill(8) } });
      equal(says(rig, other), 'REFUSED bad-payload');
      equal(runs(rig).join(), gateway(1).digest);
      const what = gateway(3, { encrypt: GROUP });
      const payload = what.payload.slice();
      payload[payload.length - 1]! ^= 1;
      equal(says(rig, { ...what, payload }), 'REFUSED bad-digest');
      equal(runs(rig).join(), gateway(1).digest);
      confirm(rig, what);
    },
  },
  {
    name: 'packed: what becomes more, less, or something else than was signed, or of another module than runs',
    run(subject) {
      const rig = device(subject, 1, gateway(1));
      equal(rig.group(delivery(1))?.state, 'CONFIRMED');
      const bytes = (size: number) => bytesOf('other', size);
      const junk = { payload: bytes(700), base: null };
      equal(says(rig, gateway(2, { packed: junk })), 'REFUSED bad-payload');
      equal(says(rig, gateway(3, { packed: junk, encrypt: GROUP })), 'REFUSED bad-payload');
      equal(says(rig, gateway(4, { packed: packedOf(bytes(SIZE + 1)) })), 'REFUSED bad-payload');
      equal(says(rig, gateway(5, { packed: packedOf(bytes(SIZE - 1)) })), 'REFUSED bad-payload');
      equal(says(rig, gateway(6, { packed: packedOf(bytes(SIZE)) })), 'REFUSED bad-digest');
      refused(rig, gateway(7, { packed: packedOf(bytesOf('gateway 7', SIZE), bytes(SIZE)) }), 'no-base', gateway(1));
      const delta = packedOf(bytesOf('gateway 8', SIZE), bytesOf('gateway 1', SIZE));
      confirm(rig, gateway(8, { packed: delta }));
    },
  },
  {
    name: 'data: modules read those of the candidate while it is tried, and the ones before when it fails',
    run(subject) {
      const table = (n: number) => offer({ name: `table ${n}` }, n, SIZE, { component: 'table', kind: 'data' });
      const rig = device(subject, 2, gateway(1), table(1));
      const [bad, next] = setOf(
        2,
        { behaviour: { name: 'ill reader', health: false }, component: 'gateway', size: SIZE },
        { behaviour: { name: 'table of it' }, component: 'table', size: SIZE, changes: { kind: 'data' } },
      );
      rig.shared = [];
      equal(rig.pushSet([bad, next])?.reason, 'unhealthy');
      equal(rig.shared.join(), [next, table(1)].map(({ digest }) => `table ${digest}`).join());
      equal(rig.strangers, 0, 'data were read that nobody signed');
      // And after the next start.
      const half = rig.image();
      const again = new Rig({ subject, layout: USUAL.layoutFor(2), places: 2, image: half, unix: NOW * 1000 });
      again.boot();
      again.after(15_000);
      equal(again.shared.join(), `table ${table(1).digest}`);
    },
  },
  {
    name: 'supervisor: one on trial that begins well and falls is not confirmed',
    run(subject) {
      const rig = device(subject, 2, gateway(1));
      const own = { component: 'supervisor', kind: 'supervisor' } as const;
      equal(rig.push(offer({ name: 'falling', supervisor: 'falls' }, 1, SIZE, own), 20_000)?.state, 'REVERTED');
      equal(runs(rig).join(), gateway(1).digest);
      confirm(rig, gateway(2));
    },
  },
  {
    name: 'endless data: the longest messages, all at once, while the longest key set is checked on a device for five',
    run(subject) {
      const name = 'x'.repeat(31);
      const component = (n: number) => offer({ name: `one of five ${n}` }, 1, SIZE, { component: `${name}${n}` });
      const rig = device(subject, 5, ...[0, 1, 2, 3, 4].map(component));
      // As long as a mailbox takes: header of the message, topic, then an offer of one string.
      const long = new Uint8Array(subject.mailbox - 20 - 3);
      const rest = long.length - 14;
      long.set([0x83, 0x01, 0x48, 1, 2, 3, 4, 5, 6, 7, 8, 0x59, rest >> 8, rest & 0xff]);
      // Idle, it answers that this is too long; while it checks, it passes over it.
      rig.raw(long);
      rig.after(500);
      equal(rig.reports.at(-1)?.reason, 'too-big');
      const release = [owner[0]!, ...[41, 42, 43, 44, 45, 46, 47].map((byte) => signer(byte))];
      const revoked = [50, 51, 52].map((byte) => signer(byte));
      const keys = keySet({ sequence: 1, release: release.map((each) => ({ signer: each })), revoked });
      for (const [n, envelope] of keys.entries()) {
        rig.raw(encodeCbor([4, transferOf(envelope), envelope]));
        for (let more = 0; more < 6; more++) rig.raw(long);
        rig.after(500);
        equal(rig.reports.at(-1)?.state, n === 0 ? 'OFFERED' : 'CONFIRMED');
      }
      rig.ask(6);
      rig.ask(7);
      confirm(rig, offer({ name: 'after it' }, 2, SIZE, { component: `${name}0` }));
    },
  },
  {
    name: 'supervisor: one that was confirmed and then never comes up again is left after three starts, and can be replaced',
    run(subject) {
      const own = { component: 'supervisor', kind: 'supervisor' } as const;
      const rig = device(subject, 2, gateway(1));
      const behaviour: Behaviour = { name: 'own', supervisor: 'good' };
      const what = offer(behaviour, 1, SIZE, own);
      confirm(rig, what);
      equal(runs(rig).length, 2);
      behaviour.supervisor = 'traps';
      rig.entered = [];
      for (let n = 0; n < 5; n++) {
        rig.boot();
        rig.after(5000);
      }
      equal(rig.entered.filter((name) => name === 'own').length, 3);
      equal(runs(rig).includes(gateway(1).digest), true);
      behaviour.supervisor = 'good';
      confirm(rig, gateway(2));
      confirm(rig, offer({ name: 'better', supervisor: 'good' }, 2, SIZE, own));
      equal(runs(rig).length, 2);
    },
  },
  {
    name: 'supervisor: one on trial is entered three times at most, and only on trial, whatever resets the device meanwhile',
    run(subject) {
      const own = { component: 'supervisor', kind: 'supervisor' } as const;
      const rig = device(subject, 2, gateway(1), offer({ name: 'own', supervisor: 'good' }, 1, SIZE, own));
      rig.entered = [];
      equal(rig.push(offer({ name: 'bad own', supervisor: 'traps' }, 2, SIZE, own), 5000)?.state, 'REVERTED');
      equal(rig.entered.filter((name) => name === 'bad own').length, 3);
      const half = offer({ name: 'half', supervisor: 'good' }, 3, SIZE, own);
      rig.send({ kind: 1, transfer: half.transfer, envelope: half.envelope });
      rig.after(1000);
      rig.entered = [];
      rig.boot();
      rig.after(15_000);
      equal(rig.strangers, 0);
      equal(rig.entered.includes('own'), true);
      equal(runs(rig).length, 2);
    },
  },
  {
    name: 'journal: however many writes fail, the newest record stays',
    run(subject) {
      const layout = SMALLEST.layoutFor(2);
      const first = offer({ name: 'first' }, 1, 300);
      const rig = new Rig({ subject, layout, places: 2 });
      rig.boot();
      rig.after(100);
      confirm(rig, first);
      for (let failures = 1; failures < 12; failures++) {
        const worn = new Rig({ subject, layout, places: 2, image: rig.image() });
        let left = failures;
        worn.between = (flash) => ({
          describe: (region) => flash.describe(region),
          read: (region, offset, out) => flash.read(region, offset, out),
          erase: (region, offset, length) => flash.erase(region, offset, length),
          program: (region, offset, data) =>
            region === 0 && left-- > 0 ? ErrorCode.io : flash.program(region, offset, data),
        });
        worn.boot();
        worn.after(1000);
        worn.push(offer({ name: 'second' }, 2, 300), 3000);
        const after = new Rig({ subject, layout, places: 2, image: worn.image() });
        after.boot();
        after.after(15_000);
        equal(runs(after).length, 1, `nothing runs after ${failures} writes that failed`);
      }
    },
  },
  {
    name: 'supervisor: its name and its kind belong together, and it is granted nothing by a manifest',
    run(subject) {
      const rig = device(subject, 2, gateway(1));
      refused(rig, offer({ name: 'x' }, 1, SIZE, { component: 'supervisor' }), 'malformed', gateway(1));
      refused(rig, offer({ name: 'y' }, 1, SIZE, { component: 'other', kind: 'supervisor' }), 'malformed', gateway(1));
      const granted = { component: 'supervisor', kind: 'supervisor', grants: ['mail'] } as const;
      refused(rig, offer({ name: 'z' }, 1, SIZE, { ...granted, grants: ['mail'] }), 'bad-grant', gateway(1));
    },
  },
  {
    name: 'group key: by strangers, for another device, older, damaged',
    run(subject) {
      const rig = device(subject, 1, gateway(1));
      const before = hash(rig.image());
      const say = (what: Uint8Array) => {
        const report = rig.group(what);
        return `${report?.state} ${report?.reason}`;
      };
      equal(say(delivery(5, GROUP, undefined, [signer(9)])), 'REFUSED unknown-key');
      equal(say(delivery(5, GROUP, new Uint8Array(32).fill(1))), 'REFUSED no-key');
      const damaged = delivery(5).slice();
      damaged[damaged.length - SEALED_BYTES - 10]! ^= 1;
      equal(say(damaged), 'REFUSED bad-signature');
      const { envelope } = openDelivery(delivery(5));
      rig.raw(encodeCbor([8, transferOf(envelope), envelope, openDelivery(delivery(4)).sealed]));
      rig.after(500);
      equal(rig.reports.at(-1)?.reason, 'bad-digest');
      equal(hash(rig.image()), before, 'flash was written');
      equal(say(delivery(5)), 'CONFIRMED null');
      equal(say(delivery(4)), 'REFUSED rollback');
      const junk = signDelivery({ sequence: 6, group: GROUP.name, sealed: new Uint8Array(1168) }, owner);
      equal(say(junk), 'REFUSED no-key');
      confirm(rig, gateway(2, { encrypt: GROUP }));
    },
  },
];
