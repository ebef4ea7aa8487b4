/** What a device is put through, as actions that a power cut may end anywhere and that are then simply done again. */
import type { Report } from '../../host-shim/release/protocol.ts';
import type { Geometry } from './geometries.ts';
import { keySet } from './keys.ts';
import { hex, type Offer, offer, owner, type Rig, signer } from './rig.ts';

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
}

/** A digest, hex, or null. */
export const runningOf = (report: Report | undefined): string | null => hex(report?.running);

export function scenarios({ module }: Geometry): Scenario[] {
  const first = offer({ name: 'first' }, 1, module);
  const second = offer({ name: 'second' }, 2, module - 1);
  const trap = offer({ name: 'traps at its third tick', trapAt: 3 }, 2, module - 2);
  const looping = offer({ name: 'resets the device', start: 'reset' }, 2, module - 2);
  const rotated = keySet({ sequence: 1, release: [{ signer: signer(2) }], revoked: owner });
  const bySecond = offer({ name: 'by the second key' }, 3, module, { signers: [signer(2)] });
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
  ];
}

/** Pushes and insists. */
export function confirm(rig: Rig, what: Offer): void {
  const report = rig.push(what);
  if (report?.state !== 'CONFIRMED') {
    throw new Error(`${what.behaviour.name} was not confirmed but ${report?.state} ${report?.reason}`);
  }
}
