// {{title}} on a UART, 9600 8N1: temperature. Datasheet: manufacturer, document and revision. Keys: `port`.
//
// To `T\r` it answers a line: the value in 0.01 °C, `*`, and the sum of its characters in two hexadecimal digits.
import { Bytes, ErrorCode, uart, UartConfig, UartParity } from 'motekit/runtime/guest';
import { Config } from 'motekit/modules/sensors/assembly/config';
import { BAD_CHECKSUM, BAD_DATA, Driver } from 'motekit/modules/sensors/assembly/driver';
import { TEMPERATURE, UNIT_CEL } from 'motekit/modules/sensors/assembly/generated/quantities';
import { Records } from 'motekit/modules/sensors/assembly/records';

/** Silence behind a line, µs, and the longest line. */
const GAP: u32 = 5000;
const MOST: u32 = 16;
const ASK = memory.data<u8>([0x54, 0x0d]);
/** An answer is there by then, in ms. */
const PATIENCE: i32 = 60;

const STAR: u32 = 0x2a;
const MINUS: u32 = 0x2d;
const LINE_END: u32 = 0x0a;

export class {{class}} extends Driver {
  private port: u32 = 0;
  /** What came: 1 while nothing has, 0 a value, else a fault. */
  private verdict: i32 = 1;
  private value: i32 = 0;

  open(config: Config): i32 {
    this.port = config.number('port', 0, 0, 7);
    return uart.open(this.port, new UartConfig(9600, UartParity.None, GAP, MOST));
  }

  override start(): i32 {
    this.verdict = 1;
    const fault = uart.write(this.port, new Bytes(ASK, 2));
    return fault ? fault : PATIENCE;
  }

  read(out: Records): i32 {
    if (this.verdict) return this.verdict == 1 ? ErrorCode.Timeout : this.verdict;
    out.add(TEMPERATURE, UNIT_CEL, this.value, -2);
    return 0;
  }

  override sleep(): i32 {
    return uart.close(this.port);
  }

  /** True: `read` may be called at once. */
  override onBytes(port: u32, at: usize, length: i32): bool {
    if (port != this.port || this.verdict != 1) return false;
    this.verdict = this.parse(at, length);
    return true;
  }

  private parse(at: usize, length: i32): i32 {
    // -4000*XX\n is the longest of them: what is no line of this form is garbage.
    const star = at + length - 4;
    if (length < 5 || load<u8>(star) != STAR || load<u8>(star, 3) != LINE_END) return BAD_DATA;
    let sum: u32 = 0;
    let value: i32 = 0;
    for (let p = at; p < star; p++) {
      const c: u32 = load<u8>(p);
      sum += c;
      if (c == MINUS && p == at) continue;
      if (c - 0x30 > 9 || p - at > 5) return BAD_DATA;
      value = value * 10 + <i32>(c - 0x30);
    }
    if (hex(load<u8>(star, 1)) != ((sum >> 4) & 15) || hex(load<u8>(star, 2)) != (sum & 15)) return BAD_CHECKSUM;
    if (load<u8>(at) == MINUS) value = -value;
    if (value < -4000 || value > 12500) return BAD_DATA;
    this.value = value;
    return 0;
  }
}

function hex(c: u32): u32 {
  return c - 0x30 < 10 ? c - 0x30 : c - 0x41 < 6 ? c - 0x37 : 255;
}
