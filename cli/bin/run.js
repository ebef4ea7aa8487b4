#!/usr/bin/env node
import { existsSync } from 'node:fs';

const compiled = new URL('../../dist/cli/main.js', import.meta.url);
if (existsSync(compiled)) {
  const { main } = await import(compiled.href);
  await main(process.argv.slice(2), import.meta.url);
} else {
  process.stderr.write('mote has not been built: npm run build\n');
  process.exitCode = 1;
}
