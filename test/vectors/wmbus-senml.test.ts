/** SenML (RFC 8428) says of every telegram what the JSON says: the same values in the same units, in order. */
import { beforeAll, expect, it } from 'vitest';
import { readSenml } from '../../host-shim/telemetry/senml.ts';
import { bytes, type Codec, codec, haveVectors, type JsonRecord, load } from './wmbus-harness.ts';

let c: Codec;
beforeAll(async () => {
  c = await codec();
});

/** RFC 8428 section 4.5.1: a name is made of these, and begins with a letter or digit. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9\-:./_]*$/;

function faults(hex: string, key: string): string[] {
  const { ok, meter, security, records } = c.decode(hex, key);
  const pack = c.senml(bytes(hex), bytes(key));
  if (!ok) return pack.length === 0 ? [] : [`${hex}: a pack of a refused telegram`];
  const [encrypted, mode, ...rest] = readSenml(pack);
  const base = meter && `urn:wmbus:${meter.manufacturer}:${meter.id}:${meter.version}:${meter.type}:`;
  const said = records.filter(({ value }) => value !== null);
  const wrong = [
    base && encrypted?.name !== `${base}encrypted` && `base name ${encrypted?.name}`,
    encrypted?.value !== security!.encrypted && 'encrypted',
    mode?.value !== security!.mode && 'security mode',
    rest.length !== said.length && `${rest.length} records, not ${said.length}`,
    ...rest.map(({ name, unit, value }, i) => {
      const one = said[i] as JsonRecord | undefined;
      if (!NAME.test(name)) return `the name ${name}`;
      if (value !== one?.value) return `${name} = ${value}, not ${one?.value}`;
      // Dates and texts have no unit in SenML; what has none in JSON has none there.
      if (typeof value === 'number' && unit !== one.unit) return `${name} in ${unit}, not ${one.unit}`;
      return false;
    }),
  ];
  // What VIFEs tell apart has names of its own. A meter may tell one quantity twice, also with another scale, and values
  // that were unfolded once more.
  const names = new Map<string, string>();
  for (const [i, { vib, derived }] of said.entries()) {
    if (derived) continue;
    const [name, vifes] = [rest[i]?.name ?? '', vib.replace(/^(F[BD])?../, '')];
    if ((names.get(name) ?? vifes) !== vifes) wrong.push(`${name} has the VIFEs ${names.get(name)} and ${vifes}`);
    names.set(name, vifes);
  }
  return wrong.filter(Boolean).map((text) => `${hex}: ${text}`);
}

it.skipIf(!haveVectors)(
  `of every shared telegram${haveVectors ? '' : ' (SKIPPED: ../shared/vectors/wmbus is missing)'}`,
  () => {
    const given = ['telegrams.json', 'permissive.json']
      .flatMap(load)
      .flatMap(({ telegrams, key }) => telegrams.map((hex) => ({ hex, key })));
    expect(given.flatMap(({ hex, key }) => faults(hex, key))).toEqual([]);
    expect(given.filter(({ hex, key }) => c.decode(hex, key).ok).length).toBeGreaterThan(250);
  },
);
