// Functions of modules/lib as plain exports: bytes go in at 4096 and come out at 8192.
import {
  cbcDecrypt,
  cbcEncrypt,
  cmac,
  ctr,
  decryptBlock,
  encryptBlock,
  expandKey,
} from '../../../modules/lib/assembly/aes';
import { equal, equalSecret, fromHex, intLE, order, uintLE, Writer } from '../../../modules/lib/assembly/bytes';
import { CborReader, CborWriter, isUtf8 } from '../../../modules/lib/assembly/cbor';
import { realExponent, realMantissa, realToDecimal, writeDecimal } from '../../../modules/lib/assembly/decimal';
import { desCbcDecrypt } from '../../../modules/lib/assembly/des';
import { writeLatin1 } from '../../../modules/lib/assembly/json';

const IN: usize = 4096;
const OUT: usize = 8192;
const END: usize = 12288;
const schedule = memory.data(176, 8);
const w = new CborWriter(OUT, END);
const r = new CborReader(IN, 0);

export function key(at: usize): void {
  expandKey(at, schedule);
}
export function encrypt(at: usize): void {
  encryptBlock(schedule, at, at);
}
export function decrypt(at: usize): void {
  decryptBlock(schedule, at, at);
}
export function cbcE(iv: usize, at: usize, blocks: u32): void {
  cbcEncrypt(schedule, iv, at, blocks);
}
export function cbcD(iv: usize, at: usize, blocks: u32): void {
  cbcDecrypt(schedule, iv, at, blocks);
}
export function counter(iv: usize, at: usize, len: u32): void {
  ctr(schedule, iv, at, len);
}
export function mac(at: usize, len: u32, out: usize): void {
  cmac(schedule, at, len, out);
}

export function des(key: usize, at: usize, blocks: u32): void {
  desCbcDecrypt(key, 0, at, blocks);
}

export function begin(room: u32): void {
  w.reset(OUT, OUT + room);
}
export function length(): i32 {
  return w.overflow ? -1 : <i32>w.length;
}
export function decimal(mantissa: i64, exponent: i32, unsigned: bool): void {
  writeDecimal(w, mantissa, exponent, unsigned);
}
export function real(bits: u32): bool {
  if (!realToDecimal(bits)) return false;
  writeDecimal(w, realMantissa, realExponent);
  return true;
}
export function latin1(len: u32, reversed: bool): void {
  writeLatin1(w, IN, len, reversed);
}
export function hex(len: u32): void {
  w.hex(IN, len);
}
export function unhex(n: u32): bool {
  return fromHex(OUT, IN, n);
}
export function little(n: u32, signed: bool): i64 {
  return signed ? intLE(IN, n) : <i64>uintLE(IN, n);
}
export function compare(aLen: u32, bLen: u32): i32 {
  return order(IN, aLen, IN + aLen, bLen);
}
export function same(len: u32, secret: bool): bool {
  return secret ? equalSecret(IN, IN + len, len) : equal(IN, IN + len, len);
}
export function utf8(len: u32): bool {
  return isUtf8(IN, len);
}

export function head(major: u32, value: u64): void {
  w.head(major, value);
}
export function int(value: i64): void {
  w.int(value);
}
export function fraction(mantissa: i64, exponent: i32): void {
  w.decimal(mantissa, exponent);
}

const reader = r;
/** Error of the check, with its offset in the upper half. */
export function check(len: u32, depth: u32): u32 {
  reader.reset(IN, len);
  return reader.check(depth) ? 0 : reader.error | (reader.offset << 16);
}
/** Copies what the reader understands: the same bytes must come out. */
export function copy(): u32 {
  while (reader.peek() < 8 && reader.error == 0) item();
  return reader.error;
}
function item(): void {
  const major = reader.peek();
  if (major == 0) w.uint(reader.uint());
  else if (major == 1) w.int(reader.int());
  else if (major == 2) {
    const n = reader.byteString();
    w.byteString(reader.data, n);
  } else if (major == 3) {
    const n = reader.text();
    w.text(reader.data, n);
  } else if (major == 4) w.array(reader.array());
  else if (major == 5) w.map(reader.map());
  else if (major == 6) w.tag(reader.tag());
  else if (reader.nothing()) w.nothing();
  else w.bool(reader.bool());
}
export function plainWriter(room: u32): i32 {
  const plain = new Writer(OUT, OUT + room);
  plain.ascii('abc');
  plain.u32be(0x01020304);
  plain.number(12345678901234567890, 1);
  return plain.overflow ? -1 : <i32>plain.length;
}

export function float(value: f64): void {
  w.float(value);
}
export function number64(value: f64): void {
  w.number64(value);
}
/** Whether `check` takes floating point in its shortest form. */
export function floats(on: bool): void {
  reader.floats = on;
}
