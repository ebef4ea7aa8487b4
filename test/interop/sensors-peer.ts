/** The Python side of sensors-peers.test.ts: a process whose questions to buses are answered by virtual parts. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { VirtualClock } from '../../host-shim/board/clock.ts';
import type { Description } from '../../host-shim/parts/description.ts';
import type { TraceLine } from '../../host-shim/parts/trace.ts';
import { Wiring } from '../../host-shim/parts/wiring.ts';
import { ErrorCode, Step } from '../../runtime/abi/generated/contract.ts';
import { repoRoot } from '../support/device.ts';

const SCRIPT = join(repoRoot, 'test', 'interop', 'sensors-peer.py');
const VENV = join(repoRoot, 'build', 'peers', 'bin', 'python3');
export const PYTHON = process.env.MOTE_PEERS ?? (existsSync(VENV) ? VENV : 'python3');

/** By driver: the package that reads its part, and its version; without it the driver is missing. */
export function peerVersions(): Record<string, string> {
  const { stdout, status } = spawnSync(PYTHON, [SCRIPT], { input: '{"job": "versions"}\n', encoding: 'utf8' });
  return status === 0 && stdout ? JSON.parse(stdout).done : {};
}

type Steps = [string, (string | number)?][];
interface Question {
  op: 'i2c' | 'spi' | 'onewire' | 'pin' | 'sleep' | 'now';
  address: number;
  mode: number;
  hertz: number;
  steps: Steps;
  pin: number;
  value?: boolean;
  seconds: number;
}

export class Peer {
  readonly #child: ChildProcess;
  #settle: { resolve: (done: unknown) => void; reject: (error: Error) => void } | undefined;
  #wiring: Wiring | undefined;
  #clock = new VirtualClock();

  constructor() {
    this.#child = spawn(PYTHON, [SCRIPT], { stdio: ['pipe', 'pipe', 'inherit'] });
    createInterface(this.#child.stdout!).on('line', (line) => this.#hear(line));
    this.#child.on('exit', (code) => this.#settle?.reject(new Error(`the peer ended with ${code}`)));
  }

  /** A new board with one part, which the peer's buses then reach. */
  board(
    part: Description,
    at: string,
    trace: (line: TraceLine) => void = () => {},
  ): { wiring: Wiring; clock: VirtualClock } {
    const clock = new VirtualClock();
    const wiring = new Wiring({ clock, wires: [{ part, at }], trace });
    wiring.start({ gpio: () => {}, uart: () => {} });
    [this.#clock, this.#wiring] = [clock, wiring];
    return { wiring, clock };
  }

  /** Rejects with what the peer raises. */
  job(job: object): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
      this.#say(job);
    });
  }

  stop(): void {
    this.#child.stdin!.end();
    this.#child.kill();
  }

  #say(message: object): void {
    this.#child.stdin!.write(`${JSON.stringify(message)}\n`);
  }

  #hear(line: string): void {
    const message = JSON.parse(line);
    if ('done' in message) this.#settle?.resolve(message.done);
    else if ('failed' in message) this.#settle?.reject(new Error(message.failed));
    else this.#say(this.#answer(message));
  }

  #answer({ op, address, mode, hertz, steps, pin, value, seconds }: Question): object {
    const wiring = this.#wiring!;
    switch (op) {
      case 'now':
        return { result: wiring.time() / 1e6 };
      case 'sleep':
        // A driver that looks again and again lets time pass, too.
        this.#clock.advance(Math.max(1, Math.ceil(seconds * 1000)));
        return {};
      case 'pin':
        if (value !== undefined) return { result: wiring.gpioWrite(pin, value) };
        // The clock of a converter is low while the peer waits for its data: each look takes a millisecond.
        if (!wiring.level(5)) this.#clock.advance(1);
        return { result: wiring.gpioRead(pin) };
    }
    const script = scriptOf(steps);
    const out = new Uint8Array(steps.reduce((sum, [kind, rest]) => sum + room(kind, rest), 0));
    const code =
      op === 'i2c'
        ? wiring.i2c(0, address, script, out)
        : op === 'spi'
          ? wiring.spi(0, 1, mode, hertz, script, out)
          : wiring.oneWire(0, script, out);
    this.#clock.advance(wiring.ahead);
    if (code === 0) return { result: Buffer.from(out).toString('hex') };
    return { error: Object.entries(ErrorCode).find(([, number]) => number === code)?.[0] ?? `${code}` };
  }
}

function room(kind: string, rest: string | number | undefined): number {
  return kind === 'r' ? Number(rest) : kind === 'f' ? String(rest).length : 0;
}

/** Steps of the contract (`step` in runtime/abi/mote.wit). */
function scriptOf(steps: Steps): Uint8Array {
  const number = (name: Step) => STEPS.indexOf(name);
  const bytes = steps.flatMap(([kind, rest]) => {
    if (kind === 's') return [number('stop')];
    if (kind === 'r') return [number('read'), Number(rest)];
    const data = [...Buffer.from(String(rest), 'hex')];
    return [number(kind === 'f' ? 'search' : 'write'), data.length, ...data];
  });
  return Uint8Array.from(bytes);
}

const STEPS = Object.keys(Step) as Step[];
