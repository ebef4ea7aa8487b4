/** The compiled command as a process of its own, in a folder of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../host-shim/files.ts';

const root = packageRoot();

/** For the name of tests that need these files of the build: empty when they are there, else what is missing. */
export function unbuilt(...needs: string[]): string {
  const missing = needs.filter((file) => !existsSync(join(root, file)));
  return missing.length === 0 ? '' : ` (SKIPPED: ${missing.join(', ')} missing, run npm run build)`;
}

/** Starts `mote` with these arguments. `until` waits for words on either stream, and rejects when it ends without them. */
export function startMote(folder: string, ...argv: string[]) {
  const child = spawn(process.execPath, [join(root, 'cli/bin/run.js'), ...argv], { cwd: folder });
  const seen = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].on('data', (data) => {
      seen[stream] += data;
    });
  }
  const ended = once(child, 'close').then(([exit]) => ({ exit: exit as number | null, ...seen }));
  const until = async (pattern: RegExp): Promise<RegExpExecArray> => {
    for (;;) {
      const found = pattern.exec(seen.stdout + seen.stderr);
      if (found) return found;
      if (child.exitCode !== null) throw new Error(`ended before ${pattern}: ${seen.stdout}${seen.stderr}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  return { child, seen, ended, until };
}
