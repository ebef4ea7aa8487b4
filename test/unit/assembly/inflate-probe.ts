// modules/lib/assembly/inflate.ts on flat memory: the stream at IN, the dictionary at DICTIONARY, output right behind it.
import { Adler32, Inflate } from '../../../modules/lib/assembly/inflate';

const MOST = 0x40000;
const IN: usize = memory.data(0x40000, 8);
const DICTIONARY: usize = memory.data(0x8000 + 0x40000, 8);

class Flat extends Inflate {
  at: usize = IN;
  to: usize;
  constructor(
    private end: usize,
    private start: usize,
    private room: usize,
  ) {
    super();
    this.to = start;
  }
  protected next(): i32 {
    return this.at < this.end ? load<u8>(this.at++) : -1;
  }
  protected put(byte: u8): bool {
    if (this.to - this.start >= this.room) return false;
    store<u8>(this.to++, byte);
    return true;
  }
  protected back(distance: u32): u8 {
    return load<u8>(this.to - distance);
  }
}

export function input(): usize {
  return IN;
}
export function dictionary(): usize {
  return DICTIONARY;
}
export function room(): i32 {
  return MOST;
}
/** Bytes of output, which stands behind the dictionary; -1 when refused. */
export function inflate(length: i32, dictionaryLength: i32, most: i32): i32 {
  const id = new Adler32();
  for (let i = 0; i < dictionaryLength; i++) id.update(load<u8>(DICTIONARY + i));
  return new Flat(IN + length, DICTIONARY + dictionaryLength, most).decode(dictionaryLength, id.value);
}
