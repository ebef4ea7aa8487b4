/** Programs from outside npm. A test that lacks one is skipped, and its name says what is missing. */
import { spawnSync } from 'node:child_process';
import { describe } from 'vitest';
import { TOOLS } from '../../host-shim/qemu/build.ts';

const AHEAD = 'wasm2c';

/** The Debian packages that are missing for the rv32 board, and for modules compiled ahead of time. */
function missing(ahead: boolean): string[] {
  return Object.entries(TOOLS)
    .filter(([command]) => ahead || command !== AHEAD)
    .filter(([command]) => spawnSync(command, ['--version']).status !== 0)
    .flatMap(([, packages]) => packages);
}

/** `describe` for what needs the rv32 board; `ahead`: and wasm2c. */
export function describeTarget(name: string, tests: () => void, { ahead = false } = {}): void {
  const lacking = missing(ahead);
  if (lacking.length > 0) describe.skip(`${name} (MISSING: apt-get install ${lacking.join(' ')})`, tests);
  else describe(name, tests);
}
