// From what a receiver delivers to frames: chips of the radio, and the protocols of serial receivers. A framer is fed byte
// by byte; when a frame is whole it stands at FRAME. One frame is under way at a time.
import { fromHex } from '../../lib/assembly/bytes';
import { FORMAT_A, FORMAT_AUTO, FORMAT_B, FORMAT_NONE, MESSAGE } from './telegram';

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

/** Nibble of each 3-of-6 code word (EN 13757-4 table 10), 255 where there is none. */
const CODE_WORDS = memory.data<u8>([
  255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 3, 255, 1, 2, 255, 255, 255, 255, 7, 255, 255, 0, 255, 255, 5,
  6, 255, 4, 255, 255, 255, 255, 255, 255, 11, 255, 9, 10, 255, 255, 15, 255, 255, 8, 255, 255, 255, 255, 13, 14, 255,
  12, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
]);

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
    if (this.code == THREE_OF_SIX) return load<u8>(CODE_WORDS + chips);
    // Manchester: 10 is a one, 01 a zero.
    let n: u32 = 0;
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
function wholeLength(l: u32, format: u32): u32 {
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

/** Protocols of serial receivers. */
export const RC1180: u32 = 0;
export const IM871A: u32 = 1;
/** Lines of text: CUL (`b…`), rtl_wmbus (`T1;1;1;…;0x…`), or bare hexadecimal digits. */
export const LINES: u32 = 2;

/** Frames out of a serial receiver's bytes. */
export class SerialFramer {
  length: u32 = 0;
  /** What is known of the frame's format: FORMAT_A or FORMAT_B with CRCs, FORMAT_NONE without, FORMAT_AUTO. */
  format: u32 = FORMAT_NONE;
  /** dBm, 0 when the receiver told none. */
  rssi: i32 = 0;
  private at: u32 = 0;
  private field: u32 = 0;
  private value: i32 = 0;
  private overflow: bool = false;

  /**
   * `options` of RC1180: its DATA_INTERFACE register (4: start and stop bytes, 8: CRC) and 1 when it
   * sends RSSI. Its manual does not tell the start and stop bytes: those of EN 13757-2 are taken, 68h and 16h.
   */
  constructor(
    private protocol: u32,
    private options: u32 = 0,
  ) {}

  push(byte: u32): i32 {
    if (this.protocol == LINES) return this.line(byte);
    return this.protocol == RC1180 ? this.rc1180(byte) : this.im871a(byte);
  }

  /** Gives up what is under way: after a pause on the line. */
  reset(): void {
    this.at = 0;
  }

  private rc1180(byte: u32): i32 {
    const framed: u32 = this.options & 4 ? 1 : 0;
    const n = this.at++;
    if (n < framed) {
      // The start byte: a frame is recognised by its stop byte and length.
      if (byte == 0x68) return MORE;
      this.at = 0;
      return BROKEN;
    }
    if (n - framed < FRAME_MAX) store<u8>(FRAME + n - framed, byte);
    const l: u32 = load<u8>(FRAME);
    if (n < framed + l + framed) return MORE;
    this.at = 0;
    if (framed && byte != 0x16) return BROKEN;
    // L counts RSSI and the CRC of the serial line.
    const rssi: u32 = this.options & 1;
    const crc: u32 = this.options & 8 ? 2 : 0;
    if (l < 9 + rssi + crc) return BROKEN;
    this.length = l + 1 - rssi - crc;
    this.rssi = rssi ? -(<i32>load<u8>(FRAME + this.length) >> 1) : 0;
    store<u8>(FRAME, l - rssi - crc);
    return DONE;
  }

  /** A5, flags and endpoint, message, length, frame without its L, then time stamp (4), RSSI (1) and CRC (2) by the flags. */
  private im871a(byte: u32): i32 {
    const n = this.at++;
    if (n == 0) {
      if (byte == 0xa5) return MORE;
      this.at = 0;
      return BROKEN;
    }
    if (n == 1) this.field = byte;
    else if (n == 2) this.value = byte;
    else if (n - 3 < FRAME_MAX) store<u8>(FRAME + n - 3, byte);
    if (n < 3) return MORE;
    const flags = this.field;
    const l: u32 = load<u8>(FRAME);
    const tail = (flags & 0x20 ? 4 : 0) + (flags & 0x40 ? 1 : 0) + (flags & 0x80 ? 2 : 0);
    if (n < 3 + l + tail) return MORE;
    this.at = 0;
    // Endpoint 2 is the radio link, its message 3 a telegram.
    if ((flags & 15) != 2 || this.value != 3 || l < 9) return BROKEN;
    this.length = l + 1;
    const rssi = FRAME + l + 1 + (flags & 0x20 ? 4 : 0);
    this.rssi = flags & 0x40 ? <i32>load<u8>(rssi) - 256 : 0;
    if (flags & 0x80 && !this.hciCrc(flags, l + tail - 2)) return BROKEN;
    return DONE;
  }

  /** CRC-16 of the HCI (X.25) from the endpoint on: the two bytes at its end, low byte first. */
  private hciCrc(flags: u32, n: u32): bool {
    let crc = x25(x25(0xffff, flags), <u32>this.value);
    for (let i: u32 = 0; i <= n; i++) crc = x25(crc, load<u8>(FRAME + i));
    return (crc ^ 0xffff) == <u32>load<u16>(FRAME + n + 1);
  }

  private line(byte: u32): i32 {
    if (byte == 0x0d) return MORE;
    if (byte != 0x0a) {
      this.character(byte);
      return MORE;
    }
    const digits = this.at;
    const bad = this.overflow || digits < 20 || digits & 1;
    this.at = 0;
    this.field = 0;
    this.overflow = false;
    if (bad) return BROKEN;
    if (!fromHex(FRAME, LINE, digits >> 1)) return BROKEN;
    this.length = digits >> 1;
    return DONE;
  }

  private character(c: u32): void {
    if (this.at == 0 && this.field == 0) {
      this.rssi = 0;
      this.format = FORMAT_AUTO;
    }
    if (c == 0x3b) {
      // rtl_wmbus: mode; CRC holds; 3-of-6 holds; time; two RSSI; identification; telegram without CRC.
      if (this.field == 5) this.rssi = -this.value;
      this.field++;
      this.value = 0;
      this.at = 0;
      this.format = FORMAT_NONE;
      return;
    }
    if (c - 0x30 < 10) this.value = this.value * 10 + <i32>(c - 0x30);
    if (c == 0x78 && this.at == 1) {
      this.at = 0;
      return;
    }
    if (this.at == 0 && this.field == 0 && c == 0x62) {
      // CUL: `b`, then `Y` when the frame came in format B.
      this.format = FORMAT_A;
      this.field = 255;
      return;
    }
    if (this.at == 0 && c == 0x59 && this.field == 255) {
      this.format = FORMAT_B;
      return;
    }
    if (this.at < 2 * FRAME_MAX) store<u8>(LINE + this.at++, c);
    else this.overflow = true;
  }
}

function x25(crc: u32, byte: u32): u32 {
  crc ^= byte;
  for (let i = 0; i < 8; i++) crc = (crc >> 1) ^ (crc & 1 ? 0x8408 : 0);
  return crc;
}

/** The hexadecimal digits of a line; only programs that use LINES have it. */
const LINE: usize = memory.data(584, 8);
