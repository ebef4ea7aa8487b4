import { CborReader } from '../../lib/assembly/cbor';
import { Reason } from '../../supervisor/assembly/reason';
import { SEALED_SIZE } from '../../supervisor/assembly/slots';
import { View } from '../../supervisor/assembly/view';

const FORMAT: u64 = 1;

/** The delivery of a group key (docs/bundle.cddl); points into the bytes parsed. */
export class GroupKey {
  sequence: u64 = 0;
  readonly sealed: View = new View();

  parse(payload: View): Reason {
    const cbor = new CborReader(payload.ptr, payload.len);
    if (!cbor.check(1) || cbor.map() != 3 || cbor.uint() != 1) return Reason.MALFORMED;
    if (cbor.uint() != FORMAT) return cbor.error ? Reason.MALFORMED : Reason.UNSUPPORTED;
    if (cbor.uint() != 2) return Reason.MALFORMED;
    this.sequence = cbor.uint();
    if (cbor.uint() != 3) return Reason.MALFORMED;
    const len = cbor.byteString();
    this.sealed.set(cbor.data, len);
    return cbor.error || this.sequence == 0 || len != SEALED_SIZE ? Reason.MALFORMED : Reason.NONE;
  }
}
