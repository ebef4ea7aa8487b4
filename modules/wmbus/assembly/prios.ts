// Diehl PRIOS, which Sappel and Hydrometer send, too: scrambled with published keys, which is no encryption.
import { u32be } from '../../lib/assembly/bytes';
import { MESSAGE, METER } from './telegram';

/**
 * Unscrambles in place, from the fifth byte of the payload on: a shift register of 32 bits (taps 1, 2, 11, 31) that starts from one of two published keys, the link
 * layer's address and the four bytes from the CI field on, over what follows. Its first byte is 4Bh: false when it is not.
 * The address carries version and type in front; METER then has it in order.
 */
export function unscramble(payload: usize, length: u32): bool {
  if (length < 16) return false;
  const start = u32be(MESSAGE + 2) ^ u32be(MESSAGE + 6) ^ u32be(payload);
  let key = start ^ 0x39bc8a10 ^ 0xe66d83f8;
  if ((<u32>load<u8>(payload, 5) ^ (shift(key) & 255)) != 0x4b) {
    key = start ^ 0x51728910 ^ 0xe66d83f8;
    if ((<u32>load<u8>(payload, 5) ^ (shift(key) & 255)) != 0x4b) return false;
  }
  for (let i: u32 = 5; i < length; i++) {
    key = shift(key);
    store<u8>(payload + i, <u8>(load<u8>(payload + i) ^ key));
  }
  const versionAndType = load<u16>(METER, 2);
  store<u32>(METER, load<u32>(METER, 4), 2);
  store<u16>(METER, versionAndType, 6);
  return true;
}

function shift(key: u32): u32 {
  for (let i = 0; i < 8; i++) key = (key << 1) | (((key >> 1) ^ (key >> 2) ^ (key >> 11) ^ (key >> 31)) & 1);
  return key;
}
