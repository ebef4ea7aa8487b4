/** The buses of a virtual board and the parts on them: what a kernel asks of buses (BusesPort), answered by parts. */
import { ErrorCode } from '../../runtime/abi/generated/contract.ts';
import type { BusEvents, BusesPort, ClockPort, UartConfig } from '../board/ports.ts';
import { CommandTalk, EepromTalk } from './commands.ts';
import { OneWireTalk } from './one-wire.ts';
import type { Part } from './part.ts';
import { PinBench } from './pins.ts';
import { RegisterTalk } from './registers.ts';
import { stepsOf } from './script.ts';
import { SerialBench } from './serial.ts';
import { Transfers } from './transfers.ts';

const NOT_FOUND = ErrorCode['not-found'];

export class VirtualBuses implements BusesPort {
  readonly pins: PinBench;
  readonly #clock: ClockPort;
  readonly #buses = new Map<string, Map<number, Part>>();
  readonly #serial: SerialBench;
  readonly #transfers = new Transfers((micros) => this.#pass(micros));
  /** Microseconds that the buses are ahead of zero; never behind the clock. */
  #time = 0;
  #events: BusEvents | undefined;
  #count = 0;

  constructor(clock: ClockPort) {
    this.#clock = clock;
    const events: BusEvents = {
      gpio: (...args) => this.#events?.gpio(...args),
      uart: (...args) => this.#events?.uart(...args),
    };
    this.pins = new PinBench(clock, () => this.time(), events);
    this.#serial = new SerialBench(clock, () => this.time(), events);
  }

  /** Microseconds. */
  time(): number {
    this.#time = Math.max(this.#time, this.#clock.now() * 1000);
    return this.#time;
  }

  /** Throws an Error when the part cannot be at this place, or another is. */
  attach(part: Part, at: string): void {
    const place = /^(i2c|spi|onewire|uart|adc|gpio)(\d+)(?::(0x[0-9a-f]+|\d+))?$/i.exec(at);
    const { kind, bus } = part.description;
    const wanted = bus === 'one-wire' ? 'onewire' : bus;
    if (!place || place[1] !== wanted) throw new Error(`${part.name} cannot be at '${at}': its bus is ${bus}`);
    const unit = Number(place[2]);
    const line = place[3] === undefined ? undefined : Number(place[3]);
    speak(part, ++this.#count);
    part.connect(() => this.time());
    if (bus === 'gpio') this.pins.attach(part, unit, line);
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

  start(events: BusEvents): void {
    this.#events = events;
  }

  stop(): void {
    this.#events = undefined;
    this.pins.stop();
    this.#serial.stop();
  }

  release(actor: number): void {
    this.pins.release(actor);
    this.#serial.release(actor);
  }

  i2c(bus: number, address: number, script: Uint8Array, out: Uint8Array): number {
    const parts = this.#buses.get(`i2c${bus}`);
    return parts ? this.#transfers.i2c(parts, address, stepsOf(script), out) : NOT_FOUND;
  }

  spi(bus: number, select: number, mode: number, hertz: number, script: Uint8Array, out: Uint8Array): number {
    const parts = this.#buses.get(`spi${bus}`);
    // Nobody drives the line of a select without a part: it reads as ones, as on a board.
    return parts ? this.#transfers.spi(parts.get(select), mode, hertz, stepsOf(script), out) : NOT_FOUND;
  }

  oneWire(bus: number, script: Uint8Array, out: Uint8Array): number {
    const parts = this.#buses.get(`onewire${bus}`);
    return parts ? this.#transfers.oneWire([...parts.values()], stepsOf(script), out) : NOT_FOUND;
  }

  gpioInput(pin: number, pull: number): number {
    return this.pins.input(pin, pull);
  }

  gpioRead(pin: number): number {
    return this.pins.read(pin);
  }

  gpioWrite(pin: number, high: boolean): number {
    return this.pins.write(pin, high);
  }

  gpioWatch(actor: number, pin: number, edge: number): number {
    return this.pins.watch(actor, pin, edge);
  }

  gpioShift(data: number, clock: number, bits: number, pulses: number, micros: number): number {
    this.#pass(2 * pulses * micros);
    return this.pins.shift(data, clock, bits, pulses, micros);
  }

  adcRead(unit: number, channel: number, bits: number, samples: number): { millivolts: number } | number {
    const part = this.#buses.get(`adc${unit}`)?.get(channel);
    if (part?.description.kind !== 'adc') return NOT_FOUND;
    if (part.hasFault('absent')) return { millivolts: 0 };
    const { millivolts } = part.description;
    const step = bits === 0 ? 1 : 3300 / 2 ** bits;
    let sum = 0;
    for (let sample = 0; sample < samples; sample++) sum += Math.round(millivolts(part) / step) * step;
    part.meet();
    return { millivolts: Math.round(sum / samples) };
  }

  pwmSet(unit: number, channel: number, period: number, pulse: number): number {
    return this.pins.pwm(unit, channel, period, pulse);
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

  #pass(micros: number): void {
    this.#time = this.time() + micros;
  }
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
