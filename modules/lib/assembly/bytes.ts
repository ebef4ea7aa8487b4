// Bytes in linear memory: byte order, comparison, hexadecimal, and a bounded writer.
// Everything takes raw addresses: the caller has checked that `len` bytes are there.

export function u16be(p: usize): u32 {
  return bswap<u16>(load<u16>(p));
}

export function u32be(p: usize): u32 {
  return bswap<u32>(load<u32>(p));
}

export function u64be(p: usize): u64 {
  return bswap<u64>(load<u64>(p));
}

/** Little-endian unsigned integer of `n` bytes, 0 to 8. */
export function uintLE(p: usize, n: u32): u64 {
  let v: u64 = 0;
  while (n) v = (v << 8) | load<u8>(p + --n);
  return v;
}

/** Little-endian two's complement integer of `n` bytes, 0 to 8. */
export function intLE(p: usize, n: u32): i64 {
  if (n == 0) return 0;
  const shift = 64 - 8 * n;
  return <i64>(uintLE(p, n) << shift) >> shift;
}

export function equal(a: usize, b: usize, len: u32): bool {
  for (let i: u32 = 0; i < len; i++) if (load<u8>(a + i) != load<u8>(b + i)) return false;
  return true;
}

/** Equality in a time that does not depend on where the bytes differ: for MACs and digests. */
export function equalSecret(a: usize, b: usize, len: u32): bool {
  let d: u32 = 0;
  for (let i: u32 = 0; i < len; i++) d |= load<u8>(a + i) ^ load<u8>(b + i);
  return d == 0;
}

/** Bytewise lexicographic order: negative, 0 or positive. A prefix comes before what it begins. */
export function order(a: usize, aLen: u32, b: usize, bLen: u32): i32 {
  const n = min<u32>(aLen, bLen);
  for (let i: u32 = 0; i < n; i++) {
    const d = <i32>load<u8>(a + i) - <i32>load<u8>(b + i);
    if (d) return d;
  }
  return <i32>aLen - <i32>bLen;
}

/** Whether the bytes are the ASCII text `s`. */
export function isAscii(p: usize, len: u32, s: string): bool {
  if (len != <u32>s.length) return false;
  const chars = changetype<usize>(s);
  for (let i: u32 = 0; i < len; i++) if (<u16>load<u8>(p + i) != load<u16>(chars + (i << 1))) return false;
  return true;
}

function nibble(c: u32): u32 {
  if (c - 0x30 < 10) return c - 0x30;
  c |= 0x20;
  return c - 0x61 < 6 ? c - 0x57 : 255;
}

/** Reads `n` bytes from 2 `n` hexadecimal digits in ASCII; false when one is no such digit. `dst` may be `src`. */
export function fromHex(dst: usize, src: usize, n: u32): bool {
  for (let i: u32 = 0; i < n; i++) {
    const hi = nibble(load<u8>(src + 2 * i));
    const lo = nibble(load<u8>(src + 2 * i + 1));
    if ((hi | lo) > 15) return false;
    store<u8>(dst + i, (hi << 4) | lo);
  }
  return true;
}

/** Appends to a fixed region. What does not fit is dropped and remembered: check `overflow` once, at the end. */
export class Writer {
  pos: usize;
  overflow: bool = false;

  constructor(
    public start: usize,
    public end: usize,
  ) {
    this.pos = start;
  }

  /** Begins anew in another region. */
  reset(start: usize, end: usize): void {
    this.start = start;
    this.end = end;
    this.pos = start;
    this.overflow = false;
  }

  get length(): u32 {
    return <u32>(this.pos - this.start);
  }

  /** Room for `n` more bytes, or 0. The bytes are the caller's to fill. */
  take(n: u32): usize {
    const p = this.pos;
    if (<usize>n > this.end - p) {
      this.overflow = true;
      return 0;
    }
    this.pos = p + n;
    return p;
  }

  u8(v: u32): void {
    const p = this.take(1);
    if (p) store<u8>(p, v);
  }

  u16be(v: u32): void {
    const p = this.take(2);
    if (p) store<u16>(p, bswap<u16>(<u16>v));
  }

  u32be(v: u32): void {
    const p = this.take(4);
    if (p) store<u32>(p, bswap<u32>(v));
  }

  u64be(v: u64): void {
    const p = this.take(8);
    if (p) store<u64>(p, bswap<u64>(v));
  }

  bytes(src: usize, len: u32): void {
    const p = this.take(len);
    if (p) memory.copy(p, src, len);
  }

  /** Text of ASCII characters, one byte each. */
  ascii(s: string): void {
    const len = <u32>s.length;
    const p = this.take(len);
    if (!p) return;
    const chars = changetype<usize>(s);
    for (let i: u32 = 0; i < len; i++) store<u8>(p + i, load<u16>(chars + (i << 1)));
  }

  /** Upper-case hexadecimal. */
  hex(src: usize, len: u32): void {
    const p = this.take(2 * len);
    if (!p) return;
    for (let i: u32 = 0; i < len; i++) {
      const b: u32 = load<u8>(src + i);
      store<u8>(p + 2 * i, hexDigit(b >> 4));
      store<u8>(p + 2 * i, hexDigit(b & 15), 1);
    }
  }

  /** Two upper-case digits. */
  hexByte(v: u32): void {
    this.u8(hexDigit((v >> 4) & 15));
    this.u8(hexDigit(v & 15));
  }

  /** Unsigned decimal, at least `digits` long. */
  number(v: u64, digits: u32 = 1): void {
    let n: u32 = 1;
    for (let x = v; x > 9; x /= 10) n++;
    n = max(n, digits);
    const p = this.take(n);
    if (!p) return;
    while (n) {
      store<u8>(p + --n, 0x30 + <u32>(v % 10));
      v /= 10;
    }
  }
}

function hexDigit(n: u32): u32 {
  return n + (n > 9 ? 0x37 : 0x30);
}
