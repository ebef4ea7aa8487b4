// The hashes of modules/lib behind flat exports, for tests.
import { Sha3_256, Sha3_512, Shake128, Shake256 } from '../../../modules/lib/assembly/keccak';
import { Sha256 } from '../../../modules/lib/assembly/sha256';

const BUFFER: usize = memory.data(8192, 16);
const sha = new Sha256();
const sha3_256 = new Sha3_256();
const sha3_512 = new Sha3_512();
const shake128 = new Shake128();
const shake256 = new Shake256();

export function buffer(): usize {
  return BUFFER;
}

export function reset(which: i32): void {
  if (which == 0) sha.reset();
  else if (which == 1) sha3_256.reset();
  else if (which == 2) sha3_512.reset();
  else if (which == 3) shake128.reset();
  else shake256.reset();
}

export function update(which: i32, offset: i32, length: i32): void {
  const p = BUFFER + offset;
  if (which == 0) sha.updateRaw(p, length);
  else if (which == 1) sha3_256.updateRaw(p, length);
  else if (which == 2) sha3_512.updateRaw(p, length);
  else if (which == 3) shake128.updateRaw(p, length);
  else shake256.updateRaw(p, length);
}

/** The address of the digest, or of the next `length` bytes. */
export function read(which: i32, length: i32): usize {
  if (which == 0) return sha.digest().dataStart;
  if (which == 1) return sha3_256.digest().dataStart;
  if (which == 2) return sha3_512.digest().dataStart;
  if (which == 3) return shake128.read(length).dataStart;
  return shake256.read(length).dataStart;
}
