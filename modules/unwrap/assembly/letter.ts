// A request for a release's content key as bytes: HPKE's enc, the sealed group key with its tag, the release's salt.

import { Aes256GcmDecryption, GCM_IV_BYTES, GCM_KEY_BYTES, GCM_TAG_BYTES } from '../../lib/assembly/gcm';
import { hkdfExpand, hkdfExtract, hkdfWipe } from '../../lib/assembly/hkdf';
import { openBase } from './hpke';
import { X_WING_CIPHERTEXT } from './x-wing';

export const GROUP_KEY_BYTES: i32 = 32;
export const SALT_BYTES: i32 = 32;
export const LETTER_BYTES: i32 = X_WING_CIPHERTEXT + GROUP_KEY_BYTES + GCM_TAG_BYTES + SALT_BYTES;
/** The answer: the verdict, then with `Opened` the content key and the IV of the payload. */
export const ANSWER_BYTES: i32 = 1 + GCM_KEY_BYTES + GCM_IV_BYTES;

export const enum Verdict {
  /** Not sealed for this device's key. */
  Refused = 0,
  Opened = 1,
  /** Not a request: a wrong length. */
  Malformed = 2,
  /** This device has no key. */
  NoKey = 3,
}

/** HPKE's info: "mote group key". */
const INFO: usize = memory.data<u8>([
  0x6d, 0x6f, 0x74, 0x65, 0x20, 0x67, 0x72, 0x6f, 0x75, 0x70, 0x20, 0x6b, 0x65, 0x79,
]);
/** HKDF's info: "mote content key". */
const CONTENT: usize = memory.data<u8>([
  0x6d, 0x6f, 0x74, 0x65, 0x20, 0x63, 0x6f, 0x6e, 0x74, 0x65, 0x6e, 0x74, 0x20, 0x6b, 0x65, 0x79,
]);
const PRK: usize = memory.data(32, 8);
const gcm = new Aes256GcmDecryption();

/** ANSWER_BYTES to `out` for the letter at `letter`, which is overwritten; `seed` is X-Wing's. */
export function answer(seed: usize, letter: usize, length: i32, out: usize): Verdict {
  memory.fill(out, 0, ANSWER_BYTES);
  if (length != LETTER_BYTES) return Verdict.Malformed;
  const groupKey = letter + X_WING_CIPHERTEXT;
  if (!openBase(seed, letter, INFO, 14, groupKey, GROUP_KEY_BYTES, gcm)) return Verdict.Refused;
  hkdfExtract(groupKey + GROUP_KEY_BYTES + GCM_TAG_BYTES, SALT_BYTES, groupKey, GROUP_KEY_BYTES, PRK);
  hkdfExpand(PRK, CONTENT, 16, out + 1, GCM_KEY_BYTES + GCM_IV_BYTES);
  memory.fill(groupKey, 0, GROUP_KEY_BYTES);
  memory.fill(PRK, 0, 32);
  hkdfWipe();
  return Verdict.Opened;
}
