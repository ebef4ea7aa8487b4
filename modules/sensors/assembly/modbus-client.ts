// A Modbus RTU client (master) on a UART, polling one server by a plan (modbus-plan.ts). Serial line V1.02.
//
// Each frame comes as one `uart` message: the port hands on what came when the line was silent for 3.5 characters. A pause of
// 1.5 to 3.5 characters within a frame, which the standard calls an error, is not told from none.
// Keys: `port`, `baud` (19200), `parity` (even, odd, none with two stop bits; even), `unit` (1 to 247), `timeout` (ms, 1000),
// `plan` (name of the setting below `sensors/` that holds it).
import { Bytes, ErrorCode, settings, uart, UartConfig, UartParity } from 'motekit/runtime/guest';
import { Config } from './config';
import { BAD_CONFIG, BAD_DATA, Driver, EXCEPTION } from './driver';
import { answerData, check, MAX_ADU, NOT_MINE, silence } from './modbus';
import { parsePlan, Point } from './modbus-plan';
import { Records } from './records';

export class ModbusClient extends Driver {
  private points: StaticArray<Point> | null = null;
  private port: u32 = 0;
  private unit: u32 = 0;
  private timeout: i32 = 0;
  private point: i32 = 0;
  /** What the frame that came says of the request: 1 while none has come. */
  private verdict: i32 = 1;
  private refused: bool = false;
  private sent: usize = heap.alloc(MAX_ADU);
  private answer: usize = heap.alloc(4);

  /** Reads the plan, or the setting that the configuration names: its points stay. */
  constructor(config: Config, plan: Bytes | null = null) {
    super();
    this.points = plan === null ? planOf(config) : parsePlan(plan);
  }

  open(config: Config): i32 {
    this.port = config.number('port', 0, 0, 7);
    this.unit = config.number('unit', 1, 1, 247);
    this.timeout = config.number('timeout', 1000, 10, 60000);
    const baud = config.number('baud', 19200, 1200, 115200);
    config.find('plan');
    const word = config.find('parity');
    let parity: UartParity = UartParity.Even;
    if (word !== null && word.isText('odd')) parity = UartParity.Odd;
    else if (word !== null && word.isText('none')) parity = UartParity.None;
    else if (word !== null && !word.isText('even')) return BAD_CONFIG;
    if (this.points === null) return BAD_CONFIG;
    const stopBits: u8 = parity == UartParity.None ? 2 : 1;
    return uart.open(this.port, new UartConfig(baud, parity, silence(baud), MAX_ADU, 8, stopBits));
  }

  override start(): i32 {
    this.point = 0;
    this.refused = false;
    return this.send();
  }

  /** An exception skips its point and is told at the end; anything else ends the poll. */
  read(out: Records): i32 {
    const points = this.points!;
    const verdict = this.verdict;
    if (verdict == 1) return ErrorCode.Timeout;
    if (verdict == EXCEPTION) this.refused = true;
    else if (verdict) return verdict;
    else {
      const point = points[this.point];
      if (point.code <= 4 && !point.record(this.answer, out)) return BAD_DATA;
    }
    if (++this.point < points.length) return this.send();
    return this.refused ? EXCEPTION : 0;
  }

  override sleep(): i32 {
    return uart.close(this.port);
  }

  override onBytes(port: u32, at: usize, length: i32): bool {
    if (port != this.port || this.verdict != 1) return false;
    const verdict = check(this.sent, at, length);
    if (verdict == NOT_MINE) return false;
    this.verdict = verdict;
    // A point has 4 bytes at most; what came is gone after the message.
    if (!verdict) memory.copy(this.answer, answerData, 4);
    return true;
  }

  private send(): i32 {
    this.verdict = 1;
    const length = this.points![this.point].request(this.sent, this.unit);
    if (!length) return BAD_CONFIG;
    const fault = uart.write(this.port, new Bytes(this.sent, length));
    return fault ? fault : this.timeout;
  }
}

/** The plan that the setting holds, or null. Allocates. */
function planOf(config: Config): StaticArray<Point> | null {
  const name = config.find('plan');
  if (name === null) return null;
  const plan = settings.get(`sensors/${name.toString()}`);
  return plan === null ? null : parsePlan(plan);
}
