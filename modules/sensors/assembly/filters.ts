// Filters of readings: integers in, integers out, no part of the world. Each keeps its own few numbers and is made once.
// In the order in which a chain makes sense: median (outliers), EMA (noise), rate limit (steps), deadband (traffic).

/** Most values a median looks at. */
export const MEDIAN_MAX: u32 = 9;

const sorted: StaticArray<i64> = new StaticArray<i64>(<i32>MEDIAN_MAX);

/** The median of the last `size` values (odd, 1 to 9); of those there are, while there are fewer: the lower of two. */
export class Median {
  private values: StaticArray<i64>;
  private count: u32 = 0;
  private next: u32 = 0;

  constructor(private size: u32) {
    this.values = new StaticArray<i64>(<i32>size);
  }

  take(value: i64): i64 {
    unchecked((this.values[this.next] = value));
    this.next = this.next + 1 == this.size ? 0 : this.next + 1;
    if (this.count < this.size) this.count++;
    for (let i: u32 = 0; i < this.count; i++) {
      const v = unchecked(this.values[i]);
      let j = i;
      for (; j > 0 && unchecked(sorted[j - 1]) > v; j--) unchecked((sorted[j] = sorted[j - 1]));
      unchecked((sorted[j] = v));
    }
    return unchecked(sorted[(this.count - 1) >> 1]);
  }

  reset(): void {
    this.count = 0;
    this.next = 0;
  }
}

const EMA_FRACTION: i64 = 8;

/**
 * Exponential moving average: y += (x - y) / 2^shift, with 8 binary digits of fraction, rounded to nearest. It begins with
 * the first value; with a steady input it arrives exactly. Values up to 2^54 in magnitude.
 */
export class Ema {
  private state: i64 = 0;
  private begun: bool = false;

  /** `shift` 0 to 8: the time constant is about 2^shift readings. */
  constructor(private shift: u32) {}

  take(value: i64): i64 {
    const x = value << EMA_FRACTION;
    if (!this.begun) {
      this.begun = true;
      this.state = x;
    } else {
      const step = (x - this.state) >> <i64>this.shift;
      // A step that the shift eats would leave the average beside a steady input for ever.
      this.state += step > 0 || x == this.state ? step : step == 0 ? 1 : step;
    }
    return (this.state + (1 << (EMA_FRACTION - 1))) >> EMA_FRACTION;
  }

  reset(): void {
    this.begun = false;
  }
}

/** At most `step` of change from one value to the next. */
export class RateLimit {
  private last: i64 = 0;
  private begun: bool = false;

  constructor(public step: i64) {}

  take(value: i64): i64 {
    if (!this.begun) {
      this.begun = true;
      this.last = value;
    } else this.last = max(this.last - this.step, min(this.last + this.step, value));
    return this.last;
  }

  reset(): void {
    this.begun = false;
  }
}

/** Whether a value is worth sending: the first, one that differs by `band` or more from the last sent, and every `quiet`th. */
export class Deadband {
  private sent: i64 = 0;
  private begun: bool = false;
  private held: u32 = 0;

  /** `quiet`: values held back in a row before one passes all the same; 0 for no end. */
  constructor(
    public band: i64,
    private quiet: u32 = 0,
  ) {}

  passes(value: i64): bool {
    const distance = value > this.sent ? value - this.sent : this.sent - value;
    if (this.begun && distance < this.band) {
      this.held++;
      if (this.quiet == 0 || this.held <= this.quiet) return false;
    }
    this.begun = true;
    this.sent = value;
    this.held = 0;
    return true;
  }

  reset(): void {
    this.begun = false;
    this.held = 0;
  }
}
