import { Bytes } from 'motekit/runtime/guest';
import { equal, isAscii, order } from '../../lib/assembly/bytes';
import { CborReader } from '../../lib/assembly/cbor';
import { Encoding, Kind } from '../../supervisor/assembly/letters';
import { Reason } from '../../supervisor/assembly/reason';
import { View } from '../../supervisor/assembly/view';
import { Grants } from './grants';

const FORMAT: u64 = 1;
const ABI: string = '0.1';
const SUPERVISOR: string = 'supervisor';
const ALG_SHA_256: i64 = -16;
const NAME_MAX: u32 = 32;
/** Elements that every manifest has; the others come after them. */
const ELEMENTS: u32 = 13;
const NEEDS: u64 = 14;
const SET: u64 = 15;
const KIND: u64 = 16;
const ENCRYPTION: u64 = 17;
const OLDEST: u64 = 18;
const PACKING: u64 = 19;
const SCHEMA: u64 = 20;
const NESTING: u32 = 3;
const NEEDS_MAX: u32 = 4;
const MEMBERS_MAX: u32 = 4;
/** Bytes that AES-256-GCM adds. */
const TAG_SIZE: u32 = 16;
const ZLIB: u64 = 1;
const WIRE_MAX: u64 = 0xffffffff;
const SALT_SIZE: u32 = 32;
/** What the kernel takes (runtime/kernel/kernel.h). */
const MEMORY_MIN: u64 = 1024;
const MEMORY_MAX: u64 = 65536;
const STACK_MIN: u64 = 512;
const STACK_MAX: u64 = 16384;
const FUEL_MAX: u64 = 0x7fffffff;
const MAILBOX_MIN: u64 = 20;
const MAILBOX_MAX: u64 = 16384;

/** The signed manifest (docs/bundle.cddl, RFC 9124). Made once, parsed often; the views point into the bytes parsed. */
export class Manifest {
  sequence: u64 = 0;
  vendor: View = new View();
  class: View = new View();
  component: View = new View();
  version: View = new View();
  digest: View = new View();
  size: u64 = 0;
  /** Seconds since 1970; 0: never. */
  expiry: u64 = 0;
  memory: u32 = 0;
  fuel: u32 = 0;
  stack: u32 = 0;
  mailbox: u32 = 0;
  grants: Grants = new Grants();
  /** Where the pairs of component and least sequence number begin, and how many there are. */
  needs: View = new View();
  /** The list of its set as it is encoded, and how many are in it; 0: it is on its own. */
  set: View = new View();
  members: u32 = 0;
  kind: Kind = Kind.MODULE;
  encoding: Encoding = Encoding.PLAIN;
  /** ENCRYPTED*: the group that it is for, and the salt of its key. */
  group: View = new View();
  salt: View = new View();
  /** *DELTA: SHA-256 of the module that it is made from. */
  base: View = new View();
  /** PACKED, DELTA, ENCRYPTED_*: bytes of the stream. */
  packed: u64 = 0;
  /** Bytes that travel, and their SHA-256. */
  wire: u64 = 0;
  wireDigest: View = new View();
  oldest: u64 = 0;

