import { CborReader } from '../../lib/assembly/cbor';
import { equal } from '../../lib/assembly/bytes';
import { FLAG_COMPLETE, VERDICT_ID, VERDICT_SEQUENCE, VERDICT_SIZE_MIN } from '../../supervisor/assembly/letters';
import { Reason } from '../../supervisor/assembly/reason';
import { ENVELOPE_MAX } from '../../supervisor/assembly/slots';
import { Manifest } from './manifest';
import { VERDICT, question } from './question';

/** Whether the components that it needs are there, or come with its set. */
export function judgeNeeds(manifest: Manifest): Reason {
  const alone = manifest.members == 0 || question.has(FLAG_COMPLETE);
  const cbor = new CborReader(manifest.needs.ptr, ENVELOPE_MAX);
  for (let i: u32 = 0; i < manifest.needs.len; i++) {
    const len = cbor.text();
    const name = cbor.data;
    const least = cbor.uint();
    if (sequenceOf(question.idOf(name, len)) >= least) continue;
    if (!alone && isMember(manifest, name, len)) continue;
    return missing(name, len);
  }
  return Reason.NONE;
}

/** Whether another one that runs goes on with what the verdict is about. */
export function judgeDependent(other: Manifest): Reason {
  const cbor = new CborReader(other.needs.ptr, ENVELOPE_MAX);
  for (let i: u32 = 0; i < other.needs.len; i++) {
    const len = cbor.text();
    const id = question.idOf(cbor.data, len);
    const least = cbor.uint();
    if (id != load<u32>(VERDICT, VERDICT_ID) || load<u64>(VERDICT, VERDICT_SEQUENCE) >= least) continue;
    return missing(other.component.ptr, other.component.len);
  }
  return Reason.NONE;
}

function missing(name: usize, len: u32): Reason {
  memory.copy(VERDICT + VERDICT_SIZE_MIN, name, len);
  question.tail = len;
  return Reason.DEPENDENCY;
}

/** Of the component that is there under this id, or is to be; 0: none. */
function sequenceOf(id: u32): u64 {
  if (id == load<u32>(VERDICT, VERDICT_ID)) return load<u64>(VERDICT, VERDICT_SEQUENCE);
  for (let place: u32 = 0; place < question.places; place++) {
    if (question.idAt(place) == id) return question.sequenceAt(place);
  }
  return 0;
}

function isMember(manifest: Manifest, name: usize, len: u32): bool {
  const cbor = new CborReader(manifest.set.ptr, manifest.set.len);
  cbor.array();
  for (let i: u32 = 0; i < manifest.members; i++) {
    cbor.array();
    const found = cbor.text() == len && equal(cbor.data, name, len);
    cbor.byteString();
    if (found) return true;
  }
  return false;
}
