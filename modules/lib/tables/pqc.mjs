// Writes the generated AssemblyScript of the cryptographic libraries; with --check, fails when a committed file differs.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { files as curve25519 } from './curve25519.mjs';
import { files as keccak } from './keccak.mjs';
import { files as mlDsa } from './ml-dsa.mjs';
import { files as mlKem } from './ml-kem.mjs';
import { files as sha256 } from './sha256.mjs';
import { files as sha512 } from './sha512.mjs';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** @returns {Record<string, string>} path below the repository's root -> content */
export const files = () => ({ ...curve25519(), ...keccak(), ...mlDsa(), ...mlKem(), ...sha256(), ...sha512() });

/** @returns {string[]} the paths whose committed content is not what the generator writes */
export function stale() {
  return Object.entries(files())
    .filter(([path, text]) => !existsSync(join(root, path)) || readFileSync(join(root, path), 'utf8') !== text)
    .map(([path]) => path);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const paths = stale();
  if (process.argv.includes('--check')) {
    for (const path of paths)
      console.error(`${path} is not what modules/lib/tables writes: run node modules/lib/tables/pqc.mjs`);
    process.exitCode = paths.length ? 1 : 0;
  } else {
    for (const [path, text] of Object.entries(files())) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      if (paths.includes(path)) writeFileSync(join(root, path), text);
    }
  }
}
