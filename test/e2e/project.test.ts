/** What a new user does: docs/getting-started.md line by line, and every template and driver in a folder of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { packageRoot } from '../../host-shim/files.ts';
import { DRIVERS, PROJECTS } from '../../host-shim/project/projects.ts';

const root = packageRoot();
const needs = ['dist/cli/main.js', 'dist/host-shim/testing/index.js', 'build/kernel.wasm', 'build/modules/bench.wasm'];
const missing = needs.filter((file) => !existsSync(join(root, file)));
const why = missing.length === 0 ? '' : ` (SKIPPED: ${missing.join(', ')} missing, run npm run build)`;

/** A minute is for a machine that does nothing else. */
vi.setConfig({ testTimeout: 300_000 });

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mote-project-'));
});
afterAll(() => rm(folder, { recursive: true }));

function start(cwd: string, argv: string[]) {
  const child = spawn(process.execPath, [join(root, 'cli/bin/run.js'), ...argv], {
    cwd,
    // A runner sets CI, and some libraries then colour what goes into a file.
    env: { ...process.env, NO_COLOR: undefined, CI: '1', VITEST: '', VITEST_POOL_ID: '', VITEST_WORKER_ID: '' },
  });
  const seen = { stdout: '', stderr: '' };
  child.stdout.on('data', (data) => {
    seen.stdout += data;
  });
  child.stderr.on('data', (data) => {
    seen.stderr += data;
  });
  const ended = once(child, 'close').then(([exit]) => ({ exit: exit as number | null, ...seen }));
  return { child, seen, ended };
}

async function mote(cwd: string, ...argv: string[]) {
  const { child, ended } = start(cwd, argv);
  child.stdin.end();
  return ended;
}

/** The command did its work, or the test shows what it said. */
async function well(cwd: string, ...argv: string[]) {
  const ended = await mote(cwd, ...argv);
  expect(ended.exit, `mote ${argv.join(' ')}\n${ended.stdout}${ended.stderr}`).toBe(0);
  expect(ended.stdout).not.toContain('\x1b');
  return ended;
}

/** Lines that begin with `mote` or `cd` in the blocks of a page. */
async function commandsOf(page: string): Promise<string[][]> {
  const text = await readFile(join(root, page), 'utf8');
  const blocks = [...text.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block]) => block!);
  return blocks.flatMap((block) => block.trim().split('\n')).map((line) => line.split(' '));
}

