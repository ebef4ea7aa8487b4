// Whether decoding takes memory: what lies between two allocations around it, less what lies between two without it.
import { decode } from '../../../modules/wmbus/assembly';

const IN: usize = memory.data(1024, 8);
const KEY: usize = memory.data(16, 8);

export function input(): usize {
  return IN;
}
export function key(): usize {
  return KEY;
}

function keyOf(_address: usize, attempt: u32): usize {
  return attempt ? 0 : KEY;
}

export function taken(length: u32): usize {
  const a = heap.alloc(1);
  const b = heap.alloc(1);
  decode(IN, length, keyOf);
  const c = heap.alloc(1);
  return c - b - (b - a);
}
