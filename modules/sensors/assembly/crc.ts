// The checksums of parts and of Modbus, bit by bit: what is checked is a few bytes long.

/** CRC-8 of Sensirion's words: polynomial 0x31, begins with 0xFF (SHT4x datasheet, section 4.4). "\xBE\xEF" gives 0x92. */
export function crc8Sensirion(p: usize, length: i32): u32 {
  let crc: u32 = 0xff;
  for (const end = p + length; p < end; p++) {
    crc ^= load<u8>(p);
    for (let i = 0; i < 8; i++) crc = (crc << 1) ^ (crc & 0x80 ? 0x131 : 0);
  }
  return crc;
}

/** CRC-8 of 1-Wire: x^8 + x^5 + x^4 + 1, low bit first (DS18B20 datasheet, "CRC generation"). */
export function crc8Maxim(p: usize, length: i32): u32 {
  let crc: u32 = 0;
  for (const end = p + length; p < end; p++) {
    crc ^= load<u8>(p);
    for (let i = 0; i < 8; i++) crc = (crc >> 1) ^ (crc & 1 ? 0x8c : 0);
  }
  return crc;
}

/** CRC-16 of Modbus RTU, low byte first on the line (Modbus over serial line V1.02, section 6.2.2). */
export function crc16Modbus(p: usize, length: i32): u32 {
  let crc: u32 = 0xffff;
  for (const end = p + length; p < end; p++) {
    crc ^= load<u8>(p);
    for (let i = 0; i < 8; i++) crc = (crc >> 1) ^ (crc & 1 ? 0xa001 : 0);
  }
  return crc;
}
