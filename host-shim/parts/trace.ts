/**
 * What is asked of buses and what comes from them as lines of JSON, from a virtual board or a real one, and a recorded trace in
 * place of a part.
 *
 *     {"t":1500,"bus":"i2c0","address":72,"steps":["w 00","r 2"],"result":"0c80"}
 *     {"t":1850,"bus":"i2c0","address":72,"steps":["w 01"],"error":"nack"}
 *     {"t":2000,"bus":"uart1","steps":["w 010300000001840a"],"result":""}
 *     {"t":9000,"bus":"uart1","steps":[],"event":"01030200c8b9d2"}
 *
 * `t`: microseconds. `address`: of I2C, SPI's select, the channel of an ADC. Steps: `w` bytes written, `r` how many read, `x` bytes
 * exchanged, `f` directions of a search, `d` microseconds of delay, `s` stop; of an ADC `a` bits and samples; of a UART `o` baud,
 * data bits, parity, stop bits, gap in microseconds, most bytes, and `z` closed; of a pin `i` pull, `e` edges, `c` clock pin,
 * bits, pulses, microseconds. Bytes are hexadecimal; a pin is 00 or 01, millivolts and clocked bits are 4 bytes, the highest
 * first. `event` came by itself: bytes of a UART (`faults`, when there were some), an edge of a pin.
 */
import { z } from 'zod';
import { ErrorCode, type ErrorName } from '../../runtime/abi/generated/contract.ts';
import type { UartConfig } from '../board/ports.ts';
import { type StepOf, stepsOf } from './script.ts';

export interface TraceLine {
  t: number;
  bus: string;
  address?: number;
  steps: string[];
  result?: string;
  error?: ErrorName;
  event?: string;
  faults?: number;
}

export interface Place {
  bus: string;
  address?: number;
}

const LETTERS = { write: 'w', exchange: 'x', search: 'f', read: 'r', delay: 'd', stop: 's' } as const;

export function traceSteps(script: Uint8Array): string[] {
  return stepsOf(script).map((step: StepOf) => {
    const letter = LETTERS[step.kind];
    if (step.kind === 'stop') return letter;
    if (step.kind === 'delay') return `${letter} ${step.micros}`;
    return `${letter} ${step.kind === 'read' ? step.length : Buffer.from(step.bytes).toString('hex')}`;
  });
}

/** Steps of what is no script. */
export function adcSteps(bits: number, samples: number): string[] {
  return [`a ${bits} ${samples}`];
}

export function shiftSteps(clock: number, bits: number, pulses: number, micros: number): string[] {
  return [`c ${clock} ${bits} ${pulses} ${micros}`];
}

export function uartSteps({ baud, dataBits, parity, stopBits, gap, most }: UartConfig): string[] {
  return [`o ${baud} ${dataBits} ${parity} ${stopBits} ${gap} ${most}`];
}

/** A pin's level. */
export function byteOf(high: boolean): Uint8Array {
  return Uint8Array.of(high ? 1 : 0);
}

/** 32 bits, the highest first. */
export function wordOf(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}

export function traceText(lines: readonly TraceLine[]): string {
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}

const schema = z.strictObject({
  t: z.number().min(0),
  bus: z.string().regex(/^(i2c|spi|onewire|uart|gpio|adc)\d+$/),
  address: z.int().min(0).max(0xffff).optional(),
  steps: z
    .array(z.string().regex(/^([sz]|[wxf] ([0-9a-f]{2})*|[rdie] \d+|a( \d+){2}|c( \d+){4}|o( \d+){6})$/))
    .max(256),
  result: z
    .string()
    .regex(/^([0-9a-f]{2})*$/)
    .optional(),
  error: z.enum(Object.keys(ErrorCode) as [ErrorName, ...ErrorName[]]).optional(),
  event: z
    .string()
    .regex(/^([0-9a-f]{2})*$/)
    .optional(),
  faults: z.int().min(0).max(0xff).optional(),
});

/**
 * Reads a trace: a file's text, or a console's, in which other lines stand between. Throws an Error with the line's number
 * for a line that begins like one of a trace and is none.
 */
