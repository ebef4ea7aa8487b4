/** Writes results so that a reader never sees half of one, and remembers what they were made from. */
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { sha256 } from './asc.ts';

/** Writes `contents` beside `file`, then renames: `file` is the old one or the whole new one. */
export async function writeAtomically(file: string, contents: Uint8Array | string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const temporary = `${file}.${randomUUID()}`;
  try {
    await writeFile(temporary, contents);
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** What a result was made from. */
export interface Stamp {
  /** Hash of the options and the compiler. */
  key: string;
  /** Every file looked for -> SHA-256, or null when it was not there (it would win if it appeared). */
  sources: [path: string, hash: string | null][];
  /** SHA-256 of the result. */
  output: string;
  heapBase: number;
}

/** The stamp in `file`, when it still describes the bytes `output`, made with `key` from the sources as they are now. */
export async function freshStamp(file: string, key: string, output: Uint8Array | null): Promise<Stamp | null> {
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text === null || output === null) return null;
  let stamp: Stamp;
  try {
    stamp = JSON.parse(text) as Stamp;
  } catch {
    return null;
  }
  if (stamp.key !== key || stamp.output !== sha256(output)) return null;
  for (const [path, hash] of stamp.sources) {
    const source = await readFile(path).catch(() => null);
    if ((source && sha256(source)) !== hash) return null;
  }
  return stamp;
}
