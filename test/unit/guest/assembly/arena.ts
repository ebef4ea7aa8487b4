// Drives the arena from the host: test/unit/guest/arena.test.ts.
class Item {
  next: Item | null = null;
  constructor(public value: u32) {}
}

let kept: Array<string> = [];

export function heapBase(): usize {
  return (__heap_base + 7) & ~7;
}

export function alloc(size: usize): usize {
  return __alloc(size);
}

export function realloc(pointer: usize, size: usize): usize {
  return __realloc(pointer, size);
}

export function create(size: usize, id: u32): usize {
  return __new(size, id);
}

export function renew(object: usize, size: usize): usize {
  return __renew(object, size);
}

export function trim(end: usize): void {
  __arena_trim(end);
}

export function mark(): void {
  __arena_mark();
}

export function reset(): void {
  __arena_reset();
}

export function peak(): usize {
  return __arena_peak();
}

/** A list of objects, its values added up. */
export function chain(length: u32): u32 {
  let head: Item | null = null;
  for (let i: u32 = 0; i < length; i++) {
    const item = new Item(i);
    item.next = head;
    head = item;
  }
  let sum: u32 = 0;
  for (let item = head; item; item = item!.next) sum += item!.value;
  return sum;
}

/** Grows an array and a string; the length of the text. */
export function words(count: i32): i32 {
  const all = new Array<string>();
  for (let i = 0; i < count; i++) all.push(i.toString());
  return all.join(',').length;
}

export function keep(count: i32): void {
  for (let i = 0; i < count; i++) kept.push('word ' + i.toString());
}

export function keptLength(): i32 {
  return kept.join(' ').length;
}
