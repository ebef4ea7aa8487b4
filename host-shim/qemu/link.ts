/**
 * The host's end of the link: SLIP frames (RFC 1055) over QEMU's pipes, read without returning to the event loop,
 * because a board calls its kernel as a function. A wait ends: by a frame, by the end of the machine, or by the clock.
 */
import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { codeOf } from '../files.ts';

const [END, ESC, ESC_END, ESC_ESC] = [0xc0, 0xdb, 0xdc, 0xdd];
/** Milliseconds: between two looks at a silent pipe, and until silence is a fault. */
const NAP = { first: 0.05, last: 1 };
const START_PATIENCE = 15_000;
const PATIENCE = 120_000;
/** Reads before the first nap: most answers come within them. */
const EAGER = 50;
/** No frame of a board is longer: a publication of its whole memory. */
const MAX_FRAME = 80 * 1024;

export class LinkDown extends Error {
  override readonly name = 'LinkDown';
}

export class Link {
  readonly #out: number;
  readonly #in: Pipe;
  readonly #console: Pipe;
  readonly #hear: (bytes: Uint8Array) => void;
  #frame: number[] = [];
  #escaped = false;
  #queue: Uint8Array[] = [];

  /**
   * `link` and `console` are the paths that QEMU's pipe chardevs were given: `<path>.in` and `<path>.out` are FIFOs.
   * `hear` gets what the console said before the frame that is received next.
   */
  constructor(link: string, console: string, hear: (bytes: Uint8Array) => void) {
    // For reading too: else the open would wait for QEMU.
    this.#out = openSync(`${link}.in`, constants.O_RDWR);
    this.#in = new Pipe(`${link}.out`);
    this.#console = new Pipe(`${console}.out`);
    this.#hear = hear;
  }

  send(code: number, words: number[], ...parts: Uint8Array[]): void {
    const head = new Uint8Array(1 + 4 * words.length);
    head[0] = code;
    const view = new DataView(head.buffer);
    for (const [i, word] of words.entries()) view.setUint32(1 + 4 * i, word, true);
    const bytes = [END];
    for (const part of [head, ...parts]) {
      for (const byte of part) {
        if (byte === END) bytes.push(ESC, ESC_END);
        else if (byte === ESC) bytes.push(ESC, ESC_ESC);
        else bytes.push(byte);
      }
    }
    bytes.push(END);
    const whole = Uint8Array.from(bytes);
    for (let at = 0; at < whole.length; ) at += writeSync(this.#out, whole, at);
  }

  /** The next frame. `broken` is asked while the machine has not opened its end. Throws LinkDown. */
  receive(broken: () => string | undefined = () => undefined): Uint8Array {
    const start = performance.now();
    let nap = NAP.first;
    for (let tries = 0; this.#queue.length === 0; tries++) {
      const state = this.#in.read((bytes) => this.#take(bytes));
      // A machine that fills the console waits for it to be read.
      this.#console.read(this.#hear);
      if (state === 'data') {
        tries = 0;
        nap = NAP.first;
        continue;
      }
      if (state === 'closed') throw new LinkDown('the machine has ended');
      const why = state === 'unopened' ? broken() : undefined;
      if (why) throw new LinkDown(why);
      const patience = state === 'unopened' ? START_PATIENCE : PATIENCE;
      if (performance.now() - start > patience) throw new LinkDown(`no word for ${patience / 1000} s`);
      if (tries < EAGER) continue;
      Atomics.wait(sleeper, 0, 0, nap);
      nap = Math.min(NAP.last, nap * 2);
    }
    this.#console.read(this.#hear);
    return this.#queue.shift()!;
  }

  /** What the console says, until the machine that has ended has said all. */
  drain(): void {
    while (this.#console.read(this.#hear) === 'data');
  }

  close(): void {
    closeSync(this.#out);
    this.#in.close();
    this.#console.close();
  }

  #take(bytes: Uint8Array): void {
    for (const byte of bytes) {
      if (byte === END) {
        if (this.#frame.length > 0) this.#queue.push(Uint8Array.from(this.#frame));
        this.#frame = [];
        continue;
      }
      if (byte === ESC) {
        this.#escaped = true;
        continue;
      }
      if (this.#frame.length >= MAX_FRAME) throw new LinkDown(`a frame of more than ${MAX_FRAME} bytes`);
      this.#frame.push(this.#escaped ? (byte === ESC_END ? END : ESC) : byte);
      this.#escaped = false;
    }
  }
}

const sleeper = new Int32Array(new SharedArrayBuffer(4));

/** A FIFO that somebody else writes. */
class Pipe {
  readonly #file: number;
  readonly #buffer = new Uint8Array(65_536);
  #opened = false;

  constructor(path: string) {
    this.#file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  }

  /** Without waiting. A FIFO reads as ended before its writer has come, and after it has gone. */
  read(take: (bytes: Uint8Array) => void): 'data' | 'empty' | 'unopened' | 'closed' {
    let length: number;
    try {
      length = readSync(this.#file, this.#buffer);
    } catch (error) {
      if (codeOf(error) !== 'EAGAIN') throw error;
      this.#opened = true;
      return 'empty';
    }
    if (length === 0) return this.#opened ? 'closed' : 'unopened';
    this.#opened = true;
    take(this.#buffer.subarray(0, length));
    return 'data';
  }

  close(): void {
    closeSync(this.#file);
  }
}
