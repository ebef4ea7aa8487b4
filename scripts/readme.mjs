// npm run readme: runs the commands that README.md quotes and puts what they print between its markers.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from './build.mjs';
import { fail, root, say } from './lib.mjs';

await build();
const file = join(root, 'README.md');
const only = process.argv.slice(2);
let text = readFileSync(file, 'utf8');
const markers = [...text.matchAll(/<!-- (\w+): npm run (.+?) -->/g)];
for (const [opening, name, command] of markers) {
  if (only.length > 0 && !only.includes(name)) continue;
  say(`npm run ${command} …`);
  const ran = spawnSync('npm', ['run', '-s', ...command.split(' ')], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  });
  if (ran.status !== 0)
    fail(`npm run ${command} ended with ${ran.status}: README.md stays as it is\n${ran.stdout}${ran.stderr}`);
  const end = `<!-- /${name} -->`;
  const start = text.indexOf(opening) + opening.length;
  const stop = text.indexOf(end, start);
  if (stop < 0) fail(`README.md has no ${end}`);
  const printed = ran.stdout.replaceAll(root, '.').trim();
  text = `${text.slice(0, start)}\n\n\`\`\`text\n$ npm run ${command}\n${printed}\n\`\`\`\n\n${text.slice(stop)}`;
}
writeFileSync(file, text);
