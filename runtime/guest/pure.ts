// What the build adds to a module of a world without imports: a codec that the host calls, not an actor.

/** The canonical ABI's allocator. jco resizes while it encodes text. */
export function cabi_realloc(old: usize, oldSize: usize, _align: usize, size: usize): usize {
  const made = __alloc(size);
  if (oldSize) memory.copy(made, old, min<usize>(oldSize, size));
  return made;
}

export function arena_reset(): void {
  __arena_reset();
}

/** Called by jco with the address of an export's answer when it has read it. */
export function post(_answer: usize): void {
  __arena_reset();
}

__arena_mark();
