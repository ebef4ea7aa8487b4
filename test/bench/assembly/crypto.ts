// A module that does one piece of cryptography for each letter: the first byte says which, the rest is its input.

import { Aes256GcmDecryption } from '../../../modules/lib/assembly/gcm';
import { hkdfExpand, hkdfExtract } from '../../../modules/lib/assembly/hkdf';
import { x25519 } from '../../../modules/x25519/assembly/x25519';

// @ts-ignore: decorator
@external("mail", "reply") declare function mail_reply(at: usize, len: u32, ret: usize): void;

const LETTER: usize = memory.data(4096, 8);
const REPLY: usize = memory.data(64, 8);
const gcm = new Aes256GcmDecryption();

export function stop(): void {}
export function health(): bool {
  return true;
}
export function cabi_realloc(old: usize, oldSize: usize, align: usize, size: usize): usize {
  return LETTER;
}
export function handle(kind: u32, a: u32, b: u32, length: u32, d: u32): void {
  if (kind != 4) return;
  const input = <usize>b + 1;
  length--;
  store<u8>(REPLY, 1);
  const what = load<u8>(b);
  if (what == 1) store<u8>(REPLY, u8(x25519(REPLY + 1, input, input + 32)));
  // [key][IV] expands the key, [ciphertext] is authenticated, [tag] verified, [ciphertext] decrypted.
  else if (what == 2) gcm.begin(input, input + 32);
  else if (what == 3) gcm.authenticate(input, length);
  else if (what == 4) store<u8>(REPLY, u8(gcm.verify(input)));
  else if (what == 5) gcm.decrypt(input, length);
  else if (what == 6) {
    hkdfExtract(input, 32, input + 32, 64, REPLY + 1);
    hkdfExpand(REPLY + 1, input, 20, REPLY + 1, 32);
  }
  mail_reply(REPLY, 33, REPLY + 40);
}
