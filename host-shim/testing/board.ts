/**
 * A module on a virtual board, for its tests: the kernel and the interpreter of a device, the parts of a described board, and a
 * clock that only the test moves. The same calls give the same run.
 *
 * Nothing has run when `virtualBoard` returns: what is injected then is there from power-on.
 */
import { resolve } from 'node:path';
import type { BoardDescription } from '../../runtime/boards/description.ts';
import type { CompiledModule } from '../../runtime/guest/compiler/index.ts';
import { type Board, createBoard } from '../board/board.ts';
import { VirtualClock } from '../board/clock.ts';
import { NorFlash } from '../board/flash.ts';
import { LocalMqtt } from '../board/local-mqtt.ts';
import { formatLine } from '../board/log.ts';
import type { LogLine } from '../board/ports.ts';
import { Ether } from '../board/radio.ts';
import { seededRandom } from '../board/random.ts';
import { findBoard, projectBoard, wiringOf } from '../parts/boards.ts';
import type { Part } from '../parts/part.ts';
import type { TraceLine } from '../parts/trace.ts';
import type { Wiring } from '../parts/wiring.ts';
import { buildModule } from '../release/module.ts';
import { actorOf, BASE, BENCH, benchSettings, builtin, DELIVERY, kernel, usesDelivery } from './bench.ts';
import { type Duration, durationText, millisecondsOf } from './duration.ts';
import { Pin } from './pin.ts';
import { heardLink, type Publication } from './publication.ts';

export interface VirtualBoardOptions {
  /** Its folder, from the project's (`mote test`) or the current one. */
  module?: string | undefined;
  /** A described board (`mote board list`), or the file of a description; default: that of package.json, else `virtual`. */
  board?: string | undefined;
  /** The time at power-on: ISO 8601, or milliseconds since 1970. Without it the board does not know the time. */
  unix?: string | number | undefined;
  /** What the owner provisioned: names as in a device file, texts or bytes. */
  settings?: Readonly<Record<string, string | Uint8Array>> | undefined;
  /** Told of each transfer on a bus. */
  trace?: (line: TraceLine) => void;
}

/** The module did not do what a test waited for, or ended. The message has the end of its log. */
export class BoardError extends Error {
  override readonly name = 'BoardError';
}

/**
 * Compiles the module when it has changed, and puts it on a board that is switched on and has not begun.
 * Throws module-missing, module-invalid, board-unknown, board-invalid, not-built.
 */
export async function virtualBoard(options: VirtualBoardOptions = {}): Promise<VirtualBoard> {
  const project = process.env.MOTE_PROJECT ?? process.cwd();
  const module = await buildModule(resolve(project, options.module ?? '.'));
  const named = options.board?.endsWith('.json') ? resolve(project, options.board) : options.board;
  const description = await findBoard(named ?? (await projectBoard(project)) ?? 'virtual');
  const made = new VirtualBoard(module, description, options);
  await made[POWER_ON]();
  return made;
}

const POWER_ON = Symbol('power on');
/** Lines of the log that an error shows. */
const TAIL = 8;

export class VirtualBoard {
  readonly module: CompiledModule;
  readonly description: BoardDescription;
  readonly clock: VirtualClock;
  /** Buses, pins and parts. */
  readonly wiring: Wiring;
  readonly log: LogLine[] = [];
  /** Everything that was published, oldest first. */
  readonly publications: Publication[] = [];
  /** Frames that the module sent by radio. */
  readonly sent: { time: number; frame: Uint8Array }[] = [];
  readonly #options: VirtualBoardOptions;
  readonly #mqtt = new LocalMqtt();
  readonly #ether = new Ether();
  readonly #pins = new Map<number, Pin>();
  #board: Board | undefined;
  #wrong: string | undefined;
  /** Where the next publication and line of the log are looked for. */
  #heard = 0;
  #read = 0;

  /** Use `virtualBoard`. */
  constructor(module: CompiledModule, description: BoardDescription, options: VirtualBoardOptions) {
    this.module = module;
    this.description = description;
    this.#options = options;
    const { unix, trace } = options;
    this.clock = new VirtualClock(typeof unix === 'string' ? Date.parse(unix) : unix);
    this.wiring = wiringOf(description, { clock: this.clock, ...(trace && { trace }) });
    const write = this.wiring.gpioWrite.bind(this.wiring);
    this.wiring.gpioWrite = (gpio, high) => {
      const changes = this.pin(gpio).changes;
      if (changes.at(-1)?.high !== high) changes.push({ time: this.time, high });
      return write(gpio, high);
    };
    this.#ether.attach().listen((frame) => this.sent.push({ time: this.time, frame }));
  }

  /** Milliseconds since power-on. */
  get time(): number {
    return this.clock.now();
  }

  /** Whether the broker can be reached; true at first. */
  set online(online: boolean) {
    this.#changed();
    this.#mqtt.online = online;
  }

  /** Let so much time pass. Throws a BoardError when the module ends. */
  advance(time: Duration): this {
    this.#until(millisecondsOf(time), () => false);
    return this;
  }

  /** The part of this name (`mote board show`): `turn` its knobs, `inject` faults, `heal`. Throws a RangeError. */
  part(name: string): Part {
    this.#changed();
    return this.wiring.part(name);
  }