  /** `Reason.NONE`, or why these bytes are not a manifest that this device understands. */
  parse(ptr: usize, len: u32): Reason {
    const cbor = new CborReader(ptr, len);
    if (!cbor.check(NESTING)) return Reason.MALFORMED;
    const elements = cbor.map();
    if (elements < ELEMENTS) return Reason.MALFORMED;
    if (cbor.uint() != 1) return Reason.MALFORMED;
    if (cbor.uint() != FORMAT) return cbor.error ? Reason.MALFORMED : Reason.UNSUPPORTED;
    if (cbor.uint() != 2) return Reason.MALFORMED;
    this.sequence = cbor.uint();
    if (!readBytes(cbor, 3, this.vendor, 16) || !readBytes(cbor, 4, this.class, 16)) return Reason.MALFORMED;
    if (!readName(cbor, 5, this.component)) return Reason.MALFORMED;
    if (!readName(cbor, 6, this.version)) return Reason.MALFORMED;
    if (cbor.uint() != 7 || cbor.array() != 2) return Reason.MALFORMED;
    if (cbor.int() != ALG_SHA_256) return cbor.error ? Reason.MALFORMED : Reason.UNSUPPORTED;
    this.digest.len = cbor.byteString();
    this.digest.ptr = cbor.data;
    if (this.digest.len != 32) return Reason.MALFORMED;
    if (cbor.uint() != 8) return Reason.MALFORMED;
    this.size = cbor.uint();
    if (cbor.uint() != 9) return Reason.MALFORMED;
    this.expiry = 0;
    if (!cbor.nothing()) {
      this.expiry = cbor.uint();
      if (this.expiry == 0) return Reason.MALFORMED;
    }
    const contract = readContract(cbor);
    if (contract != Reason.NONE) return contract;
    const budgets = this.readBudgets(cbor);
    if (budgets != Reason.NONE) return budgets;
    if (cbor.uint() != 12) return Reason.MALFORMED;
    const granted = this.grants.read(cbor);
    if (granted != Reason.NONE) return granted;
    if (cbor.uint() != 13) return Reason.MALFORMED;
    if (!cbor.nothing() && cbor.byteString() != 32) return Reason.MALFORMED;
    const more = this.readMore(cbor, elements - ELEMENTS);
    if (more != Reason.NONE) return more;
    if (cbor.error || this.size == 0 || this.sequence == 0) return Reason.MALFORMED;
    // A supervisor is known by its name: no other component may have it, and it no other.
    const named = isAscii(this.component.ptr, this.component.len, SUPERVISOR);
    if (named != (this.kind == Kind.SUPERVISOR)) return Reason.MALFORMED;
    return this.kind != Kind.MODULE && this.grants.count > 0 ? Reason.BAD_GRANT : Reason.NONE;
  }

  isFor(vendor: Bytes, deviceClass: Bytes): bool {
    return (
      vendor.length == 16 &&
      deviceClass.length == 16 &&
      equal(vendor.ptr, this.vendor.ptr, 16) &&
      equal(deviceClass.ptr, this.class.ptr, 16)
    );
  }

  /** The elements that not every manifest has; the reader has checked that each comes once, in order. */
  private readMore(cbor: CborReader, count: u32): Reason {
    this.needs.len = 0;
    this.members = 0;
    this.kind = Kind.MODULE;
    this.encoding = Encoding.PLAIN;
    this.packed = 0;
    this.wire = this.size;
    this.wireDigest.set(this.digest.ptr, this.digest.len);
    this.oldest = 0;
    for (let i: u32 = 0; i < count; i++) {
      const label = cbor.uint();
      let valid: bool = false;
      if (label == NEEDS) valid = this.readNeeds(cbor);
      else if (label == SET) valid = this.readSet(cbor);
      else if (label == KIND) {
        this.kind = <Kind>min<u64>(cbor.uint(), 255);
        if (this.kind > Kind.DATA) return Reason.UNSUPPORTED;
        valid = this.kind != Kind.MODULE;
      } else if (label == ENCRYPTION) valid = this.readEncryption(cbor);
      else if (label == PACKING) {
        valid = this.readPacking(cbor);
      } else if (label == SCHEMA) valid = cbor.byteString() == 32;
      else if (label == OLDEST) {
        this.oldest = cbor.uint();
        valid = this.oldest > 0 && this.oldest <= this.sequence;
      } else if (!cbor.error) return Reason.UNSUPPORTED;
      if (!valid) return Reason.MALFORMED;
    }
    return Reason.NONE;
  }

  private readNeeds(cbor: CborReader): bool {
    const count = cbor.map();
    this.needs.set(cbor.pos, count);
    if (count == 0 || count > NEEDS_MAX) return false;
    for (let i: u32 = 0; i < count; i++) {
      const len = cbor.text();
      if (len == 0 || len > NAME_MAX || cbor.uint() == 0) return false;
    }
    return cbor.error == 0;
  }

  /** The names ascend, and this one is among them with its digest. */
  private readSet(cbor: CborReader): bool {
    const from = cbor.pos;
    this.members = cbor.array();
    if (this.members < 2 || this.members > MEMBERS_MAX) return false;
    let last: usize = 0;
    let lastLen: u32 = 0;
    let found: bool = false;
    for (let i: u32 = 0; i < this.members; i++) {
      if (cbor.array() != 2) return false;
      const len = cbor.text();
      const name = cbor.data;
      if (len == 0 || len > NAME_MAX || cbor.byteString() != 32) return false;
      if (last && order(last, lastLen, name, len) >= 0) return false;
      last = name;
      lastLen = len;
      if (order(name, len, this.component.ptr, this.component.len) == 0) {
        found = equal(cbor.data, this.digest.ptr, 32);
      }
    }
    this.set.set(from, <u32>(cbor.pos - from));
    return found && cbor.error == 0;
  }

