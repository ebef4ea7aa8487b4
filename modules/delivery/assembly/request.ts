// A command as it came, and what is no command.
import { Bytes } from 'motekit/runtime/guest';
import { CborReader } from '../../lib/assembly/cbor';
import { ARGUMENTS_MAX, ID_MAX, ID_MIN, NAME_MAX } from './bounds';
import { Refusal } from './refusal';

export class Request {
  id: usize = 0;
  idLength: u32 = 0;
  name: usize = 0;
  nameLength: u32 = 0;
  arguments: usize = 0;
  argumentsLength: u32 = 0;
  hasExpiry: bool = false;
  expiry: u64 = 0;
  cls: u32 = 0;
  hasTwin: bool = false;
  twin: u64 = 0;
  private cbor: CborReader = new CborReader(0, 0);

  /** Reads a message on `cmd`. With an id, also what is refused can be answered. */
  parse(payload: Bytes): Refusal {
    const cbor = this.cbor;
    this.idLength = 0;
    this.hasExpiry = false;
    this.expiry = 0;
    this.cls = 0;
    this.hasTwin = false;
    cbor.reset(payload.ptr, payload.length);
    if (!cbor.check(2)) return Refusal.MALFORMED;
    let pairs = cbor.map();
    if (pairs < 3 || cbor.uint() != 1) return Refusal.MALFORMED;
    const idLength = cbor.byteString();
    if (cbor.error) return Refusal.MALFORMED;
    if (idLength < ID_MIN || idLength > ID_MAX) return Refusal.ID;
    this.id = cbor.data;
    if (cbor.uint() != 2) return Refusal.MALFORMED;
    this.nameLength = cbor.text();
    this.name = cbor.data;
    if (cbor.uint() != 3) return Refusal.MALFORMED;
    this.argumentsLength = cbor.byteString();
    this.arguments = cbor.data;
    for (pairs -= 3; pairs > 0 && !cbor.error; pairs--) {
      const key = cbor.uint();
      if (key == 4) {
        this.hasExpiry = true;
        this.expiry = cbor.uint();
      } else if (key == 5) this.cls = <u32>min<u64>(cbor.uint(), 2);
      else if (key == 6) {
        this.hasTwin = true;
        this.twin = cbor.uint();
      } else return Refusal.MALFORMED;
    }
    if (cbor.error) return Refusal.MALFORMED;
    this.idLength = idLength;
    if (!isName(this.name, this.nameLength)) return Refusal.NAME;
    if (this.argumentsLength > ARGUMENTS_MAX) return Refusal.TOO_BIG;
    if (this.cls > 1) return Refusal.CLASS;
    if (this.cls == 0 && !this.hasExpiry) return Refusal.NO_EXPIRY;
    return Refusal.NONE;
  }
}

/** `[A-Za-z0-9_.-]{1,32}` */
export function isName(at: usize, length: u32): bool {
  if (length == 0 || length > NAME_MAX) return false;
  for (let i: u32 = 0; i < length; i++) {
    const char = <u32>load<u8>(at + i);
    const isLetter = (char | 32) - 0x61 < 26;
    if (!isLetter && char - 0x30 >= 10 && char != 0x5f && char != 0x2e && char != 0x2d) return false;
  }
  return true;
}
