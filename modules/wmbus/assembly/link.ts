// Data link layer: frame formats A and B of EN 13757-4 clause 12, long frames of EN 13757-2. Leaves the telegram without
// CRCs in MESSAGE.
import { u16be } from '../../lib/assembly/bytes';
import { CRC_PERIOD, crc16, crcFinish, crcTimesX, crcUpdate } from './crc';
import {
  E_C_FIELD,
  E_CHECKSUM,
  E_CRC,
  E_EMPTY,
  E_LENGTH,
  E_STOP,
  E_TRUNCATED,
  FORMAT_A,
  FORMAT_B,
  FORMAT_NONE,
  FORMAT_WIRED,
  LINK,
  MESSAGE,
  METER,
  telegram,
} from './telegram';

/** Frame format A: the first block is L to the device type, then blocks of 16, each followed by its CRC. */
const FIRST_A: u32 = 10;
/** Frame format B: one CRC behind the second block, which ends here, and one at the end. */
const FIRST_B: u32 = 126;

/** Receivers leave up to this many bytes of their own (RSSI, link quality, CRC) behind a frame. */
const SURPLUS: u32 = 3;

/** Bytes of a frame in format A whose length field is `l`. */
function lengthA(l: u32): u32 {
  return l + 3 + 2 * ((l - 9 + 15) >> 4);
}

function crcHolds(block: usize, len: u32): bool {
  return u16be(block + len) == crc16(block, len);
}

/** Reads a frame of a known format into MESSAGE. */
export function readFrame(frame: usize, len: u32, format: u32): bool {
  if (len == 0) return telegram.fail(E_EMPTY, LINK, 0);
  const l: u32 = load<u8>(frame);
  telegram.format = format;
  if (format == FORMAT_WIRED) return readLong(frame, len);
  if (l < 9) return telegram.fail(E_LENGTH, LINK, 0);

  const whole = format == FORMAT_A ? lengthA(l) : l + 1;
  if (len < whole) return telegram.failAt(E_TRUNCATED, LINK, len);
  if (len > whole && (format != FORMAT_NONE || len > whole + SURPLUS)) return telegram.fail(E_LENGTH, LINK, 0);
  if (format == FORMAT_A) {
    if (!readBlocksA(frame, l + 1)) return false;
  } else if (format == FORMAT_B) {
    if (!readBlocksB(frame, len)) return false;
  } else {
    if (len > whole && wouldHoldB(frame, len)) return telegram.fail(E_CRC, LINK, 0);
    memory.copy(MESSAGE, frame, whole);
    telegram.length = whole;
  }
  telegram.c = load<u8>(MESSAGE, 1);
  memory.copy(METER, MESSAGE + 2, 8);
  return knownC(telegram.c) || telegram.fail(E_C_FIELD, LINK, 1);
}

/** Finds out the format: of a long frame by its start bytes, A by its length, B by its CRC. */
export function detect(frame: usize, len: u32): u32 {
  const l: u32 = load<u8>(frame);
  if (l == 0x68 && len >= 6 && load<u8>(frame, 3) == 0x68 && len != l + 1 && len != lengthA(l)) return FORMAT_WIRED;
  if (l < 9) return FORMAT_NONE;
  if (len == lengthA(l)) return FORMAT_A;
  if (len >= 12 && crcHolds(frame, FIRST_A)) return FORMAT_A;
  // Blocks of format A stand where they stand, whatever L says: a valid second block tells that the first is damaged.
  if (len >= 30 && crcHolds(frame + 12, 16)) return FORMAT_A;
  if (len > 13 && len <= 128 && crcHolds(frame, len - 2)) return FORMAT_B;
  if (len > FIRST_B + 4) {
    const first = crcHolds(frame, FIRST_B);
    const second = crcHolds(frame + FIRST_B + 2, len - FIRST_B - 4);
    // One of two that holds by chance is one in 65536: the other is damaged.
    if (second || (first && len < 2 * FIRST_B)) return FORMAT_B;
  }
  return FORMAT_NONE;
}

/** Whether this is a frame in format B but for its length field. */
function wouldHoldB(frame: usize, len: u32): bool {
  if (len < 13 || len > 128) return false;
  store<u8>(MESSAGE, len - 1);
  const crc = crcUpdate(crcUpdate(0, MESSAGE, 1), frame + 1, len - 3);
  return u16be(frame + len - 2) == crcFinish(crc);
}

