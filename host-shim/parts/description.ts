/**
 * What a virtual part is made of: its data sheet in the form of data. `definePart` checks a description; `Part` (part.ts)
 * is a part that lives. Numbers are the data sheet's: addresses, codes, reset values; times are microseconds.
 */
import { z } from 'zod';
import type { PartState } from './part.ts';

/** A quantity of the part's surroundings that a test or a user turns. */
export interface Knob {
  /** SenML's unit (RFC 8428, IANA registry): Cel, %RH, Pa, V, A, ... */
  unit: string;
  /** What the part can tell; beyond it the part saturates. */
  min: number;
  max: number;
  /** At power-up. */
  start: number;
  /** Half the width of the noise, in the knob's unit; off unless a test turns it on. */
  noise?: number;
}

/** raw = round((knob - offset) / scale), cut to what the bits hold, then shifted. */
export interface Linear {
  knob: string;
  bits: number;
  /** One step of raw, in the knob's unit. */
  scale: number;
  /** The knob at raw 0. */
  offset?: number;
  /** Two's complement. */
  signed?: boolean;
  /** Bits below it that are 0. */
  shift?: number;
}

/** A raw number: constant, from a knob, or as only a function can say it (compensation formulas, modes). */
export type Value = number | Linear | ((part: PartState) => number);

export interface Register {
  name: string;
  /** Bytes; the map's by default. */
  bytes?: number;
  /** After power-up and reset. 0 by default. */
  reset?: number;
  /** What a read gives instead of what is stored. */
  value?: Value;
  /** Bits that a write changes; none by default. */
  writable?: number;
  /** Tells what part this is: the fault `identity` changes it. */
  identity?: boolean;
  /** After a write that changed or repeated what is stored. */
  written?: (part: PartState, value: number) => void;
  /** After a read of it: flags that clear. */
  wasRead?: (part: PartState) => void;
}

/** Samples are taken at the end of a conversion; registers with a `value` then hold them until the next one. */
export interface Conversion {
  /** How long one takes; a function where a register says so. */
  micros: number | ((part: PartState) => number);
  /** Starts one when the written register has these bits; without it the part converts again and again. */
  trigger?: { register: number; mask: number; equals: number };
  /** With a trigger: whether another follows by itself. */
  again?: (part: PartState) => boolean;
  /** Bits that tell when it is over: set (or cleared, with `low`) at the end, the other way at the start. */
  ready?: { register: number; mask: number; low?: boolean };
}

export interface RegisterPart extends Common {
  kind: 'registers';
  bus: 'i2c' | 'spi';
  /** I2C addresses that its pins choose from. */
  addresses?: number[];
  /** SPI: modes that it works in, its highest clock, and the bits of the address byte that mean read and write. */
  spi?: { modes: number[]; hertz: number; read: number; write: number };
  /** Bytes of a register, and their order. */
  bytes?: number;
  order?: 'big' | 'little';
  /** Bytes that name a register: 1 by default. */
  pointer?: 1 | 2;
  /**
   * What a burst does: `bytes`: each byte has an address (the usual), `words`: a pointer names a whole register and stays.
   * A number: bits of the pointer without which it stays.
   */
  burst?: 'bytes' | 'words' | number;
  registers: Record<number, Register>;
  conversion?: Conversion;
}

/** A CRC behind each so many bytes: polynomial without its highest bit, most significant bit first. */
export interface Crc {
  polynomial: number;
  start: number;
  /** Bytes that one CRC covers; 2 by default. */
  every?: number;
}

export interface Command {
  /** The bytes that begin it. */
  code: number[];
  /** From the command to its answer; a read before is not acknowledged. */
  micros?: number;
  /** Words of 16 bits, most significant byte first, each with its CRC. */
  words?: Value[] | ((part: PartState, parameters: number[]) => number[]);
  /** Words that follow the code, each with its CRC. */
  parameters?: number;
  /** Power-up values again. */
  resets?: boolean;
  /** Tells what part this is: the fault `identity` changes the answer. */
  identity?: boolean;
  run?: (part: PartState, parameters: number[]) => void;
}

export interface CommandPart extends Common {
  kind: 'commands';
  bus: 'i2c';
  addresses: number[];
  crc?: Crc;
  /** Whether it acknowledges its address now: for parts that sleep. */
  listens?: (part: PartState) => boolean;
  commands: Record<string, Command>;
}

export interface EepromPart extends Common {
  kind: 'memory';
  bus: 'i2c';
  addresses: number[];
  /** Bytes in all, and of a page: a write wraps round within it. */
  size: number;
  page: number;
  pointer: 1 | 2;
  /** After a write nothing is acknowledged for so long. */
  writeMicros: number;
}

