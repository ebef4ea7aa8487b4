/**
 * The emulated ESP32-C6: the kernel as WebAssembly, its ports, and what turns outside events into work.
 *
 * Events wait in a bounded inbox, are handed to the kernel between two steps, and then the kernel works until it is
 * idle, in slices, so that many boards and the rest of the program share one thread. Then the board sleeps until the
 * kernel's next timer. Nothing is global: a process can hold any number of boards.
 */
import { EventEmitter } from 'node:events';
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type ActorsBudget, ErrorCode, type LogLevel } from '../../runtime/abi/generated/contract.ts';
import { readManifest } from '../../runtime/guest/compiler/manifest.ts';
import { fault, MoteError } from '../errors.ts';
import { packageRoot, readBounded } from '../files.ts';
import { RealClock } from './clock.ts';
import { PowerCut } from './flash.ts';
import { Kernel, type KernelPorts, type Machine } from './kernel.ts';
import { LogTail } from './log.ts';
import type {
  BusesPort,
  ClockPort,
  DatagramLink,
  FlashPort,
  HttpLink,
  LogLine,
  LogSink,
  MqttLink,
  RadioLink,
  RandomPort,
  SettingsPort,
} from './ports.ts';
import { systemRandom } from './random.ts';

export interface BoardOptions {
  /** For people: it stands in errors. */
  name: string;
  flash: FlashPort;
  settings: SettingsPort;
  /** Without it the board is always offline. */
  mqtt?: MqttLink;
  /** Without it the board neither hears nor sends. */
  radio?: RadioLink;
  /** Without it the board has no bus, no pin, no converter and no serial port: `parts/`. */
  buses?: BusesPort;
  /** Without it the board sends and receives no datagrams. */
  datagram?: DatagramLink;
  /** Without it the board reaches no web server. */
  http?: HttpLink;
  /** The machine's clock by default. */
  clock?: ClockPort;
  random?: RandomPort;
  log?: LogSink;
  /** kernel.wasm: compiled, as bytes or as a path; by default the one that the build made. */
  kernel?: WebAssembly.Module | Uint8Array<ArrayBuffer> | string;
  /** Makes what runs the kernel instead of kernel.wasm, each time the board is switched on: host-shim/qemu. */
  machine?: (ports: KernelPorts) => Machine;
  /** The modules of the firmware by name; by default those that the build made. */
  builtins?: Readonly<Record<string, Uint8Array>>;
  /** The built-in module that the kernel starts, with every grant; by default modules/supervisor with its own budget. */
  supervisor?: Supervisor;
}

export interface BoardEvents {
  log: [LogLine];
  /** The supervisor ended; a reset follows. */
  halted: [];
  /** The board runs again, with nothing but its flash and settings kept. */
  reset: [];
  /** A `PowerCut` came out of the flash: the board is off until `start()`. */
  powercut: [];
  /** board-crashed or board-gave-up: the board is off. Without a listener it is thrown. */
  error: [Error];
}

export interface Supervisor {
  name: string;
  budget: ActorsBudget;
}

/** Events that may wait for the kernel. */
const MAX_INBOX = 64;
/** Steps before others get their turn. */
const SLICE = 16;
/** A board whose supervisor ends more often than this within a minute is given up. */
const MAX_RESETS = 16;
const RESET_WINDOW = 60_000;

/**
 * A board, switched off. Reads what the options leave to the build.
 * Throws not-built, file-unreadable, and board-boot for a kernel that is none.
 */
export async function createBoard(options: BoardOptions): Promise<Board> {
  const [machine, builtins, supervisor] = await Promise.all([
    options.machine ?? machineOf(options),
    options.builtins ?? builtModules(),
    options.supervisor ?? defaultSupervisor(),
  ]);
  return new Board({ ...options, machine, builtins, supervisor });
}

/** Options of which nothing is left to the build. */
export type BoardParts = BoardOptions & Required<Pick<BoardOptions, 'builtins' | 'supervisor' | 'machine'>>;

