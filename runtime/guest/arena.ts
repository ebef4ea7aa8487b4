/**
 * The memory manager of every guest, in place of AssemblyScript's own: a bump allocator with a mark. What is allocated
 * before the mark stays; what is allocated after it goes, all at once, when the kernel has had an answer. There is
 * nothing to collect, so no message can leak into the next, and ordinary classes and strings work in 16 KB.
 *
 * An object is preceded by 8 bytes (class id, size) instead of the 20 of the standard runtimes.
 * The end of the heap is a constant of the build: MOTE_HEAP_END. Beyond it stands a trap, and the actor ends.
 */

const END: usize = <usize>MOTE_HEAP_END & ~7;
const HEADER: usize = 8;

let top: usize = (__heap_base + 7) & ~7;
let floor: usize = top;
/** The highest `top` before it was lowered. */
let peak: usize = 0;

// @ts-ignore: decorator
@inline
function take(size: usize): usize {
  const start = top;
  if (size > END - start) unreachable();
  top = (start + size + 7) & ~7;
  return start;
}

function drop(to: usize): void {
  if (top > peak) peak = top;
  top = to;
}

// @ts-ignore: decorator
@global @unsafe
export function __alloc(size: usize): usize {
  return take(size);
}

/** Blocks have no size of their own: the copy may read past the old end, within the arena. */
// @ts-ignore: decorator
@global @unsafe
export function __realloc(pointer: usize, size: usize): usize {
  const moved = take(size);
  memory.copy(moved, pointer, size);
  return moved;
}

// @ts-ignore: decorator
@global @unsafe
export function __free(_pointer: usize): void {}

/** A size so large that the header makes it wrap round gets past take(): memory.fill traps on it. */
// @ts-ignore: decorator
@global @unsafe
export function __new(size: usize, id: u32): usize {
  const block = take(HEADER + size);
  store<u32>(block, id);
  store<u32>(block, <u32>size, 4);
  // Blocks are multiples of 8. For an interpreter two stores cost less than a fill.
  if (size - 1 < 16) {
    store<u64>(block, 0, HEADER);
    if (size > 8) store<u64>(block, 0, HEADER + 8);
  } else {
    memory.fill(block + HEADER, 0, size);
  }
  return block + HEADER;
}

/** The newest object grows or shrinks where it stands; any other moves. */
// @ts-ignore: decorator
@global @unsafe
export function __renew(old: usize, size: usize): usize {
  const had: usize = load<u32>(old - 4);
  if (((old + had + 7) & ~7) == top) {
    if (size > END - old) unreachable();
    drop((old + size + 7) & ~7);
    if (size > had) memory.fill(old + had, 0, size - had);
    store<u32>(old - 4, <u32>size);
    return old;
  }
  const moved = __new(size, load<u32>(old - 8));
  memory.copy(moved, old, min<usize>(had, size));
  return moved;
}

// @ts-ignore: decorator
@global @unsafe
export function __link(_parent: usize, _child: usize, _expectMultiple: bool): void {}

// @ts-ignore: decorator
@global @unsafe
export function __pin(pointer: usize): usize {
  return pointer;
}

// @ts-ignore: decorator
@global @unsafe
export function __unpin(_pointer: usize): void {}

// @ts-ignore: decorator
@global @unsafe
function __visit(_pointer: usize, _cookie: u32): void {}

// @ts-ignore: decorator
@global @unsafe
export function __collect(): void {}

/** Keep what has been allocated so far. */
// @ts-ignore: decorator
@global
export function __arena_mark(): void {
  floor = top;
}

/** Drop what was allocated since the mark. */
// @ts-ignore: decorator
@global
export function __arena_reset(): void {
  drop(floor);
}

/** Give back what lies above `end`, an address in the newest block. */
// @ts-ignore: decorator
@global @unsafe
export function __arena_trim(end: usize): void {
  drop((end + 7) & ~7);
}

/** The highest address ever used. */
// @ts-ignore: decorator
@global
export function __arena_peak(): usize {
  return max(peak, top);
}
