/**
 * A virtual part that lives: its knobs, its power, its faults, and the time that it sees. How it speaks is the business of
 * registers.ts, commands.ts and their neighbours, which all answer `Talk`.
 */
import { seededChance } from '../board/random.ts';
import type { Compensated, Description, Linear, Value } from './description.ts';

/** What a test or a user can do to a part. `at` counts transfers with it from the injection on, the first being 0. */
export type Fault =
  /** It is not there. */
  | { kind: 'absent' }
  /** It holds the bus: SDA, or the 1-Wire line, low. Nobody on that bus can be reached. */
  | { kind: 'stuck' }
  /** It does not acknowledge transfer `at`. */
  | { kind: 'nack'; at: number }
  /** It holds the clock for ever in transfer `at`, or in all. */
  | { kind: 'stretch'; at?: number }
  /** Another master wins the bus in transfer `at`. */
  | { kind: 'arbitration'; at: number }
  /** Its check sums are wrong: CRC, parity, a last byte. */
  | { kind: 'crc' }
  /** It is another part. */
  | { kind: 'identity' }
  /** All that it says is noise: the same for the same seed. */
  | { kind: 'garbage'; seed?: string | number }
  /** It loses its power before transfer `at` and gets it back at once. */
  | { kind: 'reset'; at: number };

/** What a description's functions see of a part. */
export interface PartState {
  /** Microseconds of the bus's time since power-up. */
  readonly micros: number;
  /** The quantity now, noise included. */
  knob(name: string): number;
  /** What is stored in a register. */
  register(address: number): number;
  store(address: number, value: number): void;
  set(address: number, mask: number): void;
  clear(address: number, mask: number): void;
  /** Room for what a description has to remember; empty after power-up. */
  readonly memory: Record<string, number>;
  /** The raw number of a value. */
  raw(value: Value): number;
  /** What the running conversion makes of the register at this address. */
  sample(address: number): number;
  hasFault(kind: Fault['kind']): boolean;
  /** Begin a conversion now: for parts that start it in their own way. */
  convert(): void;
}

/** How a part speaks on its bus. Times are the part's own. */
export interface Talk {
  /** Its power has come: everything as after reset. */
  reset(): void;
  /** I2C: its address; SPI: its select; 1-Wire: a reset pulse. False: it is not there for it. */
  begin?(): boolean;
  /** Bytes for it. False: not acknowledged. */
  write?(bytes: Uint8Array): boolean;
  /** Bytes from it. False: not acknowledged. */
  read?(out: Uint8Array): boolean;
  /** SPI: a byte in, a byte out. */
  exchange?(byte: number): number;
  end?(): void;
}

export class Part implements PartState {
  readonly description: Description;
  readonly name: string;
  /** Transfers with it since power-up: readings of a pin or a converter too. */
  transfers = 0;
  /** Noise of every knob on or off. */
  noise = false;
  memory: Record<string, number> = {};
  registers = new Map<number, number>();
  #knobs = new Map<string, number>();
  #chance: () => number;
  #time: () => number = () => 0;
  #powered = 0;
  #fault: Fault | undefined;
  #since = 0;
  #garbage: () => number;
  /** Set by what speaks for it. */
  talk: Talk = { reset: () => {} };
  onConvert: () => void = () => {};
  onSample: (address: number) => number = (address) => this.register(address);
  /** Before and after a knob is turned: what was sampled by then keeps its value. */
  onSettle: () => void = () => {};
  onTurn: () => void = () => {};

  constructor(description: Description, { name = description.name, seed = 'part' } = {}) {
    this.description = description;
    this.name = name;
    this.#chance = seededChance(`${seed}/${name}`);
    this.#garbage = seededChance(`${seed}/${name}/garbage`);
    for (const [knob, { start }] of Object.entries(description.knobs)) this.#knobs.set(knob, start);
  }

  /** The bus gives the time, in microseconds, and power. */
  connect(time: () => number, powered = time()): void {
    this.#time = time;
    this.powerUp(powered);
  }

  /** Off and on; `at`: when, in microseconds of the bus's time. */
  powerUp(at = this.#time()): void {
    this.#powered = at;
    this.transfers = 0;
    this.memory = {};
    this.registers = new Map();
    this.talk.reset();
  }

  get micros(): number {
    return this.#time() - this.#powered;
  }

  /** Whether it has started. */
  get awake(): boolean {
    return this.micros >= this.description.startMicros;
  }

