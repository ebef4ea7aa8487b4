/** Scenarios of updates that do not travel as they are, of data, and of sets of them. */
import { deflateSync } from 'node:zlib';
import type { Geometry } from './geometries.ts';
import { bytesOf, hash, offer, type Rig } from './rig.ts';
import { confirm, delivery, GROUP, type Scenario, setOf } from './scenarios.ts';

/** What travels in place of these bytes: packed, or as what differs from those of `from`. */
export function packedOf(bytes: Uint8Array, from?: Uint8Array): { payload: Uint8Array; base: Uint8Array | null } {
  if (!from) return { payload: deflateSync(bytes), base: null };
  return { payload: deflateSync(bytes, { dictionary: from }), base: new Uint8Array(Buffer.from(hash(from), 'hex')) };
}

export function payloadScenarios({ module, half }: Geometry): Scenario[] {
  const first = offer({ name: 'first' }, 1, module);
  const wasmOf = (name: string) => bytesOf(name, half);
  const base = bytesOf('first', module);
  const packed = offer({ name: 'packed' }, 2, half, { packed: packedOf(wasmOf('packed')) });
  const delta = offer({ name: 'a delta' }, 2, half, { packed: packedOf(wasmOf('a delta'), base) });
  const both = { encrypt: GROUP, packed: packedOf(wasmOf('a delta, encrypted'), base) };
  const secret = offer({ name: 'a delta, encrypted' }, 2, half, both);
  const table = (sequence: number) =>
    offer({ name: `table ${sequence}` }, sequence, half, { component: 'table', kind: 'data' });
  const data = { kind: 'data', packed: packedOf(wasmOf('table of three')) } as const;
  const three = setOf(
    2,
    { behaviour: { name: 'gateway of three' }, component: 'gateway', size: half, changes: { encrypt: GROUP } },
    { behaviour: { name: 'meter of three' }, component: 'meter', size: half },
    { behaviour: { name: 'table of three' }, component: 'table', size: half, changes: data },
  );
  const install = (rig: Rig) => confirm(rig, first);
  const withKey = (rig: Rig) => {
    install(rig);
    rig.group(delivery(1));
  };
  const all = three.map(({ digest }) => digest).join('+');
  const update = { prepare: install, state: 'CONFIRMED', pairs: false };
  return [
    {
      ...update,
      name: 'a packed update',
      act: (rig) => rig.push(packed),
      may: [first.digest, packed.digest],
      must: packed.digest,
    },
    {
      ...update,
      name: 'an update as what differs',
      act: (rig) => rig.push(delta),
      may: [first.digest, delta.digest],
      must: delta.digest,
    },
    {
      ...update,
      name: 'an update as what differs, encrypted',
      prepare: withKey,
      // Decrypted and unpacked: most steps lie between its arrival and its trial.
      pairs: true,
      act: (rig) => rig.push(secret),
      may: [first.digest, secret.digest],
      must: secret.digest,
    },
    {
      ...update,
      name: 'other data beside a module',
      places: 2,
      prepare: (rig) => {
        install(rig);
        confirm(rig, table(1));
      },
      act: (rig) => rig.push(table(2)),
      may: [1, 2].map((sequence) => [first.digest, table(sequence).digest].join('+')),
      must: [first.digest, table(2).digest].join('+'),
    },
    {
      ...update,
      name: 'a set of three, one encrypted, one packed data',
      places: 3,
      prepare: withKey,
      act: (rig) => rig.pushSet(three),
      may: [first.digest, all],
      must: all,
    },
  ];
}
