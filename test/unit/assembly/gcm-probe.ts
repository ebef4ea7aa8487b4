// AES-256 and AES-256-GCM as plain exports: inputs and outputs at IN.
import { AES256_SCHEDULE, aes256Encrypt4, aes256ExpandKey } from '../../../modules/lib/assembly/aes256';
import { Aes256GcmDecryption } from '../../../modules/lib/assembly/gcm';

const IN: usize = memory.data(8192, 8);
const SCHEDULE: usize = memory.data(<i32>AES256_SCHEDULE, 8);
const gcm = new Aes256GcmDecryption();

export function place(): usize {
  return IN;
}
/** The key at IN, four blocks behind it. */
export function encrypt4(): void {
  aes256ExpandKey(IN, SCHEDULE);
  aes256Encrypt4(SCHEDULE, IN + 32);
}
/** The key at IN, the IV behind it. */
export function begin(): void {
  gcm.begin(IN, IN + 32);
}
export function authenticateData(length: u32): void {
  gcm.authenticateData(IN, length);
}
export function authenticate(length: u32): void {
  gcm.authenticate(IN, length);
}
export function verify(): i32 {
  return i32(gcm.verify(IN));
}
export function decrypt(length: u32): void {
  gcm.decrypt(IN, length);
}
export function wipe(): void {
  gcm.wipe();
}
