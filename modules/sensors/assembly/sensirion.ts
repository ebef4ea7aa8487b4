// Sensirion's words on I2C: two bytes, big endian, and a CRC-8 behind each (SHT4x datasheet, section 4.4).
import { crc8Sensirion } from './crc';

/** Whether each of `count` words of 3 bytes at `p` has its CRC. */
export function wordsHold(p: usize, count: u32): bool {
  for (const end = p + 3 * count; p < end; p += 3) if (crc8Sensirion(p, 2) != load<u8>(p, 2)) return false;
  return true;
}

/** Word `i` of an answer. */
export function word(p: usize, i: usize): u32 {
  return bswap<u16>(load<u16>(p + 3 * i));
}

/** scale × word / 65535 + offset, to the nearest. */
export function linear(word: u32, scale: i32, offset: i32): i32 {
  return <i32>((<i64>scale * word + 32767) / 65535) + offset;
}
