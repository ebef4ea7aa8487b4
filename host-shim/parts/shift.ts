/** Converters that are read by clocking bits out of them (HX711 and its like): data, clock, and who drives them. */
import type { ShiftPart } from './description.ts';
import type { Part } from './part.ts';

/** A clock that is high for longer puts the part to sleep; when it falls, the part starts anew. */
const ASLEEP_MICROS = 60;

export class ShiftLine {
  readonly #part: Part;
  readonly #time: () => number;
  readonly #kind: ShiftPart;
  /** When the running conversion began, by the time of the bus. */
  #began = Number.NEGATIVE_INFINITY;
  /** What is clocked out, and how many pulses that had; 0: nothing is. */
  #word = 0;
  #pulses = 0;
  #rose: number | undefined;

  constructor(part: Part, time: () => number) {
    this.#part = part;
    this.#time = time;
    this.#kind = part.description as ShiftPart;
  }

  /** The data line. */
  get level(): boolean {
    if (this.#part.hasFault('stuck')) return false;
    if (this.#pulses > 0 && this.#pulses <= this.#kind.bits)
      return Math.floor(this.#word / 2 ** (this.#kind.bits - this.#pulses)) % 2 === 1;
    return !this.#ready;
  }

  /** The clock line, driven pulse by pulse. */
  clock(high: boolean): void {
    if (high && this.#rose === undefined) {
      if (this.#ready) {
        this.#word = this.#take();
        this.#pulses = 1;
        this.#began = Number.POSITIVE_INFINITY;
      } else if (this.#pulses > 0) this.#pulses++;
      this.#rose = this.#time();
      // Pulses behind the last bit choose what is converted next.
      if (this.#pulses > this.#kind.bits) {
        this.#began = this.#rose;
        this.#kind.read?.(this.#part, this.#pulses);
      }
    } else if (!high && this.#rose !== undefined) {
      if (this.#time() - this.#rose >= ASLEEP_MICROS) {
        this.#began = this.#time();
        this.#pulses = 0;
      }
      this.#rose = undefined;
    }
  }

  /** All at once: `pulses` of two times `micros`; what the first `bits` of them bring. */
  shift(bits: number, pulses: number, micros: number): number {
    const met = this.#part.meet();
    if (this.#part.hasFault('stuck')) return 0;
    if (met !== 'ok' || !this.#ready) return 2 ** bits - 1;
    const word = this.#take();
    this.#pulses = 0;
    this.#began = this.#time() + 2 * pulses * micros;
    this.#kind.read?.(this.#part, pulses);
    const bytes = Uint8Array.from([word / 2 ** 24, word / 2 ** 16, word / 2 ** 8, word]);
    if (this.#part.hasFault('garbage')) {
      this.#part.spoil(bytes);
      return bytes.reduce((sum, byte) => sum * 256 + byte, 0) % 2 ** bits;
    }
    // Pulses beyond the part's bits read ones.
    const own = this.#kind.bits;
    return bits <= own ? Math.floor(word / 2 ** (own - bits)) : (word + 1) * 2 ** (bits - own) - 1;
  }

  #take(): number {
    const raw = this.#part.raw(this.#kind.value);
    return (raw < 0 ? raw + 2 ** this.#kind.bits : raw) % 2 ** this.#kind.bits;
  }

  /** A value is there: the data line is low. */
  get #ready(): boolean {
    if (this.#part.hasFault('stuck')) return true;
    if (this.#part.hasFault('absent') || !this.#part.awake) return false;
    if (this.#rose !== undefined && this.#time() - this.#rose >= ASLEEP_MICROS) return false;
    return this.#time() - this.#began >= this.#kind.micros;
  }
}
