// The pulse output of a meter, EN 62053-31 (S0): each pulse is so much energy or volume.
//
// The output closes for at least 30 ms, then opens for at least 30 ms (clause 4, class A and B). A pulse counts when the line was
// low for `width`; shorter ones are bounces. Edges whose messages were lost count by the board's own counter.
// Keys: `pin`, `pulses` (for one kWh or m³, 1000), `of` (energy or volume), `width` (ms, 20).
import { gpio, GpioEdge, GpioPull } from 'motekit/runtime/guest';
import { Config } from './config';
import { BAD_CONFIG, Driver } from './driver';
import { COUNT, ENERGY, UNIT_COUNT, UNIT_M3, UNIT_WH, VOLUME } from './generated/quantities';
import { Records } from './records';

export class S0 extends Driver {
  private pin: u32 = 0;
  private rate: i32 = 0;
  private volume: bool = false;
  private width: u32 = 0;
  private pulses: u64 = 0;
  private edges: u32 = 0;
  private low: bool = false;
  private since: u32 = 0;

  open(config: Config): i32 {
    this.pin = config.number('pin', 0, 0, 255);
    this.rate = config.number('pulses', 1000, 1, 1000000);
    this.width = config.number('width', 20, 1, 1000);
    const kind = config.find('of');
    this.volume = kind !== null && kind.isText('volume');
    if (kind !== null && !this.volume && !kind.isText('energy')) return BAD_CONFIG;
    const fault = gpio.input(this.pin, GpioPull.Up);
    if (fault) return fault;
    this.edges = 0;
    this.low = false;
    return gpio.watch(this.pin, GpioEdge.Both);
  }

  read(out: Records): i32 {
    out.add(COUNT, UNIT_COUNT, this.pulses, 0);
    if (this.volume) out.add(VOLUME, UNIT_M3, (this.pulses * 1000000) / this.rate, -6);
    else out.add(ENERGY, UNIT_WH, (this.pulses * 1000000) / this.rate, -3);
    return 0;
  }

  override onEdge(pin: u32, high: bool, count: u32, at: u32): void {
    if (pin != this.pin) return;
    const missed = count - this.edges - 1;
    this.edges = count;
    if (missed) {
      // What was missed ended at the level before this edge: as many pulses as its rising edges.
      this.pulses += this.low ? (missed + 1) >> 1 : missed >> 1;
      this.low = !high;
    } else if (high && this.low && at - this.since >= this.width) this.pulses++;
    this.low = !high;
    if (this.low) this.since = at;
  }
}
