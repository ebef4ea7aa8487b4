// From the protocols of serial receivers to frames, byte by byte as the framer of chips; a file of its own because it keeps
// a line in memory.
import { fromHex } from '../../lib/assembly/bytes';
import { BROKEN, DONE, FRAME, FRAME_MAX, MORE, wholeLength } from './framer';
import { FORMAT_A, FORMAT_AUTO, FORMAT_B, FORMAT_NONE, FORMAT_WIRED } from './telegram';

/** Protocols of serial receivers. */
export const RC1180: u32 = 0;
export const IM871A: u32 = 1;
/** Lines of text: CUL (`b…`), rtl_wmbus (`T1;1;1;…;0x…`), or bare hexadecimal digits. */
export const LINES: u32 = 2;
/** The bus of wired meters itself: long frames of EN 13757-2. */
export const WIRED: u32 = 3;

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
    if (this.protocol == WIRED) return this.wired(byte);
    return this.protocol == RC1180 ? this.rc1180(byte) : this.im871a(byte);
  }

  /** Gives up what is under way: after a pause on the line. */
  reset(): void {
    this.at = 0;
  }

  /** 68 L L 68, L bytes, checksum, 16. Checksum and stop byte are left to the decoder, which tells them apart. */
  private wired(byte: u32): i32 {
    const n = this.at++;
    store<u8>(FRAME + n, byte);
    const l: u32 = n ? load<u8>(FRAME, 1) : 0;
    if (((n == 0 || n == 3) && byte != 0x68) || (n == 1 && l < 3) || (n == 2 && byte != l)) {
      this.at = 0;
      return BROKEN;
    }
    if (n < 4 || n < l + 5) return MORE;
    this.at = 0;
    this.format = FORMAT_WIRED;
    this.length = n + 1;
    return DONE;
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
    // Endpoint 2 is the radio link, its message 3 a telegram.
    if ((n == 1 && (byte & 15) != 2) || (n == 2 && byte != 3)) {
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
    if (l < 9) return BROKEN;
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
    // CUL may put the radio's link quality and RSSI behind a frame: half decibels around -74 dBm.
    if (this.format == FORMAT_A || this.format == FORMAT_B) {
      const whole = wholeLength(load<u8>(FRAME), this.format);
      if (this.length - whole - 1 < 2) {
        this.rssi = (<i32>load<i8>(FRAME + this.length - 1) >> 1) - 74;
        this.length = whole;
      }
    }
    return DONE;
  }

  private character(c: u32): void {
    if (this.at == 0 && this.field == 0) {
      this.rssi = 0;
      this.format = FORMAT_AUTO;
    }
    if (c == 0x3b) {
      // rtl_wmbus: mode; CRC holds; 3-of-6 holds; time; two RSSI; identification; telegram without CRC.
      // Without CRCs, what came with a wrong one could no longer be told.
      if (this.field == 1 && this.value == 0) this.overflow = true;
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

/** The hexadecimal digits of a line. */
const LINE: usize = memory.data(584, 8);
