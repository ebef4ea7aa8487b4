/** The framers of modules/wmbus, compiled for hosts: frames out of a serial receiver's bytes, with the device's own code. */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../../runtime/abi/package-root.ts';
import { writeWhole } from '../files.ts';

/** Serial protocols, with the options that modules/wmbus/assembly/serial.ts knows: of RC1180 RSSI, start and stop, CRC. */
const PROTOCOLS = { rc1180: [0, 1 + 4 + 8], im871a: [1, 0], lines: [2, 0], wired: [3, 0] } as const;

export interface Frame {
  telegram: Uint8Array;
  /** dBm */
  rssi?: number;
}

interface Exports {
  memory: WebAssembly.Memory;
  openSerial(protocol: number, options: number): void;
  push(byte: number): number;
  reset(): void;
  frame(): number;
  length(): number;
  rssi(): number;
}

const MORE = 0;
const DONE = 1;
/** More bytes than any frame with its receiver's own: then what is under way is none. */
const PENDING_MAX = 600;

export class Framer {
  readonly #exports: Exports;
  readonly #resync: boolean;
  /** Of the frame that is under way. */
  #pending: number[] = [];

  private constructor(exports: Exports, protocol: keyof typeof PROTOCOLS) {
    this.#exports = exports;
    this.#resync = protocol !== 'lines';
    const [number, options] = PROTOCOLS[protocol];
    exports.openSerial(number, options);
  }

  /** Throws CompileError where there is no build and the compiler fails. */
  static async load(protocol: keyof typeof PROTOCOLS): Promise<Framer> {
    const { instance } = await WebAssembly.instantiate((await framerWasm()) as BufferSource, {});
    return new Framer(instance.exports as unknown as Exports, protocol);
  }

  /** The frames that these bytes complete. What is none is passed over. */
  *feed(bytes: Iterable<number>): Generator<Frame, void> {
    for (const byte of bytes) {
      const queue = [byte];
      while (queue.length > 0) {
        const next = queue.shift()!;
        const state = this.#exports.push(next);
        if (this.#resync) this.#pending.push(next);
        if (state === MORE && this.#pending.length < PENDING_MAX) continue;
        if (state === DONE) yield this.#frame();
        // A start byte that began no frame: another may stand in what was taken for one.
        else if (this.#resync) queue.unshift(...this.#pending.slice(1));
        if (state !== DONE) this.#exports.reset();
        this.#pending = [];
      }
    }
  }

  #frame(): Frame {
    const { memory, frame, length, rssi } = this.#exports;
    const telegram = new Uint8Array(memory.buffer, frame(), length()).slice();
    return { telegram, ...(rssi() !== 0 && { rssi: rssi() }) };
  }
}

/** The framers' Wasm: compiled when build/wmbus holds none of these sources. Throws CompileError. */
export async function framerWasm(): Promise<Uint8Array> {
  const sources = join(packageRoot(), 'modules', 'wmbus', 'assembly');
  const hash = createHash('sha256');
  for (const name of (await readdir(sources)).filter((one) => one.endsWith('.ts')).sort())
    hash.update(name).update(await readFile(join(sources, name)));
  const folder = join(packageRoot(), 'build', 'wmbus');
  const file = join(folder, `framer-${hash.digest('hex').slice(0, 16)}.wasm`);
  const kept = await readFile(file).catch(() => null);
  if (kept) return kept;
  const { compileAssembly } = await import('../../runtime/guest/compiler/index.ts');
  const { wasm } = await compileAssembly(join(sources, 'framer-wasm.ts'));
  // A package in a folder that nobody may write to works, too: it compiles each time.
  await mkdir(folder, { recursive: true })
    .then(() => writeWhole(file, wasm))
    .then(() => removeOthers(folder, file))
    .catch(() => undefined);
  return wasm;
}

/** Builds of sources that have changed since. */
async function removeOthers(folder: string, file: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const old = join(folder, name);
    if (name.startsWith('framer-') && old !== file) await rm(old, { force: true });
  }
}
