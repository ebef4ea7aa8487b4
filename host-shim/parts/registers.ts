/** Parts with a map of registers, on I2C and SPI. */
import type { Bits, Register, RegisterPart } from './description.ts';
import { bytesOf, type Part, type Talk } from './part.ts';

export class RegisterTalk implements Talk {
  readonly #part: Part;
  readonly #map: RegisterPart;
  /** First register in front of or at an address, for those with several bytes. */
  readonly #starts: number[];
  #pointer = 0;
  /** What this transfer has read: several bytes of a register belong together. */
  #latched = new Map<number, number[]>();
  #written = new Map<number, number[]>();
  /** Conversions: when the running one began; undefined: none runs. The values of the last one. */
  #began: number | undefined;
  #samples = new Map<number, number>();
  /** SPI: the address byte is still to come, or what it said. */
  #direction: 'address' | 'read' | 'write' = 'address';

  constructor(part: Part) {
    this.#part = part;
    this.#map = part.description as RegisterPart;
    this.#starts = Object.keys(this.#map.registers)
      .map(Number)
      .sort((a, b) => a - b);
    part.onConvert = () => this.#start();
    part.onSample = (address) => this.#sample(address);
    part.onSettle = () => this.#convert();
  }

  reset(): void {
    this.#pointer = 0;
    this.#samples.clear();
    this.#began = this.#continues ? this.#map.startMicros : undefined;
  }

  begin(): boolean {
    this.#latched.clear();
    this.#written.clear();
    this.#direction = 'address';
    return true;
  }

  write(bytes: Uint8Array): boolean {
    const { pointer = 1 } = this.#map;
    if (bytes.length < pointer) return bytes.length === 0;
    this.#convert();
    this.#latched.clear();
    this.#written.clear();
    this.#pointer = pointer === 2 ? (bytes[0]! << 8) | bytes[1]! : bytes[0]!;
    for (const byte of bytes.subarray(pointer)) this.#put(byte);
    return true;
  }

  read(out: Uint8Array): boolean {
    this.#convert();
    for (let i = 0; i < out.length; i++) out[i] = this.#get();
    return true;
  }

