/**
 * Buses on which recorded traces stand in for parts. What a part said by itself (bytes of a UART, edges of a pin) comes as long
 * after what was last asked of it as in the trace.
 */
import { GpioEdge } from '../../runtime/abi/generated/contract.ts';
import type { BusEvents, BusesPort, ClockPort, UartConfig } from '../board/ports.ts';
import { adcSteps, byteOf, type Replay, shiftSteps, type TraceLine, traceSteps, uartSteps } from './trace.ts';

/** Who hears what a place says by itself. */
interface Listener {
  actor: number;
  /** Of a pin. */
  edge: number;
  count: number;
}

export class ReplayedBuses implements BusesPort {
  readonly #buses: BusesPort;
  readonly #replays: Map<string, Replay>;
  readonly #clock: ClockPort;
  readonly #listeners = new Map<string, Listener>();
  readonly #pending = new Map<string, Set<() => void>>();
  #events: BusEvents | undefined;

  /** `replays`: by the place of the part that each stands for (`i2c0:0x48`, `uart1`, `gpio9`, `adc0:3`). */
  constructor(buses: BusesPort, replays: ReadonlyMap<string, Replay>, clock: ClockPort) {
    this.#buses = buses;
    this.#replays = new Map([...replays].map(([at, replay]) => [normal(at), replay]));
    this.#clock = clock;
  }

  start(events: BusEvents): void {
    this.#events = events;
    this.#buses.start(events);
  }

  stop(): void {
    this.#events = undefined;
    for (const at of this.#pending.keys()) this.#silence(at);
    this.#listeners.clear();
    this.#buses.stop();
  }

  release(actor: number): void {
    for (const [at, listener] of this.#listeners) {
      if (listener.actor !== actor) continue;
      this.#listeners.delete(at);
      this.#silence(at);
    }
    this.#buses.release(actor);
  }

  i2c(bus: number, address: number, script: Uint8Array, out: Uint8Array): number {
    const at = `i2c${bus}:${address}`;
    return this.#transfer(at, script, out) ?? this.#buses.i2c(bus, address, script, out);
  }

  spi(bus: number, select: number, mode: number, hertz: number, script: Uint8Array, out: Uint8Array): number {
    const at = `spi${bus}:${select}`;
    return this.#transfer(at, script, out) ?? this.#buses.spi(bus, select, mode, hertz, script, out);
  }

  oneWire(bus: number, script: Uint8Array, out: Uint8Array): number {
    return this.#transfer(`onewire${bus}`, script, out) ?? this.#buses.oneWire(bus, script, out);
  }

  gpioInput(pin: number, pull: number): number {
    return this.#ask(`gpio${pin}`, [`i ${pull}`]) ?? this.#buses.gpioInput(pin, pull);
  }

  gpioRead(pin: number): number {
    const level = new Uint8Array(1);
    const code = this.#ask(`gpio${pin}`, ['r 1'], level);
    if (code === undefined) return this.#buses.gpioRead(pin);
    return code < 0 ? code : level[0]!;
  }

  gpioWrite(pin: number, high: boolean): number {
    const step = `w ${Buffer.from(byteOf(high)).toString('hex')}`;
    return this.#ask(`gpio${pin}`, [step]) ?? this.#buses.gpioWrite(pin, high);
  }

  gpioWatch(actor: number, pin: number, edge: number): number {
    const at = `gpio${pin}`;
    if (!this.#replays.has(at)) return this.#buses.gpioWatch(actor, pin, edge);
    if (edge === GpioEdge.none) this.#listeners.delete(at);
    else this.#listeners.set(at, { actor, edge, count: 0 });
    return this.#ask(at, [`e ${edge}`])!;
  }

  gpioShift(data: number, clock: number, bits: number, pulses: number, micros: number): number {
    const word = new Uint8Array(4);
    const code = this.#ask(`gpio${data}`, shiftSteps(clock, bits, pulses, micros), word);
    if (code === undefined) return this.#buses.gpioShift(data, clock, bits, pulses, micros);
    return code < 0 ? code : Buffer.from(word).readUInt32BE();
  }

  adcRead(unit: number, channel: number, bits: number, samples: number): { millivolts: number } | number {
    const word = new Uint8Array(4);
    const code = this.#ask(`adc${unit}:${channel}`, adcSteps(bits, samples), word);
    if (code === undefined) return this.#buses.adcRead(unit, channel, bits, samples);
    return code < 0 ? code : { millivolts: Buffer.from(word).readInt32BE() };
  }

  pwmSet(unit: number, channel: number, period: number, pulse: number): number {
    return this.#buses.pwmSet(unit, channel, period, pulse);
  }

  uartOpen(actor: number, port: number, config: UartConfig): number {
    const at = `uart${port}`;
    if (!this.#replays.has(at)) return this.#buses.uartOpen(actor, port, config);
    this.#listeners.set(at, { actor, edge: GpioEdge.none, count: 0 });
    return this.#ask(at, uartSteps(config))!;
  }

  uartWrite(actor: number, port: number, bytes: Uint8Array): number {
    const step = `w ${Buffer.from(bytes).toString('hex')}`;
    return this.#ask(`uart${port}`, [step]) ?? this.#buses.uartWrite(actor, port, bytes);
  }

  uartClose(actor: number, port: number): number {
    this.#listeners.delete(`uart${port}`);
    return this.#ask(`uart${port}`, ['z']) ?? this.#buses.uartClose(actor, port);
  }

  #transfer(at: string, script: Uint8Array, out: Uint8Array): number | undefined {
    return this.#replays.has(at) ? this.#ask(at, traceSteps(script), out) : undefined;
  }

  /** undefined: there is no trace for this place. Throws TraceMismatch. */
  #ask(at: string, steps: string[], out: Uint8Array = new Uint8Array()): number | undefined {
    const replay = this.#replays.get(at);
    if (!replay) return undefined;
    const { code, line, events } = replay.ask(steps, out);
    this.#silence(at);
    const pending = new Set<() => void>();
    this.#pending.set(at, pending);
    for (const event of events) {
      const cancel = this.#clock.at(this.#clock.now() + (event.t - line.t) / 1000, () => {
        pending.delete(cancel);
        this.#deliver(at, event);
      });
      pending.add(cancel);
    }
    return code;
  }

  /** What is still to come belongs to what was asked before. */
  #silence(at: string): void {
    for (const cancel of this.#pending.get(at) ?? []) cancel();
    this.#pending.delete(at);
  }

  #deliver(at: string, { event = '', faults = 0 }: TraceLine): void {
    const listener = this.#listeners.get(at);
    if (!listener) return;
    const bytes = new Uint8Array(Buffer.from(event, 'hex'));
    const number = Number(at.replace(/^\D+/, ''));
    if (at.startsWith('uart')) this.#events?.uart(listener.actor, number, bytes, faults);
    else {
      listener.count = (listener.count + 1) >>> 0;
      this.#events?.gpio(listener.actor, number, bytes[0] === 1, listener.count);
    }
  }
}

/** Addresses as decimal numbers. */
function normal(at: string): string {
  return at.replace(/:(.*)$/, (_, address: string) => `:${Number(address)}`);
}
