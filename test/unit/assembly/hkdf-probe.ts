// HMAC and HKDF as plain exports: inputs at IN, one behind another, the output at OUT.
import {
  hkdfExpand,
  hkdfExtract,
  hkdfWipe,
  hmacBegin,
  hmacFinish,
  hmacUpdate,
} from '../../../modules/lib/assembly/hkdf';

const IN: usize = memory.data(8192, 8);
const OUT: usize = memory.data(8192, 8);

export function place(): usize {
  return IN;
}
export function output(): usize {
  return OUT;
}
export function hmac(keyLength: i32, length: i32, piece: i32): void {
  hmacBegin(IN, keyLength);
  const data = IN + keyLength;
  for (let at = 0; at < length; at += piece) hmacUpdate(data + at, length - at < piece ? length - at : piece);
  hmacFinish(OUT);
}
export function extract(saltLength: i32, ikmLength: i32): void {
  hkdfExtract(IN, saltLength, IN + saltLength, ikmLength, OUT);
}
/** prk, 32 bytes, then info. */
export function expand(infoLength: i32, length: i32): i32 {
  return i32(hkdfExpand(IN, IN + 32, infoLength, OUT, length));
}
export function wipe(): void {
  hkdfWipe();
}
