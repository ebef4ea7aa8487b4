/**
 * The kernel on rv32imac under QEMU, with the methods of board/kernel.ts: the same board runs either.
 * Each machine is a QEMU of its own, with a folder for its pipes and its firmware that goes when it ends.
 */
import { type ChildProcess, execFileSync, type StdioOptions, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type ActorsBudget, ErrorCode } from '../../runtime/abi/generated/contract.ts';
import { PowerCut } from '../board/flash.ts';
import type { KernelPorts, Machine } from '../board/kernel.ts';
import { compiledHandle } from './ahead.ts';
import { toolMissing } from './build.ts';
import { ConsoleReader } from './console.ts';
import { Link, LinkDown } from './link.ts';
import { answer } from './ports.ts';
import { PowerSwitch } from './power.ts';
import { COMMAND, FRAME, MAX_COMMAND, MEMORY, romImage, VERSION } from './protocol.ts';

export interface MachineOptions {
  /** Made by `buildBoard`. */
  elf: string;
  /** Path of the flash image, of the size of the layout. */
  flash: string;
  /** Count instructions exactly; about three times slower. */
  count?: boolean;
  /** Names of the modules that the image has compiled ahead of time. */
  ahead?: readonly string[];
}

/** Bytes, since the machine started or since the gauge was read. */
export interface Gauge {
  heap: number;
  heapPeak: number;
  /** The deepest that the C stack was, and all that there is of it. */
  stack: number;
  stackSize: number;
}

const QEMU = 'qemu-system-riscv32';
const NEVER = 2n ** 64n - 1n;

export class QemuMachine implements Machine {
  /** Instructions of the last command, without the time of the world outside: exact with `count`. */
  instructions = 0;
  /** The exit code of QEMU (board.h), once it has ended; null when it was killed. */
  readonly exited: Promise<number | null>;
  readonly #folder: string;
  readonly #process: ChildProcess;
  readonly #link: Link;
  readonly #ports: KernelPorts;
  readonly #console: ConsoleReader;
  #halted = false;
  #deadline = NEVER;
  #ended = false;
  /** Steps left until the power is cut, and how long after the begin of the last. */
  #cut: { power: PowerSwitch; steps: number; microseconds: number } | undefined;

