/** JSON Merge Patch (RFC 7396), over documents as docs/delivery.md has them. */
import type { Document, Value } from './wire.ts';

/** RFC 7396 section 2. Neither argument is changed. */
export function mergePatch(target: Value | undefined, patch: Value): Value {
  if (!isMap(patch)) return patch;
  const merged = new Map(isMap(target) ? Object.entries(target) : []);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) merged.delete(key);
    else merged.set(key, mergePatch(merged.get(key), value));
  }
  return Object.fromEntries(merged);
}

/** What makes `to` out of `from`. Undefined when no patch can: `to` has a null in it, which a patch deletes. */
export function makePatch(from: Document, to: Document): Document | undefined {
  const patch: [string, Value][] = [];
  for (const key of Object.keys(from)) if (!Object.hasOwn(to, key)) patch.push([key, null]);
  for (const [key, value] of Object.entries(to)) {
    const before = Object.hasOwn(from, key) ? from[key] : undefined;
    if (same(before, value)) continue;
    if (hasNull(value)) return undefined;
    const nested = isMap(before) && isMap(value) ? makePatch(before, value) : value;
    if (nested === undefined) return undefined;
    patch.push([key, nested]);
  }
  return Object.fromEntries(patch);
}

export const isMap = (value: Value | undefined): value is Document =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);

export function same(a: Value | undefined, b: Value | undefined): boolean {
  if (a instanceof Uint8Array || b instanceof Uint8Array) {
    return a instanceof Uint8Array && b instanceof Uint8Array && Buffer.compare(a, b) === 0;
  }
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, at) => same(item, b[at]));
  if (!isMap(a) || !isMap(b)) return Object.is(a, b);
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && same(a[key], b[key]));
}

function hasNull(value: Value): boolean {
  if (value === null) return true;
  // Arrays are replaced whole: a null within one stays.
  return isMap(value) && Object.values(value).some(hasNull);
}
