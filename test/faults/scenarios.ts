/** What a device is put through, as actions that a power cut may end anywhere and that are then simply done again. */
import type { Report } from '../../host-shim/release/protocol.ts';
import type { Geometry } from './geometries.ts';
import { keySet, rolloutOf } from './keys.ts';
import { payloadScenarios } from './payloads.ts';
import { devicePublicKey, sealGroupKey, signDelivery } from '../../host-shim/release/group.ts';
import type { Behaviour } from './kernel.ts';
import { bytesOf, DEVICE_SEED, hash, hex, type Offer, offer, owner, type Rig, roots, signer } from './rig.ts';

export interface Scenario {
  name: string;
  /** Makes the device as it is before; no faults here. */
  prepare(rig: Rig): void;
  act(rig: Rig): Report | undefined;
  /** Digests (hex; null: nothing) that may run after a cut anywhere. */
  may: readonly (string | null)[];
  /** What must run, and what must have been reported, once the action was done without a cut. */
  must: string | null;
  state: string;
  /** Every pair of cuts is played in each build. */
  pairs: boolean;
  /** Components that the device has room for; default 1. */
  places?: number;
  /** Until it is what it becomes after a cut, ms; default 15 000. */
  settle?: number;
}

/** A digest, hex, or null; of a device for several components all that run, by their names. */
export function runningOf(report: Report | undefined): string | null {
  const { components } = report ?? {};
  if (!components) return hex(report?.running);
  const digests = [...components].sort((a, b) => (a.component < b.component ? -1 : 1)).map(({ digest }) => hex(digest));
  return digests.join('+') || null;
}

/** Components under one list, to become active together. */
export function setOf<M extends Member[]>(sequence: number, ...members: M): { [K in keyof M]: Offer } {
  const made = members.map(({ size, ...member }) => ({ ...member, wasm: bytesOf(member.behaviour.name, size) }));
  const set = made
    .map(({ component, wasm }) => ({ component, digest: new Uint8Array(Buffer.from(hash(wasm), 'hex')) }))
    .sort((x, y) => (x.component < y.component ? -1 : 1));
  return made.map(({ behaviour, wasm, component, changes }) =>
    offer(behaviour, sequence, wasm.length, { component, wasm, set, ...changes }),
  ) as { [K in keyof M]: Offer };
}

interface Member {
  behaviour: Behaviour;
  component: string;
  size: number;
  changes?: Parameters<typeof offer>[3];
}

export const GROUP = { name: 'meters', key: new Uint8Array(32).fill(9), salt: new Uint8Array(32).fill(3) };
const deliveries = new Map<string, Uint8Array>();
/** The group key, sealed for the device of the rig. The same arguments give the same bytes. */
export function delivery(sequence: number, group = GROUP, seed = DEVICE_SEED, signers = owner): Uint8Array {
  const id = [
    sequence,
    group.name,
    hash(group.key),
    hash(seed),
    ...signers.map(({ publicKey }) => hash(publicKey)),
  ].join();
  let made = deliveries.get(id);
  if (!made) {
    made = signDelivery(
      { sequence, group: group.name, sealed: sealGroupKey(group.key, devicePublicKey(seed)) },
      signers,
    );
    deliveries.set(id, made);
  }
  return made;
}