  /** Turn a knob, to any finite number: beyond its range the part saturates. */
  turn(name: string, value: number): this {
    if (!this.#knobs.has(name)) throw new RangeError(`${this.name} has no knob '${name}'`);
    if (!Number.isFinite(value)) throw new RangeError(`${value} is no ${name}`);
    this.onSettle();
    this.#knobs.set(name, value);
    this.onTurn();
    return this;
  }

  knob(name: string): number {
    const value = this.#knobs.get(name);
    if (value === undefined) throw new RangeError(`${this.name} has no knob '${name}'`);
    const { noise = 0 } = this.description.knobs[name]!;
    return this.noise ? value + noise * (2 * this.#chance() - 1) : value;
  }

  inject(fault: Fault): this {
    this.#fault = fault;
    this.#since = 0;
    if (fault.kind === 'garbage' && fault.seed !== undefined) this.#garbage = seededChance(`garbage/${fault.seed}`);
    return this;
  }

  heal(): this {
    this.#fault = undefined;
    return this;
  }

  hasFault(kind: Fault['kind']): boolean {
    return this.#fault?.kind === kind;
  }

  /** A transfer with it begins: what its fault makes of it. */
  meet(): 'ok' | 'nack' | 'stretch' | 'arbitration' {
    this.transfers++;
    const fault = this.#fault;
    const now = this.#since++;
    switch (fault?.kind) {
      case 'absent':
        return 'nack';
      case 'nack':
        return fault.at === now ? 'nack' : 'ok';
      case 'arbitration':
        return fault.at === now ? 'arbitration' : 'ok';
      case 'stretch':
        return (fault.at ?? now) === now ? 'stretch' : 'ok';
      case 'reset':
        if (fault.at === now) this.powerUp();
        break;
    }
    return this.awake ? 'ok' : 'nack';
  }

  /** What it says, with its fault. */
  spoil(bytes: Uint8Array): void {
    if (this.#fault?.kind === 'garbage') for (let i = 0; i < bytes.length; i++) bytes[i] = 256 * this.#garbage();
  }

  register(address: number): number {
    const { registers } = this.description as { registers?: Record<number, { reset?: number }> };
    return this.registers.get(address) ?? registers?.[address]?.reset ?? 0;
  }

  store(address: number, value: number): void {
    this.registers.set(address, value);
  }

  set(address: number, mask: number): void {
    this.store(address, (this.register(address) | mask) >>> 0);
  }

  clear(address: number, mask: number): void {
    this.store(address, (this.register(address) & ~mask) >>> 0);
  }

  convert(): void {
    this.onConvert();
  }

  sample(address: number): number {
    return this.onSample(address);
  }

  raw(value: Value): number {
    if (typeof value === 'number') return value;
    if (typeof value === 'function') return Math.trunc(value(this));
    if ('reading' in value) return search(value, this.knob(value.knob), this);
    const knob = typeof value.knob === 'string' ? value.knob : value.knob(this);
    const scale = typeof value.scale === 'number' ? value.scale : value.scale(this);
    return encode({ ...value, knob, scale }, this.knob(knob));
  }
}

/** raw of a knob's value, cut to what its bits hold, as an unsigned number of the register. */
export function encode(
  linear: Omit<Linear, 'knob' | 'scale'> & { knob?: string; scale: number },
  value: number,
): number {
  const { bits, scale, offset = 0, signed = false, shift = 0 } = linear;
  const [lowest, highest] = signed ? [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] : [0, 2 ** bits - 1];
  const raw = Math.min(highest, Math.max(lowest, Math.round((value - offset) / scale)));
  return (raw < 0 ? raw + 2 ** bits : raw) * 2 ** shift;
}

/** By halves: the formula only rises or only falls. */
function search({ reading, low, high, shift = 0 }: Compensated, target: number, part: PartState): number {
  const rising = reading(high, part) > reading(low, part);
  let [from, to] = [low, high];
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    if (reading(middle, part) < target === rising) from = middle + 1;
    else to = middle;
  }
  const before = Math.max(low, from - 1);
  const nearer = Math.abs(reading(before, part) - target) < Math.abs(reading(from, part) - target) ? before : from;
  return nearer * 2 ** shift;
}

/** CRC of 8 bits, most significant bit first. */
export function crc8(bytes: ArrayLike<number>, polynomial: number, start: number): number {
  let crc = start;
  for (const byte of Array.from(bytes)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x80 ? ((crc << 1) ^ polynomial) & 0xff : (crc << 1) & 0xff;
  }
  return crc;
}

/** The CRC of 1-Wire (Maxim application note 27): x^8 + x^5 + x^4 + 1, least significant bit first. */
export function crc8Maxim(bytes: ArrayLike<number>): number {
  let crc = 0;
  for (const byte of Array.from(bytes)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ 0x8c : crc >> 1;
  }
  return crc;
}

/** Big endian. */
export function bytesOf(value: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => Math.floor(value / 2 ** (8 * (count - 1 - index))) & 0xff);
}
