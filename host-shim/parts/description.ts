/**
 * What a virtual part is made of: its data sheet in the form of data. `definePart` (define.ts) checks a description; `Part`
 * (part.ts) is a part that lives. Numbers are the data sheet's: addresses, codes, reset values; times are microseconds.
 */
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
  /** A function where a register chooses it: inputs, ranges. */
  knob: string | ((part: PartState) => string);
  bits: number;
  /** One step of raw, in the knob's unit. */
  scale: number | ((part: PartState) => number);
  /** The knob at raw 0. */
  offset?: number;
  /** Two's complement. */
  signed?: boolean;
  /** Bits below it that are 0. */
  shift?: number;
}

/** raw = the whole number from `low` to `high` whose `reading` comes nearest to the knob, then shifted. */
export interface Compensated {
  knob: string;
  /**
   * What the data sheet makes of raw (formulas/, written apart from any driver), in the knob's unit; it only rises or only
   * falls. What else it depends on is `part.sample`: another register of the same conversion.
   */
  reading: (raw: number, part: PartState) => number;
  low: number;
  high: number;
  /** Bits below it that are 0. */
  shift?: number;
}

/** A raw number: constant, from a knob, or as only a function can say it (modes, calendars). */
export type Value = number | Linear | Compensated | ((part: PartState) => number);

export interface Register {
  name: string;
  /** Bytes; the map's by default. */
  bytes?: number;
  /** After power-up and reset. 0 by default. */
  reset?: number;
  /** What a read gives instead of what is stored. */
  value?: Value;
  /** Where it differs from the map's. */
  order?: 'big' | 'little';
  /** Whether a conversion fills it; else it has its reset value behind one. */
  enabled?: (part: PartState) => boolean;
  /** Bits that a write changes; none by default. */
  writable?: number;
  /** Tells what part this is: the fault `identity` changes it. */
  identity?: boolean;
  /** After a write that changed or repeated what is stored. */
  written?: (part: PartState, value: number) => void;
  /** After a read of it: flags that clear. */
  wasRead?: (part: PartState) => void;
}

/** Registers one behind the other that only hold numbers: trimming values, settings that the part does not look at. */
export interface Block {
  name: string;
  /** As Python's struct: b B h H, signed and unsigned bytes and words in the map's order, x reserved; `84B` is 84 of them. */
  layout: string;
  /** Of power-up, one for each letter but x; all 0 without them. */
  values?: readonly number[];
  writable?: boolean;
}

/** Samples are taken at the end of a conversion; registers with a `value` then hold them until the next one. */
export interface Conversion {
  /** How long one takes; a function where a register says so. */
  micros: number | ((part: PartState) => number);
  /** Starts one when what is written has these bits; without it or modes the part converts again and again. */
  trigger?: Bits;
  /** Bits that choose: measure once and then hold `rest` (stay, without it), or again and again; with others it does not measure. */
  modes?: { register: number; mask: number; once: number[]; always: number[]; rest?: number };
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
  /** By the address of their first byte. */
  blocks?: Record<number, Block>;
  conversion?: Conversion;
  /** Written so, the part is as after power-up. */
  resets?: Bits;
}

export interface Bits {
  register: number;
  mask: number;
  equals: number;
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
  /** Whether it has an answer now; else a read is not acknowledged. */
  answers?: (part: PartState) => boolean;
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
