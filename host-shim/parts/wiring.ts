/**
 * Virtual parts on virtual buses: what a board's kernel asks of buses, answered by parts or by a recorded trace. Time is the
 * board's clock, and runs ahead of it within a call, by what bits and delays take: a part sees the delays of a script.
 */
import type { BusEvents, BusesPort, ClockPort, UartConfig } from '../board/ports.ts';
import { VirtualBuses } from './buses.ts';
import type { Description } from './description.ts';
import { Part } from './part.ts';
import { Recorder } from './record.ts';
import { ReplayedBuses } from './replay.ts';
import type { Replay, TraceLine } from './trace.ts';

export interface Wire {
  part: Description | Part;
  /**
   * `i2c0:0x76`, `spi0:1`, `onewire0`, `uart1`, `adc0:3`; pins: `gpio9` (a pulse), `gpio4:5` (data and clock). The same
   * words as in a grant's scope.
   */
  at: string;
  name?: string;
}

/** A recorded trace in place of the part at this address. */
export interface Recorded {
  replay: Replay;
  at: string;
}

export interface WiringOptions {
  clock: ClockPort;
  wires: readonly (Wire | Recorded)[];
  /** Of noise. */
  seed?: string;
  /** Told of all that is asked of buses and of all that comes from them. */
  trace?: (line: TraceLine) => void;
}

export class Wiring implements BusesPort {
  /** Parts by name, in the order of the wires. */
  readonly parts = new Map<string, Part>();
  readonly #clock: ClockPort;
  readonly #buses: VirtualBuses;
  /** The buses with what plays and records in front of them. */
  readonly #port: BusesPort;
  /** Transfers on I2C, SPI and 1-Wire, for benches. */
  readonly counters = { transfers: 0, bytes: 0 };

  constructor({ clock, wires, seed = 'wiring', trace }: WiringOptions) {
    this.#clock = clock;
    this.#buses = new VirtualBuses(clock);
    const replays = new Map<string, Replay>();
    for (const wire of wires) {
      if ('replay' in wire) replays.set(wire.at, wire.replay);
      else this.#attach(wire, seed);
    }
    const port = replays.size > 0 ? new ReplayedBuses(this.#buses, replays, clock) : this.#buses;
    this.#port = trace ? new Recorder(port, () => this.time(), trace) : port;
  }

  /** Microseconds. */
  time(): number {
    return this.#buses.time();
  }

  /** Milliseconds that the buses are ahead of the clock: what transfers took that the clock does not know of. */
  get ahead(): number {
    return Math.ceil(this.time() / 1000 - this.#clock.now());
  }

  /** The part of this name. Throws a RangeError when there is none. */
  part(name: string): Part {
    const part = this.parts.get(name);
    if (!part) throw new RangeError(`there is no part '${name}' (there are ${[...this.parts.keys()].join(', ')})`);
    return part;
  }

  /** What a PWM channel was last set to, in nanoseconds; undefined: nothing yet. */
  pwm(unit: number, channel: number): { period: number; pulse: number } | undefined {
    return this.#buses.pins.pwmOf(unit, channel);
  }

  /** Declare a PWM channel, or a pin to which no part is wired. */
  declare(at: string): this {
    this.#buses.pins.declare(at);
    return this;
  }

  /** The level of a pin that the board drives, or that the test drives with `drive`. */
  level(pin: number): boolean {
    return this.#buses.pins.read(pin) === 1;
  }

  /** Drive a pin from outside, as a switch would. */
  drive(pin: number, high: boolean): void {
    this.#buses.pins.drive(pin, high);
  }

  start(events: BusEvents): void {
    this.#port.start(events);
  }

  stop(): void {
    this.#port.stop();
  }

  release(actor: number): void {
    this.#port.release(actor);
  }

  i2c(bus: number, address: number, script: Uint8Array, out: Uint8Array): number {
    return this.#counted(out, this.#port.i2c(bus, address, script, out));
  }

  spi(bus: number, select: number, mode: number, hertz: number, script: Uint8Array, out: Uint8Array): number {
    return this.#counted(out, this.#port.spi(bus, select, mode, hertz, script, out));
  }

  oneWire(bus: number, script: Uint8Array, out: Uint8Array): number {
    return this.#counted(out, this.#port.oneWire(bus, script, out));
  }

  gpioInput(pin: number, pull: number): number {
    return this.#port.gpioInput(pin, pull);
  }

  gpioRead(pin: number): number {
    return this.#port.gpioRead(pin);
  }

  gpioWrite(pin: number, high: boolean): number {
    return this.#port.gpioWrite(pin, high);
  }

  gpioWatch(actor: number, pin: number, edge: number): number {
    return this.#port.gpioWatch(actor, pin, edge);
  }

  gpioShift(data: number, clock: number, bits: number, pulses: number, micros: number): number {
    return this.#port.gpioShift(data, clock, bits, pulses, micros);
  }

  adcRead(unit: number, channel: number, bits: number, samples: number): { millivolts: number } | number {
    return this.#port.adcRead(unit, channel, bits, samples);
  }

  pwmSet(unit: number, channel: number, period: number, pulse: number): number {
    return this.#port.pwmSet(unit, channel, period, pulse);
  }

  uartOpen(actor: number, port: number, config: UartConfig): number {
    return this.#port.uartOpen(actor, port, config);
  }

  uartWrite(actor: number, port: number, bytes: Uint8Array): number {
    return this.#port.uartWrite(actor, port, bytes);
  }

  uartClose(actor: number, port: number): number {
    return this.#port.uartClose(actor, port);
  }

  #attach({ part: given, at, name }: Wire, seed: string): void {
    const part = given instanceof Part ? given : new Part(given, { seed, ...(name && { name }) });
    if (this.parts.has(part.name)) throw new Error(`two parts are called ${part.name}: give one another name`);
    this.#buses.attach(part, at);
    this.parts.set(part.name, part);
  }

  #counted(out: Uint8Array, code: number): number {
    this.counters.transfers++;
    this.counters.bytes += out.length;
    return code;
  }
}
