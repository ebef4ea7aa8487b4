// npm run generate: writes the files that come from one source (contract, boards, error table). With --check: fails when they drift.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from './build.mjs';
import { root } from './lib.mjs';

const check = process.argv.includes('--check');
await build();
const { generate } = await import(pathToFileURL(join(root, 'dist/runtime/abi/generate.js')).href);
const stale = await generate({ check });
const { generateBoards } = await import(pathToFileURL(join(root, 'dist/runtime/boards/generate.js')).href);
stale.push(...generateBoards({ check }));

const { errorReference } = await import(pathToFileURL(join(root, 'dist/host-shim/errors.js')).href);
const errors = join(root, 'docs', 'errors.md');
if (readFileSync(errors, 'utf8') !== errorReference()) {
  if (!check) writeFileSync(errors, errorReference());
  stale.push('docs/errors.md');
}
for (const file of stale) process.stderr.write(check ? `${file} is stale: run npm run generate\n` : `wrote ${file}\n`);
if (check && stale.length > 0) process.exit(1);
