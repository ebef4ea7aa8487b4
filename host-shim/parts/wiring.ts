/**
 * Virtual parts on virtual buses: what a board's kernel asks of buses, answered by parts. Time is the board's clock, and runs
 * ahead of it within a call, by what bits and delays take: a part sees the delays of a script.
 */
import { ErrorCode, type ErrorName } from '../../runtime/abi/generated/contract.ts';
import type { BusEvents, BusesPort, ClockPort, UartConfig } from '../board/ports.ts';
import { CommandTalk, EepromTalk } from './commands.ts';
import type { Description } from './description.ts';
import { OneWireTalk } from './one-wire.ts';
import { Part } from './part.ts';
import { PinBench } from './pins.ts';
import { RegisterTalk } from './registers.ts';
import { type StepOf, stepsOf } from './script.ts';
import { SerialBench } from './serial.ts';
import { type Replay, type TraceLine, traceSteps } from './trace.ts';

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
  /** Told of each transfer. */
  trace?: (line: TraceLine) => void;
}

/** Microseconds of a byte on I2C at 400 kHz, of one on SPI at 1 MHz, and of a 1-Wire bit and reset. */
const BYTE = { i2c: 25, spi: 8, oneWire: 560 } as const;
const ONE_WIRE_RESET = 960;
/** How long a bus waits for a held clock. */
const STRETCH_TIMEOUT = 25_000;

export class Wiring implements BusesPort {
  /** Parts by name, in the order of the wires. */
  readonly parts = new Map<string, Part>();
  readonly #clock: ClockPort;
  readonly #trace: ((line: TraceLine) => void) | undefined;
  readonly #buses = new Map<string, Map<number, Part>>();
  readonly #replays = new Map<string, Replay>();
  readonly #pins: PinBench;
  readonly #serial: SerialBench;
  /** Microseconds that the buses are ahead of zero; never behind the clock. */
  #time = 0;
  #events: BusEvents | undefined;
  /** Host calls and transfers, for benches. */
  readonly counters = { transfers: 0, bytes: 0 };

  constructor({ clock, wires, seed = 'wiring', trace }: WiringOptions) {
    this.#clock = clock;
    this.#trace = trace;
    const events: BusEvents = {
      gpio: (...args) => this.#events?.gpio(...args),
      uart: (...args) => this.#events?.uart(...args),
    };
    const time = () => this.time();
    this.#pins = new PinBench(clock, time, events);
    this.#serial = new SerialBench(clock, time, events);
    for (const wire of wires) {
      if ('replay' in wire) this.#replays.set(wire.at, wire.replay);
      else this.#attach(wire, seed);
    }
  }

