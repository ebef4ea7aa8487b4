/** Between the core values of an exported function and its WIT types, for modules of pure worlds. */
import { Bytes } from './bytes';

const ANSWER: usize = memory.data(8, 4);

/** A parameter `list<u8>` or `string`. */
export function liftBytes(ptr: usize, length: usize): Bytes {
  return new Bytes(ptr, <i32>length);
}

/** A result `list<u8>` or `string` in UTF-8: return what this returns. */
export function lowerBytes(bytes: Bytes): usize {
  store<usize>(ANSWER, bytes.ptr);
  store<i32>(ANSWER, bytes.length, 4);
  return ANSWER;
}

/** A result `string`: return what this returns. */
export function lowerString(text: string): usize {
  return lowerBytes(Bytes.utf8(text));
}
