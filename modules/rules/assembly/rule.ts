// What a rule is once it is read, and the room for all of them: fixed, so that no document and no reading can need more.
// Values are whole numbers of 10^-6 of the reading's unit, times milliseconds.

/** Rules of a document. */
export const MAX_RULES: u32 = 16;
/** Bytes of a rule's name, and of the name of a reading. */
export const MAX_NAME: u32 = 32;
export const MAX_READING: u32 = 64;

/** `above` or `below` a limit, with hysteresis. */
export const THRESHOLD: u32 = 1;
/** A change within a time. */
export const CHANGE: u32 = 2;
/** An aggregate over windows that follow each other. */
export const AGGREGATE: u32 = 3;
/** A time of the day. */
export const SCHEDULE: u32 = 4;

export const EVENT: u32 = 1;
export const ALARM: u32 = 2;

export const MEAN: u32 = 0;
export const LEAST: u32 = 1;
export const MOST: u32 = 2;
export const SUM: u32 = 3;
export const COUNT: u32 = 4;

/** A rule that sets no output. */
export const NO_PIN: u32 = 256;

/** Parts of a change's time: what it remembers is their lowest and highest values. */
export const SLICES: u32 = 8;

/** One rule: what the document says, then what it remembers. Made once, read into again and again. */
export class Rule {
  kind: u32 = 0;
  say: u32 = EVENT;
  name: StaticArray<u8> = new StaticArray<u8>(<i32>MAX_NAME);
  nameLength: u32 = 0;
  reading: StaticArray<u8> = new StaticArray<u8>(<i32>MAX_READING);
  readingLength: u32 = 0;
  /** Of its bytes in the document: a rule that did not change keeps what it remembers. */
  digest: u64 = 0;

  /** Threshold: 1 above, -1 below; set beyond `limit` for `hold`, cleared at `clear`. Change: `limit` within `span`. */
  side: i64 = 1;
  limit: i64 = 0;
  clear: i64 = 0;
  hold: u64 = 0;
  span: u64 = 0;
  /** Threshold: an output that is high while it is active. */
  pin: u32 = NO_PIN;
  function: u32 = MEAN;
  /** Schedule: minute of the day, and days, bit 0 Monday. */
  minute: u32 = 0;
  days: u32 = 0x7f;

  active: bool = false;
  /** There is something to tell; what; and which `active` was told last. */
  pending: bool = false;
  pendingValue: i64 = 0;
  toldActive: bool = false;
  /** Threshold: since when beyond the limit, 0 for not. Change: begin of the newest slice. Aggregate: of the window. */
  since: u64 = 0;
  value: i64 = 0;
  count: u32 = 0;
  sum: i64 = 0;
  least: i64 = 0;
  most: i64 = 0;
  slice: u32 = 0;
  lows: StaticArray<i64> = new StaticArray<i64>(<i32>SLICES);
  highs: StaticArray<i64> = new StaticArray<i64>(<i32>SLICES);
  /** Schedule: the minute since 1970 that was told last. */
  told: u64 = 0;

  /** As before anything was read. */
  clean(): void {
    this.kind = 0;
    this.say = EVENT;
    this.nameLength = 0;
    this.readingLength = 0;
    this.side = 1;
    this.limit = 0;
    this.clear = 0;
    this.hold = 0;
    this.span = 0;
    this.pin = NO_PIN;
    this.function = MEAN;
    this.minute = 0;
    this.days = 0x7f;
    this.forget();
  }

  forget(): void {
    this.active = false;
    this.pending = false;
    this.toldActive = false;
    this.since = 0;
    this.count = 0;
    this.sum = 0;
    this.slice = 0;
    this.told = 0;
  }

  /** What another remembers, of the same rule. */
  remember(other: Rule): void {
    this.active = other.active;
    this.toldActive = other.toldActive;
    this.since = other.since;
    this.value = other.value;
    this.count = other.count;
    this.sum = other.sum;
    this.least = other.least;
    this.most = other.most;
    this.slice = other.slice;
    this.told = other.told;
    memory.copy(changetype<usize>(this.lows), changetype<usize>(other.lows), 8 * SLICES);
    memory.copy(changetype<usize>(this.highs), changetype<usize>(other.highs), 8 * SLICES);
  }
}
