// The filters of a part: one of each configured kind for each of its records, by the record's place. A part whose records
// come and go (a satellite receiver) takes none.
//
// Keys: `median` (1 to 9, odd), `ema` (0 to 8: 2^n readings), `rate` and `deadband` (both in 1/1000 of the unit), `quiet`
// (readings held back in a row by the deadband, at most).
import { pow10 } from '../../lib/assembly/decimal';
import { Config } from './config';
import { Deadband, Ema, Median, MEDIAN_MAX, RateLimit } from './filters';
import { MAX_RECORDS, Records } from './records';

export class Chain {
  private medians: StaticArray<Median> | null = null;
  private averages: StaticArray<Ema> | null = null;
  private limits: StaticArray<RateLimit> | null = null;
  private bands: StaticArray<Deadband> | null = null;

  private constructor(
    private rate: i32,
    private band: i32,
  ) {}

  /** Null when none is configured. Allocates. */
  static of(config: Config): Chain | null {
    const size = config.number('median', 1, 1, MEDIAN_MAX);
    const shift = config.number('ema', 0, 0, 8);
    const rate = config.number('rate', 0, 0);
    const band = config.number('deadband', 0, 0);
    const quiet = config.number('quiet', 0, 0);
    if (!(size & 1)) config.bad = true;
    if (size == 1 && shift + rate + band == 0) return null;
    const chain = new Chain(rate, band);
    const room = <i32>MAX_RECORDS;
    if (size > 1) {
      const all = new StaticArray<Median>(room);
      for (let i = 0; i < room; i++) all[i] = new Median(size);
      chain.medians = all;
    }
    if (shift) {
      const all = new StaticArray<Ema>(room);
      for (let i = 0; i < room; i++) all[i] = new Ema(shift);
      chain.averages = all;
    }
    if (rate) {
      const all = new StaticArray<RateLimit>(room);
      for (let i = 0; i < room; i++) all[i] = new RateLimit(0);
      chain.limits = all;
    }
    if (band) {
      const all = new StaticArray<Deadband>(room);
      for (let i = 0; i < room; i++) all[i] = new Deadband(0, quiet);
      chain.bands = all;
    }
    return chain;
  }

  /** Filters the values where they stand; a bit for each record that is worth sending. */
  apply(records: Records): u32 {
    let chosen: u32 = 0;
    for (let i: u32 = 0; i < records.count; i++) {
      let value = records.mantissa(i);
      const exponent = records.exponent(i);
      if (this.medians !== null) value = this.medians![i].take(value);
      if (this.averages !== null) value = this.averages![i].take(value);
      if (this.limits !== null) {
        this.limits![i].step = scaled(this.rate, exponent);
        value = this.limits![i].take(value);
      }
      records.replace(i, value);
      if (this.bands !== null) {
        this.bands![i].band = scaled(this.band, exponent);
        if (!this.bands![i].passes(value)) continue;
      }
      chosen |= 1 << i;
    }
    return chosen;
  }

  /** Forgets what the part said before it failed. */
  reset(): void {
    for (let i = 0; i < <i32>MAX_RECORDS; i++) {
      if (this.medians !== null) this.medians![i].reset();
      if (this.averages !== null) this.averages![i].reset();
      if (this.limits !== null) this.limits![i].reset();
      if (this.bands !== null) this.bands![i].reset();
    }
  }
}

/** Thousandths of a unit in steps of 10^exponent, at least one. */
function scaled(thousandths: i32, exponent: i32): i64 {
  if (exponent <= -3) return <i64>thousandths * <i64>pow10(min<u32>(-3 - exponent, 9));
  return max<i64>(1, thousandths / <i64>pow10(min<u32>(3 + exponent, 18)));
}
