// From chips of the radio to frames. A framer is fed byte by byte; when a frame is whole it stands at FRAME. One frame is
// under way at a time.
import { FORMAT_A, MESSAGE } from './telegram';

/** Longest frame: format A with a length field of 255. */
export const FRAME_MAX: u32 = 292;
/** Behind what a telegram needs in MESSAGE: bytes that are fed in spoil the records of a compact frame. */
export const FRAME: usize = MESSAGE + 316;

/** Line codes of EN 13757-4: chips after the synchronisation word, most significant bit first. */
export const THREE_OF_SIX: u32 = 0;
export const MANCHESTER: u32 = 1;
export const NRZ: u32 = 2;

/** What `push` answers: more bytes are wanted, a frame stands at FRAME, or the chips are no code words. */
export const MORE: i32 = 0;
export const DONE: i32 = 1;
export const BROKEN: i32 = -1;

/** Code word of each nibble (EN 13757-4 table 10). */
const CODE_WORDS = memory.data<u8>([22, 13, 14, 11, 28, 25, 26, 19, 44, 37, 38, 35, 52, 49, 50, 41]);

/** Frames out of chips. T mode is 3-of-6, S mode Manchester, C mode NRZ; the frame format follows from the sync word. */
export class ChipFramer {
  /** Bytes at FRAME. */
  length: u32 = 0;
  private chips: u32 = 0;
  private count: u32 = 0;
  private nibble: u32 = 16;
  private wanted: u32 = 1;

  constructor(
    private code: u32,
    public format: u32,
  ) {}

  reset(code: u32, format: u32): void {
    this.code = code;
    this.format = format;
    this.length = 0;
    this.count = 0;
    this.nibble = 16;
    this.wanted = 1;
  }

  push(byte: u32): i32 {
    if (this.code == NRZ) return this.data(byte);
    this.chips = (this.chips << 8) | byte;
    this.count += 8;
    const width: u32 = this.code == THREE_OF_SIX ? 6 : 8;
    while (this.count >= width) {
      this.count -= width;
      const n = this.symbol((this.chips >> this.count) & ((1 << width) - 1));
      if (n > 15) return BROKEN;
      if (this.nibble > 15) this.nibble = n;
      else {
        const state = this.data((this.nibble << 4) | n);
        this.nibble = 16;
        if (state != MORE) return state;
      }
    }
    return MORE;
  }

  private symbol(chips: u32): u32 {
    let n: u32 = 0;
    if (this.code == THREE_OF_SIX) {
      while (n < 16 && <u32>load<u8>(CODE_WORDS + n) != chips) n++;
      return n;
    }
    // Manchester: 10 is a one, 01 a zero.
    for (let i = 6; i >= 0; i -= 2) {
      const pair = (chips >> i) & 3;
      if (pair != 1 && pair != 2) return 16;
      n = (n << 1) | (pair >> 1);
    }
    return n;
  }

  private data(byte: u32): i32 {
    if (this.length == 0) this.wanted = wholeLength(byte, this.format);
    if (this.wanted == 0) return BROKEN;
    store<u8>(FRAME + this.length++, byte);
    return this.length == this.wanted ? DONE : MORE;
  }
}

/** Bytes of a frame with length field `l`, 0 when there is no such frame. */
export function wholeLength(l: u32, format: u32): u32 {
  if (l < 9) return 0;
  return format == FORMAT_A ? l + 3 + 2 * ((l + 6) >> 4) : l + 1;
}

/**
 * Finds out whether `len` bytes are the chips of one frame in format A, as T mode (3-of-6) or S mode (Manchester) sends
 * it. Bytes of the frame, which then stands at FRAME, or 0.
 */
export function unchip(chips: usize, len: u32): u32 {
  for (let code = THREE_OF_SIX; code <= MANCHESTER; code++) {
    probe.reset(code, FORMAT_A);
    for (let i: u32 = 0; i < len; i++) {
      const state = probe.push(load<u8>(chips + i));
      if (state == MORE) continue;
      if (state == DONE && i + 2 >= len) return probe.length;
      break;
    }
  }
  return 0;
}
const probe = new ChipFramer(THREE_OF_SIX, FORMAT_A);
