/** Longer texts of commands: what `inspect` shows. */
import type { Ceremony } from '../host-shim/release/ceremony.ts';
import type { Inspection } from '../host-shim/release/inspect.ts';
import type { Found } from '../host-shim/release/release.ts';
import { wireSize } from '../host-shim/release/manifest.ts';
import { bytes, columns } from './format.ts';

/** A bundle's manifest and signatures, one row each. */
export function bundleRows({ manifest, signatures = [], envelope = 0 }: Inspection): string[][] {
  if (manifest === undefined) return [];
  const { budgets } = manifest;
  return [
    ['component', `${manifest.component} ${manifest.version}`],
    ['sequence', String(manifest.sequence)],
    ['expires', manifest.expiry === null ? 'never' : unixTime(manifest.expiry)],
    ['vendor', manifest.vendor],
    ['class', manifest.class],
    ['contract', manifest.abi],
    ['module', `${bytes(manifest.size)}, SHA-256 ${manifest.digest}`],
    ...travels(manifest),
    ['sbom', manifest.sbom ?? 'none'],
    ['memory', bytes(budgets.memory)],
    ['fuel', `${budgets.fuel.toLocaleString('en')} for each message`],
    ['stack', bytes(budgets.stack)],
    ['mailbox', bytes(budgets.mailbox)],
    ['outbox', bytes(budgets.outbox)],
    ['grants', manifest.grants.join(', ') || 'none'],
    ['envelope', bytes(envelope)],
    ...signatures.map(({ algorithm, kid, claimed, bytes: size }) => [
      'signature',
      `${algorithm}, ${bytes(size)}, by ${kid}${claimed === undefined ? '' : ` which claims to be ${claimed}`}`,
    ]),
  ];
}

/** How it travels, when that is not as it is. */
function travels(manifest: NonNullable<Inspection['manifest']>): string[][] {
  const { encryption, packing } = manifest;
  if (!encryption && !packing) return [];
  const size = wireSize(manifest);
  const base = packing?.base && `what differs from ${packing.base}`;
  const words = [packing && (base ?? 'compressed'), encryption && `encrypted for the group ${encryption.group}`];
  return [['travels', `${words.filter(Boolean).join(', ')}: ${bytes(size)}`]];
}

/** A release in short. */
export function releaseRows({ artifact, bundle, manifest, signatures, sbom }: Found): string[][] {
  return [
    ['component', `${manifest.component} ${manifest.version}, sequence ${manifest.sequence}`],
    ['artifact', artifact],
    ['signatures', signatures.map(({ algorithm, alg }) => algorithm?.name ?? `COSE algorithm ${alg}`).join(', ')],
    ['sbom', sbom === null ? 'none' : bytes(sbom.length)],
    ['size', bytes(bundle.length)],
  ];
}

/** The same for `--json`. */
export function releaseOutcome({ artifact, bundle, manifest, signatures }: Found): object {
  const { component, version, sequence, expiry } = manifest;
  const hex = (found: Uint8Array) => Buffer.from(found).toString('hex');
  return {
    component,
    version,
    sequence,
    expiry,
    digest: hex(manifest.digest),
    artifact,
    sbom: manifest.sbom && hex(manifest.sbom),
    algorithms: signatures.map(({ algorithm, alg }) => algorithm?.name ?? String(alg)),
    bytes: bundle.length,
  };
}

/** A key set, one row for each key. */
export function keySetText({ set, signed, needed, own }: Ceremony): string {
  const hex = (kid: Uint8Array) => Buffer.from(kid).toString('hex');
  return columns([
    ['sequence', String(set.sequence)],
    ['signed by', `${signed} roots; ${needed} have to${signed < needed ? ': mote keys cosign' : ''}`],
    ['its own', `${own.signed} roots; ${own.needed} have to${own.signed < own.needed ? ': mote keys cosign' : ''}`],
    ...set.roots.map((kid) => ['root', hex(kid)]),
    ...set.keys.map(({ role, least, kid }) => [role, `${hex(kid)}${least > 0 ? ` from sequence ${least}` : ''}`]),
    ...set.revoked.map((kid) => ['revoked', hex(kid)]),
  ]);
}

/** The same for `--json`. */
export function keySetOutcome({ set, signed, needed, own }: Ceremony): object {
  const hex = (kid: Uint8Array) => Buffer.from(kid).toString('hex');
  const { sequence, threshold, roots, keys, revoked } = set;
  return {
    sequence,
    threshold,
    roots: roots.map(hex),
    keys: keys.map(({ role, least, kid }) => ({ role, least, kid: hex(kid) })),
    revoked: revoked.map(hex),
    signed,
    needed,
    own,
  };
}

/** Imports, exports, memory and sections of a core module. */
export function wasmText({
  bytes: size,
  imports,
  exports,
  memory,
  sections,
  functions,
  dataEnd,
}: NonNullable<Inspection['wasm']>): string {
  const pages = memory && `${memory.min} to ${memory.max ?? 'any'} pages, data ends at ${bytes(dataEnd)}`;
  const parts = [
    columns([
      ['wasm', bytes(size)],
      ['functions', functions],
      ['memory', pages ?? 'none'],
    ]),
    section(
      'imports',
      imports.map(({ module, field, kind, signature }) => [`${module}.${field}`, kind, signature]),
    ),
    section(
      'exports',
      exports.map(({ field, kind, signature }) => [field, kind, signature]),
    ),
    section(
      'sections',
      sections.map(({ name, bytes: length }) => [name, bytes(length)]),
    ),
  ];
  return parts.join('\n\n');
}

function section(name: string, rows: string[][]): string {
  return rows.length === 0 ? `${name}: none` : `${name}:\n${columns(rows).replace(/^/gm, '  ')}`;
}

/** Beyond what Date can show (year 275760) the number has to do. */
const unixTime = (seconds: number): string =>
  seconds <= 8.64e12 ? new Date(seconds * 1000).toISOString() : `${seconds} s`;
