// The decoder of what the standards lay down: from the bytes of a frame to records in memory. No allocation while decoding.
import { learnFullFrame } from './compact';
import { FRAME, unchip } from './framer';
import { applicationEnd, applicationStart, isTeaching, readLayers } from './layers';
import { damagedBit, readFrame } from './link';
import { expandProfiles } from './profiles';
import { readRecords } from './records';
import { KeyLookup } from './security';
import { E_CRC, FORMAT_A, FORMAT_AUTO, FORMAT_B, FORMAT_NONE, LINK, MESSAGE, telegram } from './telegram';

/** As `decode` of index.ts, without manufacturers' own payloads and without texts. */
export function decodeStandard(frame: usize, len: u32, keyOf: KeyLookup, format: u32 = FORMAT_AUTO): bool {
  if (!decodeAs(frame, len, keyOf, format)) return format == FORMAT_AUTO && decodeChips(frame, len, keyOf);
  if (format != FORMAT_AUTO || telegram.format != FORMAT_NONE || telegram.joined || endsWithFill()) return true;
  const bit = damagedBit(frame, len);
  if (bit < 0 || !readsAsB(frame, len, keyOf, <u32>bit)) return decodeAs(frame, len, keyOf, format);
  telegram.clear();
  telegram.format = FORMAT_B;
  return telegram.failAt(E_CRC, LINK, len - 1 - (bit >> 3));
}

/** What is no frame may be the chips of one. If not, the refusal stands as it was. */
function decodeChips(frame: usize, len: u32, keyOf: KeyLookup): bool {
  const n = unchip(frame, len);
  return n != 0 && decodeAs(FRAME, n, keyOf, FORMAT_A);
}

function decodeAs(frame: usize, len: u32, keyOf: KeyLookup, format: u32): bool {
  telegram.clear();
  if (!readFrame(frame, len, format) || !readLayers(keyOf) || !readRecords(applicationStart, applicationEnd))
    return false;
  if (isTeaching()) learnFullFrame();
  expandProfiles();
  return true;
}

/** Idle filler at the end is nothing that a CRC looks like. */
function endsWithFill(): bool {
  return telegram.length > 12 && load<u16>(MESSAGE + telegram.length - 2) == 0x2f2f;
}

/** Whether the frame, one bit flipped, is whole in format B: with standard records up to its last byte. */
function readsAsB(frame: usize, len: u32, keyOf: KeyLookup, bit: u32): bool {
  const at = frame + len - 1 - (bit >> 3);
  const flip = <u8>((<u32>1) << (bit & 7));
  store<u8>(at, load<u8>(at) ^ flip);
  const whole = decodeAs(frame, len, keyOf, FORMAT_B);
  store<u8>(at, load<u8>(at) ^ flip);
  return whole && telegram.records != 0 && telegram.specificLength == 0;
}