describe.skipIf(missing.length > 0)(`a new user${why}`, () => {
  test('docs/getting-started.md: from nothing to a device that has confirmed, and a driver', async () => {
    let cwd = folder;
    let board: ReturnType<typeof start> | undefined;
    let broker = '';
    const done: string[] = [];
    try {
      for (const [program, ...argv] of await commandsOf('docs/getting-started.md')) {
        done.push(argv[0]!);
        if (program === 'cd') cwd = join(cwd, argv[0]!);
        else if (argv[0] === 'run') {
          // As the page says, but for the port, which others may be using.
          board = start(cwd, [...argv, '--port', '0']);
          await expect.poll(() => board!.seen.stderr + board!.seen.stdout, { timeout: 30_000 }).toMatch(/connected to/);
          broker = /mqtt:\/\/[\d.]+:\d+/.exec(board.seen.stderr)![0];
        } else if (argv[0] === 'push') {
          const { stdout } = await well(cwd, ...argv, '--broker', broker, '--json');
          expect(JSON.parse(stdout)).toMatchObject({ state: 'CONFIRMED' });
        } else expect(program).toBe('mote');
        if (!['cd', 'run', 'push'].includes(argv[0]!) && program === 'mote') await well(cwd, ...argv);
      }
      expect(done).toEqual(['init', 'cellar', 'test', 'build', 'keys', 'sign', 'run', 'push', 'add', 'test']);
      // The device runs it, with the virtual part of the board behind it.
      expect(board!.seen.stdout).not.toMatch(/cellar: (trap|room)/);
    } finally {
      board?.child.kill('SIGINT');
    }
    expect((await board!.ended).exit).toBe(130);
  });

  test.each(Object.keys(PROJECTS).filter((name) => name !== 'sensor'))(
    'the template %s builds, tests, runs and is confirmed',
    async (name) => {
      await well(folder, 'init', name, '--template', name);
      const project = join(folder, name);
      const built = await well(project, 'build', '.', '--json');
      expect(JSON.parse(built.stdout)).toMatchObject({ name, unusedGrants: [] });
      const tested = JSON.parse((await well(project, 'test', '--json')).stdout);
      expect(tested).toMatchObject({ failed: 0, skipped: 0, failures: [] });
      expect(tested.passed).toBeGreaterThanOrEqual(2);
      await well(project, 'keys', 'new', 'release');
      await well(project, 'sign', '.', '--key', 'release', '--out', 'it.mote');
      const board = start(project, ['run', '--port', '0']);
      try {
        await expect.poll(() => board.seen.stdout, { timeout: 30_000 }).toMatch(/connected to/);
        expect(board.seen.stderr).toContain('with the virtual parts of virtual');
        const broker = /mqtt:\/\/[\d.]+:\d+/.exec(board.seen.stderr)![0];
        await well(project, 'push', 'it.mote', '--to', 'home/bench/gateway/emu-1', '--broker', broker);
        expect(board.seen.stdout).not.toMatch(new RegExp(`${name}: trap`));
      } finally {
        board.child.kill('SIGINT');
      }
      await board.ended;
    },
  );

  test('a driver for each bus passes its tests as it is written', async () => {
    await well(folder, 'init', 'drivers');
    const project = join(folder, 'drivers');
    for (const bus of Object.keys(DRIVERS)) await well(project, 'add', 'driver', `my${bus}`, '--bus', bus);
    const tested = JSON.parse((await well(project, 'test', '.', 'my', '--json')).stdout);
    expect(tested).toMatchObject({ failed: 0, failures: [] });
    expect(tested.passed).toBeGreaterThan(7 * 3);
    const again = await mote(project, 'add', 'driver', 'myi2c', '--bus', 'spi', '--json');
    expect([again.exit, JSON.parse(again.stdout).error.code]).toEqual([4, 'MOTE-7204']);
    // Editors find no fault in it, once motekit is installed.
    await mkdir(join(project, 'node_modules'));
    await symlink(root, join(project, 'node_modules', 'motekit'));
    for (const config of ['tsconfig.json', 'test/tsconfig.json']) {
      const tsc = spawn(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', config], {
        cwd: project,
      });
      const [out] = await Promise.all([tsc.stdout.toArray(), once(tsc, 'close')]);
      // Of motekit's own files `npm run check` tells.
      expect(
        out
          .join('')
          .split('\n')
          .filter((line) => /^(?!\.\.|\s|$)/.test(line)),
      ).toEqual([]);
    }
  });

  test('a test that fails: exit code 1, its name and why, also as JSON', async () => {
    await well(folder, 'init', 'broken');
    const project = join(folder, 'broken');
    const file = join(project, 'module.json');
    // The LED's grant is that of another pin.
    await writeFile(file, (await readFile(file, 'utf8')).replace('gpio:15', 'gpio:14'));
    const { exit, stdout } = await mote(project, 'test', '--json');
    const { error, failures } = JSON.parse(stdout);
    expect([exit, error.code]).toEqual([1, 'MOTE-7212']);
    expect(failures.map(({ message }: { message: string }) => message).join('\n')).toMatch(
      /test\/blinky\.scenario\.yaml:6: expect-pin: it is low/,
    );
    const none = await mote(project, 'test', '.', 'nothing-of-this-name');
    expect([none.exit, none.stderr]).toEqual([3, expect.stringContaining('MOTE-7211')]);
  });
});