  /** Microseconds. */
  time(): number {
    this.#time = Math.max(this.#time, this.#clock.now() * 1000);
    return this.#time;
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

  start(events: BusEvents): void {
    this.#events = events;
  }

  stop(): void {
    this.#events = undefined;
    this.#pins.stop();
    this.#serial.stop();
  }

  release(actor: number): void {
    this.#pins.release(actor);
    this.#serial.release(actor);
  }

  i2c(bus: number, address: number, script: Uint8Array, out: Uint8Array): number {
    const parts = this.#buses.get(`i2c${bus}`);
    const place = { bus: `i2c${bus}`, address };
    const code =
      this.#recorded(place, script, out) ?? (parts ? this.#i2c(parts, address, stepsOf(script), out) : NOT_FOUND);
    return this.#traced(place, script, out, code);
  }

  spi(bus: number, select: number, mode: number, hertz: number, script: Uint8Array, out: Uint8Array): number {
    const parts = this.#buses.get(`spi${bus}`);
    const part = parts?.get(select);
    const place = { bus: `spi${bus}`, address: select };
    // Nobody drives the line of a select without a part: it reads as ones, as on a board.
    const code =
      this.#recorded(place, script, out) ?? (parts ? this.#spi(part, mode, hertz, stepsOf(script), out) : NOT_FOUND);
    return this.#traced(place, script, out, code);
  }

  oneWire(bus: number, script: Uint8Array, out: Uint8Array): number {
    const parts = this.#buses.get(`onewire${bus}`);
    const place = { bus: `onewire${bus}` };
    const code =
      this.#recorded(place, script, out) ??
      (parts ? this.#oneWire([...parts.values()], stepsOf(script), out) : NOT_FOUND);
    return this.#traced(place, script, out, code);
  }

  gpioInput(pin: number, pull: number): number {
    return this.#pins.input(pin, pull);
  }

  gpioRead(pin: number): number {
    return this.#pins.read(pin);
  }

  gpioWrite(pin: number, high: boolean): number {
    return this.#pins.write(pin, high);
  }

  gpioWatch(actor: number, pin: number, edge: number): number {
    return this.#pins.watch(actor, pin, edge);
  }

  gpioShift(data: number, clock: number, bits: number, pulses: number, micros: number): number {
    this.#pass(2 * pulses * micros);
    return this.#pins.shift(data, clock, bits, pulses, micros);
  }

  adcRead(unit: number, channel: number, bits: number, samples: number): { millivolts: number } | number {
    const part = this.#buses.get(`adc${unit}`)?.get(channel);
    if (part?.description.kind !== 'adc') return ErrorCode['not-found'];
    if (part.hasFault('absent')) return { millivolts: 0 };
    const { millivolts } = part.description;
    const step = bits === 0 ? 1 : 3300 / 2 ** bits;
    let sum = 0;
    for (let sample = 0; sample < samples; sample++) sum += Math.round(millivolts(part) / step) * step;
    part.meet();
    return { millivolts: Math.round(sum / samples) };
  }

  pwmSet(unit: number, channel: number, period: number, pulse: number): number {
    return this.#pins.pwm(unit, channel, period, pulse);
  }

  /** What a PWM channel was last set to, in nanoseconds; undefined: nothing yet. */
  pwm(unit: number, channel: number): { period: number; pulse: number } | undefined {
    return this.#pins.pwmOf(unit, channel);
  }

  /** Declare a PWM channel, or a pin to which no part is wired. */
  declare(at: string): this {
    this.#pins.declare(at);
    return this;
  }

  /** The level of a pin that the board drives, or that the test drives with `drive`. */
  level(pin: number): boolean {
    return this.#pins.read(pin) === 1;
  }

  /** Drive a pin from outside, as a switch would. */
  drive(pin: number, high: boolean): void {
    this.#pins.drive(pin, high);
  }

  uartOpen(actor: number, port: number, config: UartConfig): number {
    return this.#serial.open(actor, port, config);
  }

  uartWrite(actor: number, port: number, bytes: Uint8Array): number {
    return this.#serial.write(actor, port, bytes);
  }

  uartClose(actor: number, port: number): number {
    return this.#serial.close(actor, port);
  }

  #attach({ part: given, at, name }: Wire, seed: string): void {
    const part = given instanceof Part ? given : new Part(given, { seed, ...(name && { name }) });
    if (this.parts.has(part.name)) throw new Error(`two parts are called ${part.name}: give one another name`);
    const place = /^(i2c|spi|onewire|uart|adc|gpio)(\d+)(?::(0x[0-9a-f]+|\d+))?$/i.exec(at);
    const { kind, bus } = part.description;
    const wanted = bus === 'one-wire' ? 'onewire' : bus;
    if (!place || place[1] !== wanted) throw new Error(`${part.name} cannot be at '${at}': its bus is ${bus}`);
    const unit = Number(place[2]);
    const line = place[3] === undefined ? undefined : Number(place[3]);
    this.parts.set(part.name, part);
    speak(part, this.parts.size);
    part.connect(() => this.time());
    if (bus === 'gpio') this.#pins.attach(part, unit, line);
    else if (bus === 'uart') this.#serial.attach(part, unit);
    else {
      const key = `${wanted}${unit}`;
      const parts = this.#buses.get(key) ?? new Map<number, Part>();
      const address = kind === 'one-wire' ? parts.size : line;
      if (address === undefined) throw new Error(`${part.name} at '${at}' needs an address: ${at}:0x76`);
      if (parts.has(address)) throw new Error(`two parts are at '${at}'`);
      this.#buses.set(key, parts.set(address, part));
    }
  }

  #i2c(parts: Map<number, Part>, address: number, steps: StepOf[], out: Uint8Array): number {
    if ([...parts.values()].some((part) => part.hasFault('stuck'))) return ErrorCode.busy;
    const part = parts.get(address);
    this.#pass(BYTE.i2c);
    if (!part) return ErrorCode.nack;
    const refusal = this.#refusal(part);
    if (refusal) return refusal;
    const { talk } = part;
    let at = 0;
    let open = false;
    for (const step of steps.length > 0 ? steps : [PROBE]) {
      if (step.kind === 'stop' || step.kind === 'delay') {
        if (open) talk.end?.();
        open = false;
        if (step.kind === 'delay') this.#pass(step.micros);
        continue;
      }
      if (!open && !talk.begin!()) return ErrorCode.nack;
      open = true;
      this.#pass(BYTE.i2c * (1 + step.length));
      const answered = step.kind === 'read' ? talk.read!(out.subarray(at, at + step.length)) : talk.write!(step.bytes);
      if (!answered) return ErrorCode.nack;
      if (step.kind === 'read') at += step.length;
    }
    if (open) talk.end?.();
    part.spoil(out);
    return 0;
  }

