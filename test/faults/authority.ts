/** Who may say what: other roots, and rollouts. */
import { equal } from 'node:assert/strict';
import type { Signer } from '../../host-shim/release/cose.ts';
import { type Attack, first, keeps, NOW, refused, running, second, SIZE } from './attacks.ts';
import { keySet, rolloutOf } from './keys.ts';
import { hash, type Offer, offer, owner, roots, signer } from './rig.ts';
import { confirm } from './scenarios.ts';

export const ON_AUTHORITY: readonly Attack[] = [
  {
    name: 'key set: other roots, without those before, without themselves, or out of order',
    run(subject) {
      const rig = running(subject);
      const next = [21, 22, 23].map((byte) => signer(byte, 'ML-DSA-87'));
      const last = [31, 32].map((byte) => signer(byte, 'ML-DSA-87'));
      const keys = { release: [{ signer: owner[0]! }] };
      const say = (set: Partial<Parameters<typeof keySet>[0]>) => {
        const report = rig.keys(keySet({ ...keys, sequence: 1, ...set }));
        return `${report?.state} ${report?.reason}`;
      };
      const [one, two] = roots as [Signer, Signer];
      const before = hash(rig.image());
      equal(say({ roots: next, by: next }), 'REFUSED unknown-key');
      equal(say({ roots: next, by: [one, two] }), 'OFFERED null');
      equal(say({ roots: next, by: [next[0]!] }), 'OFFERED null');
      // Somebody's own set between them is not even looked at.
      equal(say({ roots: next, sequence: 9, by: next }), 'REFUSED unknown-key');
      // Who slept through this one does not know who signs the next.
      equal(say({ roots: last, sequence: 2, by: [...next, ...last] }), 'REFUSED unknown-key');
      equal(hash(rig.image()), before, 'flash was written');
      equal(say({ roots: next, by: [next[2]!] }), 'CONFIRMED null');
      equal(say({ roots, sequence: 2, by: [one, two] }), 'REFUSED unknown-key');
      equal(say({ roots: last, sequence: 2, by: [...next.slice(1), last[0]!] }), 'OFFERED null');
      equal(say({ roots: last, sequence: 2, by: last }), 'CONFIRMED null');
      equal(say({ roots: next, by: next }), 'REFUSED rollback');
      rig.boot();
      rig.after(15_000);
      equal(say({ roots: last, sequence: 3, threshold: 1, by: [last[1]!, next[0]!] }), 'REFUSED unknown-key');
      equal(say({ roots: last, sequence: 3, threshold: 1, by: last }), 'CONFIRMED null');
      keeps(rig);
    },
  },
  {
    name: 'rollout: none, of a release key, of another bundle, for others, ended, taken back',
    run(subject) {
      const rig = running(subject);
      const orders = signer(6);
      const say = (file: Uint8Array) => {
        const report = rig.rollout(file);
        return `${report?.state} ${report?.reason}`;
      };
      const good = rolloutOf([second()], { by: orders, sequence: 5 });
      equal(say(good), 'REFUSED unknown-key', 'without a key set nobody has this role');
      const keys = { release: [{ signer: owner[0]! }], rollout: [orders] };
      equal(rig.keys(keySet({ sequence: 1, ...keys }))?.state, 'CONFIRMED');
      refused(rig, second(), 'no-rollout');
      equal(say(rolloutOf([second()], { by: owner[0]! })), 'REFUSED unknown-key');
      equal(
        say(rolloutOf([second()], { by: orders, devices: ['acme/lab/esp32c6/two', 'acme/+/x/#'] })),
        'REFUSED wrong-device',
      );
      equal(say(rolloutOf([second()], { by: orders, expiry: NOW })), 'REFUSED expired');
      equal(say(rolloutOf([first()], { by: orders })), 'CONFIRMED null');
      refused(rig, second(), 'no-rollout');
      equal(say(good), 'CONFIRMED null');
      // It is forgotten with the power, and said again.
      rig.boot();
      rig.after(15_000);
      refused(rig, second(), 'no-rollout');
      equal(say(good), 'CONFIRMED null');
      confirm(rig, second());
      const third = offer({ name: 'third' }, 3, SIZE);
      equal(say(rolloutOf([third], { by: orders, sequence: 4 })), 'REFUSED rollback');
      equal(say(rolloutOf([second(), third], { by: orders, sequence: 6 })), 'CONFIRMED null');
      confirm(rig, third);
      // Who had lost the key could have used up all numbers: they begin anew with other keys.
      equal(say(rolloutOf([first()], { by: orders, sequence: 3 })), 'REFUSED rollback');
      equal(rig.keys(keySet({ sequence: 2, ...keys }))?.state, 'CONFIRMED');
      equal(say(rolloutOf([first()], { by: orders, sequence: 3 })), 'CONFIRMED null');
    },
  },
  {
    name: 'two senders: what comes goes on, a newer release takes its place, and so does any when nothing comes',
    run(subject) {
      const rig = running(subject);
      const [two, three, four] = [2, 3, 4].map((n) => offer({ name: `of sender ${n}` }, n, SIZE));
      const begin = ({ transfer, envelope, payload }: Offer) => {
        rig.send({ kind: 1, transfer, envelope });
        rig.after(200);
        rig.send({ kind: 2, transfer, offset: 0, data: payload.slice(0, 1024) });
        rig.after(200);
        equal(rig.state()?.next, 1024);
      };
      const say = ({ transfer, envelope }: Offer) => {
        rig.reports = [];
        rig.send({ kind: 1, transfer, envelope });
        rig.after(200);
        const report = rig.reports.at(-1);
        return `${report?.state} ${report?.reason} ${report?.next}`;
      };
      begin(three!);
      equal(say(two!), 'REFUSED busy 0');
      equal(rig.state()?.next, 1024);
      equal(say(four!), 'FETCHING null 0');
      begin(four!);
      rig.after(6000);
      equal(say(two!), 'FETCHING null 0');
      confirm(rig, two!);
    },
  },
];
