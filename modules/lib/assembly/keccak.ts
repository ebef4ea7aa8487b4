// SHA-3 and SHAKE (FIPS 202) on one sponge, incremental.
//
// A sponge is SPONGE_BYTES of memory that its user provides: ML-KEM and ML-DSA place theirs in their workspace and
// wipe it; other modules use the classes at the end.

import { keccakF1600 } from './generated/keccak-f1600';

/** Bytes of a sponge: the state, then the position in the block and the rate as u32. */
export const SPONGE_BYTES: usize = 208;
const POSITION: usize = 200;
const RATE: usize = 204;

/** Rates in bytes: (1600 - c) / 8 with the capacities of FIPS 202, 6.1 and 6.2. */
export const SHA3_256_RATE: u32 = 136;
export const SHA3_512_RATE: u32 = 72;
export const SHAKE128_RATE: u32 = 168;
export const SHAKE256_RATE: u32 = 136;

/** The bits appended to a message (FIPS 202, 6.1 and 6.2) with the first 1 of pad10*1, least significant bit first. */
export const SHA3_SUFFIX: u8 = 0x06;
export const SHAKE_SUFFIX: u8 = 0x1f;

export function spongeInit(s: usize, rate: u32): void {
  memory.fill(s, 0, POSITION + 4);
  store<u32>(s, rate, RATE);
}

/** Absorbs `length` bytes at `data`. */
export function spongeAbsorb(s: usize, data: usize, length: usize): void {
  const rate: usize = load<u32>(s, RATE);
  let position: usize = load<u32>(s, POSITION);
  const end = data + length;
  while (data < end) {
    const left = end - data;
    const room = rate - position;
    const n = left < room ? left : room;
    let p = s + position;
    position += n;
    // Eight at a time: a block's bytes need no alignment.
    for (const stop = data + (n & ~7); data < stop; p += 8, data += 8) store<u64>(p, load<u64>(p) ^ load<u64>(data));
    for (const stop = data + (n & 7); data < stop; p++, data++) store<u8>(p, load<u8>(p) ^ load<u8>(data));
    if (position == rate) {
      keccakF1600(s);
      position = 0;
    }
  }
  store<u32>(s, <u32>position, POSITION);
}

/** Ends the input: suffix and pad10*1 (FIPS 202, Algorithm 9). The first output block is then at `s`. */
export function spongeFinish(s: usize, suffix: u8): void {
  const p = s + load<u32>(s, POSITION);
  store<u8>(p, load<u8>(p) ^ suffix);
  const last = s + load<u32>(s, RATE) - 1;
  store<u8>(last, load<u8>(last) ^ 0x80);
  keccakF1600(s);
  store<u32>(s, 0, POSITION);
}

/** The next `length` bytes of output, to `out`. */
export function spongeSqueeze(s: usize, out: usize, length: usize): void {
  const rate = load<u32>(s, RATE);
  let position = load<u32>(s, POSITION);
  while (length > 0) {
    if (position == rate) {
      keccakF1600(s);
      position = 0;
    }
    const left: usize = rate - position;
    const n = length < left ? length : left;
    memory.copy(out, s + position, n);
    out += n;
    length -= n;
    position += <u32>n;
  }
  store<u32>(s, position, POSITION);
}

/** One of FIPS 202's functions over byte arrays: `update` any number of times, then `read` any number of times. */
class Keccak {
  private state: StaticArray<u8> = new StaticArray<u8>(<i32>SPONGE_BYTES);
  private reading: bool = false;

  constructor(
    private rate: u32,
    private suffix: u8,
  ) {
    this.reset();
  }

  /** Makes it new. An object made in `start` outlives messages this way. */
  reset(): this {
    spongeInit(changetype<usize>(this.state), this.rate);
    this.reading = false;
    return this;
  }

  /** Absorbs `data`. Traps after `read`. */
  update(data: Uint8Array): this {
    return this.updateRaw(data.dataStart, data.length);
  }

  /** Absorbs `length` bytes at the address `data`. Traps after `read`. */
  updateRaw(data: usize, length: usize): this {
    if (this.reading) unreachable();
    spongeAbsorb(changetype<usize>(this.state), data, length);
    return this;
  }

  protected squeeze(length: i32): Uint8Array {
    const s = changetype<usize>(this.state);
    if (!this.reading) spongeFinish(s, this.suffix);
    this.reading = true;
    const out = new Uint8Array(length);
    spongeSqueeze(s, out.dataStart, length);
    return out;
  }
}

/** SHAKE128 (FIPS 202, 6.2). */
export class Shake128 extends Keccak {
  constructor() {
    super(SHAKE128_RATE, SHAKE_SUFFIX);
  }
  /** The next `length` bytes of output. */
  read(length: i32): Uint8Array {
    return this.squeeze(length);
  }
}

/** SHAKE256 (FIPS 202, 6.2). */
export class Shake256 extends Keccak {
  constructor() {
    super(SHAKE256_RATE, SHAKE_SUFFIX);
  }
  /** The next `length` bytes of output. */
  read(length: i32): Uint8Array {
    return this.squeeze(length);
  }
}

/** SHA3-256 (FIPS 202, 6.1). */
export class Sha3_256 extends Keccak {
  constructor() {
    super(SHA3_256_RATE, SHA3_SUFFIX);
  }
  /** The 32 bytes of the digest; once. */
  digest(): Uint8Array {
    return this.squeeze(32);
  }
}

/** SHA3-512 (FIPS 202, 6.1). */
export class Sha3_512 extends Keccak {
  constructor() {
    super(SHA3_512_RATE, SHA3_SUFFIX);
  }
  /** The 64 bytes of the digest; once. */
  digest(): Uint8Array {
    return this.squeeze(64);
  }
}
