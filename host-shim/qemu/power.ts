/** Cuts the power of a machine in the middle of a turn: its process is killed, while this program waits for its answer. */
import { Worker } from 'node:worker_threads';

/** The thread sleeps until it is given a delay, then kills. Nothing in the killed process can prepare for it. */
const THREAD = `
  const { workerData: { pid, cell } } = require('node:worker_threads');
  const delay = new Int32Array(cell);
  Atomics.wait(delay, 0, -1);
  const end = process.hrtime.bigint() + BigInt(Atomics.load(delay, 0)) * 1000n;
  while (process.hrtime.bigint() < end);
  try { process.kill(pid, 'SIGKILL'); } catch {}
`;

export class PowerSwitch {
  readonly #delay = new Int32Array(new SharedArrayBuffer(4)).fill(-1);
  readonly #thread: Worker;

  /** For the process with this id. */
  constructor(pid: number) {
    this.#thread = new Worker(THREAD, { eval: true, workerData: { pid, cell: this.#delay.buffer } });
    this.#thread.unref();
  }

  /** Kills the process after that many microseconds from now. */
  cut(microseconds: number): void {
    Atomics.store(this.#delay, 0, microseconds);
    Atomics.notify(this.#delay, 0);
  }

  /** The thread ends. */
  async dispose(): Promise<void> {
    await this.#thread.terminate();
  }
}
