// HPKE (RFC 9180), base mode, receiving one message: X-Wing (KEM 0x647a), HKDF-SHA-256, AES-256-GCM, no additional data.

import { Aes256GcmDecryption } from '../../lib/assembly/gcm';
import { hkdfExpand, hkdfWipe, hmacBegin, hmacFinish, hmacUpdate } from '../../lib/assembly/hkdf';
import { xWingDecapsulate } from './x-wing';

/** "HPKE-v1", then suite_id (5.1): "HPKE" and the ids of KEM, KDF and AEAD. */
const PREFIX: usize = memory.data<u8>([
  0x48, 0x50, 0x4b, 0x45, 0x2d, 0x76, 0x31, 0x48, 0x50, 0x4b, 0x45, 0x64, 0x7a, 0x00, 0x01, 0x00, 0x02,
]);
const PREFIX_BYTES: i32 = 17;

/** The shared secret, then what is derived: `secret`, key, nonce. */
const SECRET: usize = memory.data(32 + 32 + 12, 8);
const KEY: usize = SECRET + 32;
const NONCE: usize = KEY + 32;
/** key_schedule_context: the mode, 0, and two hashes. */
const CONTEXT: usize = memory.data(65, 8);
const CONTEXT_BYTES: i32 = 65;
/** A label in ASCII; the info of LabeledExpand. */
const TEXT: usize = memory.data(16, 8);
const INFO: usize = memory.data(2 + 17 + 11 + 65, 8);

/**
 * SealBase's counterpart: `seed` is X-Wing's, `enc` its ciphertext, `sealed` holds `length` bytes and GCM's tag after them
 * and becomes the plaintext. False when it was not sealed for this key and `info`; `sealed` is then as it was.
 */
export function openBase(
  seed: usize,
  enc: usize,
  info: usize,
  infoLength: i32,
  sealed: usize,
  length: i32,
  gcm: Aes256GcmDecryption,
): bool {
  const agreed = xWingDecapsulate(seed, enc, SECRET);
  // KeySchedule (5.1) without a pre-shared key.
  store<u8>(CONTEXT, 0);
  labeledExtract(0, 0, 'psk_id_hash', 0, 0, CONTEXT + 1);
  labeledExtract(0, 0, 'info_hash', info, infoLength, CONTEXT + 33);
  labeledExtract(SECRET, 32, 'secret', 0, 0, SECRET);
  labeledExpand('key', KEY, 32);
  labeledExpand('base_nonce', NONCE, 12);
  gcm.begin(KEY, NONCE);
  gcm.authenticate(sealed, length);
  const valid = gcm.verify(sealed + length) && agreed;
  if (valid) gcm.decrypt(sealed, length);
  gcm.wipe();
  hkdfWipe();
  memory.fill(SECRET, 0, 76);
  return valid;
}

/** LabeledExtract (4). `out` may be `salt`. */
function labeledExtract(salt: usize, saltLength: i32, label: string, ikm: usize, ikmLength: i32, out: usize): void {
  hmacBegin(salt, saltLength);
  hmacUpdate(PREFIX, PREFIX_BYTES);
  hmacUpdate(TEXT, ascii(label, TEXT));
  hmacUpdate(ikm, ikmLength);
  hmacFinish(out);
}

/** LabeledExpand (4) from `secret` and the context. */
function labeledExpand(label: string, out: usize, length: i32): void {
  store<u16>(INFO, bswap<u16>(<u16>length));
  memory.copy(INFO + 2, PREFIX, PREFIX_BYTES);
  const end = 2 + PREFIX_BYTES + ascii(label, INFO + 2 + PREFIX_BYTES);
  memory.copy(INFO + end, CONTEXT, CONTEXT_BYTES);
  hkdfExpand(SECRET, INFO, end + CONTEXT_BYTES, out, length);
}

/** The characters of `text` as bytes; how many. */
function ascii(text: string, to: usize): i32 {
  for (let i = 0; i < text.length; i++) store<u8>(to + i, <u8>text.charCodeAt(i));
  return text.length;
}
