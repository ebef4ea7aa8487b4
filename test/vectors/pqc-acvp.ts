// NIST's ACVP vectors, read in place from the folder beside the repository.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { root } from '../../modules/lib/pqc-builds.mjs';

const folder = join(root, '..', 'shared', 'vectors', 'acvp');

/** Part of a test's name: says what is missing when the vectors are not there. */
export const missing = existsSync(folder) ? '' : ' (SKIPPED: no ACVP vectors in ../shared/vectors/acvp)';

// biome-ignore lint/suspicious/noExplicitAny: the fields differ from set to set
type Json = any;

/** Every test of a vector set with its group's fields and the expected result's, merged. Throws on an empty set. */
export function acvp(set: string): Json[] {
  const read = (name: string): Json => JSON.parse(gunzipSync(readFileSync(join(folder, set, name))).toString());
  const results = new Map<number, Json>();
  for (const group of read('expectedResults.json.gz').testGroups)
    for (const test of group.tests) results.set(test.tcId, test);
  const tests = read('prompt.json.gz').testGroups.flatMap(({ tests, ...group }: Json) =>
    tests.map((test: Json) => ({ ...group, ...test, expected: results.get(test.tcId) })),
  );
  if (tests.length === 0 || tests.some((test: Json) => !test.expected)) throw new Error(`${set}: incomplete vectors`);
  return tests;
}

export const hex = (text = ''): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'));
