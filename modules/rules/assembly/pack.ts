// A SenML pack (RFC 8428) as other modules send it in a letter: its numbers, by whole name.
import { ARRAY, CborReader, MAP, NEGATIVE, TAG, TEXT, UINT } from '../../lib/assembly/cbor';
import { BASE_NAME, NAME, VALUE } from '../../lib/assembly/senml';
import { inRange, scaled } from './document';

/** Records of a pack that are read, and bytes of a whole name. */
const MAX_RECORDS: u32 = 64;
const MAX_NAME: u32 = 128;

const name: usize = memory.data(128);

/** Calls `reading` for each number. False for a pack that is none; what came before the fault has been told. */
export abstract class PackReader {
  protected abstract reading(name: usize, length: u32, value: i64): void;

  pack(at: usize, length: u32): bool {
    const reader = new CborReader(at, length);
    if (!reader.check(4) || reader.peek() != ARRAY) return false;
    const count = reader.array();
    if (count > MAX_RECORDS) return false;
    let base: u32 = 0;
    for (let i: u32 = 0; i < count; i++) {
      if (reader.peek() != MAP) return false;
      let own: usize = 0;
      let ownLength: u32 = 0;
      let value: i64 = 0;
      let has: bool = false;
      for (let pairs = reader.map(); pairs; pairs--) {
        if (reader.peek() > NEGATIVE) return false;
        const label = reader.int();
        if (label == NAME) {
          if (reader.peek() != TEXT) return false;
          ownLength = reader.text();
          own = reader.data;
        } else if (label == BASE_NAME) {
          if (reader.peek() != TEXT) return false;
          base = reader.text();
          if (base > MAX_NAME) return false;
          memory.copy(name, reader.data, base);
        } else if (label == VALUE) {
          value = number(reader);
          has = inRange();
        } else reader.skip();
      }
      if (reader.error || base + ownLength > MAX_NAME) return false;
      memory.copy(name + base, own, ownLength);
      if (has) this.reading(name, base + ownLength, value);
    }
    return true;
  }
}

function number(reader: CborReader): i64 {
  let exponent: i64 = 0;
  if (reader.peek() == TAG) {
    if (reader.tag() != 4 || reader.peek() != ARRAY || reader.array() != 2 || reader.peek() > NEGATIVE) {
      reader.fail(1);
      return 0;
    }
    exponent = reader.int();
  }
  if (reader.peek() > NEGATIVE) {
    reader.skip();
    return scaled(0, 99);
  }
  return scaled(reader.int(), exponent);
}
