/** Pins of a virtual board, and the parts on them: pulses, bit-banged converters, and what a test drives by hand. */
import { ErrorCode, GpioEdge } from '../../runtime/abi/generated/contract.ts';
import type { BusEvents, ClockPort } from '../board/ports.ts';
import type { PulsePart } from './description.ts';
import type { Part } from './part.ts';
import { ShiftLine } from './shift.ts';

interface Pin {
  part?: Part;
  /** Of a converter's data and clock. */
  line?: ShiftLine;
  role: 'free' | 'pulse' | 'data' | 'clock';
  /** The partner of a converter's data or clock. */
  other?: number;
  output?: boolean;
  input?: boolean;
  /** What stands on it from outside, or through its pull. */
  level: boolean;
  watch?: { actor: number; edge: number; count: number };
}

const NOT_FOUND = ErrorCode['not-found'];

export class PinBench {
  readonly #clock: ClockPort;
  readonly #time: () => number;
  readonly #events: BusEvents;
  readonly #pins = new Map<number, Pin>();
  readonly #channels = new Map<string, { period: number; pulse: number } | undefined>();
  readonly #alarms = new Map<number, () => void>();

  constructor(clock: ClockPort, time: () => number, events: BusEvents) {
    this.#clock = clock;
    this.#time = time;
    this.#events = events;
  }

  attach(part: Part, pin: number, second?: number): void {
    if (part.description.kind === 'pulse') {
      this.#place(pin, { part, role: 'pulse', level: true });
      part.onTurn = () => this.#pulse(pin);
      this.#pulse(pin);
      return;
    }
    if (second === undefined) throw new Error(`${part.name} needs two pins, data and clock: gpio${pin}:5`);
    const line = new ShiftLine(part, this.#time);
    this.#place(pin, { part, line, role: 'data', other: second, level: true });
    this.#place(second, { part, line, role: 'clock', other: pin, level: false });
  }

  declare(at: string): void {
    const [, kind, number, channel] = /^(gpio|pwm)(\d+)(?::(\d+))?$/.exec(at) ?? [];
    if (kind === 'gpio') this.#place(Number(number), { role: 'free', level: false });
    else if (kind === 'pwm' && channel) this.#channels.set(`${number}:${channel}`, undefined);
    else throw new Error(`'${at}' is neither a pin (gpio9) nor a PWM channel (pwm0:1)`);
  }

  input(pin: number, pull: number): number {
    const found = this.#pins.get(pin);
    if (!found) return NOT_FOUND;
    found.input = true;
    delete found.output;
    if (found.role === 'free' && pull !== 0) found.level = pull === 1;
    return 0;
  }

  read(pin: number): number {
    const found = this.#pins.get(pin);
    if (!found) return NOT_FOUND;
    if (found.output !== undefined) return Number(found.output);
    if (found.role === 'data') return Number(found.line!.level);
    return Number(found.level);
  }

  write(pin: number, high: boolean): number {
    const found = this.#pins.get(pin);
    if (!found) return NOT_FOUND;
    found.output = high;
    if (found.role === 'clock') found.line!.clock(high);
    return 0;
  }

  watch(actor: number, pin: number, edge: number): number {
    const found = this.#pins.get(pin);
    if (!found) return NOT_FOUND;
    if (found.watch && found.watch.actor !== actor) return ErrorCode.busy;
    if (edge === GpioEdge.none) delete found.watch;
    else found.watch = { actor, edge, count: 0 };
    return 0;
  }

  shift(data: number, clock: number, bits: number, pulses: number, micros: number): number {
    const found = this.#pins.get(data);
    if (!found || !this.#pins.has(clock)) return NOT_FOUND;
    if (found.role !== 'data' || found.other !== clock) return found.level ? 2 ** bits - 1 : 0;
    return found.line!.shift(bits, pulses, micros);
  }

  pwm(unit: number, channel: number, period: number, pulse: number): number {
    if (!this.#channels.has(`${unit}:${channel}`)) return NOT_FOUND;
    this.#channels.set(`${unit}:${channel}`, { period, pulse });
    return 0;
  }

  pwmOf(unit: number, channel: number): { period: number; pulse: number } | undefined {
    return this.#channels.get(`${unit}:${channel}`);
  }

  drive(pin: number, high: boolean): void {
    const found = this.#pins.get(pin);
    if (!found) throw new RangeError(`this board has no pin ${pin}: declare it`);
    if (found.level === high) return;
    found.level = high;
    const { watch } = found;
    if (!watch || watch.edge === (high ? GpioEdge.falling : GpioEdge.rising)) return;
    watch.count = (watch.count + 1) >>> 0;
    this.#events.gpio(watch.actor, pin, high, watch.count);
  }

  release(actor: number): void {
    for (const pin of this.#pins.values()) if (pin.watch?.actor === actor) delete pin.watch;
  }

  stop(): void {
    for (const pin of this.#pins.values()) delete pin.watch;
  }

  #place(number: number, pin: Pin): void {
    if (this.#pins.has(number) && this.#pins.get(number)!.role !== 'free')
      throw new Error(`two parts are at pin ${number}`);
    this.#pins.set(number, pin);
  }

  /** Begins anew with the rate that the part has now. */
  #pulse(pin: number): void {
    this.#alarms.get(pin)?.();
    this.#alarms.delete(pin);
    const { part } = this.#pins.get(pin)!;
    const { hourly, micros } = part!.description as PulsePart;
    const rate = hourly(part!);
    if (!(rate > 0)) return;
    const later = (milliseconds: number, then: () => void) =>
      this.#alarms.set(pin, this.#clock.at(this.#clock.now() + milliseconds, then));
    const wide = Math.max(1, Math.round(micros / 1000));
    const apart = Math.max(wide + 1, Math.round(3_600_000 / rate));
    let next = this.#clock.now() + apart;
    const fall = () => {
      if (part!.meet() === 'ok') this.drive(pin, false);
      later(wide, () => {
        this.drive(pin, true);
        next += apart;
        later(Math.max(1, next - this.#clock.now()), fall);
      });
    };
    later(apart, fall);
  }
}
