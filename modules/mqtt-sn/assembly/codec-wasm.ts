// The codec alone, for hosts: a frame at `frame()`, fields at `fields()`.
import { FIELDS } from './codec';

export { clearFields as clear, decode, encode, useVersion } from './codec';

/** Octets of a datagram that the host may put at `frame()`, and the same behind it for data to encode. */
const ROOM: u32 = 4096;
const FRAME = memory.data(8192);

export function frame(): usize {
  return FRAME;
}

export function room(): u32 {
  return ROOM;
}

export function fields(): usize {
  return FIELDS;
}
