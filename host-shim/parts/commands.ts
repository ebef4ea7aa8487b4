/** Parts that answer commands with words and check sums, and EEPROMs; both on I2C. */
import type { Command, CommandPart, EepromPart } from './description.ts';
import { bytesOf, crc8, type Part, type Talk } from './part.ts';

export class CommandTalk implements Talk {
  readonly #part: Part;
  readonly #set: CommandPart;
  #answer: number[] = [];
  #ready = 0;

  constructor(part: Part) {
    this.#part = part;
    this.#set = part.description as CommandPart;
  }

  reset(): void {
    this.#answer = [];
    this.#ready = this.#set.startMicros;
  }

  begin(): boolean {
    return this.#set.listens?.(this.#part) ?? true;
  }

  write(bytes: Uint8Array): boolean {
    const part = this.#part;
    if (part.micros < this.#ready) return false;
    const command = Object.values(this.#set.commands).find(({ code, parameters = 0 }) => {
      return bytes.length === code.length + parameters * this.#wordSize && code.every((byte, i) => bytes[i] === byte);
    });
    if (!command) return bytes.length === 0;
    const parameters = this.#parameters(bytes.subarray(command.code.length));
    if (!parameters) return false;
    if (command.resets) part.powerUp(); // its start-up time passes again
    this.#ready = part.micros + (command.micros ?? 0);
    command.run?.(part, parameters);
    this.#answer = this.#words(command, parameters);
    return true;
  }

  read(out: Uint8Array): boolean {
    if (this.#part.micros < this.#ready || this.#answer.length === 0) return false;
    out.fill(0xff);
    out.set(this.#answer.slice(0, out.length));
    this.#answer = [];
    return true;
  }

  get #wordSize(): number {
    return this.#set.crc ? 3 : 2;
  }

  /** undefined: a check sum is wrong. */
  #parameters(bytes: Uint8Array): number[] | undefined {
    const words: number[] = [];
    for (let at = 0; at < bytes.length; at += this.#wordSize) {
      const [high, low, check] = bytes.subarray(at, at + this.#wordSize) as unknown as [number, number, number];
      if (this.#set.crc && check !== this.#check([high, low])) return undefined;
      words.push(high * 256 + low);
    }
    return words;
  }

  #words(command: Command, parameters: number[]): number[] {
    const part = this.#part;
    const { words = [], answers } = command;
    if (answers?.(part) === false) return [];
    const numbers = typeof words === 'function' ? words(part, parameters) : words.map((value) => part.raw(value));
    const { crc } = this.#set;
    const bytes = numbers.flatMap((word) =>
      bytesOf(command.identity && part.hasFault('identity') ? word ^ 0x5a5a : word, 2),
    );
    if (!crc) return bytes;
    const every = crc.every ?? 2;
    return bytes.flatMap((byte, i) => {
      if ((i + 1) % every) return [byte];
      const sum = this.#check(bytes.slice(i + 1 - every, i + 1));
      return [byte, part.hasFault('crc') ? sum ^ 0x01 : sum];
    });
  }

  #check(bytes: number[]): number {
    const { polynomial, start } = this.#set.crc!;
    return crc8(bytes, polynomial, start);
  }
}

/** Bytes are kept over a loss of power: that is what it is for. */
export class EepromTalk implements Talk {
  readonly #part: Part;
  readonly #chip: EepromPart;
  readonly #bytes: Uint8Array;
  #pointer = 0;
  #busy = 0;

  constructor(part: Part) {
    this.#part = part;
    this.#chip = part.description as EepromPart;
    this.#bytes = new Uint8Array(this.#chip.size).fill(0xff);
  }

  reset(): void {
    this.#pointer = 0;
    this.#busy = 0;
  }

  begin(): boolean {
    return this.#part.micros >= this.#busy;
  }

  write(bytes: Uint8Array): boolean {
    const { pointer, size, page, writeMicros } = this.#chip;
    if (bytes.length < pointer) return bytes.length === 0;
    this.#pointer = (pointer === 2 ? (bytes[0]! << 8) | bytes[1]! : bytes[0]!) % size;
    const data = bytes.subarray(pointer);
    if (data.length === 0) return true;
    const first = this.#pointer - (this.#pointer % page);
    for (const byte of data) {
      this.#bytes[this.#pointer] = byte;
      this.#pointer = first + ((this.#pointer + 1 - first) % page);
    }
    this.#busy = this.#part.micros + writeMicros;
    return true;
  }

  read(out: Uint8Array): boolean {
    for (let i = 0; i < out.length; i++) {
      out[i] = this.#bytes[this.#pointer]!;
      this.#pointer = (this.#pointer + 1) % this.#chip.size;
    }
    return true;
  }
}
