// CRC of EN 13757-4 (clause 12.3.2 and the extended link layer) and of compact frames: x^16 + x^13 + x^12 + x^11 + x^10 +
// x^8 + x^6 + x^5 + x^2 + 1, start 0, complemented. Four bits at a time: 32 bytes of table.

const NIBBLES = memory.data<u16>([
  0x0000, 0x3d65, 0x7aca, 0x47af, 0xf594, 0xc8f1, 0x8f5e, 0xb23b, 0xd64d, 0xeb28, 0xac87, 0x91e2, 0x23d9, 0x1ebc,
  0x5913, 0x6476,
]);

export function crc16(p: usize, len: u32): u32 {
  return crcFinish(crcUpdate(0, p, len));
}

/** Continues over further bytes; begin with 0. */
export function crcUpdate(crc: u32, p: usize, len: u32): u32 {
  for (const end = p + len; p < end; p++) {
    const b: u32 = load<u8>(p);
    crc = ((crc << 4) & 0xffff) ^ load<u16>(NIBBLES + ((((crc >> 12) ^ (b >> 4)) & 15) << 1));
    crc = ((crc << 4) & 0xffff) ^ load<u16>(NIBBLES + ((((crc >> 12) ^ b) & 15) << 1));
  }
  return crc;
}

export function crcFinish(crc: u32): u32 {
  return crc ^ 0xffff;
}

/** The powers of x repeat after so many: bits so far apart are the same error. */
export const CRC_PERIOD: u32 = 151;

/** The next power of x: what an error one bit further from the end adds to the CRC. */
export function crcTimesX(power: u32): u32 {
  return ((power << 1) & 0xffff) ^ (power >> 15 ? 0x3d65 : 0);
}