  #spi(part: Part | undefined, mode: number, hertz: number, steps: StepOf[], out: Uint8Array): number {
    const { spi } = (part?.description.kind === 'registers' && part.description) || {};
    // Out of its mode or above its clock a part samples between bits: what it says is none of its own.
    const deaf = !part || !spi?.modes.includes(mode) || hertz > spi.hertz;
    const absent = deaf || part.meet() !== 'ok';
    let at = 0;
    let selected = false;
    for (const step of steps) {
      if (step.kind === 'delay') {
        this.#pass(step.micros);
        continue;
      }
      if (step.kind === 'stop') {
        if (selected && !absent) part.talk.end?.();
        selected = false;
        continue;
      }
      if (!selected && !absent) part.talk.begin!();
      selected = true;
      this.#pass(BYTE.spi * step.length);
      for (let i = 0; i < step.length; i++) {
        const answer = absent ? 0xff : part.talk.exchange!(step.kind === 'read' ? 0 : step.bytes[i]!);
        if (step.kind !== 'write') out[at++] = part?.hasFault('stuck') ? 0 : answer;
      }
    }
    if (selected && !absent) part.talk.end?.();
    part?.spoil(out);
    return 0;
  }

  #oneWire(all: Part[], steps: StepOf[], out: Uint8Array): number {
    // A line that is held low never rises behind the reset pulse.
    if (all.some((part) => part.hasFault('stuck'))) return ErrorCode.busy;
    const present: Part[] = [];
    for (const part of all) {
      const met = part.meet();
      if (met === 'ok') present.push(part);
    }
    const talks = present.map((part) => part.talk as OneWireTalk);
    let at = 0;
    for (const step of steps) {
      switch (step.kind) {
        case 'delay':
          this.#pass(step.micros);
          break;
        case 'stop':
          this.#pass(ONE_WIRE_RESET);
          if (talks.length === 0) return ErrorCode.nack;
          for (const talk of talks) talk.begin();
          break;
        case 'write':
          this.#pass(BYTE.oneWire * step.length);
          for (const talk of talks) talk.write(step.bytes);
          break;
        case 'read': {
          this.#pass(BYTE.oneWire * step.length);
          const bytes = out.subarray(at, at + step.length).fill(0xff);
          // The line is the AND of all that speak.
          for (const talk of talks) {
            const said = new Uint8Array(step.length);
            talk.read(said);
            for (const [i, byte] of said.entries()) bytes[i]! &= byte;
          }
          at += step.length;
          break;
        }
        case 'search': {
          this.#pass(3 * BYTE.oneWire * step.length);
          const found = out.subarray(at, at + 2 * step.length);
          if (!search(talks, step.bytes, found)) return ErrorCode.nack;
          at += 2 * step.length;
          break;
        }
      }
    }
    for (const part of present) part.spoil(out);
    return 0;
  }

  /** What a transfer with this part comes to before it begins; 0: it begins. */
  #refusal(part: Part): number {
    switch (part.meet()) {
      case 'nack':
        return ErrorCode.nack;
      case 'arbitration':
        return ErrorCode.arbitration;
      case 'stretch':
        this.#pass(STRETCH_TIMEOUT);
        return ErrorCode.timeout;
    }
    return 0;
  }

  #pass(micros: number): void {
    this.#time = this.time() + micros;
  }

  #recorded({ bus, address }: Place, script: Uint8Array, out: Uint8Array): number | undefined {
    if (this.#replays.size === 0) return undefined;
    const names = address === undefined ? [bus] : [`${bus}:${address}`, `${bus}:0x${address.toString(16)}`];
    return names
      .map((name) => this.#replays.get(name))
      .find((replay) => replay)
      ?.transfer(script, out);
  }

  #traced(place: Place, script: Uint8Array, out: Uint8Array, code: number): number {
    this.counters.transfers++;
    this.counters.bytes += out.length;
    if (!this.#trace) return code;
    const error = (Object.keys(ErrorCode) as ErrorName[]).find((name) => ErrorCode[name] === code);
    const end = error ? { error } : { result: Buffer.from(out).toString('hex') };
    this.#trace({ t: this.time(), ...place, steps: traceSteps(script), ...end });
    return code;
  }
}

