import {
  IDENTITY_SIZE,
  Kind,
  VERDICT_DIGEST,
  VERDICT_KIND,
  VERDICT_NAME,
  VERDICT_NAME_LENGTH,
  VERDICT_OLDEST,
  VERDICT_SEQUENCE,
  VERDICT_SIZE,
  VERDICT_TRANSFER,
} from './letters';

/** What a component is known by: the beginning of the verdict on it. */
export class Identity {
  known: bool = false;
  private at: usize = __alloc(IDENTITY_SIZE);

  take(verdict: usize): void {
    memory.copy(this.at, verdict, IDENTITY_SIZE);
    this.known = true;
  }

  copy(other: Identity): void {
    this.take(other.at);
    this.known = other.known;
  }

  get transfer(): u64 {
    return load<u64>(this.at, VERDICT_TRANSFER);
  }

  get sequence(): u64 {
    return load<u64>(this.at, VERDICT_SEQUENCE);
  }

  /** Least sequence number of a module to go back to. */
  get oldest(): u64 {
    return load<u64>(this.at, VERDICT_OLDEST);
  }

  /** Bytes. */
  get size(): u32 {
    return load<u32>(this.at, VERDICT_SIZE);
  }

  get kind(): Kind {
    return <Kind>load<u8>(this.at, VERDICT_KIND);
  }

  /** 32 bytes. */
  get digest(): usize {
    return this.at + VERDICT_DIGEST;
  }

  get name(): usize {
    return this.at + VERDICT_NAME;
  }

  get nameLength(): u32 {
    return load<u8>(this.at, VERDICT_NAME_LENGTH);
  }
}
