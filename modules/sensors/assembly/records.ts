// What a reading brought: exact decimals with the names of generated/quantities.ts.

/** Most records of one reading: SPS30 has 10, a Modbus plan as many as fit. */
export const MAX_RECORDS: u32 = 16;

const SIZE: usize = 24;
const AT_QUANTITY: usize = 8;
const AT_UNIT: usize = 12;
const AT_CHANNEL: usize = 16;
const AT_EXPONENT: usize = 20;

/** A list that is filled by a driver and emptied by its owner. Strings must be static or made in `onStart`. */
export class Records {
  count: u32 = 0;
  private at: usize = heap.alloc(MAX_RECORDS * SIZE);

  clear(): void {
    this.count = 0;
  }

  /** mantissa × 10^exponent. `channel` tells apart what one part has several of (`x`, `2`). Beyond the room: dropped. */
  add(quantity: string, unit: string, mantissa: i64, exponent: i32, channel: string = ''): void {
    if (this.count == MAX_RECORDS) return;
    const p = this.at + this.count++ * SIZE;
    store<i64>(p, mantissa);
    store<usize>(p, changetype<usize>(quantity), AT_QUANTITY);
    store<usize>(p, changetype<usize>(unit), AT_UNIT);
    store<usize>(p, changetype<usize>(channel), AT_CHANNEL);
    store<i32>(p, exponent, AT_EXPONENT);
  }

  mantissa(i: u32): i64 {
    return load<i64>(this.at + i * SIZE);
  }

  /** A filter's answer in place of the part's. */
  replace(i: u32, mantissa: i64): void {
    store<i64>(this.at + i * SIZE, mantissa);
  }

  exponent(i: u32): i32 {
    return load<i32>(this.at + i * SIZE, AT_EXPONENT);
  }

  quantity(i: u32): string {
    return changetype<string>(load<usize>(this.at + i * SIZE, AT_QUANTITY));
  }

  unit(i: u32): string {
    return changetype<string>(load<usize>(this.at + i * SIZE, AT_UNIT));
  }

  channel(i: u32): string {
    return changetype<string>(load<usize>(this.at + i * SIZE, AT_CHANNEL));
  }
}
