/** CRC-32 of IEEE 802.3 (reflected polynomial EDB88320h) over `len` bytes at `ptr`. Bitwise: a record is 60 bytes. */
export function crc32(ptr: usize, len: u32): u32 {
  let crc: u32 = 0xffffffff;
  for (let end = ptr + len; ptr < end; ptr++) {
    crc ^= load<u8>(ptr);
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (0xedb88320 & (0 - (crc & 1)));
  }
  return ~crc;
}