export function readTrace(text: string): TraceLine[] {
  const lines: TraceLine[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const start = line.indexOf('{"t":');
    if (start < 0) continue;
    let parsed: unknown;
    try {
      parsed = JSON.parse(line.slice(start));
    } catch (error) {
      throw new Error(`line ${index + 1} of the trace is no JSON: ${(error as Error).message}`);
    }
    const checked = schema.safeParse(parsed);
    if (!checked.success) {
      const { path, message } = checked.error.issues[0]!;
      throw new Error(`line ${index + 1} of the trace: ${path.join('.')}: ${message}`);
    }
    const found = Object.fromEntries(Object.entries(checked.data).filter(([, value]) => value !== undefined));
    if (['result', 'error', 'event'].filter((end) => end in found).length !== 1)
      throw new Error(`line ${index + 1} of the trace has not just one of result, error and event`);
    lines.push(found as unknown as TraceLine);
  }
  return lines;
}

/** A transfer that is not the trace's. */
export class TraceMismatch extends Error {
  override readonly name = 'TraceMismatch';
}

/**
 * Plays the part of a trace. `exact`: each transfer must be the next one of the trace. `ordered`: the trace's transfers that
 * are not asked for are passed over.
 */
export class Replay {
  readonly #lines: readonly TraceLine[];
  readonly #match: 'exact' | 'ordered';
  #next = 0;

  /** `lines`: those of one place. */
  constructor(lines: readonly TraceLine[], match: 'exact' | 'ordered' = 'exact') {
    this.#lines = lines;
    this.#match = match;
    this.#skipEvents();
  }

  /** Transfers of the trace that nobody has asked for. */
  get left(): number {
    return this.#lines.slice(this.#next).filter(asks).length;
  }

  /**
   * The next transfer: its code, what it read in `out`, its line, and what then came by itself before the one after it. Throws
   * TraceMismatch.
   */
  ask(steps: string[], out: Uint8Array): { code: number; line: TraceLine; events: TraceLine[] } {
    const asked = steps.join(', ') || 'nothing';
    const same = (line: TraceLine) => asks(line) && line.steps.join() === steps.join();
    const done = this.#lines.slice(0, this.#next).filter(asks).length;
    const rest = this.#lines.slice(this.#next);
    const found = this.#match === 'exact' ? (rest[0] && same(rest[0]) ? 0 : -1) : rest.findIndex(same);
    const line = rest[found];
    if (!line) {
      const wanted = rest[0];
      throw new TraceMismatch(
        wanted
          ? `transfer ${done + 1} of the trace (t=${wanted.t}) is ${wanted.steps.join(', ') || 'nothing'}; asked for: ${asked}`
          : `the trace ends after ${done} transfers; asked for: ${asked}`,
      );
    }
    this.#next += found + 1;
    const events = this.#skipEvents();
    if (line.error) return { code: ErrorCode[line.error], line, events };
    const bytes = Buffer.from(line.result ?? '', 'hex');
    if (bytes.length !== out.length)
      throw new TraceMismatch(`transfer ${done + 1} of the trace brings ${bytes.length} bytes, not ${out.length}`);
    out.set(bytes);
    return { code: 0, line, events };
  }

  #skipEvents(): TraceLine[] {
    const from = this.#next;
    while (this.#lines[this.#next] && !asks(this.#lines[this.#next]!)) this.#next++;
    return this.#lines.slice(from, this.#next);
  }
}

/** A trace in place of each part that it has: what `Wiring` takes as wires. */
export function replaysOf(
  lines: readonly TraceLine[],
  match: 'exact' | 'ordered' = 'exact',
): { replay: Replay; at: string }[] {
  const places = new Map<string, TraceLine[]>();
  for (const line of lines) {
    const at = line.address === undefined ? line.bus : `${line.bus}:${line.address}`;
    places.set(at, [...(places.get(at) ?? []), line]);
  }
  return [...places].map(([at, own]) => ({ at, replay: new Replay(own, match) }));
}

/** Whether the board asked; else it came by itself. */
function asks(line: TraceLine): boolean {
  return line.event === undefined;
}
