import { settings } from 'motekit/runtime/guest';
import { equal } from '../../lib/assembly/bytes';
import { CborWriter } from '../../lib/assembly/cbor';
import { Sha256 } from '../../lib/assembly/sha256';
import { ALG_ML_DSA_65, Signature } from './envelope';

const THUMBPRINT_SIZE: u32 = 32;
const THUMBPRINT: usize = memory.data(32, 8);
const HEAD: usize = memory.data(16, 8);
const KTY_AKP: u64 = 7;

/**
 * The key in the envelope is one that the owner trusts: its COSE Key Thumbprint (RFC 9679 section 3; for AKP keys kty,
 * alg and pub, RFC 9964) is in a trust slot, and it is the one that the signature names.
 */
export function isTrusted(signature: Signature, hash: Sha256): bool {
  const head = new CborWriter(HEAD, HEAD + 16);
  head.map(3);
  head.int(1);
  head.uint(KTY_AKP);
  head.int(3);
  head.int(ALG_ML_DSA_65);
  head.int(-1);
  head.head(2, signature.key.len);
  hash.reset().updateRaw(HEAD, head.length).updateRaw(signature.key.ptr, signature.key.len).digestRaw(THUMBPRINT);
  if (!equal(THUMBPRINT, signature.kid.ptr, THUMBPRINT_SIZE)) return false;

  const slots = settings.get('trust/keys');
  if (slots === null) return false;
  for (let at: u32 = 0; at + THUMBPRINT_SIZE <= <u32>slots.length; at += THUMBPRINT_SIZE) {
    if (equal(THUMBPRINT, slots.ptr + at, THUMBPRINT_SIZE)) return true;
  }
  return false;
}
