/** Bytes that stand somewhere in memory: an address and a length, not a copy. Valid while what it points into is. */
export class View {
  ptr: usize = 0;
  len: u32 = 0;

  set(ptr: usize, len: u32): void {
    this.ptr = ptr;
    this.len = len;
  }
}
