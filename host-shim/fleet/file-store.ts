/**
 * A folder of files as a Store. `telemetry.jsonl` is appended to and synced, a line for each commit (lines.ts): a power cut
 * leaves at most an unfinished last line, which the next start removes, and the device sends that again. A file that has
 * grown is put aside as `telemetry-000001.jsonl` and so on; the one after it begins with every device's place, so what is
 * aside may be moved away at any time.
 */
import { type FileHandle, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fault, MoteError } from '../errors.ts';
import { codeOf } from '../files.ts';
import { lineOf, readLines } from './lines.ts';
import { lock } from './lock.ts';
import type { Cursor, Delivery, Store } from './store.ts';

const NAME = 'telemetry.jsonl';
/** The next file while it is being written. */
const NEXT = 'telemetry.jsonl.next';
const ASIDE = /^telemetry-(\d{6,})\.jsonl$/;
const ROTATE_AT = 64 * 1024 * 1024;

export interface FileStoreOptions {
  /** Bytes of a file after which the next one is begun. */
  rotateAt?: number;
}

export class FileStore implements Store {
  readonly file: string;
  readonly #folder: string;
  readonly #rotateAt: number;
  readonly #cursors: Map<string, Cursor>;
  readonly #unlock: () => Promise<void>;
  #handle: FileHandle;
  #size: number;
  /** Bytes that the file began with: it is not put aside before it has grown by as much. */
  #begun = 0;
  #last: Promise<unknown> = Promise.resolve();
  /** The file is not what it should be: nothing more is taken. */
  #broken: unknown;

  private constructor(
    folder: string,
    handle: FileHandle,
    cursors: Map<string, Cursor>,
    size: number,
    rotateAt: number,
    unlock: () => Promise<void>,
  ) {
    this.#folder = folder;
    this.file = join(folder, NAME);
    this.#handle = handle;
    this.#cursors = cursors;
    this.#size = size;
    this.#rotateAt = rotateAt;
    this.#unlock = unlock;
  }

  /** Throws file-unwritable, file-unreadable, store-locked, and store-damaged when anything but the end cannot be read. */
  static async open(folder: string, { rotateAt = ROTATE_AT }: FileStoreOptions = {}): Promise<FileStore> {
    const file = join(folder, NAME);
    let handle: FileHandle | undefined;
    let unlock: (() => Promise<void>) | undefined;
    try {
      await mkdir(folder, { recursive: true });
      unlock = await lock(folder);
      await finishRotation(folder);
      handle = await open(file, 'a', 0o600);
      const { lines, size } = await readLines(file);
      await handle.truncate(size);
      await syncFolder(folder);
      const cursors = new Map(lines.map(({ thing, delivery }) => [thing, delivery.cursor]));
      return new FileStore(folder, handle, cursors, size, rotateAt, unlock);
    } catch (error) {
      await handle?.close();
      await unlock?.();
      if (error instanceof MoteError) throw error;
      throw fault('file-unwritable', { path: file, why: codeOf(error) ?? String(error) }, error);
    }
  }

  async cursor(thing: string): Promise<Cursor | undefined> {
    return this.#cursors.get(thing);
  }

  commit(thing: string, delivery: Delivery): Promise<void> {
    const written = this.#last.then(() => this.#append(thing, delivery));
    this.#last = written.catch(() => undefined);
    return written;
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#handle.close();
    await this.#unlock();
  }

  async #append(thing: string, delivery: Delivery): Promise<void> {
    if (this.#broken) throw this.#broken;
    const line = Buffer.from(lineOf(thing, delivery));
    try {
      await this.#handle.appendFile(line);
      await this.#handle.datasync();
    } catch (error) {
      const what = fault('file-unwritable', { path: this.file, why: codeOf(error) ?? String(error) }, error);
      // Half a line may stand there: the next one must not be glued to it.
      await this.#handle.truncate(this.#size).catch(() => (this.#broken = what));
      throw what;
    }
    this.#size += line.length;
    this.#cursors.set(thing, delivery.cursor);
    if (this.#size - this.#begun > this.#rotateAt) await this.#rotate();
  }

  /** What it cannot do now it tries again with the next commit: the file only goes on growing. */
  async #rotate(): Promise<void> {
    const next = join(this.#folder, NEXT);
    let handle: FileHandle | undefined;
    try {
      const places = [...this.#cursors].map(([thing, cursor]) => lineOf(thing, { cursor, records: [], losses: [] }));
      const text = Buffer.from(places.join(''));
      await rm(next, { force: true });
      handle = await open(next, 'ax', 0o600);
      await handle.appendFile(text);
      await handle.sync();
      await rename(this.file, join(this.#folder, await freeName(this.#folder)));
      await rename(next, this.file).catch((error) => {
        // A start finds both, and goes on with the next one; this process must not write to the one aside.
        this.#broken = error;
        throw error;
      });
      await syncFolder(this.#folder);
      const before = this.#handle;
      this.#handle = handle;
      this.#size = this.#begun = text.length;
      await before.close();
    } catch {
      if (handle && this.#handle !== handle) await handle.close();
    }
  }
}

/** All that a FileStore's folder holds, in the order of arrival. Throws file-missing, file-unreadable, store-damaged. */
export async function readStore(folder: string): Promise<{ thing: string; delivery: Delivery }[]> {
  const all = [];
  for (const name of await aside(folder)) all.push(...(await readLines(join(folder, name))).lines);
  const { lines } = await readLines(join(folder, NAME));
  return [...all, ...lines];
}

/** The power went between the two renames: the next file is whole. Or before them: it is nothing yet. */
async function finishRotation(folder: string): Promise<void> {
  const names = await readdir(folder);
  if (!names.includes(NEXT)) return;
  if (names.includes(NAME)) await rm(join(folder, NEXT));
  else await rename(join(folder, NEXT), join(folder, NAME));
}

/** The files that were put aside, the oldest first. */
async function aside(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  const number = (name: string) => Number(ASIDE.exec(name)?.[1] ?? Number.NaN);
  return names.filter((name) => ASIDE.test(name)).sort((a, b) => number(a) - number(b));
}

async function freeName(folder: string): Promise<string> {
  const last = (await aside(folder)).at(-1);
  const number = Number(last ? ASIDE.exec(last)![1] : 0) + 1;
  return `telemetry-${String(number).padStart(6, '0')}.jsonl`;
}

/** A new name is durable when its folder is. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  // Not every system can.
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}
