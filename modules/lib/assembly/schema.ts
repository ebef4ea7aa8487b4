// What a module's schema.ts extends: each class says once what is said on the wire. The build fills in `write` and `take` from
// the fields (runtime/guest/compiler/codecs.ts) and derives the module's Thing Model from them (docs/schemas.md).
import { Bytes } from 'motekit/runtime/guest';
import { isAscii } from './bytes';
import { CborReader, CborWriter, MAP, NEGATIVE, SIMPLE, TEXT, UINT } from './cbor';
import { BOOLEAN_VALUE, NAME, STRING_VALUE, UNIT, VALUE } from './senml';

/** Fields with a value each: numbers, booleans and texts. */
export abstract class Declared {
  /** Bytes that `write` takes at most. Filled in by the build. */
  room(): u32 {
    return 0;
  }

  /** Filled in by the build. */
  write(to: FieldWriter): void {}

  /** Takes the value of the field that `from` stands at; false: there is no such field. Filled in by the build. */
  take(from: FieldReader): bool {
    return false;
  }

  /** Bits of the fields that have to be there. Filled in by the build. */
  required(): u32 {
    return 0;
  }

  protected encodeTo(senml: bool): Bytes {
    const room = this.room() + 16;
    const start = heap.alloc(room);
    const cbor = new CborWriter(start, start + room);
    this.write(new FieldWriter(cbor, senml));
    return new Bytes(start, cbor.overflow ? 0 : <i32>cbor.length);
  }

  protected decodeFrom(bytes: Bytes): bool {
    return new FieldReader(bytes).read(this);
  }
}

/** What `telemetry.publish` takes: a SenML pack (RFC 8428) with a record for each field. */
export abstract class Telemetry extends Declared {
  encode(): Bytes {
    return this.encodeTo(true);
  }
}

/** SenML packs whose names and units are not known before: meters on the air, sensors that are found. Without fields. */
export abstract class Readings {}

/** What `twin.report` takes. */
export abstract class Reported extends Declared {
  encode(): Bytes {
    return this.encodeTo(false);
  }
}

/** What `twin.onDesired` brings. */
export abstract class Desired extends Declared {
  /** False for what is outside of its bounds or lacks a field: then nothing of this object is to be used. */
  decode(document: Bytes): bool {
    return this.decodeFrom(document);
  }
}

/** What `command.handle` brings. */
export abstract class Command extends Declared {
  /** False for what is outside of its bounds or lacks a field: then nothing of this object is to be used. */
  decode(args: Bytes): bool {
    return this.decodeFrom(args);
  }
}

/** What `command.done` takes: at most 128 bytes. */
export abstract class Result extends Declared {
  encode(): Bytes {
    return this.encodeTo(false);
  }
}

/** Fields out: records of a SenML pack, or pairs of a map whose order is the caller's. */
export class FieldWriter {
  constructor(
    private cbor: CborWriter,
    private senml: bool,
  ) {}

  begin(fields: u32): void {
    if (this.senml) this.cbor.array(fields);
    else this.cbor.map(fields);
  }

  number(name: string, unit: string, value: f64): void {
    this.name(name, unit, VALUE);
    this.cbor.number64(value);
  }

  flag(name: string, value: bool): void {
    this.name(name, '', BOOLEAN_VALUE);
    this.cbor.bool(value);
  }

  text(name: string, value: string): void {
    this.name(name, '', STRING_VALUE);
    const utf8 = Bytes.utf8(value);
    this.cbor.text(utf8.ptr, utf8.length);
  }

  private name(name: string, unit: string, label: i64): void {
    const cbor = this.cbor;
    if (!this.senml) return cbor.literal(name);
    cbor.map(unit.length ? 3 : 2);
    cbor.int(NAME);
    cbor.literal(name);
    if (unit.length) {
      cbor.int(UNIT);
      const utf8 = Bytes.utf8(unit);
      cbor.text(utf8.ptr, utf8.length);
    }
    cbor.int(label);
  }
}

/** Fields in. What is not known is passed over, so that a newer sender is understood. */
export class FieldReader {
  private cbor: CborReader;
  private key: usize = 0;
  private keyLength: u32 = 0;
  private seen: u32 = 0;
  private fine: bool = true;

  constructor(bytes: Bytes) {
    this.cbor = new CborReader(bytes.ptr, bytes.length);
    this.cbor.floats = true;
  }

  read(into: Declared): bool {
    const cbor = this.cbor;
    if (!cbor.check(8) || cbor.peek() != MAP) return false;
    for (let pairs = cbor.map(); pairs; pairs--) {
      this.keyLength = cbor.text();
      this.key = cbor.data;
      if (!into.take(this)) cbor.skip();
      if (cbor.error || !this.fine) return false;
    }
    const required = into.required();
    return (this.seen & required) == required;
  }

  /** Whether it stands at this field, whose bit then counts as seen. */
  at(name: string, bit: u32): bool {
    if (!isAscii(this.key, this.keyLength, name)) return false;
    this.seen |= bit;
    return true;
  }

  whole(least: f64, most: f64): i64 {
    const kind = this.cbor.peek();
    if (kind != UINT && kind != NEGATIVE) return <i64>this.refuse();
    const value = this.cbor.int();
    return this.bounded(<f64>value, least, most) ? value : 0;
  }

  number(least: f64, most: f64): f64 {
    const kind = this.cbor.peek();
    let value: f64;
    if (kind == UINT || kind == NEGATIVE) value = <f64>this.cbor.int();
    else if (kind == SIMPLE) value = this.float();
    else return this.refuse();
    return this.bounded(value, least, most) ? value : 0;
  }

  flag(): bool {
    if (this.cbor.peek() != SIMPLE || (load<u8>(this.cbor.pos) & 0xfe) != 0xf4) return this.refuse() != 0;
    return this.cbor.bool();
  }

  text(least: u32, most: u32): string {
    if (this.cbor.peek() != TEXT) {
      this.refuse();
      return '';
    }
    const length = this.cbor.text();
    const value = String.UTF8.decodeUnsafe(this.cbor.data, length);
    // Characters as JSON Schema counts them: code points.
    let count = <u32>value.length;
    for (let at = 0; at < value.length; at++) if ((value.charCodeAt(at) & 0xfc00) == 0xdc00) count--;
    if (count < least || count > most) this.refuse();
    return value;
  }

  refuse(): f64 {
    this.fine = false;
    return 0;
  }

  private bounded(value: f64, least: f64, most: f64): bool {
    if (!(value >= least && value <= most)) this.fine = false;
    return this.fine;
  }

  /** Binary16, binary32 or binary64 (RFC 8949 section 3.3); `check` has found it in its shortest form. */
  private float(): f64 {
    const at = this.cbor.pos;
    const head = load<u8>(at);
    this.cbor.skip();
    if (head == 0xfb) return reinterpret<f64>(bswap<u64>(load<u64>(at + 1)));
    if (head == 0xfa) return <f64>reinterpret<f32>(bswap<u32>(load<u32>(at + 1)));
    if (head != 0xf9) return this.refuse();
    const half = bswap<u16>(load<u16>(at + 1));
    const exponent = <i32>((half >> 10) & 31);
    const fraction = <f64>(half & 0x3ff);
    let value: f64;
    if (exponent == 31) value = fraction == 0 ? Infinity : NaN;
    else if (exponent == 0) value = fraction * 5.960464477539063e-8;
    else value = (1024 + fraction) * reinterpret<f64>((<u64>(exponent - 25 + 1023)) << 52);
    return half & 0x8000 ? -value : value;
  }
}
