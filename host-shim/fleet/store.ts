/** Where a receiver keeps what it has taken, and its place with each device. */
import { type FileHandle, mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fault, MoteError } from '../errors.ts';
import { codeOf } from '../files.ts';
import type { DeviceRecord, Gap } from './wire.ts';

export interface Cursor {
  epoch: number;
  /** Every number of the epoch up to this one is stored or known as lost. */
  upto: number;
  /** Epochs before, the latest last. */
  past: number[];
}

/** `declared`: the device said so. Otherwise somebody else acknowledged what never came here. */
export interface Loss extends Gap {
  declared: boolean;
}

export interface Delivery {
  cursor: Cursor;
  records: DeviceRecord[];
  losses: Loss[];
}

export interface Store {
  /** Undefined: never heard of. */
  cursor(thing: string): Promise<Cursor | undefined>;
  /** All of it or none of it, and durable when it resolves: this is what the device's acknowledgement waits for. */
  commit(thing: string, delivery: Delivery): Promise<void>;
}

/** For tests, and for programs that only look: nothing outlasts the process. */
export class MemoryStore implements Store {
  readonly #cursors = new Map<string, Cursor>();
  readonly deliveries: { thing: string; delivery: Delivery }[] = [];

  async cursor(thing: string): Promise<Cursor | undefined> {
    return this.#cursors.get(thing);
  }

  async commit(thing: string, delivery: Delivery): Promise<void> {
    this.#cursors.set(thing, delivery.cursor);
    this.deliveries.push({ thing, delivery });
  }
}

/**
 * One file, `telemetry.jsonl`, a line for each commit: `{thing, epoch, upto, past, records: [[seq, class, time, base64]], losses:
 * [[from, to, declared]]}`. A line is appended and synced, so a power cut leaves at most an unfinished last one, which the next
 * start removes: the device sends that again.
 */
export class FileStore implements Store {
  readonly file: string;
  readonly #handle: FileHandle;
  readonly #cursors: Map<string, Cursor>;
  #size: number;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(file: string, handle: FileHandle, cursors: Map<string, Cursor>, size: number) {
    this.file = file;
    this.#handle = handle;
    this.#cursors = cursors;
    this.#size = size;
  }

  /** Throws file-unwritable, file-unreadable, and store-damaged when anything but the end cannot be read. */
  static async open(folder: string): Promise<FileStore> {
    const file = join(folder, 'telemetry.jsonl');
    let handle: FileHandle | undefined;
    try {
      await mkdir(folder, { recursive: true });
      handle = await open(file, 'a', 0o600);
      const { lines, size } = await readLines(file);
      await handle.truncate(size);
      const cursors = new Map(lines.map(({ thing, delivery }) => [thing, delivery.cursor]));
      return new FileStore(file, handle, cursors, size);
    } catch (error) {
      await handle?.close();
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
  }

  async #append(thing: string, delivery: Delivery): Promise<void> {
    const line = Buffer.from(`${JSON.stringify(toLine(thing, delivery))}\n`);
    try {
      await this.#handle.appendFile(line);
      await this.#handle.datasync();
    } catch (error) {
      // Half a line may stand there: the next one must not be glued to it.
      await this.#handle.truncate(this.#size).catch(() => undefined);
      throw fault('file-unwritable', { path: this.file, why: codeOf(error) ?? String(error) }, error);
    }
    this.#size += line.length;
    this.#cursors.set(thing, delivery.cursor);
  }
}

/** All that a FileStore's folder holds, in the order of arrival. Throws file-missing, file-unreadable, store-damaged. */
export async function readStore(folder: string): Promise<{ thing: string; delivery: Delivery }[]> {
  const file = join(folder, 'telemetry.jsonl');
  const { lines } = await readLines(file);
  return lines;
}

type Line = { thing: string; epoch: number; upto: number; past: number[] } & {
  records: [seq: number, level: number, time: number | null, payload: string][];
  losses: [from: number, to: number, declared: boolean][];
};

function toLine(thing: string, { cursor, records, losses }: Delivery): Line {
  return {
    thing,
    ...cursor,
    records: records.map(({ seq, class: level, time, payload }) => [
      seq,
      level,
      time,
      Buffer.from(payload).toString('base64'),
    ]),
    losses: losses.map(({ from, to, declared }) => [from, to, declared]),
  };
}

/** `size`: bytes up to the end of the last whole line. */
async function readLines(file: string): Promise<{ lines: { thing: string; delivery: Delivery }[]; size: number }> {
  const text = await readFile(file, 'utf8').catch((error) => {
    const why = codeOf(error) ?? String(error);
    throw why === 'ENOENT'
      ? fault('file-missing', { path: file }, error)
      : fault('file-unreadable', { path: file, why }, error);
  });
  const end = text.lastIndexOf('\n') + 1;
  const whole = text.slice(0, end).split('\n').slice(0, -1);
  const lines = whole.map((line, at) => {
    try {
      const { thing, epoch, upto, past, records, losses } = JSON.parse(line) as Line;
      return {
        thing,
        delivery: {
          cursor: { epoch, upto, past },
          records: records.map(([seq, level, time, payload]) => ({
            seq,
            class: level,
            time,
            payload: new Uint8Array(Buffer.from(payload, 'base64')),
          })),
          losses: losses.map(([from, to, declared]) => ({ from, to, declared })),
        },
      };
    } catch (error) {
      throw fault('store-damaged', { path: file, line: at + 1 }, error);
    }
  });
  return { lines, size: Buffer.byteLength(text.slice(0, end)) };
}