export interface OneWirePart extends Common {
  kind: 'one-wire';
  bus: 'one-wire';
  family: number;
  /** Function commands by code. */
  functions: Record<
    number,
    {
      /** Bytes that the master writes behind the code. */
      parameters?: number;
      micros?: number;
      run?: (part: PartState, parameters: number[]) => void;
      /** What the master then reads; a CRC-8 of them comes behind. */
      answer?: (part: PartState) => number[];
    }
  >;
}

export interface UartPart extends Common {
  kind: 'uart';
  bus: 'uart';
  /** The port must be set to these; else what it hears is garbage. */
  baud: number;
  parity?: 'none' | 'even' | 'odd';
  stopBits?: 1 | 2;
  /** Says something by itself, so often. */
  every?: number;
  say?: (part: PartState) => Uint8Array;
  /** Answers what was written to it, after `micros`; undefined: does not. */
  answer?: (part: PartState, request: Uint8Array) => Uint8Array | undefined;
  micros?: number;
}

export interface ShiftPart extends Common {
  kind: 'shift';
  bus: 'gpio';
  bits: number;
  value: Value;
  /** Data goes low when so long has passed since the last reading. */
  micros: number;
  /** After a reading of so many pulses. */
  read?: (part: PartState, pulses: number) => void;
}

export interface AdcPart extends Common {
  kind: 'adc';
  bus: 'adc';
  millivolts: (part: PartState) => number;
}

export interface PulsePart extends Common {
  kind: 'pulse';
  bus: 'gpio';
  /** Pulses of one hour. */
  hourly: (part: PartState) => number;
  /** How long the pin is low. */
  micros: number;
}

interface Common {
  name: string;
  /** Document and revision. */
  datasheet: string;
  /** From power to the first answer. */
  startMicros: number;
  knobs: Record<string, Knob>;
}

export type Description =
  | RegisterPart
  | CommandPart
  | EepromPart
  | OneWirePart
  | UartPart
  | ShiftPart
  | AdcPart
  | PulsePart;

const uint = (max: number) => z.int().min(0).max(max);
const micros = uint(3_600_000_000);
const run = z.custom<(...args: never[]) => unknown>((value) => typeof value === 'function', 'must be a function');
const address = uint(0xa3ff).refine((value) => value <= 0x7f || value >= 0xa000, 'is no 7-bit or 10-bit address');
const linear = z.strictObject({
  knob: z.string(),
  bits: z.int().min(1).max(32),
  scale: z.number().refine((value) => value !== 0, 'must not be 0'),
  offset: z.number().optional(),
  signed: z.boolean().optional(),
  shift: uint(31).optional(),
});
const value = z.union([z.number(), linear, run]);
const common = {
  name: z.string().min(1),
  datasheet: z.string().min(1),
  startMicros: micros,
  knobs: z.record(
    z.string().regex(/^[a-z][A-Za-z0-9]*$/),
    z.strictObject({
      unit: z.string(),
      min: z.number(),
      max: z.number(),
      start: z.number(),
      noise: z.number().positive().optional(),
    }),
  ),
};
const addresses = z.array(address).min(1);
const pointer = z.union([z.literal(1), z.literal(2)]);
const bits = z.strictObject({ register: uint(0xffff), mask: uint(0xffffffff), low: z.boolean().optional() });

