/** D5: desired versions out of order, patches, and power cuts between what is stored, applied and reported. */
import { decode, encode } from 'cborg';
import { chance } from './link.ts';
import { Rig, type Subject } from './rig.ts';
import { none, type Row } from './row.ts';
import { World } from './world.ts';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** RFC 7396, section 2, word for word. */
export function mergePatch(target: Json | undefined, patch: Json): Json {
  if (patch === null || typeof patch !== 'object' || Array.isArray(patch)) return patch;
  const made: { [key: string]: Json } =
    target !== null && typeof target === 'object' && !Array.isArray(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete made[name];
    else made[name] = mergePatch(made[name], value as Json);
  }
  return made;
}

export function randomJson(random: () => number, depth: number, nulls: boolean): Json {
  const kind = Math.floor(random() * (depth > 0 ? 8 : 6));
  if (kind === 0 && nulls) return null;
  if (kind === 1) return random() < 0.5;
  if (kind === 2) return Math.floor(random() * 4000) / 16;
  if (kind === 3) return Math.floor(random() * 100_000) - 50_000;
  if (kind === 4) return 'x'.repeat(Math.floor(random() * 12));
  if (kind === 5) return [1, 'two', 2.5];
  return randomMap(random, depth - 1, nulls);
}

export function randomMap(random: () => number, depth: number, nulls: boolean): { [key: string]: Json } {
  const made: { [key: string]: Json } = {};
  const count = Math.floor(random() * 5);
  for (let i = 0; i < count; i++)
    made['abcdefgh'[Math.floor(random() * 8)]!.repeat(1 + Math.floor(random() * 3))] = randomJson(random, depth, nulls);
  return made;
}

function plain(value: unknown): Json {
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, each]) => [key as string, plain(each)]));
  if (Array.isArray(value)) return value.map(plain);
  return value as Json;
}

export function twins(subject: Subject, versions = 200, seed = 61): Row[] {
  const rig = new Rig({ subject, seed, weather: { loss: 0.1, duplicate: 0.1, reorder: 0.3 } });
  const world = new World().attach(rig);
  const random = chance(seed);
  const bad: string[] = [];
  let documents = new Map<number, Json>();
  const heard: { version: number; document: Json }[] = [];
  const told = rig.onDesired;
  rig.onDesired = (version, document) => {
    told(version, document);
    heard.push({ version, document: plain(decodeMap(document)) });
  };
  const order = Array.from({ length: versions }, (_, i) => i + 1);
  for (let i = order.length - 1; i > 0; i--) {
    // Shuffled within a distance, so that more than the first few are news.
    const j = Math.max(0, i - Math.floor(random() * 30));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  rig.boot();
  for (const version of order) {
    const document = randomMap(random, 2, false);
    documents.set(version, document);
    if (random() < 0.3) rig.cutAt = rig.calls + 1 + Math.floor(random() * 14);
    world.desire(version, document);
    rig.after(700);
    rig.cutAt = undefined;
    if (!rig.on) rig.boot();
    rig.after(300);
  }
  // The server repeats until the newest is applied.
  for (let i = 0; i < 30 && world.report?.applied !== versions; i++) {
    world.desire(versions, documents.get(versions));
    rig.after(5_000);
  }
  if (world.report?.stored !== versions) bad.push(`stored ${world.report?.stored}, not ${versions}`);
  if (world.report?.applied !== versions) bad.push(`applied ${world.report?.applied}, not ${versions}`);
  for (const { version, document } of heard)
    if (JSON.stringify(sorted(document)) !== JSON.stringify(sorted(documents.get(version)!)))
      bad.push(`version ${version} came as another document`);

  // Patches, each over the one before; one over another base changes nothing.
  let current: Json = documents.get(versions) ?? null;
  documents = new Map();
  let patches = 0;
  for (let version = versions + 1; version <= versions + 60; version++) {
    const patch = randomMap(random, 2, true);
    const wanted = mergePatch(current, patch);
    if (encode(wanted).length > 270) continue;
    const base = world.report!.stored;
    const wrongBase = random() < 0.2;
    for (let tries = 0; tries < 20 && world.report!.stored !== version; tries++) {
      world.patch(version, wrongBase ? base - 1 : base, patch);
      rig.after(3_000);
      if (wrongBase && tries === 3) break;
    }
    if (wrongBase && world.report!.stored !== base) bad.push(`a patch over another base was taken`);
    if (!wrongBase) {
      current = wanted;
      patches++;
      const last = heard.at(-1)!;
      if (JSON.stringify(sorted(last.document)) !== JSON.stringify(sorted(current)))
        bad.push(`patch ${version}: ${JSON.stringify(last.document)} is not ${JSON.stringify(current)}`);
    }
  }
  // What a module reports converges.
  let reported: Json = {};
  for (let i = 0; i < 40; i++) {
    const patch = randomMap(random, 1, true);
    const next = mergePatch(reported, patch);
    if (encode(next).length > 270) continue;
    reported = next;
    rig.frame(Buffer.concat([Buffer.from('R'), encode(patch)]));
    if (i % 10 === 5) rig.boot();
    rig.after(2_000);
  }
  for (
    let i = 0;
    i < 40 && JSON.stringify(sorted(plain(world.report!.document))) !== JSON.stringify(sorted(reported));
    i++
  )
    rig.after(30_000);
  if (JSON.stringify(sorted(plain(world.report!.document))) !== JSON.stringify(sorted(reported)))
    bad.push('the reported document does not converge');
  const { wrong } = world.check();
  return [
    {
      name: 'D5 desired versions',
      value: versions,
      unit: `versions, ${rig.counters.cuts} power cuts, ${patches} patches`,
      ok: heard.length > 20 && patches > 20,
    },
    none('D5 older states applied, or not converged', bad.length + wrong.length, 'faults', [...bad, ...wrong]),
  ];
}

function decodeMap(document: Uint8Array): unknown {
  return decode(document, { useMaps: true });
}

function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, each]) => [key, sorted(each)]),
  );
}
