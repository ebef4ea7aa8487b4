import { CborReader } from '../../lib/assembly/cbor';
import { Reason } from '../../supervisor/assembly/reason';
import { View } from '../../supervisor/assembly/view';

const FORMAT: u64 = 1;
const SEQUENCE_MAX: u64 = 0xffffffff;
const MANIFESTS_MAX: u32 = 4;
const FILTERS_MAX: u32 = 8;
const FILTER_MAX: u32 = 96;
const DIGEST_SIZE: u32 = 32;
const SLASH: u32 = 0x2f;
const PLUS: u32 = 0x2b;
const HASH: u32 = 0x23;

/** Which devices are to have which bundles (docs/bundle.cddl); points into the bytes parsed. */
export class Rollout {
  sequence: u32 = 0;
  /** Seconds since 1970; 0: never. */
  expiry: u64 = 0;
  /** How many manifests it names. */
  count: u32 = 0;
  private manifests: View = new View();
  private filters: View = new View();

  parse(payload: View): Reason {
    const cbor = new CborReader(payload.ptr, payload.len);
    if (!cbor.check(2) || cbor.map() != 5 || cbor.uint() != 1) return Reason.MALFORMED;
    if (cbor.uint() != FORMAT) return cbor.error ? Reason.MALFORMED : Reason.UNSUPPORTED;
    if (cbor.uint() != 2) return Reason.MALFORMED;
    const sequence = cbor.uint();
    this.sequence = <u32>sequence;
    if (cbor.uint() != 3) return Reason.MALFORMED;
    this.count = cbor.array();
    if (this.count == 0 || this.count > MANIFESTS_MAX) return Reason.MALFORMED;
    this.manifests.set(cbor.pos, this.count);
    for (let i: u32 = 0; i < this.count; i++) if (cbor.byteString() != DIGEST_SIZE) return Reason.MALFORMED;
    if (cbor.uint() != 4) return Reason.MALFORMED;
    const filters = cbor.array();
    if (filters == 0 || filters > FILTERS_MAX) return Reason.MALFORMED;
    this.filters.set(cbor.pos, filters);
    for (let i: u32 = 0; i < filters; i++) if (cbor.text() - 1 >= FILTER_MAX) return Reason.MALFORMED;
    if (cbor.uint() != 5) return Reason.MALFORMED;
    this.expiry = 0;
    if (!cbor.nothing()) {
      this.expiry = cbor.uint();
      if (this.expiry == 0) return Reason.MALFORMED;
    }
    return cbor.error || sequence == 0 || sequence > SEQUENCE_MAX ? Reason.MALFORMED : Reason.NONE;
  }

  /** Writes SHA-256 of each manifest. Returns how many bytes that is. */
  write(to: usize): u32 {
    const cbor = new CborReader(this.manifests.ptr, MANIFESTS_MAX * (DIGEST_SIZE + 2));
    for (let i: u32 = 0; i < this.count; i++) {
      cbor.byteString();
      memory.copy(to + i * DIGEST_SIZE, cbor.data, DIGEST_SIZE);
    }
    return this.count * DIGEST_SIZE;
  }

  /** Whether the device of this base topic is meant. */
  isFor(base: usize, len: u32): bool {
    const cbor = new CborReader(this.filters.ptr, FILTERS_MAX * (FILTER_MAX + 2));
    for (let i: u32 = 0; i < this.filters.len; i++) {
      const size = cbor.text();
      if (matches(cbor.data, size, base, len)) return true;
    }
    return false;
  }
}

/** MQTT 3.1.1 section 4.7.1. */
function matches(filter: usize, size: u32, topic: usize, len: u32): bool {
  let at: u32 = 0;
  let f: u32 = 0;
  while (f < size) {
    const char: u32 = load<u8>(filter + f);
    // The end of a filter, whose level it fills and the level above as well.
    if (char == HASH) return f + 1 == size;
    if (char == PLUS) {
      while (at < len && load<u8>(topic + at) != SLASH) at++;
      f++;
    } else if (at < len && load<u8>(topic + at) == char) {
      at++;
      f++;
    } else return at == len && f + 2 == size && char == SLASH && load<u8>(filter + f, 1) == HASH;
  }
  return at == len;
}
