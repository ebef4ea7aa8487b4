/** Bytes that stand somewhere in linear memory: an address and a length, never a copy unless asked for. */
export class Bytes {
  /** `length` bytes from the address `ptr` on: the caller vouches that they are there. */
  constructor(
    readonly ptr: usize,
    readonly length: i32,
  ) {}

  /** Makes this stand for other bytes: for one object that is handed out again and again. */
  // @ts-ignore: decorator
  @inline
  point(ptr: usize, length: i32): Bytes {
    store<usize>(changetype<usize>(this), ptr, offsetof<Bytes>('ptr'));
    store<i32>(changetype<usize>(this), length, offsetof<Bytes>('length'));
    return this;
  }

  /** Zeroed room for `length` bytes. */
  static alloc(length: i32): Bytes {
    return Bytes.of(new StaticArray<u8>(length));
  }

  /** All of `array`, where it stands. */
  static of(array: StaticArray<u8>): Bytes {
    return new Bytes(changetype<usize>(array), array.length);
  }

  /** `text` in UTF-8; half a surrogate pair becomes U+FFFD, for the contract's strings are well-formed. */
  static utf8(text: string): Bytes {
    const start = __alloc(3 * <usize>text.length);
    const length = String.UTF8.encodeUnsafe(
      changetype<usize>(text),
      text.length,
      start,
      false,
      String.UTF8.ErrorMode.REPLACE,
    );
    __arena_trim(start + length);
    return new Bytes(start, <i32>length);
  }

  /** `text`, of ASCII characters alone: less code than `utf8`. */
  static ascii(text: string): Bytes {
    const length = text.length;
    const start = __alloc(length);
    const chars = changetype<usize>(text);
    for (let i = 0; i < length; i++) store<u8>(start + i, <u8>load<u16>(chars + ((<usize>i) << 1)));
    return new Bytes(start, length);
  }

  /** The byte at `index`, which is bounded: beyond the end stands a trap. */
  get(index: i32): u8 {
    if (<u32>index >= <u32>this.length) unreachable();
    return load<u8>(this.ptr + index);
  }

  set(index: i32, value: u8): void {
    if (<u32>index >= <u32>this.length) unreachable();
    store<u8>(this.ptr + index, value);
  }

  /** The bytes from `begin` up to `end`, not copied; both are cut to what is there. */
  slice(begin: i32, end: i32 = i32.MAX_VALUE): Bytes {
    const last = max(0, min(end, this.length));
    const first = max(0, min(begin, last));
    return new Bytes(this.ptr + first, last - first);
  }

  /** A copy in room of its own. In `onStart` it stays; later it is gone after the message. */
  copy(): StaticArray<u8> {
    const made = new StaticArray<u8>(this.length);
    memory.copy(changetype<usize>(made), this.ptr, this.length);
    return made;
  }

  equals(other: Bytes): bool {
    return this.length == other.length && memory.compare(this.ptr, other.ptr, this.length) == 0;
  }

  /** Whether this is `text` in UTF-8. */
  isText(text: string): bool {
    return this.equals(Bytes.utf8(text));
  }

  /** As UTF-8. Bytes that are none give some text or other, never a trap. */
  toString(): string {
    return String.UTF8.decodeUnsafe(this.ptr, this.length);
  }
}
