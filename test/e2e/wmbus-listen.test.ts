/** `mote wmbus listen` on a pseudo-terminal, and with a serial receiver that is one. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, describe, expect, it } from 'vitest';
import { root } from '../vectors/wmbus-harness.ts';

const helper = join(root, 'test/support/terminal.py');
const command = [process.execPath, join(root, 'cli/bin/run.js'), 'wmbus', 'listen'];
const lacking = [
  ...(spawnSync('python3', ['--version']).status === 0 ? [] : ['python3']),
  ...(existsSync(join(root, 'dist/cli/index.js')) && existsSync(join(root, 'build/modules/wmbus.wasm'))
    ? []
    : ['npm run build']),
];

const PLAIN = '1244AE0C7856341201078C2027780B13436587';
const OTHER = '1244AE0C7856341201078C2028780B13446587';

/** The receiver's frame: endpoint 2, message 3, RSSI, no CRC. */
const im871a = (telegram: string, rssi: number): string =>
  `A54203${telegram}${(256 + rssi).toString(16).padStart(2, '0')}`;

async function text(child: ChildProcess): Promise<string> {
  let all = '';
  for await (const chunk of child.stdout!) all += chunk;
  return all;
}

describe.skipIf(lacking.length > 0)(
  `mote wmbus listen${lacking.length ? ` (SKIPPED: needs ${lacking.join(', ')})` : ''}`,
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'mote-listen-'));
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    it('draws a table on a terminal, and leaves the terminal as it was', async () => {
      const file = join(folder, 'heard.txt');
      writeFileSync(file, `T1;1;1;time;75;71;12345678;0x${PLAIN}\n${PLAIN}\n${OTHER}\n`);
      const child = spawn('python3', [helper, 'run', ...command, '--file', file], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const all = await text(child);
      expect(all).toContain('\x1b[?1049h');
      const [live, after] = all.split('\x1b[?25h\x1b[?1049l');
      expect(live!.split('\x1b[H').length).toBeGreaterThanOrEqual(4);
      expect(live).toMatch(/CEN-12345678 +water +876\.544 m3 +-71 dBm/);
      expect(after).toMatch(/CEN-12345678 +water +876\.544 m3 +-71 dBm +-71 +-71 +-71 +2 /);
    }, 60_000);

    it('reads a serial receiver until it is interrupted', async () => {
      const receiver = spawn('python3', [helper, 'port'], { stdio: ['pipe', 'pipe', 'inherit'] });
      const [port] = (await once(createInterface(receiver.stdout!), 'line')) as [string];
      const child = spawn(command[0]!, [...command.slice(1), '--port', port, '--protocol', 'im871a'], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const ended = once(child, 'exit');
      const lines: string[] = [];
      const waiting: [RegExp, () => void][] = [];
      createInterface(child.stdout!).on('line', (line) => {
        lines.push(line);
        for (const [pattern, settle] of waiting) if (pattern.test(line)) settle();
      });
      const shown = (pattern: RegExp) => new Promise<void>((settle) => waiting.push([pattern, settle]));
      // The port opens some time after the program has started: what comes before may be lost.
      const first = shown(/876\.543 m3/);
      const again = setInterval(() => receiver.stdin!.write(`00FF${im871a(PLAIN, -80)}\n`), 200);
      await first;
      clearInterval(again);
      const second = shown(/876\.544 m3/);
      receiver.stdin!.write(`${im871a(OTHER, -64)}\n`);
      await second;
      child.kill('SIGINT');
      const [code] = await ended;
      receiver.stdin!.end();
      receiver.kill();
      expect(code).toBe(130);
      expect(lines[0]).toMatch(/^\d{4}-\d\d-\d\dT.* {2}CEN-12345678 {2}water {2}876\.543 m3 {2}-80 dBm$/);
      expect(lines.find((line) => /876\.544 m3/.test(line))).toMatch(/ {2}-64 dBm$/);
      expect(lines.at(-1)).toMatch(/CEN-12345678 +water +876\.544 m3 +-64 dBm +-80 +-\d+ +-64 +2 /);
    }, 60_000);
  },
);
