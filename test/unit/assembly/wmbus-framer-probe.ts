// The framers as plain exports: bytes are pushed one by one, a whole frame is read at FRAME.
import { decode, telegram } from '../../../modules/wmbus/assembly';
import { isDuplicate } from '../../../modules/wmbus/assembly/duplicates';
import { ChipFramer, FRAME } from '../../../modules/wmbus/assembly/framer';
import { KEY_ROW, keyInTable, readPattern } from '../../../modules/wmbus/assembly/keys';
import { SerialFramer } from '../../../modules/wmbus/assembly/serial';

const chips = new ChipFramer(0, 2);
const rc1180 = new SerialFramer(0, 4 | 8 | 1);
const im871a = new SerialFramer(1);
const lines = new SerialFramer(2);
const wired = new SerialFramer(3);
let serial = lines;

export function frame(): usize {
  return FRAME;
}
export function beginChips(code: u32, format: u32): void {
  chips.reset(code, format);
}
export function pushChips(byte: u32): i32 {
  return chips.push(byte);
}
export function chipLength(): u32 {
  return chips.length;
}
export function beginSerial(protocol: u32): void {
  serial = protocol == 0 ? rc1180 : protocol == 1 ? im871a : protocol == 2 ? lines : wired;
  serial.reset();
}
export function pushSerial(byte: u32): i32 {
  return serial.push(byte);
}
export function serialLength(): u32 {
  return serial.length;
}
export function serialFormat(): u32 {
  return serial.format;
}
export function rssi(): i32 {
  return serial.rssi;
}

function noKey(_address: usize, _attempt: u32): usize {
  return 0;
}
/** 0 refused, 1 new, 2 heard before. */
export function hear(length: u32, now: u32): u32 {
  if (!decode(INPUT, length, noKey)) return 0;
  return isDuplicate(now, 10000) ? 2 : 1;
}
export function input(): usize {
  return INPUT;
}
const INPUT: usize = memory.data(300);

const TABLE: usize = memory.data(1024);
let rows: u32 = 0;

function keyFromTable(address: usize, attempt: u32): usize {
  return keyInTable(TABLE, KEY_ROW * rows, address, attempt);
}

/** One more row: 8 bytes of address, 8 of mask and 16 of key at `input`. */
export function addRow(): void {
  memory.copy(TABLE + KEY_ROW * rows++, INPUT, KEY_ROW);
}
/** Address and mask of the pattern at `input`, then there. False when it is none. */
export function pattern(length: u32): bool {
  const good = readPattern(INPUT, length, INPUT + 100);
  memory.copy(INPUT, INPUT + 100, 16);
  return good;
}
export function forgetKeys(): void {
  rows = 0;
}
/** The error of the telegram at `input`, decoded with the table. */
export function decodeWithTable(length: u32): u32 {
  decode(INPUT, length, keyFromTable);
  return telegram.error;
}
