import { Bytes } from 'motekit/runtime/guest';
import { equal, isAscii } from '../../lib/assembly/bytes';
import { CborReader } from '../../lib/assembly/cbor';
import { Grants } from './grants';
import { Reason } from './reason';
import { View } from './view';

const FORMAT: u64 = 1;
const ABI: string = '0.1';
const ALG_SHA_256: i64 = -16;
const NAME_MAX: u32 = 32;
const ELEMENTS: u32 = 13;
const NESTING: u32 = 3;
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

  /** `Reason.NONE`, or why these bytes are not a manifest that this device understands. */
  parse(ptr: usize, len: u32): Reason {
    const cbor = new CborReader(ptr, len);
    if (!cbor.check(NESTING) || cbor.map() != ELEMENTS) return Reason.MALFORMED;
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
    const dependencies = readDependencies(cbor);
    if (dependencies != Reason.NONE) return dependencies;
    const budgets = this.readBudgets(cbor);
    if (budgets != Reason.NONE) return budgets;
    if (cbor.uint() != 12) return Reason.MALFORMED;
    const granted = this.grants.read(cbor);
    if (granted != Reason.NONE) return granted;
    if (cbor.uint() != 13) return Reason.MALFORMED;
    if (!cbor.nothing() && cbor.byteString() != 32) return Reason.MALFORMED;
    if (cbor.error || this.size == 0 || this.sequence == 0) return Reason.MALFORMED;
    return Reason.NONE;
  }

  isFor(vendor: Bytes, deviceClass: Bytes): bool {
    return (
      vendor.length == 16 &&
      deviceClass.length == 16 &&
      equal(vendor.ptr, this.vendor.ptr, 16) &&
      equal(deviceClass.ptr, this.class.ptr, 16)
    );
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

/** The one dependency so far: the contract's version. Another one is unsupported, not ignored. */
function readDependencies(cbor: CborReader): Reason {
  if (cbor.uint() != 10) return Reason.MALFORMED;
  if (cbor.map() != 1) return cbor.error ? Reason.MALFORMED : Reason.UNSUPPORTED;
  let len = cbor.text();
  if (!cbor.error && !isAscii(cbor.data, len, 'abi')) return Reason.UNSUPPORTED;
  len = cbor.text();
  if (cbor.error) return Reason.MALFORMED;
  return isAscii(cbor.data, len, ABI) ? Reason.NONE : Reason.UNSUPPORTED;
}