const schema = z.discriminatedUnion('kind', [
  z.strictObject({
    ...common,
    kind: z.literal('registers'),
    bus: z.enum(['i2c', 'spi']),
    addresses: addresses.optional(),
    spi: z
      .strictObject({
        modes: z.array(uint(3)).min(1),
        hertz: z.int().positive(),
        read: uint(0xff),
        write: uint(0xff),
      })
      .optional(),
    bytes: z.int().min(1).max(8).optional(),
    order: z.enum(['big', 'little']).optional(),
    pointer: pointer.optional(),
    burst: z.union([z.enum(['bytes', 'words']), uint(0xffff)]).optional(),
    registers: z.record(
      z.string(),
      z.strictObject({
        name: z.string(),
        bytes: z.int().min(1).max(8).optional(),
        reset: uint(2 ** 48).optional(),
        value: value.optional(),
        writable: uint(2 ** 48).optional(),
        identity: z.boolean().optional(),
        written: run.optional(),
        wasRead: run.optional(),
      }),
    ),
    conversion: z
      .strictObject({
        micros: z.union([micros, run]),
        trigger: z
          .strictObject({ register: uint(0xffff), mask: uint(0xffffffff), equals: uint(0xffffffff) })
          .optional(),
        again: run.optional(),
        ready: bits.optional(),
      })
      .optional(),
  }),
  z.strictObject({
    ...common,
    kind: z.literal('commands'),
    bus: z.literal('i2c'),
    addresses,
    crc: z
      .strictObject({ polynomial: uint(0xff), start: uint(0xff), every: z.int().min(1).max(255).optional() })
      .optional(),
    listens: run.optional(),
    commands: z.record(
      z.string(),
      z.strictObject({
        code: z.array(uint(0xff)).min(1).max(4),
        micros: micros.optional(),
        words: z.union([z.array(value), run]).optional(),
        parameters: uint(16).optional(),
        resets: z.boolean().optional(),
        identity: z.boolean().optional(),
        run: run.optional(),
      }),
    ),
  }),
  z.strictObject({
    ...common,
    kind: z.literal('memory'),
    bus: z.literal('i2c'),
    addresses,
    size: z.int().min(1).max(65_536),
    page: z.int().min(1).max(256),
    pointer,
    writeMicros: micros,
  }),
  z.strictObject({
    ...common,
    kind: z.literal('one-wire'),
    bus: z.literal('one-wire'),
    family: uint(0xff),
    functions: z.record(
      z.string(),
      z.strictObject({
        parameters: uint(64).optional(),
        micros: micros.optional(),
        run: run.optional(),
        answer: run.optional(),
      }),
    ),
  }),
  z.strictObject({
    ...common,
    kind: z.literal('uart'),
    bus: z.literal('uart'),
    baud: z.int().positive(),
    parity: z.enum(['none', 'even', 'odd']).optional(),
    stopBits: z.union([z.literal(1), z.literal(2)]).optional(),
    every: micros.optional(),
    say: run.optional(),
    answer: run.optional(),
    micros: micros.optional(),
  }),
  z.strictObject({
    ...common,
    kind: z.literal('shift'),
    bus: z.literal('gpio'),
    bits: z.int().min(1).max(32),
    value,
    micros,
    read: run.optional(),
  }),
  z.strictObject({ ...common, kind: z.literal('adc'), bus: z.literal('adc'), millivolts: run }),
  z.strictObject({ ...common, kind: z.literal('pulse'), bus: z.literal('gpio'), hourly: run, micros }),
]);

/** The description, checked. Throws an Error that names the part and each field. */
export function definePart<D extends Description>(description: D): D {
  const result = schema.safeParse(description);
  const problems = result.success
    ? inconsistencies(description)
    : result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  if (problems.length > 0) throw new Error(`the part ${description.name}: ${problems.join('; ')}`);
  return description;
}

function inconsistencies(part: Description): string[] {
  const problems: string[] = [];
  for (const [name, { min, max, start }] of Object.entries(part.knobs))
    if (!(min <= start && start <= max)) problems.push(`knobs.${name}: ${min} <= ${start} <= ${max} does not hold`);
  for (const name of knobsNamed(part)) if (!Object.hasOwn(part.knobs, name)) problems.push(`no knob '${name}'`);
  if (part.kind !== 'registers') return problems;
  if (part.bus === 'i2c' && !part.addresses) problems.push('addresses: an I2C part has at least one');
  if (part.bus === 'spi' && !part.spi) problems.push('spi: an SPI part has modes and bits for read and write');
  const { trigger, ready } = part.conversion ?? {};
  for (const { register } of [trigger, ready].filter((place) => place !== undefined))
    if (!part.registers[register]) problems.push(`conversion: there is no register 0x${register.toString(16)}`);
  if (part.burst === 'words') return problems;
  let end = -1;
  for (const [at, register] of Object.entries(part.registers).sort(([a], [b]) => Number(a) - Number(b))) {
    if (Number(at) < end) problems.push(`register ${register.name} lies in the one before it`);
    end = Number(at) + (register.bytes ?? part.bytes ?? 1);
  }
  return problems;
}

/** The knobs that linear values name. */
function knobsNamed(part: Description): string[] {
  const values =
    part.kind === 'registers'
      ? Object.values(part.registers).map(({ value }) => value)
      : part.kind === 'commands'
        ? Object.values(part.commands).flatMap(({ words }) => (Array.isArray(words) ? words : []))
        : part.kind === 'shift'
          ? [part.value]
          : [];
  return values.flatMap((value) => (typeof value === 'object' ? [value.knob] : []));
}
