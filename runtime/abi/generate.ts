/**
 * Writes every file that is made from mote.wit. The texts are functions of the WIT alone, so "fresh" means: generating
 * again gives the same bytes.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { generateAssemblyScript, generateGrantNames } from './generate-as.ts';
import { generateC } from './generate-c.ts';
import { generateTypeScript } from './generate-ts.ts';
import { packageRoot } from './package-root.ts';
import { parseWit } from './wit.ts';

/** Path below the package's root -> text, for the WIT text `source`. */
export function generatedFiles(source: string): Map<string, string> {
  const wit = parseWit(source);
  return new Map([
    ['runtime/abi/generated/contract.h', generateC(wit, 'module')],
    ['runtime/abi/generated/contract.ts', generateTypeScript(wit)],
    ['runtime/guest/generated/host.ts', generateAssemblyScript(wit, 'module')],
    ['runtime/guest/generated/grants.ts', generateGrantNames(wit)],
  ]);
}

/**
 * Brings the generated files up to date, or with `check` only looks.
 * @returns the files that were stale, as paths below the package's root.
 */
export function generate({ check = false, root = packageRoot() }: { check?: boolean; root?: string } = {}): string[] {
  const source = readFileSync(join(root, 'runtime', 'abi', 'mote.wit'), 'utf8');
  const stale: string[] = [];
  for (const [path, text] of generatedFiles(source)) {
    const file = join(root, ...path.split('/'));
    if (textOf(file) === text) continue;
    stale.push(path);
    if (check) continue;
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return stale;
}

function textOf(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
