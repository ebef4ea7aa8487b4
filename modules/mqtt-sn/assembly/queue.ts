// Publications that wait for the one under way: letters as they came, one behind the other.
import { Bytes } from 'motekit/runtime/guest';

const ROOM: u32 = 2600;
/** Of each: 0 length, 4 sender. */
const HEAD: u32 = 8;
const LETTERS = memory.data(ROOM, 4);
let used: u32 = 0;

/** Whose letter `take` gave. */
export let sender: u32 = 0;

/** False: no room. */
export function put(from: u32, letter: Bytes): bool {
  const size = (HEAD + letter.length + 3) & ~3;
  if (used + size > ROOM) return false;
  const at = LETTERS + used;
  store<u32>(at, letter.length);
  store<u32>(at, from, 4);
  memory.copy(at + HEAD, letter.ptr, letter.length);
  used += size;
  return true;
}

/** The oldest, copied; null: none. */
export function take(): Bytes | null {
  if (!used) return null;
  const length = load<u32>(LETTERS);
  sender = load<u32>(LETTERS, 4);
  const letter = Bytes.alloc(length);
  memory.copy(letter.ptr, LETTERS + HEAD, length);
  const size = (HEAD + length + 3) & ~3;
  used -= size;
  memory.copy(LETTERS, LETTERS + size, used);
  return letter;
}
