/** Buses whose every word is told as a line of a trace (trace.ts): the virtual ones, or those of any board. */
import { ErrorCode, type ErrorName } from '../../runtime/abi/generated/contract.ts';
import type { BusEvents, BusesPort, UartConfig } from '../board/ports.ts';
import { adcSteps, byteOf, type Place, shiftSteps, type TraceLine, traceSteps, uartSteps, wordOf } from './trace.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const NOTHING = new Uint8Array();

export class Recorder implements BusesPort {
  readonly #buses: BusesPort;
  /** Microseconds. */
  readonly #time: () => number;
  readonly #tell: (line: TraceLine) => void;

  constructor(buses: BusesPort, time: () => number, tell: (line: TraceLine) => void) {
    this.#buses = buses;
    this.#time = time;
    this.#tell = tell;
  }

  start(events: BusEvents): void {
    this.#buses.start({
      gpio: (actor, pin, high, count) => {
        this.#event({ bus: `gpio${pin}` }, byteOf(high));
        events.gpio(actor, pin, high, count);
      },
      uart: (actor, port, bytes, faults) => {
        this.#event({ bus: `uart${port}` }, bytes, faults);
        events.uart(actor, port, bytes, faults);
      },
    });
  }

  stop(): void {
    this.#buses.stop();
  }

  release(actor: number): void {
    this.#buses.release(actor);
  }

  i2c(bus: number, address: number, script: Uint8Array, out: Uint8Array): number {
    const code = this.#buses.i2c(bus, address, script, out);
    return this.#asked({ bus: `i2c${bus}`, address }, traceSteps(script), code, out);
  }

  spi(bus: number, select: number, mode: number, hertz: number, script: Uint8Array, out: Uint8Array): number {
    const code = this.#buses.spi(bus, select, mode, hertz, script, out);
    return this.#asked({ bus: `spi${bus}`, address: select }, traceSteps(script), code, out);
  }

  oneWire(bus: number, script: Uint8Array, out: Uint8Array): number {
    const code = this.#buses.oneWire(bus, script, out);
    return this.#asked({ bus: `onewire${bus}` }, traceSteps(script), code, out);
  }

  gpioInput(pin: number, pull: number): number {
    return this.#asked({ bus: `gpio${pin}` }, [`i ${pull}`], this.#buses.gpioInput(pin, pull));
  }

  gpioRead(pin: number): number {
    const level = this.#buses.gpioRead(pin);
    return this.#asked({ bus: `gpio${pin}` }, ['r 1'], level, byteOf(level === 1));
  }

  gpioWrite(pin: number, high: boolean): number {
    return this.#asked({ bus: `gpio${pin}` }, [`w ${hex(byteOf(high))}`], this.#buses.gpioWrite(pin, high));
  }

  gpioWatch(actor: number, pin: number, edge: number): number {
    return this.#asked({ bus: `gpio${pin}` }, [`e ${edge}`], this.#buses.gpioWatch(actor, pin, edge));
  }

  gpioShift(data: number, clock: number, bits: number, pulses: number, micros: number): number {
    const word = this.#buses.gpioShift(data, clock, bits, pulses, micros);
    return this.#asked({ bus: `gpio${data}` }, shiftSteps(clock, bits, pulses, micros), word, wordOf(word));
  }

  adcRead(unit: number, channel: number, bits: number, samples: number): { millivolts: number } | number {
    const read = this.#buses.adcRead(unit, channel, bits, samples);
    const place = { bus: `adc${unit}`, address: channel };
    if (typeof read === 'number') this.#asked(place, adcSteps(bits, samples), read);
    else this.#asked(place, adcSteps(bits, samples), 0, wordOf(read.millivolts));
    return read;
  }

  /** Nothing is to be had of an output: it is not in the trace. */
  pwmSet(unit: number, channel: number, period: number, pulse: number): number {
    return this.#buses.pwmSet(unit, channel, period, pulse);
  }

  uartOpen(actor: number, port: number, config: UartConfig): number {
    return this.#asked({ bus: `uart${port}` }, uartSteps(config), this.#buses.uartOpen(actor, port, config));
  }

  uartWrite(actor: number, port: number, bytes: Uint8Array): number {
    return this.#asked({ bus: `uart${port}` }, [`w ${hex(bytes)}`], this.#buses.uartWrite(actor, port, bytes));
  }

  uartClose(actor: number, port: number): number {
    return this.#asked({ bus: `uart${port}` }, ['z'], this.#buses.uartClose(actor, port));
  }

  /** `code`: the call's answer, below 0 an error, whose name then stands for what was read. */
  #asked(place: Place, steps: string[], code: number, out: Uint8Array = NOTHING): number {
    const error = (Object.keys(ErrorCode) as ErrorName[]).find((name) => ErrorCode[name] === code);
    const end = error ? { error } : { result: hex(out) };
    this.#tell({ t: this.#time(), ...place, steps, ...end });
    return code;
  }

  #event(place: Place, bytes: Uint8Array, faults = 0): void {
    this.#tell({ t: this.#time(), ...place, steps: [], event: hex(bytes), ...(faults && { faults }) });
  }
}