  private readEncryption(cbor: CborReader): bool {
    if (cbor.array() != 3) return false;
    this.group.len = cbor.text();
    this.group.ptr = cbor.data;
    this.salt.len = cbor.byteString();
    this.salt.ptr = cbor.data;
    this.wireDigest.len = cbor.byteString();
    this.wireDigest.ptr = cbor.data;
    this.encoding = Encoding.ENCRYPTED;
    this.wire = this.size + TAG_SIZE;
    const sized = this.salt.len == SALT_SIZE && this.wireDigest.len == 32;
    return sized && this.group.len > 0 && this.group.len <= NAME_MAX && cbor.error == 0;
  }

  private readPacking(cbor: CborReader): bool {
    if (cbor.array() != 4 || cbor.uint() != ZLIB) return false;
    const encrypted = this.encoding == Encoding.ENCRYPTED;
    const whole = cbor.nothing();
    if (!whole) {
      this.base.len = cbor.byteString();
      this.base.ptr = cbor.data;
      if (this.base.len != 32) return false;
    }
    if (encrypted) this.encoding = whole ? Encoding.ENCRYPTED_PACKED : Encoding.ENCRYPTED_DELTA;
    else this.encoding = whole ? Encoding.PACKED : Encoding.DELTA;
    this.packed = cbor.uint();
    const digest = cbor.byteString() == 32;
    if (encrypted) this.wire = this.packed + TAG_SIZE;
    else {
      this.wire = this.packed;
      this.wireDigest.set(cbor.data, 32);
    }
    return digest && this.packed > 0 && this.packed <= WIRE_MAX && cbor.error == 0;
  }

  private readBudgets(cbor: CborReader): Reason {
    if (cbor.uint() != 11 || cbor.map() != 5) return Reason.MALFORMED;
    if (cbor.uint() != 1) return Reason.MALFORMED;
    const memory = cbor.uint();
    if (cbor.uint() != 2) return Reason.MALFORMED;
    const fuel = cbor.uint();
    if (cbor.uint() != 3) return Reason.MALFORMED;
    const stack = cbor.uint();
    if (cbor.uint() != 4) return Reason.MALFORMED;
    const mailbox = cbor.uint();
    if (cbor.uint() != 5) return Reason.MALFORMED;
    cbor.uint(); // outbox: nothing here keeps one yet
    if (cbor.error) return Reason.MALFORMED;
    if (memory < MEMORY_MIN || memory > MEMORY_MAX || stack < STACK_MIN || stack > STACK_MAX) return Reason.UNSUPPORTED;
    if (fuel == 0 || fuel > FUEL_MAX || mailbox < MAILBOX_MIN || mailbox > MAILBOX_MAX) return Reason.UNSUPPORTED;
    this.memory = <u32>memory;
    this.fuel = <u32>fuel;
    this.stack = <u32>stack;
    this.mailbox = <u32>mailbox;
    return Reason.NONE;
  }
}

function readBytes(cbor: CborReader, key: u64, into: View, len: u32): bool {
  if (cbor.uint() != key) return false;
  into.len = cbor.byteString();
  into.ptr = cbor.data;
  return into.len == len;
}

function readName(cbor: CborReader, key: u64, into: View): bool {
  if (cbor.uint() != key) return false;
  into.len = cbor.text();
  into.ptr = cbor.data;
  return into.len > 0 && into.len <= NAME_MAX;
}

/** The version of the contract. Anything else that is depended on here is unsupported, not ignored. */
function readContract(cbor: CborReader): Reason {
  if (cbor.uint() != 10) return Reason.MALFORMED;
  if (cbor.map() != 1) return cbor.error ? Reason.MALFORMED : Reason.UNSUPPORTED;
  let len = cbor.text();
  if (!cbor.error && !isAscii(cbor.data, len, 'abi')) return Reason.UNSUPPORTED;
  len = cbor.text();
  if (cbor.error) return Reason.MALFORMED;
  return isAscii(cbor.data, len, ABI) ? Reason.NONE : Reason.UNSUPPORTED;
}
