// npm run generate: writes the files that come from one source (contract, error table). With --check: fails when they drift.
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { build } from './build.mjs';
import { root } from './lib.mjs';

const check = process.argv.includes('--check');
await build();
const { generate } = await import(pathToFileURL(join(root, 'dist/runtime/abi/generate.js')).href);
const stale = await generate({ check });
for (const file of stale) process.stderr.write(check ? `${file} is stale: run npm run generate\n` : `wrote ${file}\n`);
if (check && stale.length > 0) process.exit(1);
