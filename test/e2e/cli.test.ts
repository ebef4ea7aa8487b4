/** The compiled command as its own process: what only a process shows (start-up, streams, signals, the whole road). */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packageRoot } from '../../host-shim/files.ts';
import { startMote, unbuilt } from '../support/command.ts';

const root = packageRoot();
const why = unbuilt(
  'dist/cli/main.js',
  'build/kernel.wasm',
  'build/modules/supervisor.wasm',
  'build/modules/wmbus.wasm',
);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mote-e2e-'));
});
afterAll(() => rm(folder, { recursive: true }));

const start = (...argv: string[]) => startMote(folder, ...argv);

async function mote(...argv: string[]) {
  const { child, ended } = start(...argv);
  child.stdin.end();
  return ended;
}

test('not built: one line that says what to do', async () => {
  await mkdir(join(folder, 'bare/cli/bin'), { recursive: true });
  await writeFile(join(folder, 'bare/package.json'), '{"type":"module"}');
  await copyFile(join(root, 'cli/bin/run.js'), join(folder, 'bare/cli/bin/run.js'));
  const child = spawn(process.execPath, [join(folder, 'bare/cli/bin/run.js'), '--version']);
  let stderr = '';
  child.stderr.on('data', (data) => {
    stderr += data;
  });
  const [exit] = await once(child, 'close');
  expect([exit, stderr]).toEqual([1, 'mote has not been built: npm run build\n']);
});

describe.skipIf(why !== '')(`mote${why}`, () => {
  test('answers --version within 300 ms of processor time', async () => {
    // Not the clock's time: others may be using the machine.
    const meter = 'process.on("exit", () => process.stderr.write(JSON.stringify(process.cpuUsage())))';
    const times: number[] = [];
    for (let n = 0; n < 5; n++) {
      const run = ['--import', `data:text/javascript,${meter}`, join(root, 'cli/bin/run.js'), '--version'];
      const child = spawn(process.execPath, run, { cwd: folder });
      const [stdout, stderr] = await Promise.all(
        [child.stdout, child.stderr].map(async (s) => (await s.toArray()).join('')),
      );
      const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
      expect(stdout).toContain(`motekit/${version} `);
      const { user, system } = JSON.parse(stderr!);
      times.push((user + system) / 1000);
    }
    expect(Math.min(...times)).toBeLessThan(300);
  });

  test('help of everything, and what is not there', async () => {
    expect((await mote('--help')).stdout).toContain('wmbus');
    expect((await mote('keys')).stdout).toContain('keys new');
    expect((await mote('sign', '--help')).stdout).toContain('$ mote sign modules/gateway --key release');
    const unknown = await mote('sing');
    expect([unknown.exit, unknown.stdout, unknown.stderr]).toEqual([
      2,
      '',
      expect.stringContaining('no command "sing"'),
    ]);
    const json = await mote('keys', 'sing', '--json');
    expect([json.exit, JSON.parse(json.stdout).error.code]).toEqual([2, 'MOTE-1001']);
  });

  test('wmbus decode answers each line as it comes', async () => {
    const telegram =
      '683C3C680808727803491177040E160A0000000C7878034911041331D40000426C0000441300000000046D0B0BCD130227000009FD0E0209FD0F060F00017513D316';
    const { child, seen, ended, until } = start('wmbus', 'decode');
    child.stdin.write(`${JSON.stringify({ telegram })}\n`);
    await until(/^\{"ok":true.*\n$/);
    child.stdin.write('{"telegram":"ABC"}\n');
    await until(/"MOTE-6001".*\n$/);
    child.stdin.end();
    expect((await ended).exit).toBe(1);
    expect(seen.stdout.trimEnd().split('\n')).toHaveLength(2);
    // A reader that goes away is no error to speak of.
    const piped = start('wmbus', 'decode');
    piped.child.stdout.destroy();
    piped.child.stdin.on('error', () => {});
    piped.child.stdin.end(`${JSON.stringify({ telegram })}\n`.repeat(2000));
    const { exit, stderr } = await piped.ended;
    expect([exit, stderr]).toEqual([0, '']);
  });

  test('the whole road: a key, a board, a module that is built, signed, pushed and confirmed; Ctrl-C is 130', async () => {
    const module = join(root, 'modules/gateway');
    expect((await mote('keys', 'new', 'release')).exit).toBe(0);
    const board = start('run', '--port', '0');
    await board.until(/connected to/);
    const broker = /mqtt:\/\/[\d.]+:\d+/.exec(board.seen.stderr)![0];
    const signed = await mote('sign', module, '--key', 'release', '--out', 'gateway.mote', '--json');
    expect([signed.exit, signed.stderr]).toEqual([0, '']);
    const push = (file: string) => mote('push', file, '--to', 'home/bench/gateway/emu-1', '--broker', broker, '--json');
    const pushed = await push('gateway.mote');
    expect(pushed.exit).toBe(0);
    expect(JSON.parse(pushed.stdout)).toMatchObject({ state: 'CONFIRMED', running: JSON.parse(signed.stdout).digest });

    // One flipped bit in the manifest: the device and `mote verify` give the same reason, the device works on.
    const sequence = String(JSON.parse(signed.stdout).sequence + 1);
    await mote('sign', module, '--key', 'release', '--out', 'next.mote', '--sequence', sequence);
    const tampered = await readFile(join(folder, 'next.mote'));
    tampered[tampered.indexOf('gateway')]! ^= 1;
    await writeFile(join(folder, 'tampered.mote'), tampered);
    const refused = await push('tampered.mote');
    const { reason, running } = JSON.parse(refused.stdout);
    expect([refused.exit, reason, running]).toEqual([4, 'bad-signature', JSON.parse(signed.stdout).digest]);
    expect(JSON.parse((await mote('verify', 'tampered.mote', '--json')).stdout)).toMatchObject({ reason });

    board.child.kill('SIGINT');
    const { exit, stdout, stderr } = await board.ended;
    expect(exit).toBe(130);
    expect(stdout).toContain('gateway: ');
    expect(stderr).not.toContain('error');

    // The same flash: the module is there again, without a network.
    const again = await mote('run', '--port', '0', '--for', '2', '--json');
    expect(again.exit).toBe(0);
    expect(JSON.parse(again.stdout).log.map(({ actor }: { actor: string }) => actor)).toContain('gateway');
  });
});
