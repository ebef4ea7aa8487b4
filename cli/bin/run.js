#!/usr/bin/env node
import { existsSync, readFileSync } from 'node:fs';

const compiled = new URL('../../dist/cli/main.js', import.meta.url);
const args = process.argv.slice(2);
if (!existsSync(compiled)) {
  process.stderr.write('mote has not been built: npm run build\n');
  process.exitCode = 1;
} else if (args.length === 1 && args[0] === '--version') {
  // Scripts ask this often: answered as oclif does, without the 150 ms that loading it takes.
  const { name, version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  process.stdout.write(`${name}/${version} ${process.platform}-${process.arch} node-${process.version}\n`);
} else {
  const { main } = await import(compiled.href);
  await main(args, import.meta.url);
}
