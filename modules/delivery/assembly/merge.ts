// JSON Merge Patch (RFC 7396) on deterministic CBOR. Both sides have their keys in the same order, so that one walk suffices.
import { order } from '../../lib/assembly/bytes';
import { CborReader, CborWriter, MAP } from '../../lib/assembly/cbor';

/** Whether `length` bytes at `at` are one map with text keys throughout, nested at most `depth` deep. */
export function isDocument(at: usize, length: u32, depth: u32): bool {
  const cbor = new CborReader(at, length);
  cbor.floats = true;
  if (cbor.peek() != MAP || !cbor.check(depth)) return false;
  return hasTextKeys(cbor);
}

/** Appends the target with the patch applied; both have been checked. A length of 0: there is no target. */
export function mergePatch(w: CborWriter, target: usize, targetLength: u32, patch: usize, patchLength: u32): void {
  merge(w, readerOf(target, targetLength), readerOf(patch, patchLength));
}

function readerOf(at: usize, length: u32): CborReader {
  const cbor = new CborReader(at, length);
  cbor.floats = true;
  return cbor;
}

/** Passes over one item. */
function hasTextKeys(cbor: CborReader): bool {
  if (cbor.peek() != MAP) {
    cbor.skip();
    return true;
  }
  for (let n = cbor.map(); n > 0; n--) {
    cbor.text();
    if (cbor.error || !hasTextKeys(cbor)) return false;
  }
  return cbor.error == 0;
}

/** Both readers stand before the item, and afterwards behind it. */
function merge(w: CborWriter, target: CborReader, patch: CborReader): void {
  if (patch.peek() != MAP) {
    copy(w, patch);
    target.skip();
    return;
  }
  const isMap = target.peek() == MAP;
  // Counted first: a map's head depends on how many pairs come out of it.
  const t = target.pos;
  const p = patch.pos;
  walk(null, target, patch, isMap);
  target.pos = t;
  patch.pos = p;
  w.map(counted);
  walk(w, target, patch, isMap);
  if (!isMap) target.skip();
}

let counted: u32 = 0;

/** One level: copies what only the target has, takes what only the patch has, merges what both have. */
function walk(w: CborWriter | null, target: CborReader, patch: CborReader, isMap: bool): void {
  let ours = isMap ? target.map() : 0;
  let theirs = patch.map();
  let pairs: u32 = 0;
  while (ours > 0 || theirs > 0) {
    let side: i32 = ours == 0 ? 1 : theirs == 0 ? -1 : 0;
    if (ours > 0 && theirs > 0) side = compareKeys(target, patch);
    if (side < 0) {
      ours--;
      pairs++;
      copy(w, target);
      copy(w, target);
      continue;
    }
    theirs--;
    const key = patch.pos;
    patch.skip();
    const keyLength = <u32>(patch.pos - key);
    if (side == 0) {
      ours--;
      target.skip();
    }
    if (patch.nothing()) {
      if (side == 0) target.skip();
      continue;
    }
    pairs++;
    if (w === null) {
      patch.skip();
      if (side == 0) target.skip();
      continue;
    }
    w.bytes(key, keyLength);
    merge(w, side == 0 ? target : EMPTY.rewound, patch);
  }
  counted = pairs;
}

/** No target: RFC 7396 takes it for an empty object. */
class Empty {
  private cbor: CborReader = new CborReader(0, 0);
  get rewound(): CborReader {
    this.cbor.reset(0, 0);
    return this.cbor;
  }
}
const EMPTY: Empty = new Empty();

function copy(w: CborWriter | null, from: CborReader): void {
  const at = from.pos;
  from.skip();
  if (w !== null) w.bytes(at, <u32>(from.pos - at));
}

function compareKeys(a: CborReader, b: CborReader): i32 {
  const atA = a.pos;
  const atB = b.pos;
  a.skip();
  b.skip();
  const result = order(atA, <u32>(a.pos - atA), atB, <u32>(b.pos - atB));
  a.pos = atA;
  b.pos = atB;
  return result;
}
