// DEFLATE (RFC 1951) in the zlib format (RFC 1950), with a preset dictionary or without. The window is the caller's: what was
// written can be read back from where it lies, so that decoding needs 1.3 KB of memory, not 32.

/** Symbols of each alphabet (RFC 1951, 3.2.5 and 3.2.7), and bits of the longest code. */
const LITERALS: usize = 288;
const DISTANCES: usize = 32;
const LENGTH_CODES: usize = 19;
const MAX_BITS: u32 = 15;

/** A code: how many symbols have each length, then the symbols in the order of their codes, all u16. */
const COUNTS: usize = 32;
const LITERAL_CODE: usize = memory.data(2 * (16 + 288), 2);
const DISTANCE_CODE: usize = memory.data(2 * (16 + 32), 2);
/** The lengths of codes that are read: a byte each. */
const LENGTHS: usize = memory.data(288 + 32);

/** 3.2.7: the order in which the lengths of the code lengths come. */
const ORDER: usize = memory.data<u8>([16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]);
/** 3.2.5: bases and extra bits of lengths 257..285. */
const LENGTH_BASE: usize = memory.data<u16>([
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
]);
const LENGTH_EXTRA: usize = memory.data<u8>([
  0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
]);

/** Adler-32 (RFC 1950, 8.2). */
export class Adler32 {
  private a: u32 = 1;
  private b: u32 = 0;

  update(byte: u32): void {
    this.a += byte;
    if (this.a >= 65521) this.a -= 65521;
    this.b += this.a;
    if (this.b >= 65521) this.b -= 65521;
  }

  get value(): u32 {
    return (this.b << 16) | this.a;
  }
}

/** A decoder. Its heirs say where bytes come from and go to. One at a time: the tables are shared. */
export abstract class Inflate {
  private bits: u32 = 0;
  private have: i32 = 0;
  /** Bytes of output, with the one that `put` gets. */
  protected made: u32 = 0;
  private check: Adler32 = new Adler32();
  /** The input ended, or the output has no more room. */
  private broken: bool = false;

  /** The next byte of input; -1 when there is none. */
  protected abstract next(): i32;
  /** Takes a byte of output; false when there is no room for it. */
  protected abstract put(byte: u8): bool;
  /** The byte of output `distance` (1 to 32768) back; before the first one stands the dictionary's last. */
  protected abstract back(distance: u32): u8;

  /**
   * Decodes one stream.
   * @param dictionary bytes of the preset dictionary; 0: there is none
   * @param id its Adler-32
   * @returns how many bytes it gave; -1 when it is malformed, needs another dictionary, ends early or has no room
   */
  decode(dictionary: u32, id: u32): i32 {
    const cmf = this.take(8);
    const flags = this.take(8);
    // RFC 1950, 2.2: deflate with a window of at most 32 KiB, the header's check, the preset dictionary.
    if ((cmf & 15) != 8 || cmf >> 4 > 7 || ((cmf << 8) | flags) % 31 != 0) return -1;
    if (((flags >> 5) & 1) != u32(dictionary > 0)) return -1;
    if (dictionary > 0 && bswap(this.take(8) | (this.take(8) << 8) | (this.take(8) << 16) | (this.take(8) << 24)) != id)
      return -1;
    for (let last = false; !last; ) {
      last = this.take(1) != 0;
      const type = this.take(2);
      const done =
        type == 0 ? this.stored() : type == 1 ? this.fixed(dictionary) : type == 2 ? this.dynamic(dictionary) : false;
      if (!done || this.broken) return -1;
    }
    this.take(this.have & 7);
    const sum = this.take(8) | (this.take(8) << 8) | (this.take(8) << 16) | (this.take(8) << 24);
    return this.broken || bswap(sum) != this.check.value ? -1 : <i32>this.made;
  }

  /** The next `n` bits, at most 15, least significant first. */
  private take(n: i32): u32 {
    while (this.have < n) {
      const byte = this.next();
      if (byte < 0) {
        this.broken = true;
        return 0;
      }
      this.bits |= (<u32>byte) << this.have;
      this.have += 8;
    }
    const value = this.bits & ((1 << n) - 1);
    this.bits >>= n;
    this.have -= n;
    return value;
  }

  private give(byte: u32): void {
    this.check.update(byte);
    this.made++;
    if (!this.put(<u8>byte)) this.broken = true;
  }

  /** 3.2.4 */
  private stored(): bool {
    this.take(this.have & 7);
    const length = this.take(8) | (this.take(8) << 8);
    if ((length ^ (this.take(8) | (this.take(8) << 8))) != 0xffff) return false;
    for (let i: u32 = 0; i < length && !this.broken; i++) this.give(this.take(8));
    return true;
  }

