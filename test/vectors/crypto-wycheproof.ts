// Project Wycheproof's vectors (C2SP/wycheproof, testvectors_v1), read in place.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../modules/lib/pqc-builds.mjs';

const folder = join(root, '..', 'shared', 'vectors', 'wycheproof');

/** Empty, or what a skipped test's name says. */
export const missing = existsSync(folder)
  ? ''
  : ' (SKIPPED: ../shared/vectors/wycheproof, from C2SP/wycheproof testvectors_v1, is not there)';

/** Every value is text in hexadecimal unless Wycheproof's schema says otherwise. */
export interface WycheproofTest {
  tcId: number;
  comment: string;
  flags: string[];
  result: 'valid' | 'invalid' | 'acceptable';
  msg?: string;
  sig?: string;
  key?: string;
  iv?: string;
  aad?: string;
  ct?: string;
  tag?: string;
  public?: string;
  private?: string;
  shared?: string;
  ikm?: string;
  salt?: string;
  info?: string;
  okm?: string;
  size?: number;
}

export interface WycheproofGroup {
  publicKey?: { pk: string };
  keySize?: number;
  ivSize?: number;
  tagSize?: number;
  tests: WycheproofTest[];
}

/** The groups of one file. */
export function wycheproof(name: string): WycheproofGroup[] {
  const { testGroups, numberOfTests } = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as {
    testGroups: WycheproofGroup[];
    numberOfTests: number;
  };
  const count = testGroups.reduce((sum, { tests }) => sum + tests.length, 0);
  if (count === 0 || count !== numberOfTests) throw new Error(`${name}.json holds ${count} of ${numberOfTests} tests`);
  return testGroups;
}
