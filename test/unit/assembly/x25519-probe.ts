// X25519 as plain exports: the scalar at IN, u behind it, the result behind that.
import { x25519, x25519PublicKey } from '../../../modules/x25519/assembly/x25519';

const IN: usize = memory.data(96, 8);

export function place(): usize {
  return IN;
}
export function agree(): i32 {
  return i32(x25519(IN + 64, IN, IN + 32));
}
export function publicKey(): void {
  x25519PublicKey(IN + 64, IN);
}
/** The result over the scalar itself. */
export function agreeInPlace(): i32 {
  return i32(x25519(IN, IN, IN + 32));
}