  /** 3.2.6 */
  private fixed(dictionary: u32): bool {
    for (let i: usize = 0; i < LITERALS; i++) store<u8>(LENGTHS + i, i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8);
    memory.fill(LENGTHS + LITERALS, 5, DISTANCES);
    return codeOf(LITERAL_CODE, 0, LITERALS) && codeOf(DISTANCE_CODE, LITERALS, DISTANCES) && this.symbols(dictionary);
  }

  /** 3.2.7 */
  private dynamic(dictionary: u32): bool {
    const literals = this.take(5) + 257;
    const distances = this.take(5) + 1;
    const lengths = this.take(4) + 4;
    if (literals > 286 || distances > 30) return false;
    memory.fill(LENGTHS, 0, LENGTH_CODES);
    for (let i: u32 = 0; i < lengths; i++) store<u8>(LENGTHS + load<u8>(ORDER + i), <u8>this.take(3));
    // The literals' place serves the code of the lengths.
    if (!codeOf(LITERAL_CODE, 0, LENGTH_CODES)) return false;
    for (let i: u32 = 0; i < literals + distances; ) {
      const symbol = this.symbol(LITERAL_CODE);
      if (symbol < 0 || this.broken) return false;
      if (symbol < 16) {
        store<u8>(LENGTHS + i++, <u8>symbol);
        continue;
      }
      if (symbol == 16 && i == 0) return false;
      const value: u8 = symbol == 16 ? load<u8>(LENGTHS + i - 1) : 0;
      let times = symbol == 16 ? this.take(2) + 3 : symbol == 17 ? this.take(3) + 3 : this.take(7) + 11;
      if (i + times > literals + distances) return false;
      while (times-- > 0) store<u8>(LENGTHS + i++, value);
    }
    // Without an end of block there would be no end.
    if (load<u8>(LENGTHS, 256) == 0) return false;
    return codeOf(LITERAL_CODE, 0, literals) && codeOf(DISTANCE_CODE, literals, distances) && this.symbols(dictionary);
  }

  /** 3.2.3: literals and copies until the end of the block. */
  private symbols(dictionary: u32): bool {
    while (!this.broken) {
      const symbol = this.symbol(LITERAL_CODE);
      if (symbol < 0) return false;
      if (symbol == 256) return true;
      if (symbol < 256) {
        this.give(symbol);
        continue;
      }
      const code = <usize>symbol - 257;
      if (code > 28) return false;
      let length = load<u16>(LENGTH_BASE + (code << 1)) + this.take(load<u8>(LENGTH_EXTRA + code));
      const far = this.symbol(DISTANCE_CODE);
      if (far < 0 || far > 29) return false;
      const extra = far < 4 ? 0 : (far >> 1) - 1;
      const distance = (far < 4 ? far : (2 + (far & 1)) << extra) + 1 + this.take(extra);
      if (<u32>distance > this.made + dictionary) return false;
      for (; length > 0 && !this.broken; length--) this.give(this.back(distance));
    }
    return false;
  }

  /** The next symbol of a code; -1 when no code begins so. */
  private symbol(code: usize): i32 {
    let value = 0;
    let first = 0;
    let index = 0;
    for (let length: u32 = 1; length <= MAX_BITS; length++) {
      value |= this.take(1);
      if (this.broken) return -1;
      const count = <i32>load<u16>(code + (length << 1));
      if (value - first < count) return load<u16>(code + COUNTS + ((<usize>(index + value - first)) << 1));
      index += count;
      first = (first + count) << 1;
      value <<= 1;
    }
    return -1;
  }
}

/** 3.2.2: the code of `n` lengths from LENGTHS + `from` on. False when more codes are used than there are. */
function codeOf(code: usize, from: usize, n: usize): bool {
  const lengths = LENGTHS + from;
  memory.fill(code, 0, COUNTS);
  for (let i: usize = 0; i < n; i++) {
    const count = code + ((<usize>load<u8>(lengths + i)) << 1);
    store<u16>(count, load<u16>(count) + 1);
  }
  store<u16>(code, 0);
  let left = 1;
  let before = 0;
  let at = code + COUNTS;
  for (let length: u32 = 1; length <= MAX_BITS; length++) {
    left = (left << 1) - load<u16>(code + (length << 1));
    if (left < 0) return false;
    for (let i: usize = 0; i < n; i++) {
      if (load<u8>(lengths + i) != length) continue;
      store<u16>(at, <u16>i);
      at += 2;
      before++;
    }
  }
  // An incomplete code is allowed where one symbol, or none, is in use (3.2.7).
  return left == 0 || before <= 1;
}
