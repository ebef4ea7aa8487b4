/** A driver on an emulated board with virtual parts, asked step by step in virtual time. */
import { createBoard, type Board, type BoardOptions } from '../../board/board.ts';
import { VirtualClock } from '../../board/clock.ts';
import { NorFlash } from '../../board/flash.ts';
import { LocalMqtt } from '../../board/local-mqtt.ts';
import type { CompiledModule } from '../../../runtime/guest/compiler/index.ts';
import { type Recorded, type Wire, Wiring } from '../wiring.ts';
import type { TraceLine } from '../trace.ts';

export interface Reading {
  quantity: string;
  unit: string;
  channel: string;
  value: number;
}

export interface Outcome {
  /** 0 or above, or a negative fault. */
  code: number;
  /** The fault's name; empty when there is none. */
  fault: string;
  records: Reading[];
}

export interface SessionOptions {
  module: CompiledModule;
  /** The driver's line: `tmp117 bus=0 address=0x48`. */
  config: string;
  wires: readonly (Wire | Recorded)[];
  trace?: (line: TraceLine) => void;
  /** Milliseconds since 1970 at time 0. */
  unix?: number;
  /** More of the device's settings. */
  settings?: Readonly<Record<string, string>>;
  /** Another board than the emulator's: the same with `machine` of host-shim/qemu. */
  board?: Partial<Pick<BoardOptions, 'machine' | 'kernel' | 'flash'>>;
}

/** Most waits of one call: a driver that never finishes is a fault of its own. */
const MOST_WAITS = 64;
const BASE = 'test/driver';

export class DriverSession {
  readonly wiring: Wiring;
  readonly clock: VirtualClock;
  readonly board: Board;
  readonly #mqtt: LocalMqtt;
  #answer: string | undefined;
  #code: number | undefined;

  private constructor(wiring: Wiring, clock: VirtualClock, board: Board, mqtt: LocalMqtt) {
    this.wiring = wiring;
    this.clock = clock;
    this.board = board;
    this.#mqtt = mqtt;
    mqtt.subscribe(`${BASE}/answer`, (_topic, payload) => {
      this.#answer = new TextDecoder().decode(payload);
    });
    mqtt.subscribe(`${BASE}/code`, (_topic, payload) => {
      this.#code = new DataView(payload.buffer, payload.byteOffset).getInt32(0, true);
    });
  }

  static async open(options: SessionOptions): Promise<DriverSession> {
    const { module, config, wires, trace, unix, settings = {}, board: other } = options;
    const clock = new VirtualClock(unix);
    const wiring = new Wiring({ clock, wires, ...(trace && { trace }) });
    const mqtt = new LocalMqtt();
    const { memory, stack, fuel, mailbox } = module.manifest.budgets;
    const board = await createBoard({
      name: module.name,
      flash: new NorFlash(),
      ...other,
      settings: {
        get: (name) => {
          const value = name === 'config' ? config : Object.hasOwn(settings, name) ? settings[name] : undefined;
          return value === undefined ? undefined : new Uint8Array(Buffer.from(value, 'latin1'));
        },
      },
      mqtt: mqtt.link(BASE),
      clock,
      buses: wiring,
      builtins: { [module.name]: module.wasm },
      supervisor: { name: module.name, budget: { memory, stack, fuel, mailbox } },
    });
    board.start();
    clock.advance(0);
    return new DriverSession(wiring, clock, board, mqtt);
  }

  async close(): Promise<void> {
    await this.board.stop();
  }

  /** One call of the driver. Throws an Error when the module has ended. */
  call(command: 'open' | 'start' | 'read' | 'sleep' | 'selftest'): Outcome {
    this.#answer = undefined;
    const letter = { open: 'o', start: 's', read: 'r', sleep: 'z', selftest: 't' }[command];
    this.#mqtt.publish(`${BASE}/command`, new TextEncoder().encode(letter));
    this.clock.advance(0);
    // What the transfers took has passed for everybody.
    this.clock.advance(this.wiring.ahead);
    if (this.#answer === undefined) throw new Error(`the driver did not come back from ${command}:\n${this.#log()}`);
    return outcomeOf(this.#answer);
  }

  /** The call with nothing but its code for an answer: what it costs is the driver's. */
  briefly(command: 'open' | 'start' | 'read'): number {
    this.#code = undefined;
    this.#mqtt.publish(`${BASE}/command`, new TextEncoder().encode(command[0]!.toUpperCase()));
    this.clock.advance(0);
    this.clock.advance(this.wiring.ahead);
    if (this.#code === undefined) throw new Error(`the driver did not come back from ${command}:\n${this.#log()}`);
    return this.#code;
  }

  /** The highest address of linear memory that was ever used. */
  peak(): number {
    this.#mqtt.publish(`${BASE}/command`, new TextEncoder().encode('p'));
    this.clock.advance(0);
    return outcomeOf(this.#answer!).code;
  }

  /** The call again and again, each time after the milliseconds that it asks for. */
  finish(command: 'open' | 'read' | 'sleep' | 'selftest'): Outcome {
    for (let waits = 0; waits < MOST_WAITS; waits++) {
      const outcome = this.call(command);
      if (outcome.code <= 0) return outcome;
      this.clock.advance(outcome.code);
    }
    throw new Error(`${command} has not finished after ${MOST_WAITS} waits`);
  }

  /** `start`, its time, `read`. */
  reading(): Outcome {
    const started = this.call('start');
    if (started.code < 0) return started;
    this.clock.advance(started.code);
    return this.finish('read');
  }

  /** Open and read: as a module does after a fault. */
  fresh(): Outcome {
    const opened = this.finish('open');
    return opened.code < 0 ? opened : this.reading();
  }

  #log(): string {
    return this.board.tail.map(({ actor, text }) => `${actor}: ${text}`).join('\n');
  }
}

function outcomeOf(answer: string): Outcome {
  const [code, fault, ...records] = answer.split(';');
  return {
    code: Number(code),
    fault: fault!,
    records: records.map((record) => {
      const [quantity, unit, channel, mantissa, exponent] = record.split('|') as [
        string,
        string,
        string,
        string,
        string,
      ];
      return { quantity, unit, channel, value: Number(`${mantissa}e${exponent}`) };
    }),
  };
}
