/** Programs from outside npm. A test that lacks one is skipped, and its name says what is missing. */
import { spawnSync } from 'node:child_process';
import { describe } from 'vitest';
import { TOOLS } from '../../host-shim/qemu/build.ts';

/** The Debian packages that are missing for the rv32 board. */
export const missing = Object.entries(TOOLS)
  .filter(([command]) => spawnSync(command, ['--version']).status !== 0)
  .flatMap(([, packages]) => packages);

/** `describe` for what needs the rv32 board. */
export function describeTarget(name: string, tests: () => void): void {
  if (missing.length > 0) describe.skip(`${name} (MISSING: apt-get install ${missing.join(' ')})`, tests);
  else describe(name, tests);
}
