// The decoder as a library: from the bytes of a frame to records in memory, and to text.
import { desCbcDecrypt } from '../../lib/assembly/des';
import { decodeStandard } from './core';
import { unscrambleRecords } from './prios';
import { KeyLookup, useDes, useDescrambler } from './security';
import { FORMAT_AUTO } from './telegram';
import { readVendor } from './vendors';

export { setNow } from './fragments';
export { KeyLookup } from './security';
export { MESSAGE, METER, RECORD, RECORDS, Telegram, telegram } from './telegram';
export { DECRYPTED, PLAIN, READABLE } from './telegram';
export { FORMAT_A, FORMAT_AUTO, FORMAT_B, FORMAT_NONE, FORMAT_WIRED } from './telegram';
export { errorCode, errorMessage, layerName } from './errors';
export { writeSenml } from './senml';

useDes(desCbcDecrypt);
useDescrambler(unscrambleRecords);

/**
 * Decodes one frame of `len` bytes: from the L field on, with or without CRCs, or a wired long frame. `keyOf` is asked
 * for the meter's keys when the payload is encrypted. True when the telegram is good; `telegram` and RECORDS then hold
 * it until the next call. Else `telegram.error`, `.layer` and `.offset` tell why, and there are no records.
 */
export function decode(frame: usize, len: u32, keyOf: KeyLookup, format: u32 = FORMAT_AUTO): bool {
  return decodeStandard(frame, len, keyOf, format) && readVendor(keyOf);
}
