// A request to unpack, as the supervisor sends it, and the one byte of the answer.

/** Six u32, little-endian. */
export const REQUEST_BYTES: i32 = 24;

/** Where things stand in the region `slots`, in bytes. The target is erased. */
export class Request {
  /** The module: where it goes, and its size. */
  readonly at: u32;
  readonly size: u32;
  /** The stream (RFC 1950). It lies behind the target's end. */
  readonly wireAt: u32;
  readonly wireSize: u32;
  /** The module whose last 32 KiB are the preset dictionary; size 0: none. */
  readonly baseAt: u32;
  readonly baseSize: u32;

  constructor(ptr: usize) {
    this.at = load<u32>(ptr);
    this.size = load<u32>(ptr, 4);
    this.wireAt = load<u32>(ptr, 8);
    this.wireSize = load<u32>(ptr, 12);
    this.baseAt = load<u32>(ptr, 16);
    this.baseSize = load<u32>(ptr, 20);
  }
}

export const enum Verdict {
  /** The module stands at its place, and has its size. Its digest is the supervisor's to check. */
  Done,
  /** The stream is malformed, ends early, needs another dictionary, or gives another size. */
  Malformed,
  /** The device failed. */
  Flash,
}