  exchange(byte: number): number {
    const { read, write } = this.#map.spi!;
    if (this.#direction === 'address') {
      // Of the two bits the one that differs tells the way.
      const bit = read ^ write;
      this.#direction = (byte & bit) === (read & bit) ? 'read' : 'write';
      this.#pointer = byte & ~bit & 0xff;
      this.#convert();
      return 0xff;
    }
    if (this.#direction === 'read') return this.#get();
    this.#put(byte);
    return 0xff;
  }

  /** The register that holds the byte at the pointer, its address, and which of its bytes. */
  #at(): { start: number; register: Register; byte: number } | undefined {
    const { registers, burst } = this.#map;
    const address = typeof burst === 'number' ? this.#pointer & ~burst : this.#pointer;
    if (burst === 'words') {
      const register = registers[address];
      return register && { start: address, register, byte: this.#word };
    }
    const start = this.#starts.findLast((candidate) => candidate <= address);
    const register = start === undefined ? undefined : registers[start];
    if (!register || address >= start! + this.#size(register)) return undefined;
    return { start: start!, register, byte: address - start! };
  }

  #word = 0;

  #size(register: Register): number {
    return register.bytes ?? this.#map.bytes ?? 1;
  }

  #step(): void {
    const { burst = 'bytes' } = this.#map;
    if (burst === 'words') this.#word++;
    else if (burst === 'bytes' || this.#pointer & burst) this.#pointer++;
  }

  #get(): number {
    if (this.#latched.size === 0) this.#word = 0;
    const place = this.#at();
    if (!place) {
      this.#step();
      return this.#map.bus === 'i2c' ? 0xff : 0;
    }
    const { start, register } = place;
    const size = this.#size(register);
    let bytes = this.#latched.get(start);
    if (!bytes) {
      bytes = this.#bytes(this.#value(start, register), size, register);
      this.#latched.set(start, bytes);
    }
    const byte = bytes[place.byte % size]!;
    if (place.byte % size === size - 1) register.wasRead?.(this.#part);
    this.#step();
    return byte;
  }

  #put(byte: number): void {
    if (this.#written.size === 0) this.#word = 0;
    const place = this.#at();
    if (place) {
      const { start, register } = place;
      const size = this.#size(register);
      const bytes = this.#written.get(start) ?? this.#bytes(this.#part.register(start), size, register);
      bytes[place.byte % size] = byte;
      this.#written.set(start, bytes);
      if (place.byte % size === size - 1) this.#store(start, register, this.#number(bytes, register));
    }
    this.#step();
  }

  #store(start: number, register: Register, value: number): void {
    const part = this.#part;
    const writable = BigInt(register.writable ?? 0);
    part.store(start, Number((BigInt(part.register(start)) & ~writable) | (BigInt(value) & writable)));
    register.written?.(part, value);
    const { conversion, resets } = this.#map;
    const { trigger, modes } = conversion ?? {};
    const holds = (bits?: Bits) => bits?.register === start && (value & bits.mask) >>> 0 === bits.equals;
    if (holds(trigger)) this.#start();
    if (modes?.register === start) {
      if ([...modes.once, ...modes.always].includes(this.#mode)) this.#start();
      else this.#began = undefined;
    }
    if (holds(resets)) part.powerUp();
  }

  #value(start: number, register: Register): number {
    const part = this.#part;
    if (register.identity && part.hasFault('identity')) return part.register(start) ^ 0x5a;
    if (register.value === undefined) return part.register(start);
    if (!this.#map.conversion) return part.raw(register.value);
    return this.#samples.get(start) ?? part.register(start);
  }

  #start(): void {
    this.#began = this.#part.micros;
    this.#flag(false);
  }

  /** Ends the conversions that are over by now. */
  #convert(): void {
    const { conversion, registers } = this.#map;
    if (!conversion || this.#began === undefined) return;
    const takes = typeof conversion.micros === 'number' ? conversion.micros : conversion.micros(this.#part);
    const passed = this.#part.micros - this.#began;
    if (passed < takes) return;
    this.#samples.clear();
    for (const [start, { value }] of Object.entries(registers)) if (value !== undefined) this.#sample(Number(start));
    const { modes } = conversion;
    if (modes?.rest !== undefined && modes.once.includes(this.#mode))
      this.#part.store(modes.register, (this.#part.register(modes.register) & ~modes.mask) | modes.rest);
    this.#began = this.#continues ? this.#began + Math.floor(passed / takes) * takes : undefined;
    this.#flag(true);
  }

  /** One register's of this conversion; of those that depend on each other each is taken once. */
  #sample(start: number): number {
    const known = this.#samples.get(start);
    if (known !== undefined) return known;
    const { value = 0, reset = 0, enabled } = this.#map.registers[start]!;
    const raw = enabled?.(this.#part) === false ? reset : this.#part.raw(value);
    this.#samples.set(start, raw);
    return raw;
  }

  get #mode(): number {
    const { register, mask } = this.#map.conversion!.modes!;
    return (this.#part.register(register) & mask) >>> 0;
  }

  /** Conversions follow each other. */
  get #continues(): boolean {
    const { conversion } = this.#map;
    if (!conversion) return false;
    return conversion.modes?.always.includes(this.#mode) ?? !conversion.trigger;
  }

  #flag(done: boolean): void {
    const ready = this.#map.conversion?.ready;
    if (!ready) return;
    if (done !== (ready.low ?? false)) this.#part.set(ready.register, ready.mask);
    else this.#part.clear(ready.register, ready.mask);
  }

  #bytes(value: number, size: number, { order = this.#map.order }: Register): number[] {
    const bytes = bytesOf(value, size);
    return order === 'little' ? bytes.reverse() : bytes;
  }

  #number(bytes: number[], { order = this.#map.order }: Register): number {
    const ordered = order === 'little' ? bytes.toReversed() : bytes;
    return ordered.reduce((sum, byte) => sum * 256 + byte, 0);
  }
}
