/**
 * Transfers on buses as lines of JSON, from a virtual board or a real one, and a recorded trace in place of a part.
 *
 *     {"t":1500,"bus":"i2c0","address":72,"steps":["w 00","r 2"],"result":"0c80"}
 *     {"t":1850,"bus":"i2c0","address":72,"steps":["w 01"],"error":"nack"}
 *
 * `t`: microseconds. `address`: of I2C, or SPI's select. Steps: `w` bytes written, `r` how many read, `x` bytes exchanged,
 * `f` directions of a search, `d` microseconds of delay, `s` stop. Bytes are hexadecimal.
 */
import { z } from 'zod';
import { ErrorCode, type ErrorName } from '../../runtime/abi/generated/contract.ts';
import { type StepOf, stepsOf } from './script.ts';

export interface TraceLine {
  t: number;
  bus: string;
  address?: number;
  steps: string[];
  result?: string;
  error?: ErrorName;
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

export function traceText(lines: readonly TraceLine[]): string {
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}

const schema = z.strictObject({
  t: z.number().min(0),
  bus: z.string().regex(/^(i2c|spi|onewire)\d+$/),
  address: z.int().min(0).max(0xffff).optional(),
  steps: z.array(z.string().regex(/^(s|[wxf] ([0-9a-f]{2})+|[rd] \d+)$/)).max(256),
  result: z
    .string()
    .regex(/^([0-9a-f]{2})*$/)
    .optional(),
  error: z.enum(Object.keys(ErrorCode) as [ErrorName, ...ErrorName[]]).optional(),
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
    const { t, bus, address, steps, result, error } = checked.data;
    if ((result === undefined) === (error === undefined))
      throw new Error(`line ${index + 1} of the trace has not just one of result and error`);
    lines.push({
      t,
      bus,
      ...(address !== undefined && { address }),
      steps,
      ...(result !== undefined && { result }),
      ...(error !== undefined && { error }),
    });
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

  /** `lines`: those of one bus and address. */
  constructor(lines: readonly TraceLine[], match: 'exact' | 'ordered' = 'exact') {
    this.#lines = lines;
    this.#match = match;
  }

  /** Transfers of the trace that nobody has asked for. */
  get left(): number {
    return this.#lines.length - this.#next;
  }

  /** Throws TraceMismatch. */
  transfer(script: Uint8Array, out: Uint8Array): number {
    const steps = traceSteps(script);
    const asked = steps.join(', ') || 'nothing';
    const same = (line: TraceLine) => line.steps.join() === steps.join();
    const rest = this.#lines.slice(this.#next);
    const found = this.#match === 'exact' ? (rest[0] && same(rest[0]) ? 0 : -1) : rest.findIndex(same);
    const line = rest[found];
    if (!line) {
      const wanted = rest[0];
      throw new TraceMismatch(
        wanted
          ? `transfer ${this.#next + 1} of the trace (t=${wanted.t}) is ${wanted.steps.join(', ') || 'nothing'}; asked for: ${asked}`
          : `the trace ends after ${this.#lines.length} transfers; asked for: ${asked}`,
      );
    }
    this.#next += found + 1;
    if (line.error) return ErrorCode[line.error];
    const bytes = Buffer.from(line.result ?? '', 'hex');
    if (bytes.length !== out.length)
      throw new TraceMismatch(`transfer ${this.#next} of the trace brings ${bytes.length} bytes, not ${out.length}`);
    out.set(bytes);
    return 0;
  }
}
