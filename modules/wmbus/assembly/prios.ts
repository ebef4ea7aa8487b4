// Diehl's radio, and that of Sappel and Hydrometer: scrambled with published keys, which is no encryption. A shift register
// of 32 bits (taps 1, 2, 11, 31) runs over what stands behind the key's four bytes, and the address carries version and
// type in front.
import { u32be } from '../../lib/assembly/bytes';
import { readsWell } from './layers';
import { MESSAGE, METER, telegram } from './telegram';

const DME: u32 = 0x11a5;
const HYD: u32 = 0x2324;
const SAP: u32 = 0x4c30;

/** PRIOS, with a CI field of the manufacturer's: false when its text does not begin with 4Bh, behind five bytes. */
export function unscramble(payload: usize, length: u32): bool {
  if (length < 16) return false;
  let key = keyFrom(payload, 0);
  if ((<u32>load<u8>(payload, 5) ^ (shift(key) & 255)) != 0x4b) {
    key = keyFrom(payload, 1);
    if ((<u32>load<u8>(payload, 5) ^ (shift(key) & 255)) != 0x4b) return false;
  }
  run(key, payload + 5, length - 5);
  orderAddress();
  return true;
}

/**
 * Standard records behind a short header whose security mode is the manufacturer's: put in clear in place. Nothing marks
 * them: what reads well to its end is taken for them, else the text stands as it came, for many receivers have
 * unscrambled it before.
 */
export function unscrambleRecords(data: usize, length: u32): void {
  const manufacturer: u32 = load<u16>(METER);
  if (manufacturer != DME && manufacturer != HYD && manufacturer != SAP) return;
  if (telegram.ci != 0x7a || data != MESSAGE + 15) return;
  orderAddress();
  for (let n: u32 = 0; n < 2; n++) {
    const key = keyFrom(data - 5, n);
    run(key, data, length);
    // The first record is the current reading: function and storage are 0.
    if (load<u8>(data) < 0x10 && readsWell(data, length)) return;
    run(key, data, length);
  }
}

/** What the shift register starts from: a published key, the link layer's address, four bytes from the CI field on. */
function keyFrom(ci: usize, n: u32): u32 {
  return u32be(MESSAGE + 2) ^ u32be(MESSAGE + 6) ^ u32be(ci) ^ (n ? 0x51728910 : 0x39bc8a10) ^ 0xe66d83f8;
}

function run(key: u32, data: usize, length: u32): void {
  for (const end = data + length; data < end; data++) {
    key = shift(key);
    store<u8>(data, <u8>(load<u8>(data) ^ key));
  }
}

function shift(key: u32): u32 {
  for (let i = 0; i < 8; i++) key = (key << 1) | (((key >> 1) ^ (key >> 2) ^ (key >> 11) ^ (key >> 31)) & 1);
  return key;
}

function orderAddress(): void {
  const versionAndType = load<u16>(METER, 2);
  store<u32>(METER, load<u32>(METER, 4), 2);
  store<u16>(METER, versionAndType, 6);
}
