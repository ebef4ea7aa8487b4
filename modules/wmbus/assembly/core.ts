// The decoder of what the standards lay down: from the bytes of a frame to records in memory. No allocation while decoding.
import { learnFullFrame } from './compact';
import { FRAME, unchip } from './framer';
import { applicationEnd, applicationStart, isTeaching, readLayers } from './layers';
import { damagedBit, detect, readFrame } from './link';
import { CRC_PERIOD } from './crc';
import { expandProfiles } from './profiles';
import { readRecords } from './records';
import { KeyLookup } from './security';
import { DECRYPTED, E_CRC, FORMAT_A, FORMAT_AUTO, FORMAT_B, FORMAT_NONE, LINK, telegram } from './telegram';

/** As `decode` of index.ts, without manufacturers' own payloads and without texts. */
export function decodeStandard(frame: usize, len: u32, keyOf: KeyLookup, format: u32 = FORMAT_AUTO): bool {
  if (format != FORMAT_AUTO) return decodeAs(frame, len, keyOf, format);
  format = detect(frame, len);
  if (format == FORMAT_NONE && looksDamaged(frame, len, keyOf)) {
    telegram.clear();
    return telegram.failAt(E_CRC, LINK, damagedAt);
  }
  return decodeAs(frame, len, keyOf, format) || decodeChips(frame, len, keyOf);
}

/** What is no frame may be the chips of one. If not, the refusal stands as it was. */
function decodeChips(frame: usize, len: u32, keyOf: KeyLookup): bool {
  const n = unchip(frame, len);
  return n != 0 && decodeAs(FRAME, n, keyOf, FORMAT_A);
}

/** `probing`: only whether there are whole records is asked. */
function decodeAs(frame: usize, len: u32, keyOf: KeyLookup, format: u32, probing: bool = false): bool {
  telegram.clear();
  telegram.probing = probing;
  if (!readFrame(frame, len, format) || !readLayers(keyOf) || !readRecords(applicationStart, applicationEnd))
    return false;
  if (probing) return telegram.records != 0 && telegram.specificLength == 0;
  if (isTeaching()) learnFullFrame();
  expandProfiles();
  return true;
}

let damagedAt: u32 = 0;

/**
 * Whether a frame that seems to come without CRCs is one in format B with a wrong bit: whether flipping one makes its last
 * CRC hold, and there are standard records up to it. By chance, one frame of some hundred could be mended so; its last two
 * bytes, taken for a CRC, are missed by its last record. Data of the manufacturer's own miss nothing: a frame with a wrong
 * bit that ends in them is known only to those who tell the format.
 */
function looksDamaged(frame: usize, len: u32, keyOf: KeyLookup): bool {
  // Idle filler at the end is nothing that a CRC looks like.
  if (len < 13 || len != <u32>load<u8>(frame) + 1 || load<u16>(frame + len - 2) == 0x2f2f) return false;
  const first = damagedBit(frame, len);
  if (first < 0) return false;
  for (let bit = <u32>first, bits = (len > 128 ? len - 128 : len) << 3; bit < bits; bit += CRC_PERIOD) {
    damagedAt = len - 1 - (bit >> 3);
    const at = frame + damagedAt;
    const flip = <u8>((<u32>1) << (bit & 7));
    store<u8>(at, load<u8>(at) ^ flip);
    const whole = decodeAs(frame, len, keyOf, FORMAT_B, true);
    store<u8>(at, load<u8>(at) ^ flip);
    if (whole) return true;
    // Decryption takes its time: a wrong bit in the text would leave no record whole.
    if (telegram.payload == DECRYPTED) break;
  }
  return false;
}
