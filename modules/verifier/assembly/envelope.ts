import { isAscii } from '../../lib/assembly/bytes';
import { CborReader, CborWriter } from '../../lib/assembly/cbor';
import { View } from '../../supervisor/assembly/view';

const TAG_COSE_SIGN: u64 = 98;
const LABEL_ALG: i64 = 1;
const LABEL_CONTENT_TYPE: i64 = 3;
const LABEL_KID: i64 = 4;
const LABEL_PUBLIC_KEY: i64 = -70001;
const MANIFEST: string = 'application/mote-manifest+cbor';
const KEYS: string = 'application/mote-keys+cbor';
const GROUP: string = 'application/mote-group+cbor';
const ROLLOUT: string = 'application/mote-rollout+cbor';
const KID_SIZE: u32 = 32;
const SIGNATURES_MAX: u32 = 4;
/** Tag, array, array of signatures, signature, header map. */
const NESTING: u32 = 6;

/** What an envelope holds, by its content type. */
export const enum Content {
  NONE,
  MANIFEST,
  KEYS,
  GROUP,
  ROLLOUT,
}

/** One COSE_Signature (RFC 9052 section 4.1). */
export class Signature {
  alg: i64 = 0;
  kid: View = new View();
  key: View = new View();
  protectedHeader: View = new View();
  bytes: View = new View();
}

/**
 * A COSE_Sign envelope (docs/bundle.cddl), as views into the bytes given to `parse`. Made once, parsed often:
 * it allocates nothing after its construction.
 */
export class Envelope {
  protectedHeader: View = new View();
  payload: View = new View();
  content: Content = Content.NONE;
  count: u32 = 0;
  signatures: StaticArray<Signature> = new StaticArray<Signature>(SIGNATURES_MAX);

  constructor() {
    for (let i: u32 = 0; i < SIGNATURES_MAX; i++) this.signatures[i] = new Signature();
  }

  /** False: not exactly an envelope. Then nothing of it may be used. */
  parse(ptr: usize, len: u32): bool {
    const cbor = new CborReader(ptr, len);
    if (!cbor.check(NESTING)) return false;
    if (cbor.tag() != TAG_COSE_SIGN || cbor.array() != 4) return false;
    this.protectedHeader.len = cbor.byteString();
    this.protectedHeader.ptr = cbor.data;
    this.content = cbor.error ? Content.NONE : contentOf(this.protectedHeader);
    if (this.content == Content.NONE) return false;
    if (cbor.map() != 0) return false;
    this.payload.len = cbor.byteString();
    this.payload.ptr = cbor.data;
    this.count = cbor.array();
    if (cbor.error || this.count == 0 || this.count > SIGNATURES_MAX) return false;
    for (let i: u32 = 0; i < this.count; i++) {
      if (!readSignature(cbor, this.signatures[i])) return false;
    }
    return cbor.error == 0;
  }

  /** Sig_structure (RFC 9052 section 4.4): what this signature covers, appended to `out`. */
  writeSigStructure(signature: Signature, out: CborWriter): void {
    out.array(5);
    out.literal('Signature');
    out.byteString(this.protectedHeader.ptr, this.protectedHeader.len);
    out.byteString(signature.protectedHeader.ptr, signature.protectedHeader.len);
    out.byteString(0, 0);
    out.byteString(this.payload.ptr, this.payload.len);
  }
}

function contentOf(header: View): Content {
  const cbor = new CborReader(header.ptr, header.len);
  if (!cbor.check(1) || cbor.map() != 1 || cbor.int() != LABEL_CONTENT_TYPE) return Content.NONE;
  const len = cbor.text();
  if (cbor.error) return Content.NONE;
  if (isAscii(cbor.data, len, MANIFEST)) return Content.MANIFEST;
  if (isAscii(cbor.data, len, KEYS)) return Content.KEYS;
  if (isAscii(cbor.data, len, GROUP)) return Content.GROUP;
  return isAscii(cbor.data, len, ROLLOUT) ? Content.ROLLOUT : Content.NONE;
}

function readSignature(cbor: CborReader, signature: Signature): bool {
  if (cbor.array() != 3) return false;
  signature.protectedHeader.len = cbor.byteString();
  signature.protectedHeader.ptr = cbor.data;
  if (cbor.map() != 1 || cbor.int() != LABEL_PUBLIC_KEY) return false;
  signature.key.len = cbor.byteString();
  signature.key.ptr = cbor.data;
  signature.bytes.len = cbor.byteString();
  signature.bytes.ptr = cbor.data;
  if (cbor.error) return false;

  const header = new CborReader(signature.protectedHeader.ptr, signature.protectedHeader.len);
  if (!header.check(1) || header.map() != 2 || header.int() != LABEL_ALG) return false;
  signature.alg = header.int();
  if (header.int() != LABEL_KID) return false;
  signature.kid.len = header.byteString();
  signature.kid.ptr = header.data;
  return header.error == 0 && signature.kid.len == KID_SIZE;
}
