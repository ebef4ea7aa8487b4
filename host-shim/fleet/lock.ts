/** One writer for a folder: a file `lock` with who holds it. Of a process of this machine that has gone it is taken over. */
import { createHash, randomBytes } from 'node:crypto';
import { link, readFile, unlink, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fault } from '../errors.ts';
import { codeOf } from '../files.ts';

const LIMIT = 3;
/** Longer than another takes to remove a stale lock. */
const CLAIM_MS = 20;

/** Resolves with what gives it back. Throws store-locked, or the system's error. */
export async function lock(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, 'lock');
  const id = randomBytes(6).toString('hex');
  const mine = join(folder, `.lock.${id}`);
  const text = `${process.pid} ${hostname()} ${id}\n`;
  await writeFile(mine, text, { mode: 0o600, flag: 'wx' });
  try {
    for (let attempt = 1; ; attempt++) {
      const held = await link(mine, path).then(
        () => false,
        (error) => {
          if (codeOf(error) === 'EEXIST') return true;
          throw error;
        },
      );
      if (!held) break;
      const holder = await readHolder(path);
      if (holder && (attempt === LIMIT || isThere(holder)))
        throw fault('store-locked', { path, pid: holder.pid, host: holder.host });
      if (holder) await removeStale(path, holder);
    }
  } finally {
    await unlink(mine).catch(() => undefined);
  }
  return async () => {
    // Removed by hand, and another's now: not ours to remove.
    if ((await readFile(path, 'utf8').catch(() => '')) === text) await unlink(path);
  };
}

interface Holder {
  pid: number;
  host: string;
  text: string;
}

/** Undefined: it has gone meanwhile. */
async function readHolder(path: string): Promise<Holder | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const [pid = '', host = ''] = text.trim().split(' ');
  return { pid: Number(pid), host, text };
}

/** Of another machine nothing is known. */
function isThere({ pid, host }: Holder): boolean {
  if (host !== hostname()) return true;
  if (pid === process.pid) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) !== 'ESRCH';
  }
}

/**
 * Several may find the same stale lock, and slow ones still when another has taken its place. Who claims the stale text alone may
 * look again and remove it: the text never comes back, as each lock has an id of its own.
 */
async function removeStale(path: string, { text }: Holder): Promise<void> {
  const claim = `${path}.${createHash('sha256').update(text).digest('hex').slice(0, 16)}`;
  try {
    await writeFile(claim, '', { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    await setTimeout(CLAIM_MS);
    return;
  }
  try {
    if ((await readFile(path, 'utf8').catch(() => undefined)) === text) await unlink(path);
  } finally {
    await unlink(claim);
  }
}