export function scenarios(geometry: Geometry): Scenario[] {
  const { module, half } = geometry;
  const first = offer({ name: 'first' }, 1, module);
  const second = offer({ name: 'second' }, 2, module - 1);
  const trap = offer({ name: 'traps at its third tick', trapAt: 3 }, 2, module - 2);
  const looping = offer({ name: 'resets the device', start: 'reset' }, 2, module - 2);
  const rotated = keySet({ sequence: 1, release: [{ signer: signer(2) }], revoked: owner });
  const bySecond = offer({ name: 'by the second key' }, 3, module, { signers: [signer(2)] });
  const heirs = [21, 22, 23].map((byte) => signer(byte, 'ML-DSA-87'));
  const handedOver = keySet({
    sequence: 1,
    release: [{ signer: signer(2) }],
    revoked: owner,
    roots: heirs,
    by: [...roots.slice(0, 2), ...heirs.slice(0, 2)],
  });
  const orders = signer(6);
  const ordered = keySet({ sequence: 1, release: [{ signer: owner[0]! }], rollout: [orders] });
  const encrypted = offer({ name: 'encrypted' }, 2, half, { encrypt: GROUP });
  const meter = offer({ name: 'meter' }, 1, module - 5, { component: 'meter' });
  const both = [first.digest, meter.digest].join('+');
  const pair = setOf(
    2,
    { behaviour: { name: 'second of two' }, component: 'gateway', size: module - 1 },
    { behaviour: { name: 'meter of two' }, component: 'meter', size: module - 6 },
  );
  const faulty = setOf(
    2,
    { behaviour: { name: 'good one of two' }, component: 'gateway', size: module - 1 },
    { behaviour: { name: 'bad one of two', trapAt: 2 }, component: 'meter', size: module - 6 },
  );
  const table = setOf(
    2,
    { behaviour: { name: 'needs a table' }, component: 'gateway', size: module - 1, changes: { needs: { table: 2 } } },
    { behaviour: { name: 'a table' }, component: 'table', size: module - 6, changes: { kind: 'data' } },
  );
  const own = (name: string, sequence: number, supervisor: Behaviour['supervisor']) =>
    offer({ name, supervisor }, sequence, module - 3, { component: 'supervisor', kind: 'supervisor' });
  const [good, trapping, hanging] = [own('good', 1, 'good'), own('trapping', 2, 'traps'), own('hanging', 2, 'hangs')];
  const withOwn = [first.digest, good.digest].join('+');
  const installBoth = (rig: Rig) => {
    confirm(rig, first);
    confirm(rig, meter);
  };
  const install = (rig: Rig) => confirm(rig, first);
  const upgraded = (rig: Rig) => {
    install(rig);
    confirm(rig, second);
  };
  return [
    {
      name: 'install',
      prepare: () => {},
      act: (rig) => rig.push(first),
      may: [null, first.digest],
      must: first.digest,
      state: 'CONFIRMED',
      pairs: false,
    },
    {
      name: 'upgrade',
      prepare: install,
      act: (rig) => rig.push(second),
      may: [first.digest, second.digest],
      must: second.digest,
      state: 'CONFIRMED',
      pairs: true,
    },
    {
      name: 'an upgrade that the device fetches',
      prepare: install,
      act: (rig) => rig.pull(second),
      may: [first.digest, second.digest],
      must: second.digest,
      state: 'CONFIRMED',
      pairs: false,
    },
    {
      name: 'revert',
      prepare: install,
      act: (rig) => rig.push(trap),
      may: [first.digest],
      must: first.digest,
      state: 'REVERTED',
      pairs: false,
    },
    {
      name: 'reset loop',
      prepare: install,
      act: (rig) => rig.push(looping),
      may: [first.digest],
      must: first.digest,
      state: 'REVERTED',
      pairs: false,
    },
    {
      name: 'rollback',
      prepare: upgraded,
      act: (rig) => rig.rollback(first.digest),
      may: [second.digest, first.digest],
      must: first.digest,
      state: 'CONFIRMED',
      pairs: false,
    },
    {
      name: 'key rotation and an update by the new key',
      prepare: install,
      act: (rig) => {
        rig.keys(rotated);
        return rig.push(bySecond);
      },
      may: [first.digest, bySecond.digest],
      must: bySecond.digest,
      state: 'CONFIRMED',
      pairs: false,
    },
    {
      name: 'other roots, and an update by the key that they name',
      prepare: install,
      act: (rig) => {
        rig.keys(handedOver);
        return rig.push(bySecond);
      },
      may: [first.digest, bySecond.digest],
      must: bySecond.digest,
      state: 'CONFIRMED',
      pairs: false,
    },
    {
      name: 'a rollout, and the update that it names',
      prepare: (rig) => {
        install(rig);
        rig.keys(ordered);
      },
      act: (rig) => {
        rig.rollout(rolloutOf([second], { by: orders }));
        return rig.push(second);
      },
      may: [first.digest, second.digest],
      must: second.digest,
      state: 'CONFIRMED',
      pairs: false,
    },
    {
      name: 'a set of two',
      places: 2,
      prepare: installBoth,
      act: (rig) => rig.pushSet(pair),
      may: [both, pair.map(({ digest }) => digest).join('+')],
      must: pair.map(({ digest }) => digest).join('+'),
      state: 'CONFIRMED',
      pairs: false,
    },
    {
      name: 'a set of which one fails',
      places: 2,
      prepare: installBoth,
      act: (rig) => rig.pushSet(faulty),
      may: [both],
      must: both,
      state: 'REVERTED',
      pairs: false,
    },
    {
      name: 'a module and the table that it needs',
      places: 3,
      prepare: install,
      act: (rig) => rig.pushSet(table),
      may: [first.digest, table.map(({ digest }) => digest).join('+')],
      must: table.map(({ digest }) => digest).join('+'),
      state: 'CONFIRMED',
      pairs: false,
    },
    {
      name: 'another supervisor',
      places: 2,
      prepare: install,
      act: (rig) => rig.push(good),
      may: [first.digest, withOwn],
      must: withOwn,
      state: 'CONFIRMED',
      pairs: false,
    },
    ...[trapping, hanging].map((bad) => ({
      name: `a supervisor that is ${bad.behaviour.name} in place of a good one`,
      places: 2,
      prepare: (rig: Rig) => {
        install(rig);
        confirm(rig, good);
      },
      act: (rig: Rig) => rig.push(bad, 300_000),
      may: [withOwn],
      must: withOwn,
      settle: bad === hanging ? 250_000 : 15_000,
      state: 'REVERTED',
      pairs: false,
    })),
    {
      name: 'a group key and an encrypted update',
      prepare: install,
      act: (rig) => {
        rig.group(delivery(1));
        return rig.push(encrypted);
      },
      may: [first.digest, encrypted.digest],
      must: encrypted.digest,
      state: 'CONFIRMED',
      pairs: false,
    },
    ...payloadScenarios(geometry),
  ];
}

/** Pushes and insists. */
export function confirm(rig: Rig, what: Offer): void {
  const report = rig.push(what);
  if (report?.state !== 'CONFIRMED') {
    throw new Error(`${what.behaviour.name} was not confirmed but ${report?.state} ${report?.reason}`);
  }
}
