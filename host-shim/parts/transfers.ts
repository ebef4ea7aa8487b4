/** Transfers on I2C, SPI and 1-Wire with the parts that are there: who answers each step of a script, and how long it takes. */
import { ErrorCode } from '../../runtime/abi/generated/contract.ts';
import type { OneWireTalk } from './one-wire.ts';
import type { Part } from './part.ts';
import type { StepOf } from './script.ts';

/** Microseconds of a byte on I2C at 400 kHz, of one on SPI at 1 MHz, and of a 1-Wire bit and reset. */
const BYTE = { i2c: 25, spi: 8, oneWire: 560 } as const;
const ONE_WIRE_RESET = 960;
/** How long a bus waits for a held clock. */
const STRETCH_TIMEOUT = 25_000;
/** An empty script: does the part answer? */
const PROBE: StepOf = { kind: 'write', length: 0, bytes: new Uint8Array() };

/** Each returns 0 or an error of the contract; `out` gets what was read. */
export class Transfers {
  readonly #pass: (micros: number) => void;

  /** `pass`: lets time pass for the parts. */
  constructor(pass: (micros: number) => void) {
    this.#pass = pass;
  }

  i2c(parts: Map<number, Part>, address: number, steps: StepOf[], out: Uint8Array): number {
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

  spi(part: Part | undefined, mode: number, hertz: number, steps: StepOf[], out: Uint8Array): number {
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

  oneWire(all: Part[], steps: StepOf[], out: Uint8Array): number {
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
}

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
