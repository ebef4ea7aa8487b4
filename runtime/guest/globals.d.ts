/** For editors: what arena.ts and the build give to every file. */

/** End of linear memory for the arena: the manifest's memory budget, in bytes. */
declare const MOTE_HEAP_END: usize;

declare function __alloc(size: usize): usize;
declare function __arena_mark(): void;
declare function __arena_reset(): void;
declare function __arena_trim(end: usize): void;
declare function __arena_peak(): usize;
