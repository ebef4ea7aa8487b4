/** Bounds what strangers can make a device do: `burst` at once, then `rate` a second. */
export class Bucket {
  private level: u64;
  private last: u64 = 0;

  constructor(
    private burst: u32,
    private rate: u32,
  ) {
    this.level = <u64>burst * 1000;
  }

  take(now: u64): bool {
    this.level = min(<u64>this.burst * 1000, this.level + (now - this.last) * this.rate);
    this.last = now;
    if (this.level < 1000) return false;
    this.level -= 1000;
    return true;
  }
}
