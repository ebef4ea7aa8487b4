/** Parts on a 1-Wire bus: the ROM commands that they share (Maxim application note 187), and functions of their own. */
import type { OneWirePart } from './description.ts';
import { crc8Maxim, type Part, type Talk } from './part.ts';

const ROM = { search: 0xf0, read: 0x33, match: 0x55, skip: 0xcc } as const;

export class OneWireTalk implements Talk {
  /** Family, serial number, CRC: 8 bytes as they are sent. */
  readonly rom: Uint8Array;
  readonly #part: Part;
  readonly #kind: OneWirePart;
  /** What it waits for; undefined: until the next reset pulse it is not spoken to. */
  #state: 'rom' | 'match' | 'function' | 'parameters' | 'answer' | undefined;
  #heard: number[] = [];
  #code = 0;
  #answer: number[] = [];
  #ready = 0;

  constructor(part: Part, serial: number) {
    this.#part = part;
    this.#kind = part.description as OneWirePart;
    const number = Array.from({ length: 6 }, (_, index) => Math.floor(serial / 2 ** (8 * index)) & 0xff);
    this.rom = Uint8Array.from([this.#kind.family, ...number, 0]);
    this.rom[7] = crc8Maxim(this.rom.subarray(0, 7));
  }

  reset(): void {
    this.#state = undefined;
    this.#answer = [];
    this.#ready = 0;
  }

  begin(): boolean {
    this.#state = 'rom';
    this.#heard = [];
    this.#answer = [];
    return true;
  }

  /** Whether it takes part in a search that begins with its next bit. */
  get searching(): boolean {
    return this.#state === 'rom' && this.#code === ROM.search;
  }

  /** A search went past it. */
  drop(): void {
    this.#state = undefined;
  }

  /** What a master reads of its ROM, with its faults. */
  get spoken(): Uint8Array {
    const rom = this.rom.slice();
    if (this.#part.hasFault('identity')) {
      rom[0]! ^= 0x5a;
      rom[7] = crc8Maxim(rom.subarray(0, 7));
    }
    if (this.#part.hasFault('crc')) rom[7]! ^= 1;
    return rom;
  }

  write(bytes: Uint8Array): boolean {
    for (const byte of bytes) this.#hear(byte);
    return true;
  }

  /** A line that nobody holds low reads as ones. */
  read(out: Uint8Array): boolean {
    for (let i = 0; i < out.length; i++) out[i] = this.#say();
    return true;
  }

  get speaks(): boolean {
    return this.#state === 'answer';
  }

  #hear(byte: number): void {
    switch (this.#state) {
      case 'rom':
        this.#code = byte;
        if (byte === ROM.skip) this.#state = 'function';
        else if (byte === ROM.match) this.#state = 'match';
        else if (byte === ROM.read) this.#speak([...this.spoken]);
        else if (byte !== ROM.search) this.#state = undefined;
        break;
      case 'match':
        this.#heard.push(byte);
        if (this.#heard.length < 8) break;
        this.#state = this.#heard.every((heard, i) => heard === this.spoken[i]) ? 'function' : undefined;
        break;
      case 'function':
        this.#code = byte;
        this.#heard = [];
        if (!this.#kind.functions[byte]) this.#state = undefined;
        else if (this.#kind.functions[byte].parameters) this.#state = 'parameters';
        else this.#run();
        break;
      case 'parameters':
        this.#heard.push(byte);
        if (this.#heard.length === this.#kind.functions[this.#code]!.parameters) this.#run();
        break;
    }
  }

  #run(): void {
    const { run, micros = 0, answer } = this.#kind.functions[this.#code]!;
    run?.(this.#part, this.#heard);
    if (micros > 0) this.#ready = this.#part.micros + micros;
    const bytes = answer?.(this.#part) ?? [];
    const crc = crc8Maxim(bytes);
    this.#speak(bytes.length > 0 ? [...bytes, this.#part.hasFault('crc') ? crc ^ 1 : crc] : []);
  }

  #speak(bytes: number[]): void {
    this.#answer = bytes;
    this.#state = 'answer';
  }

  /** Behind a function that takes its time: zeros until it is over, then ones. */
  #say(): number {
    if (this.#state !== 'answer') return 0xff;
    return this.#answer.shift() ?? (this.#part.micros < this.#ready ? 0 : 0xff);
  }
}
