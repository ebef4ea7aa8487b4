/** Templates are files with names in braces: `{{name}}`, and what a board's description tells of its pins, buses and parts. */
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { BoardDescription } from '../../runtime/boards/description.ts';

/** Where the templates are, below the package's root. */
export const TEMPLATES = 'templates';

/** Looks a name up; undefined: there is none. */
export type Lookup = (name: string) => string | number | undefined;

/** The files below `folder` by their path, filled in. Throws an UnknownName. */
export async function fillFolder(folder: string, lookup: Lookup): Promise<Map<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  const texts = await Promise.all(
    files.sort().map(async (file): Promise<[string, string]> => {
      const path = fill(relative(folder, file).replaceAll('\\', '/'), lookup);
      // npm leaves files of the real name out of a package.
      return [path.replace(/(^|\/)gitignore$/, '$1.gitignore'), fill(await readFile(file, 'utf8'), lookup)];
    }),
  );
  return new Map(texts);
}

/** A template has a name that nothing gives a value to. */
export class UnknownName extends Error {
  readonly wanted: string;

  constructor(wanted: string) {
    super(`there is no ${wanted}`);
    this.wanted = wanted;
  }
}

export function fill(text: string, lookup: Lookup): string {
  return text.replace(/\{\{([\w.]+)\}\}/g, (_, name: string) => {
    const value = lookup(name);
    if (value === undefined) throw new UnknownName(name);
    return String(value);
  });
}

/**
 * What a board gives: `pin.<name>` its GPIO, `<bus kind>.<name>` the bus's number, `part.<twin>` the name of the part there, and
 * `address.<twin>` its address.
 */
export function boardLookup({ pins, buses, parts }: BoardDescription): Lookup {
  return (name) => {
    const [kind, key] = name.split('.');
    if (key === undefined) return undefined;
    if (kind === 'pin') return pins.find((pin) => pin.name === key)?.gpio;
    if (kind === 'part') return parts.find((part) => part.twin === key)?.part;
    if (kind === 'address') return parts.find((part) => part.twin === key)?.at?.split(':')[1];
    return buses.find((bus) => bus.kind === kind && bus.name === key)?.unit;
  };
}
