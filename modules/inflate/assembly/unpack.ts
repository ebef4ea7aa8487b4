// A stream in flash to a module in flash. The window is flash, too: what was written, and before it the base.

import { Adler32, Inflate } from '../../lib/assembly/inflate';
import { Storage } from '../../supervisor/assembly/storage';
import { Request, Verdict } from './letter';

/** Bytes read or programmed at once; a multiple of every program unit. */
const PAGE: u32 = 512;
const NOWHERE: u32 = 0xffffffff;
/** RFC 1951: distances reach no farther. */
const WINDOW: u32 = 32768;

/** A page of flash that was read last. */
class Page {
  private ptr: usize = changetype<usize>(new StaticArray<u8>(<i32>PAGE));
  private at: u32 = NOWHERE;

  constructor(private storage: Storage) {}

  /** The byte at `offset`; -1: the device failed. */
  byte(offset: u32): i32 {
    const at = offset - (offset % PAGE);
    if (at != this.at) {
      this.at = NOWHERE;
      if (!this.storage.read(at, this.ptr, min(PAGE, this.storage.size - at))) return -1;
      this.at = at;
    }
    return load<u8>(this.ptr + (offset - at));
  }
}

class Unpacking extends Inflate {
  failed: bool = false;
  /** The page of output that fills. */
  private out: usize = changetype<usize>(new StaticArray<u8>(<i32>PAGE));
  private taken: u32 = 0;
  private input: Page;
  private window: Page;

  constructor(
    private storage: Storage,
    private request: Request,
  ) {
    super();
    this.input = new Page(storage);
    this.window = new Page(storage);
  }

  protected next(): i32 {
    if (this.taken >= this.request.wireSize) return -1;
    return this.good(this.input.byte(this.request.wireAt + this.taken++));
  }

  protected put(byte: u8): bool {
    if (this.made > this.request.size) return false;
    store<u8>(this.out + ((this.made - 1) % PAGE), byte);
    return this.made % PAGE != 0 || this.program(PAGE);
  }

  protected back(distance: u32): u8 {
    const filling = this.made % PAGE;
    if (distance <= filling) return load<u8>(this.out + (filling - distance));
    const before = this.made - distance;
    const from =
      distance <= this.made ? this.request.at + before : this.request.baseAt + this.request.baseSize + before;
    return <u8>this.good(this.window.byte(from));
  }

  /** Adler-32 of the dictionary. */
  identify(start: u32, end: u32): u32 {
    const sum = new Adler32();
    for (let at = start; at < end && !this.failed; at++) sum.update(this.good(this.window.byte(at)));
    return sum.value;
  }

  /** Programs what is left of the last page. */
  finish(): bool {
    const left = this.made % PAGE;
    return left == 0 || this.program(left);
  }

  /** What fills the page goes to flash. */
  private program(length: u32): bool {
    const start = this.made - length;
    if (!this.storage.program(this.request.at + start, this.out, length)) this.failed = true;
    return !this.failed;
  }

  private good(byte: i32): i32 {
    if (byte < 0) this.failed = true;
    return byte;
  }
}

/** Erases nothing, and writes nothing outside [at, at + size). */
export function unpack(storage: Storage, request: Request): Verdict {
  if (!inside(storage, request.at, request.size)) return Verdict.Malformed;
  if (!inside(storage, request.wireAt, request.wireSize)) return Verdict.Malformed;
  if (!inside(storage, request.baseAt, request.baseSize)) return Verdict.Malformed;
  const unpacking = new Unpacking(storage, request);
  const baseEnd = request.baseAt + request.baseSize;
  const dictionary = min(request.baseSize, WINDOW);
  const id = unpacking.identify(baseEnd - dictionary, baseEnd);
  const made = unpacking.failed ? -1 : unpacking.decode(dictionary, id);
  const done = made >= 0 && <u32>made == request.size && unpacking.finish();
  return unpacking.failed ? Verdict.Flash : done ? Verdict.Done : Verdict.Malformed;
}

function inside(storage: Storage, at: u32, size: u32): bool {
  return at <= storage.size && size <= storage.size - at;
}
