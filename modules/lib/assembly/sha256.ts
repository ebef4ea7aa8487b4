// SHA-256 (FIPS 180-4), incremental. For bulk data prefer the board's accelerator: under the interpreter a byte costs
// some hundred instructions.

import { sha256Compress, sha256Init } from './generated/sha256-compress';

/** Offsets in `Sha256`'s memory: the hash value, then the block that fills. */
const BLOCK: usize = 32;

/**
 * `update` any number of times, then `digest` once; `reset` makes it new, so an object made in `start` serves every
 * message. At most 2^32 - 1 bytes.
 */
export class Sha256 {
  private memory: StaticArray<u8> = new StaticArray<u8>(32 + 64);
  private length: u32 = 0;

  constructor() {
    this.reset();
  }

  reset(): this {
    sha256Init(changetype<usize>(this.memory));
    this.length = 0;
    return this;
  }

  /** Hashes `data`. */
  update(data: Uint8Array): this {
    return this.updateRaw(data.dataStart, data.length);
  }

  /** Hashes `length` bytes at the address `data`. */
  updateRaw(data: usize, length: usize): this {
    const h = changetype<usize>(this.memory);
    const block = h + BLOCK;
    const filled: usize = this.length & 63;
    this.length += <u32>length;
    if (filled > 0) {
      const space: usize = 64 - filled;
      const n = length < space ? length : space;
      memory.copy(block + filled, data, n);
      if (filled + n < 64) return this;
      sha256Compress(h, block, 1);
      data += n;
      length -= n;
    }
    sha256Compress(h, data, length >> 6);
    memory.copy(block, data + (length & ~63), length & 63);
    return this;
  }

  /** The 32 bytes of the digest, to the address `out`. */
  digestRaw(out: usize): void {
    const h = changetype<usize>(this.memory);
    const block = h + BLOCK;
    let filled: usize = this.length & 63;
    store<u8>(block + filled, 0x80); // 5.1.1
    filled++;
    if (filled > 56) {
      memory.fill(block + filled, 0, 64 - filled);
      sha256Compress(h, block, 1);
      filled = 0;
    }
    memory.fill(block + filled, 0, 56 - filled);
    store<u64>(block, bswap<u64>((<u64>this.length) << 3), 56);
    sha256Compress(h, block, 1);
    for (let i: usize = 0; i < 32; i += 4) store<u32>(out + i, bswap<u32>(load<u32>(h + i)));
  }

  /** The 32 bytes of the digest. */
  digest(): Uint8Array {
    const out = new Uint8Array(32);
    this.digestRaw(out.dataStart);
    return out;
  }
}

/** SHA-256 of `data`: 32 bytes. */
export function sha256(data: Uint8Array): Uint8Array {
  return new Sha256().update(data).digest();
}
