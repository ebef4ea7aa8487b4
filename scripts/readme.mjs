// npm run readme [-- names…]: runs the commands that README.md and docs/*.md quote and puts what they print between the
// markers `<!-- name: npm run … -->` and `<!-- /name -->`.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from './build.mjs';
import { fail, root, say } from './lib.mjs';

await build();
const only = process.argv.slice(2);
const docs = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
for (const page of ['README.md', ...docs.map((name) => join('docs', name))]) quote(page);

function quote(page) {
  const file = join(root, page);
  const markers = [...readFileSync(file, 'utf8').matchAll(/^<!-- ([\w-]+): npm run (.+?) -->$/gm)];
  for (const [opening, name, command] of markers) {
    if (only.length > 0 && !only.includes(name)) continue;
    const printed = output(command, page);
    // Read again: a command may take minutes, in which the page may have been edited.
    const text = readFileSync(file, 'utf8');
    const end = `<!-- /${name} -->`;
    const start = text.indexOf(opening) + opening.length;
    const stop = text.indexOf(end, start);
    if (stop < 0) fail(`${page} has no ${end}`);
    const block = `\n\n\`\`\`text\n$ npm run ${command}\n${printed}\n\`\`\`\n\n`;
    writeFileSync(file, `${text.slice(0, start)}${block}${text.slice(stop)}`);
  }
}

function output(command, page) {
  say(`npm run ${command} …`);
  const ran = spawnSync('npm', ['run', '-s', ...command.split(' ')], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  });
  if (ran.status !== 0)
    fail(`npm run ${command} ended with ${ran.status}: ${page} stays as it is\n${ran.stdout}${ran.stderr}`);
  return ran.stdout.replaceAll(root, '.').replace(/^\n+|\s+$/g, '');
}