  /** A pin by the name in the board's description, or by its GPIO number. Throws a RangeError. */
  pin(name: string | number): Pin {
    const gpio = typeof name === 'number' ? name : this.description.pins.find((pin) => pin.name === name)?.gpio;
    if (gpio === undefined) {
      const known = this.description.pins.map((pin) => pin.name).join(', ');
      throw new RangeError(`${this.description.name} has no pin '${name}' (there are ${known})`);
    }
    const pin =
      this.#pins.get(gpio) ??
      new Pin(
        gpio,
        this.wiring,
        (time) => this.advance(time),
        () => this.#changed(),
      );
    this.#pins.set(gpio, pin);
    return pin;
  }

  /** What was published on a topic so far, oldest first. */
  published(topic: string): Publication[] {
    return this.publications.filter((publication) => publication.topic === topic);
  }

  /**
   * The first publication on the topic, for which `wanted` holds, since the last change (a part, a pin, something sent) or match;
   * time passes until it is there. Throws a BoardError after `within`.
   */
  nextPublication(topic: string, within: Duration, wanted: (made: Publication) => boolean = () => true): Publication {
    const find = () =>
      this.publications.findIndex((made, at) => at >= this.#heard && made.topic === topic && wanted(made));
    if (!this.#until(millisecondsOf(within), () => find() >= 0)) {
      const seen = this.publications.slice(this.#heard).map((made) => `  ${made}`);
      const time = durationText(millisecondsOf(within));
      throw this.#error(`nothing as expected was published on '${topic}' within ${time}`, seen);
    }
    this.#heard = find() + 1;
    return this.publications[this.#heard - 1]!;
  }

  /** The first line of the log with this text or pattern, since the last change or match, as nextPublication. */
  nextLog(wanted: string | RegExp, within: Duration): LogLine {
    const matches = ({ text }: LogLine) => (typeof wanted === 'string' ? text.includes(wanted) : wanted.test(text));
    const find = () => this.log.findIndex((line, at) => at >= this.#read && matches(line));
    if (!this.#until(millisecondsOf(within), () => find() >= 0))
      throw this.#error(`no line of the log has ${wanted} within ${durationText(millisecondsOf(within))}`);
    this.#read = find() + 1;
    return this.log[this.#read - 1]!;
  }

  /** Publishes to the device: bytes, a text, or anything else as JSON. */
  send(topic: string, payload: unknown): void {
    this.advance(0); // a module that has not begun has not subscribed
    this.#changed();
    const bytes = payload instanceof Uint8Array ? payload : Buffer.from(asText(payload));
    this.#mqtt.publish(`${BASE}/${topic}`, new Uint8Array(bytes));
  }

  /** Sends a frame by radio, in hexadecimal or as bytes, from the L field on; the board hears it at `rssi` dBm. */
  transmit(frame: string | Uint8Array, rssi = -60): void {
    this.advance(0); // a module that has not begun does not listen
    this.#changed();
    this.#ether.transmit(typeof frame === 'string' ? fromHex(frame) : frame, rssi);
  }

  async [POWER_ON](): Promise<void> {
    const { name, wasm, manifest } = this.module;
    const [bench, delivery] = await Promise.all([builtin(BENCH), builtin(DELIVERY)]);
    const service = manifest.grants.some(usesDelivery) ? [await actorOf(DELIVERY)] : [];
    const radio = this.#ether.attach();
    this.#board = await createBoard({
      name,
      flash: new NorFlash(),
      settings: benchSettings([...service, manifest], this.#options.settings ?? {}),
      mqtt: heardLink(
        this.#mqtt,
        BASE,
        () => this.time,
        (made) => this.publications.push(made),
      ),
      clock: this.clock,
      random: seededRandom('virtual board'),
      buses: this.wiring,
      radio,
      kernel: await kernel(),
      builtins: { [DELIVERY]: delivery, [name]: wasm, [BENCH]: bench },
      supervisor: { name: BENCH, budget: (await actorOf(BENCH)).budgets },
      log: (line) => this.#line(line),
    });
    this.#board.on('error', (error) => {
      this.#wrong = `the board gave up: ${error.message}`;
    });
    this.#board.start();
  }

  #changed(): void {
    this.#heard = this.publications.length;
    this.#read = this.log.length;
  }

  #line(line: LogLine): void {
    this.log.push(line);
    if (line.actor !== BENCH) return;
    const [, verdict, text] = /^(ended|denied) (.*)$/s.exec(line.text) ?? [];
    if (verdict === 'ended') this.#wrong = `the module ended: ${text}`;
    else if (verdict) this.#wrong = `module.json lacks a grant, for which a device would undo the update: ${text}`;
  }

  #until(milliseconds: number, holds: () => boolean): boolean {
    const held = this.clock.advance(milliseconds, () => this.#wrong !== undefined || holds());
    if (this.#wrong !== undefined) throw this.#error(this.#wrong);
    return held;
  }

  #error(what: string, more: string[] = []): BoardError {
    const log = this.log.slice(-TAIL).map((line) => `  ${formatLine(line)}`);
    const parts = [what, ...(more.length > 0 ? ['published meanwhile:', ...more] : []), 'its log ends:', ...log];
    return new BoardError(parts.join('\n'));
  }
}

function asText(payload: unknown): string {
  return typeof payload === 'string' ? payload : JSON.stringify(payload);
}

function fromHex(text: string): Uint8Array {
  const digits = text.replace(/\s/g, '');
  if (!/^([0-9a-f]{2})+$/i.test(digits))
    throw new RangeError(`no hexadecimal digits, two for each byte: ${text.slice(0, 40)}`);
  return new Uint8Array(Buffer.from(digits, 'hex'));
}