interface Place {
  bus: string;
  address?: number;
}

const NOT_FOUND = ErrorCode['not-found'];
/** An empty script: does the part answer? */
const PROBE: StepOf = { kind: 'write', length: 0, bytes: new Uint8Array() };

/** One pass of a search (Maxim application note 187): bits taken, then bits in which parts disagreed. False: nobody answers. */
function search(talks: OneWireTalk[], directions: Uint8Array, out: Uint8Array): boolean {
  const bits = 8 * directions.length;
  out.fill(0);
  let left = talks.filter((talk) => talk.searching);
  for (let bit = 0; bit < bits; bit++) {
    const bitOf = (bytes: Uint8Array) => (bytes[bit >> 3]! >> (bit & 7)) & 1;
    const ones = left.filter((talk) => bitOf(talk.spoken) === 1);
    if (left.length === 0) return false;
    const disagree = ones.length > 0 && ones.length < left.length;
    const taken = disagree ? bitOf(directions) : ones.length > 0 ? 1 : 0;
    if (taken) out[bit >> 3]! |= 1 << (bit & 7);
    if (disagree) out[directions.length + (bit >> 3)]! |= 1 << (bit & 7);
    for (const talk of left) if (bitOf(talk.spoken) !== taken) talk.drop();
    left = left.filter((talk) => bitOf(talk.spoken) === taken);
  }
  return true;
}

/** Gives a part its way of speaking. Pins and serial ports have theirs in their benches. */
function speak(part: Part, serial: number): void {
  switch (part.description.kind) {
    case 'registers':
      part.talk = new RegisterTalk(part);
      break;
    case 'commands':
      part.talk = new CommandTalk(part);
      break;
    case 'memory':
      part.talk = new EepromTalk(part);
      break;
    case 'one-wire':
      part.talk = new OneWireTalk(part, 0x0123_4567_0000 + serial);
      break;
  }
}