function readBlocksA(frame: usize, length: u32): bool {
  let done: u32 = 0;
  while (done < length) {
    const n = done == 0 ? FIRST_A : min<u32>(16, length - done);
    memory.copy(MESSAGE + done, frame, n);
    if (!crcHolds(frame, n)) return telegram.fail(E_CRC, LINK, done);
    frame += n + 2;
    done += n;
  }
  telegram.length = length;
  return true;
}

function readBlocksB(frame: usize, len: u32): bool {
  if (len < 13) return telegram.fail(E_LENGTH, LINK, 0);
  if (len <= FIRST_B + 2) {
    if (!crcHolds(frame, len - 2)) return telegram.fail(E_CRC, LINK, 0);
    memory.copy(MESSAGE, frame, len - 2);
    telegram.length = len - 2;
    return true;
  }
  if (!crcHolds(frame, FIRST_B)) return telegram.fail(E_CRC, LINK, 0);
  const rest = len - FIRST_B - 2;
  if (rest < 3) return telegram.fail(E_LENGTH, LINK, 0);
  if (!crcHolds(frame + FIRST_B + 2, rest - 2)) return telegram.fail(E_CRC, LINK, FIRST_B);
  memory.copy(MESSAGE, frame, FIRST_B);
  memory.copy(MESSAGE + FIRST_B, frame + FIRST_B + 2, rest - 2);
  telegram.length = len - 4;
  return true;
}

/**
 * The first bit to flip, counted from the frame's end, to make its last CRC of format B hold, and then every CRC_PERIOD
 * further; -1 when one does not suffice. A frame whose CRC fails cannot be told from one that comes without CRC: this is
 * what tells a damaged one.
 */
export function damagedBit(frame: usize, len: u32): i32 {
  let block = frame;
  let size = len;
  if (len > FIRST_B + 2) {
    if (len < FIRST_B + 5 || !crcHolds(frame, FIRST_B)) return -1;
    block += FIRST_B + 2;
    size -= FIRST_B + 2;
  }
  if (size < 3) return -1;
  const syndrome = crc16(block, size - 2) ^ u16be(block + size - 2);
  let power: u32 = 1;
  for (let bit: u32 = 0; bit < CRC_PERIOD; bit++) {
    if (power == syndrome) return bit;
    power = crcTimesX(power);
  }
  return -1;
}

/** EN 13757-2: 68 L L 68 C A CI data, sum of C to the last data byte, 16. */
function readLong(frame: usize, len: u32): bool {
  const l: u32 = load<u8>(frame, 1);
  if (load<u8>(frame, 2) != l || l < 3) return telegram.failAt(E_LENGTH, LINK, 1);
  if (len < l + 6) return telegram.failAt(E_TRUNCATED, LINK, len);
  if (len > l + 6) return telegram.failAt(E_LENGTH, LINK, 1);
  let sum: u32 = 0;
  for (let i: u32 = 4; i < l + 4; i++) sum += load<u8>(frame + i);
  store<u8>(MESSAGE, l);
  memory.copy(MESSAGE + 1, frame + 4, l);
  telegram.length = l + 1;
  if ((sum & 255) != load<u8>(frame + l, 4)) return telegram.fail(E_CHECKSUM, LINK, l + 1);
  if (load<u8>(frame + l, 5) != 0x16) return telegram.fail(E_STOP, LINK, l + 2);
  telegram.c = load<u8>(MESSAGE, 1);
  telegram.a = load<u8>(MESSAGE, 2);
  memory.fill(METER, 0, 8);
  return knownC(telegram.c) || telegram.fail(E_C_FIELD, LINK, 1);
}

/** C fields of EN 13757-4 table 26 and EN 13757-2: function codes, with FCB, FCV, ACD and DFC where they are defined. */
function knownC(c: u32): bool {
  const f = c & 15;
  if (c & 0x80) return false;
  // From the primary station: SND-NKE 0, SND-UD 3, SND-NR 4, SND-IR 6, ACC-NR 7, ACC-DMD 8, REQ-UD1 10, REQ-UD2 11.
  if (c & 0x40) return ((1 << f) & 0b110111011001) != 0;
  // From the secondary: ACK 0, NACK 1, CNF-IR 6, RSP-UD 8.
  return ((1 << f) & 0b101000011) != 0;
}
