import { CborReader } from '../../lib/assembly/cbor';
import { Reason } from '../../supervisor/assembly/reason';
import { View } from '../../supervisor/assembly/view';

const FORMAT: u64 = 1;
const NAME_MAX: u32 = 32;

/** The delivery of a group key (docs/bundle.cddl); points into the bytes parsed. */
export class GroupKey {
  sequence: u64 = 0;
  readonly name: View = new View();
  /** SHA-256 of the sealed key. */
  digest: usize = 0;

  parse(payload: View): Reason {
    const cbor = new CborReader(payload.ptr, payload.len);
    if (!cbor.check(1) || cbor.map() != 4 || cbor.uint() != 1) return Reason.MALFORMED;
    if (cbor.uint() != FORMAT) return cbor.error ? Reason.MALFORMED : Reason.UNSUPPORTED;
    if (cbor.uint() != 2) return Reason.MALFORMED;
    this.sequence = cbor.uint();
    if (cbor.uint() != 3) return Reason.MALFORMED;
    const nameLength = cbor.text();
    this.name.set(cbor.data, nameLength);
    if (cbor.uint() != 4) return Reason.MALFORMED;
    const len = cbor.byteString();
    this.digest = cbor.data;
    return cbor.error || this.sequence == 0 || nameLength == 0 || nameLength > NAME_MAX || len != 32
      ? Reason.MALFORMED
      : Reason.NONE;
  }
}
