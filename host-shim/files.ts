/** Files as the commands use them: reads are bounded, writes are whole or not at all, faults are MoteErrors. */
import { randomBytes } from 'node:crypto';
import { link, open, readFile, rename, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fault } from './errors.ts';

export { packageRoot } from '../runtime/abi/package-root.ts';

/** A firmware's slots are far below this: whatever is longer is not a module or a bundle. */
export const MAX_FILE = 16 * 1024 * 1024;

/**
 * The bytes of a file of at most `limit` bytes.
 * Throws file-missing, file-unreadable or file-too-big.
 */
export async function readBounded(path: string, limit = MAX_FILE): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const { size } = await stat(path);
    if (size > limit) throw fault('file-too-big', { path, size, limit });
    return new Uint8Array(await readFile(path));
  } catch (error) {
    throw asFault(error, path, 'file-unreadable');
  }
}

/**
 * Writes a file so that it appears under its name only when all of it is on the disk.
 * `mode`: permission bits. `exclusive`: never replace a file; throws EEXIST as it is, for the caller to name.
 * Throws file-unwritable; leaves nothing behind then.
 */
export async function writeWhole(
  path: string,
  data: Uint8Array | string,
  { mode = 0o644, exclusive = false }: { mode?: number; exclusive?: boolean } = {},
): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}`);
  try {
    const file = await open(temporary, 'wx', mode);
    try {
      await file.writeFile(data);
      await file.sync();
    } finally {
      await file.close();
    }
    // A link, unlike a rename, fails when the name is taken.
    if (exclusive) await link(temporary, path);
    else await rename(temporary, path);
  } catch (error) {
    if (exclusive && codeOf(error) === 'EEXIST') throw error;
    throw asFault(error, path, 'file-unwritable');
  } finally {
    await unlink(temporary).catch(() => {});
  }
}

/** The system's error code (`ENOENT`), if there is one. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

const WORDS: Record<string, string> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of the path is not a folder',
  ENOENT: 'the folder does not exist',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  ENAMETOOLONG: 'the name is too long',
};

function asFault(error: unknown, path: string, key: 'file-unreadable' | 'file-unwritable'): unknown {
  const code = codeOf(error);
  if (code === undefined || code.startsWith('MOTE-')) return error;
  if (key === 'file-unreadable' && code === 'ENOENT') return fault('file-missing', { path }, error);
  return fault(key, { path, why: WORDS[code] ?? code }, error);
}
