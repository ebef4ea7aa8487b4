// What the build adds to a module of the world `module`. The import by package name makes this the same SDK that the
// module uses; a relative path would be a second copy with a state of its own.
import { start } from 'motekit/runtime/guest/module';

export { handle, health, stop } from 'motekit/runtime/guest/module';

/** Room for what a message or an answer carries. The kernel never resizes: `old` and `oldSize` are 0. */
export function cabi_realloc(_old: usize, _oldSize: usize, _align: usize, size: usize): usize {
  return __alloc(size);
}

export function arena_reset(): void {
  __arena_reset();
}

start();