export class Board extends EventEmitter<BoardEvents> {
  readonly name: string;
  /** Since the board was made: kernel steps, resets, and events that found the inbox or a mailbox full. */
  readonly counters = { steps: 0, resets: 0, dropped: 0 };
  readonly #options: BoardParts;
  readonly #clock: ClockPort;
  readonly #tail: LogTail;
  #power: Power | undefined;
  /** When the supervisor ended, within the last minute. */
  #halts: number[] = [];

  constructor(options: BoardParts) {
    super();
    this.name = options.name;
    this.#options = options;
    this.#clock = options.clock ?? new RealClock();
    this.#tail = new LogTail((line) => {
      options.log?.(line);
      this.emit('log', line);
    });
  }

  get running(): boolean {
    return this.#power !== undefined;
  }

  /** The last lines of the log. */
  get tail(): readonly LogLine[] {
    return this.#tail.lines();
  }

  /** Power on. Nothing happens when it is on. Throws board-boot. */
  start(): void {
    if (this.#power) return;
    const { machine, supervisor, random = systemRandom, settings, flash, builtins } = this.#options;
    const { radio, mqtt, buses, datagram, http } = this.#options;
    const started = this.#clock.now();
    const now = () => this.#clock.now() - started;
    const log = (level: LogLevel, actor: string, text: string) => this.#tail.write({ time: now(), level, actor, text });
    const unix = () => this.#clock.unix();
    const ports = { log, now, unix, random, settings, flash, builtins, radio, mqtt, buses, datagram, http };
    let kernel: Machine | undefined;
    try {
      kernel = machine(ports);
      const actor = kernel.boot(supervisor.name, supervisor.budget);
      if (actor <= 0) throw new Error(`${supervisor.name}: ${errorName(actor)}`);
    } catch (error) {
      kernel?.stop?.();
      throw error instanceof MoteError ? error : fault('board-boot', { name: this.name, why: reason(error) }, error);
    }
    const power: Power = { kernel, started, inbox: [], awake: false, off: [] };
    this.#power = power;
    if (radio) power.off.push(radio.listen((frame, rssi) => this.#post(power, (k) => k.onRadio(frame, rssi))));
    buses?.start({
      gpio: (actor, pin, high, count) => {
        const at = now();
        this.#post(power, (k) => k.onGpio(actor, pin, high, count, at));
      },
      uart: (actor, port, bytes, faults) => this.#post(power, (k) => k.onUart(actor, port, bytes, faults)),
    });
    datagram?.start((actor, peer, local, bytes) => this.#post(power, (k) => k.onDatagram(actor, peer, local, bytes)));
    http?.start((actor, head, bytes) => this.#post(power, (k) => k.onHttp(actor, head, bytes)));
    mqtt?.start(
      (actor, topic, payload) => this.#post(power, (k) => k.onMqtt(actor, topic, payload)),
      (level, text) => this.#power === power && log(level, 'board', text),
    );
    this.#wake(power);
  }

  /** Power off, at once; what it returns waits for the connection to be closed. */
  async stop(): Promise<void> {
    const power = this.#power;
    if (!power) return;
    this.#power = undefined;
    power.sleep?.();
    for (const off of power.off) off();
    power.kernel.stop?.();
    this.#options.buses?.stop();
    this.#options.datagram?.stop();
    this.#options.http?.stop();
    await this.#options.mqtt?.stop();
  }

  /** Power off and on. */
  reset(): void {
    void this.stop();
    this.start();
    this.counters.resets++;
    this.emit('reset');
  }

  #post(power: Power, event: Event): void {
    if (this.#power !== power) return;
    if (power.inbox.length >= MAX_INBOX) {
      this.#drop('inbox full');
      return;
    }
    power.inbox.push(event);
    this.#wake(power);
  }

  #wake(power: Power): void {
    if (power.awake) return;
    power.awake = true;
    power.sleep?.();
    power.sleep = undefined;
    this.#clock.soon(() => this.#turn(power));
  }

  #turn(power: Power): void {
    if (this.#power !== power) return;
    power.awake = false;
    try {
      const more = this.#work(power);
      if (this.#power !== power) return;
      if (power.kernel.halted()) this.#halted(power);
      else if (more) this.#wake(power);
      else this.#sleep(power);
    } catch (error) {
      this.#failed(power, error);
    }
  }

  /** A slice of work. True when there may be more. */
  #work(power: Power): boolean {
    const { kernel, inbox } = power;
    for (let n = 0; n < SLICE; n++) {
      const event = inbox[0];
      const answer = event?.(kernel) ?? 0;
      const stepped = kernel.step();
      if (stepped) this.counters.steps++;
      if (!event && !stepped) return false;
      // A full mailbox gets room by work; without work it never will.
      if (event && (answer !== ErrorCode.busy || !stepped)) {
        inbox.shift();
        if (answer < 0) this.#drop(errorName(answer));
      }
    }
    return true;
  }

  #sleep(power: Power): void {
    const deadline = power.kernel.nextDeadline();
    if (deadline === undefined) return;
    power.sleep = this.#clock.at(power.started + deadline, () => this.#wake(power));
  }

  #drop(why: string): void {
    this.counters.dropped++;
    this.#say('debug', `dropped an event: ${why}`);
  }

  #halted(power: Power): void {
    const now = this.#clock.now();
    this.#halts = [...this.#halts.filter((time) => now - time < RESET_WINDOW), now];
    this.#say('error', 'the supervisor ended');
    this.emit('halted');
    // A listener may have stopped the board.
    if (this.#power !== power) return;
    if (this.#halts.length <= MAX_RESETS) {
      this.reset();
      return;
    }
    void this.stop();
    const details = { name: this.name, resets: MAX_RESETS, seconds: RESET_WINDOW / 1000, log: String(this.#tail) };
    this.emit('error', fault('board-gave-up', details));
  }

  #failed(power: Power, error: unknown): void {
    if (this.#power !== power) throw error;
    void this.stop();
    if (error instanceof PowerCut) this.emit('powercut');
    else
      this.emit(
        'error',
        fault('board-crashed', { name: this.name, why: reason(error), log: String(this.#tail) }, error),
      );
  }

  #say(level: LogLevel, text: string): void {
    this.#tail.write({ time: this.#clock.now() - (this.#power?.started ?? 0), level, actor: 'board', text });
  }
}

type Event = (kernel: Machine) => number;

/** What lives from power-on to power-off. */
interface Power {
  kernel: Machine;
  /** The clock's time at power-on. */
  started: number;
  inbox: Event[];
  /** A turn is scheduled. */
  awake: boolean;
  /** Cancels the alarm of the next timer. */
  sleep?: (() => void) | undefined;
  off: (() => void)[];
}

async function machineOf(options: BoardOptions): Promise<(ports: KernelPorts) => Machine> {
  const module = await compileKernel(options);
  return (ports) => new Kernel(module, ports);
}

async function compileKernel({ name, kernel }: BoardOptions): Promise<WebAssembly.Module> {
  if (kernel instanceof WebAssembly.Module) return kernel;
  const bytes =
    kernel instanceof Uint8Array ? kernel : await readBuilt(kernel ?? join(packageRoot(), 'build', 'kernel.wasm'));
  return WebAssembly.compile(bytes).catch((error) => {
    throw fault('board-boot', { name, why: reason(error) }, error);
  });
}

/** Every module of build/modules, by name. Throws not-built. */
export async function builtModules(): Promise<Record<string, Uint8Array>> {
  const folder = join(packageRoot(), 'build', 'modules');
  const files = await readdir(folder).catch((error) => {
    throw fault('not-built', { path: folder }, error);
  });
  const wasm = files.filter((file) => file.endsWith('.wasm'));
  return Object.fromEntries(
    await Promise.all(wasm.map(async (file) => [basename(file, '.wasm'), await readBuilt(join(folder, file))])),
  );
}

async function defaultSupervisor(): Promise<Supervisor> {
  const { name, budgets } = await readManifest(join(packageRoot(), 'modules', 'supervisor'));
  return { name, budget: budgets };
}

async function readBuilt(path: string): Promise<Uint8Array<ArrayBuffer>> {
  return readBounded(path).catch((error) => {
    throw error instanceof MoteError && error.key === 'file-missing' ? fault('not-built', { path }, error) : error;
  });
}

function errorName(code: number): string {
  return Object.entries(ErrorCode).find(([, value]) => value === code)?.[0] ?? `error ${code}`;
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
