// Compact frames and format frames (EN 13757-3:2018 annex G): data without DIF and VIF, whose format is known from a table
// or was learned from a frame of the same meter. A frame teaches only when a CRC or MAC vouches for it.
import { crc16, crcFinish, crcUpdate } from './crc';
import { DIB_LENGTH, HEAD, LENGTHS, variableLength, VIB_LENGTH } from './records';
import {
  APL,
  E_FORMAT,
  E_SIGNATURE,
  E_TRUNCATED,
  MESSAGE,
  MESSAGE_MAX,
  METER,
  RECORD,
  RECORDS,
  telegram,
} from './telegram';

/** A learned format: address of the meter (8), signature (2), length, bytes. */
const LEARNED: usize = memory.data(352, 8);
const SLOT: u32 = 88;
const SLOTS: u32 = 4;
const FORMAT_MAX: u32 = SLOT - 11;
let nextSlot: u32 = 0;
let published: usize = 0;

/** Formats that are known beforehand, in the form of FORMATS in generated/vendors.ts. */
export function knowFormats(table: usize): void {
  published = table;
}

/** Where the full frame is rebuilt: behind the longest telegram, or the message joined out of several. */
function full(): u32 {
  return max<u32>(256, telegram.length);
}
export let fullEnd: u32 = 0;

/**
 * Rebuilds the full frame of the compact frame that has its format signature at `at`; it then stands from the answered
 * offset in MESSAGE to `fullEnd`. 0 when the telegram is refused.
 */
export function expandCompact(at: u32, end: u32): u32 {
  if (at + 4 > end) return refuse(E_TRUNCATED, end);
  const signature: u32 = load<u16>(MESSAGE + at);
  const format = findFormat(signature);
  if (format == 0) return refuse(E_FORMAT, at);

  let head = format + 1;
  const last = head + <usize>load<u8>(format);
  let data = at + 4;
  const start = full();
  let out = start;
  while (head < last) {
    const n = headLength(head, last);
    if (n == 0 || out + n > MESSAGE_MAX) return refuse(E_FORMAT, at);
    memory.copy(MESSAGE + out, head, n);
    const coding: u32 = load<u8>(head) & 15;
    let length: u32 = load<u8>(LENGTHS + coding);
    if (coding == 13) length = data < end ? 1 + variableLength(load<u8>(MESSAGE + data)) : 1;
    if (data + length > end) return refuse(E_TRUNCATED, end);
    if (out + n + length > MESSAGE_MAX) return refuse(E_FORMAT, at);
    memory.copy(MESSAGE + out + n, MESSAGE + data, length);
    head += n;
    out += n + length;
    data += length;
  }
  if (<u32>load<u16>(MESSAGE + at, 2) != crc16(MESSAGE + start, out - start)) return refuse(E_SIGNATURE, at + 2);
  fullEnd = out;
  return start;
}

function refuse(error: u32, offset: u32): u32 {
  telegram.fail(error, APL, offset);
  return 0;
}

/** Length byte of a format: what this meter has taught comes first. 0 when there is none. */
function findFormat(signature: u32): usize {
  for (let slot = LEARNED; slot < LEARNED + SLOT * SLOTS; slot += SLOT) {
    if (load<u64>(slot) == load<u64>(METER) && load<u16>(slot, 8) == signature && load<u8>(slot, 10)) return slot + 10;
  }
  if (published == 0) return 0;
  for (let p = published; load<u8>(p, 2); p += 3 + <usize>load<u8>(p, 2)) if (load<u16>(p) == signature) return p + 2;
  return 0;
}

/** Bytes of DIF, DIFEs, VIF and VIFEs at `head`; 0 when they do not end before `last`. */
function headLength(head: usize, last: usize): u32 {
  let p = head;
  while (p < last && load<u8>(p) & 0x80) p++;
  const vif = ++p;
  if (p < last && (load<u8>(p) & 0x7f) == 0x7c) p += 1 + <usize>load<u8>(p, 1);
  let more: u32 = p < last ? load<u8>(vif) & 0x80 : 0;
  p++;
  while (more && p < last) more = load<u8>(p++) & 0x80;
  return more || p > last ? 0 : <u32>(p - head);
}

/** Learns the format of the full frame that has just been read into RECORDS. */
export function learnFullFrame(): void {
  const slot = LEARNED + nextSlot * SLOT;
  // A full frame leaves the room for rebuilt ones unused.
  const scratch = MESSAGE + full();
  let crc: u32 = 0;
  let length: u32 = 0;
  for (let i: u32 = 0; i < telegram.records; i++) {
    const r = RECORDS + i * RECORD;
    const n = <u32>load<u8>(r, DIB_LENGTH) + load<u8>(r, VIB_LENGTH);
    if (length + n > FORMAT_MAX) return;
    const head = MESSAGE + load<u16>(r, HEAD);
    crc = crcUpdate(crc, head, n);
    memory.copy(scratch + length, head, n);
    length += n;
  }
  if (length) learn(slot, crcFinish(crc), scratch, length);
}

/** Learns the format of a format frame: length, signature, DIF and VIF bytes. False when it is refused. */
export function learnFormatFrame(at: u32, end: u32, trusted: bool): bool {
  const length: u32 = at < end ? load<u8>(MESSAGE + at) : 0xff;
  if (at + 1 + length > end || length < 3) return telegram.fail(E_TRUNCATED, APL, end);
  const bytes = MESSAGE + at + 3;
  const signature: u32 = load<u16>(MESSAGE + at, 1);
  if (crc16(bytes, length - 2) != signature) return telegram.fail(E_SIGNATURE, APL, at + 1);
  if (trusted && length - 2 <= FORMAT_MAX) learn(LEARNED + nextSlot * SLOT, signature, bytes, length - 2);
  return true;
}

function learn(slot: usize, signature: u32, bytes: usize, length: u32): void {
  if (findFormat(signature)) return;
  store<u64>(slot, load<u64>(METER));
  store<u16>(slot, signature, 8);
  store<u8>(slot, length, 10);
  memory.copy(slot + 11, bytes, length);
  nextSlot = (nextSlot + 1) % SLOTS;
}