  /** Starts QEMU and waits until the board is up. Throws tool-missing, and an Error with the board's own words. */
  constructor(options: MachineOptions, ports: KernelPorts) {
    this.#ports = ports;
    this.#console = new ConsoleReader((level, actor, text) => ports.log(level, actor, text));
    this.#folder = mkdtempSync(join(tmpdir(), 'mote-qemu-'));
    const at = (name: string) => join(this.#folder, name);
    try {
      makeFifos(['link.in', 'link.out', 'console.in', 'console.out'].map(at));
      // Semihosting splits its arguments at spaces, QEMU its options at commas: here the image has a plain name.
      symlinkSync(resolve(options.flash), at('flash.bin'));
      const ahead = (options.ahead ?? []).map((name) => [name, compiledHandle(name)]);
      writeFileSync(at('rom.bin'), romImage({ ...ports.builtins, ...Object.fromEntries(ahead) }));
      this.#link = new Link(at('link'), at('console'), (bytes) => this.#console.hear(bytes));
    } catch (error) {
      rmSync(this.#folder, { recursive: true, force: true });
      throw error;
    }
    const complaints = openSync(at('stderr'), 'w');
    const stdio: StdioOptions = ['ignore', 'ignore', complaints];
    this.#process = spawn(QEMU, argumentsOf(options), { cwd: this.#folder, stdio });
    closeSync(complaints);
    this.exited = new Promise((done) => {
      this.#process.once('exit', done);
      this.#process.once('error', () => done(null));
    });
    try {
      if (this.#process.pid === undefined) throw toolMissing(QEMU);
      const hello = this.#receive(() => this.#complaints());
      if (hello[0] !== FRAME.hello || word(hello, 1) !== VERSION) throw new Error('the board speaks another protocol');
    } catch (error) {
      this.stop();
      throw error;
    }
    process.once('exit', this.#kill);
  }

  /** Start the built-in module `name` with every grant. Returns its actor id, or a negative `ErrorCode`. */
  boot(name: string, { memory, stack, fuel, mailbox }: ActorsBudget): number {
    return this.#call(COMMAND.boot, [memory, stack, fuel, mailbox], encoder.encode(name));
  }

  /** Returns how many actors took the frame. */
  onRadio(frame: Uint8Array, rssi: number): number {
    return this.#call(COMMAND.radio, [rssi], frame) >>> 0;
  }

  /** Returns 0 or a negative `ErrorCode`. */
  onMqtt(actor: number, topic: string, payload: Uint8Array): number {
    const text = encoder.encode(topic);
    // No mailbox could hold it, and the board has no room for it either.
    if (9 + text.length + payload.length > MAX_COMMAND) return ErrorCode['too-big'];
    return this.#call(COMMAND.mqtt, [actor, text.length], text, payload);
  }

  onGpio(actor: number, pin: number, high: boolean, count: number, at: number): number {
    return this.#call(COMMAND.gpio, [actor, pin, Number(high), count, at % 2 ** 32]);
  }

  onUart(actor: number, port: number, bytes: Uint8Array, faults: number): number {
    return this.#call(COMMAND.uart, [actor, port, faults], bytes);
  }

  onDatagram(actor: number, peer: string, local: boolean, bytes: Uint8Array): number {
    const text = encoder.encode(peer);
    return this.#call(COMMAND.datagram, [actor, Number(local), text.length], text, bytes);
  }

  onHttp(actor: number, head: Uint8Array, bytes: Uint8Array): number {
    return this.#call(COMMAND.http, [actor, head.length], head, bytes);
  }

  /** Throws a PowerCut when there was one: cutPower(). */
  step(): boolean {
    if (this.#cut && --this.#cut.steps === 0) this.#cut.power.cut(this.#cut.microseconds);
    return this.#call(COMMAND.step, []) !== 0;
  }

  nextDeadline(): number | undefined {
    return this.#deadline === NEVER ? undefined : Number(this.#deadline);
  }

  halted(): boolean {
    return this.#halted;
  }

  /** Reads heap and stack, and begins them anew. */
  gauge(): Gauge {
    this.#link.send(COMMAND.gauge, []);
    const words = this.#receive();
    const [heap, heapPeak, stack, stackSize] = [1, 5, 9, 13].map((at) => word(words, at)) as [
      number,
      number,
      number,
      number,
    ];
    return { heap, heapPeak, stack, stackSize };
  }

  /**
   * Cut the power within the `steps`-th step from now (1: the next), that long after its begin: the process of QEMU is
   * killed, and what it has written to its flash file is what there is. A step that is shorter ends before; the next does not.
   */
  cutPower(steps: number, microseconds: number): void {
    this.#cut = { power: new PowerSwitch(this.#process.pid!), steps, microseconds };
  }

  /** Power off. */
  stop(): void {
    if (this.#ended) return;
    this.#ended = true;
    process.removeListener('exit', this.#kill);
    this.#kill();
    void this.#cut?.power.dispose();
    this.#link.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  readonly #kill = () => this.#process.kill('SIGKILL');

  #call(code: number, words: number[], ...parts: Uint8Array[]): number {
    try {
      this.#link.send(code, words, ...parts);
    } catch (error) {
      if (this.#cut && this.#cut.steps <= 0) throw new PowerCut();
      throw error;
    }
    for (;;) {
      const frame = this.#receive();
      if (frame[0] !== FRAME.done) {
        const { number, bytes } = answer(this.#ports, frame);
        this.#link.send(COMMAND.answer, [number], bytes);
        continue;
      }
      const view = new DataView(frame.buffer);
      this.#halted = view.getUint32(5, true) !== 0;
      this.#deadline = view.getBigUint64(9, true);
      this.instructions = Number(view.getBigUint64(17, true));
      return view.getInt32(1, true);
    }
  }

  #receive(broken?: () => string | undefined): Uint8Array {
    try {
      return this.#link.receive(broken);
    } catch (error) {
      if (!(error instanceof LinkDown)) throw error;
      if (this.#cut && this.#cut.steps <= 0) throw new PowerCut();
      this.#link.drain();
      const words = new Set([error.message, ...this.#console.words(), this.#complaints() ?? '']);
      throw new Error([...words].filter((text) => text !== '').join(': '), { cause: error });
    }
  }

  /** What QEMU itself has to say. */
  #complaints(): string | undefined {
    return readFileSync(join(this.#folder, 'stderr'), 'utf8').trim() || undefined;
  }
}

/** Paths are relative to the machine's folder. */
function argumentsOf({ elf, count = false }: MachineOptions): string[] {
  return [
    ...['-machine', 'virt', '-cpu', 'rv32', '-bios', 'none', '-m', MEMORY.total],
    ...['-display', 'none', '-monitor', 'none', '-nodefaults', '-kernel', resolve(elf)],
    ...(count ? ['-icount', 'shift=0'] : []),
    ...['-chardev', 'pipe,id=link,path=link', '-serial', 'chardev:link'],
    ...['-chardev', 'pipe,id=console,path=console'],
    ...['-semihosting-config', 'enable=on,target=native,chardev=console,arg=flash.bin'],
    ...['-device', `loader,file=rom.bin,addr=${MEMORY.rom.at},force-raw=on`],
  ];
}

function makeFifos(paths: string[]): void {
  try {
    execFileSync('mkfifo', ['-m', '600', ...paths], { stdio: 'pipe' });
  } catch (error) {
    throw toolMissing('mkfifo', error);
  }
}

const encoder = new TextEncoder();
const word = (frame: Uint8Array, at: number) => new DataView(frame.buffer, frame.byteOffset).getUint32(at, true);
