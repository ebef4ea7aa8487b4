// What the scripts share. Plain Node and no dependency: they run before anything is installed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const colour = process.stderr.isTTY && !process.env.NO_COLOR;

/** Narration goes to stderr: stdout is for results. */
export function say(text) {
  process.stderr.write(colour ? `\x1b[36m${text}\x1b[0m\n` : `${text}\n`);
}

export function fail(text) {
  process.stderr.write(`${text}\n`);
  process.exit(1);
}

/** Runs a command in the project's root, its output on stderr; returns the exit status. */
export function run(command, args, options = {}) {
  const { quiet = false, ...rest } = options;
  const done = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', quiet ? 'pipe' : 2, quiet ? 'pipe' : 2],
    ...rest,
  });
  if (done.error) fail(`${command}: ${done.error.message}`);
  if (quiet && done.status !== 0) process.stderr.write(`${done.stdout}${done.stderr}`);
  return done.status ?? 1;
}

export function must(command, args, options) {
  const status = run(command, args, options);
  if (status !== 0) fail(`${command} ${args.join(' ')} ended with ${status}`);
}

/** The tool of an installed package, without npx. */
export const tool = (name) => join(root, 'node_modules', '.bin', name);

export function sha256(...parts) {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

/** True when node_modules holds what package-lock.json asks for. */
function installed() {
  const have = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(have)) return false;
  const packages = (file) => JSON.parse(readFileSync(file, 'utf8')).packages;
  const there = packages(have);
  return Object.entries(packages(join(root, 'package-lock.json'))).every(
    ([path, { version, optional, link }]) => path === '' || optional || link || there[path]?.version === version,
  );
}

export function ensureInstalled() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19))
    fail(`Node ${process.versions.node} is too old: install Node 20.19 or newer.`);
  if (installed()) return;
  say('installing npm packages (about half a minute) …');
  must('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    shell: process.platform === 'win32',
  });
}

/** Installs Debian packages when a command is missing and that is possible; returns what is still missing. */
export function ensureDebian(wanted) {
  const missing = () =>
    Object.keys(wanted).filter((command) => spawnSync('sh', ['-c', `command -v ${command}`]).status !== 0);
  const lacking = missing();
  if (lacking.length === 0) return [];
  const packages = [...new Set(lacking.flatMap((command) => wanted[command]))];
  const possible = process.getuid?.() === 0 && spawnSync('sh', ['-c', 'command -v apt-get']).status === 0;
  if (possible) {
    say(`installing Debian packages: ${packages.join(' ')} …`);
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    run('apt-get', ['update', '-qq'], { env, quiet: true });
    run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], { env, quiet: true });
  }
  const still = missing();
  for (const command of still)
    say(`SKIPPED TESTS: ${command} is missing; install the Debian package ${[wanted[command]].flat().join(' ')}`);
  return still;
}

/** Python packages that tests run as peers, in a folder of their own; says what is skipped where there is no Python. */
export function ensurePython() {
  const folder = join(root, 'build', 'peers');
  const lists = join(root, 'test', 'interop', 'python');
  const [peers, drivers] = ['peers.txt', 'drivers.txt'].map((name) => join(lists, name));
  const stamp = join(folder, '.packages');
  const wanted = sha256(readFileSync(peers), readFileSync(drivers));
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  say('installing Python packages as test peers …');
  const install = ['install', '--quiet', '--disable-pip-version-check'];
  const pip = join(folder, 'bin', 'pip');
  const steps = [
    ['python3', ['-m', 'venv', folder]],
    [pip, [...install, '-r', peers]],
    [pip, [...install, '--no-deps', '-r', drivers]],
  ];
  for (const [command, args] of steps) {
    const { status, stderr } = spawnSync(command, args, { cwd: root, encoding: 'utf8' });
    if (status === 0) continue;
    say(
      `SKIPPED TESTS: ${command} ${args.join(' ')} failed; tests beside these packages are left out\n${stderr ?? ''}`,
    );
    return;
  }
  writeFileSync(stamp, wanted);
}
