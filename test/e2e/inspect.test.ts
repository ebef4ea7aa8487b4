/** `mote run --target host --inspect` as its own process: a port for a debugger, and traps with their lines of TypeScript. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../host-shim/files.ts';
import { startMote, unbuilt } from '../support/command.ts';

const root = packageRoot();
const why = unbuilt('dist/cli/main.js', 'build/modules/supervisor.wasm');
const FAULTY = join(root, 'test/fixtures/modules/faulty');
const FAULT =
  readFileSync(join(FAULTY, 'index.ts'), 'utf8')
    .split('\n')
    .findIndex((line) => line.includes('unreachable()')) + 1;

const folder = mkdtempSync(join(tmpdir(), 'mote-inspect-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const start = (...argv: string[]) => startMote(folder, ...argv);
const mote = async (...argv: string[]) => {
  const { exit, stdout, stderr } = await start(...argv).ended;
  return { exit, seen: stdout + stderr };
};

describe.skipIf(why !== '')(`mote run --inspect${why}`, () => {
  it('opens the port of a debugger, and logs a trap with file and line', async () => {
    expect((await mote('keys', 'new', 'release')).exit).toBe(0);
    const board = start('run', '--target', 'host', '--inspect', '--source', FAULTY, '--port', '0');
    try {
      const [, address] = await board.until(/debugger at ws:\/\/([\d.]+:\d+)\//);
      const targets = (await (await fetch(`http://${address}/json/list`)).json()) as Record<string, string>[];
      expect(targets).toEqual([expect.objectContaining({ type: 'node', webSocketDebuggerUrl: expect.any(String) })]);
      const [broker] = await board.until(/mqtt:\/\/[\d.]+:\d+/);
      await board.until(/connected to/);
      expect((await mote('sign', FAULTY, '--key', 'release', '--out', 'faulty.mote')).exit).toBe(0);
      const pushed = await mote('push', 'faulty.mote', '--to', 'home/bench/gateway/emu-1', '--broker', broker);
      expect(pushed.seen).toContain('REVERTED');
      await board.until(new RegExp(`at \\S*faulty/index\\.ts:${FAULT}:\\d+`));
    } finally {
      board.child.kill('SIGINT');
    }
    expect((await board.ended).exit).toBe(130);
  }, 240_000);

  it('is for the target host alone', async () => {
    for (const target of ['wasm', 'qemu']) {
      const { exit, seen } = await mote('run', '--target', target, '--inspect', '--for', '0');
      expect([exit, seen]).toEqual([2, expect.stringContaining('--inspect needs --target host')]);
    }
    const { exit, seen } = await mote('run', '--target', 'host', '--source', FAULTY, '--for', '0');
    expect([exit, seen]).toEqual([2, expect.stringContaining('--inspect')]);
  }, 120_000);
});
