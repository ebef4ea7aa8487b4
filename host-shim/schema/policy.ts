/** Which release may break what others rely on: one whose version says so (semver.org, items 4 and 8). */
import { fault } from '../errors.ts';
import { type Change, compareModels } from './compare.ts';
import type { ThingModel } from './model.ts';

export interface Described {
  version: string;
  model: ThingModel | null;
}

/** Whether `after` says that it may break who was made for `before`: another major version; before 1.0, another minor one. */
export function saysBreaking(before: string, after: string): boolean {
  const [old, now] = [orderOf(before), orderOf(after)];
  if (!old || !now) return false;
  if (old[0] !== now[0]) return now[0]! > old[0]!;
  return now[0] === 0 && now[1]! > old[1]!;
}

/** Throws release-breaks. Returns what changed. */
export function checkRelease(component: string, before: Described, after: Described): Change[] {
  const changes = compareModels(before.model, after.model);
  const broken = changes.filter(({ breaking }) => breaking);
  if (broken.length > 0 && !saysBreaking(before.version, after.version)) {
    const shown = broken.slice(0, 5).map(({ where, what }) => `${where} ${what}`);
    const more = broken.length > shown.length ? `, and ${broken.length - shown.length} more` : '';
    throw fault('release-breaks', {
      component,
      before: before.version,
      after: after.version,
      what: `${shown.join('; ')}${more}`,
    });
  }
  return changes;
}

/** The numbers of a version such as 1.2.3 or v1.2.3-rc.1; null: it is none. */
export function orderOf(version: string): number[] | null {
  const found = /^v?(\d{1,9})\.(\d{1,9})(?:\.(\d{1,9}))?(?:[-+_.].*)?$/.exec(version);
  return found?.slice(1).map((part) => Number(part ?? 0)) ?? null;
}

/** By numbers alone: what is no version comes first. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [orderOf(a) ?? [], orderOf(b) ?? []];
  for (const [at, number] of left.entries()) {
    if (number !== (right[at] ?? -1)) return number - (right[at] ?? -1);
  }
  return left.length - right.length;
}
