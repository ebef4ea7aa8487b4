import { View } from './view';

const LONGEST: u32 = 16;
const TEXT: usize = memory.data(16, 1);
const WORD: View = new View();

/** The word of this number, from 0, in a text with blanks between words, as ASCII; good until the next one is asked for. */
export function wordAt(words: string, index: u32): View {
  const chars = changetype<usize>(words);
  const end = <u32>words.length;
  let from: u32 = 0;
  for (; index > 0 && from < end; from++) if (load<u16>(chars + (from << 1)) == 0x20) index--;
  WORD.set(TEXT, 0);
  for (; from < end && WORD.len < LONGEST; from++) {
    const char = load<u16>(chars + (from << 1));
    if (char == 0x20) break;
    store<u8>(TEXT + WORD.len++, <u8>char);
  }
  return WORD;
}
