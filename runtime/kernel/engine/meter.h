/*
 * What the build inserts into wasm3 (build/wasm3-source.ts) uses this: fuel and the depth of native frames.
 *
 * Fuel is spent at each function entry and each loop head, so that the count depends on the module alone.
 * Depth is counted where the interpreter recurses in C: function calls and active loops. wasm3 0.5 checks only its own stack;
 * measured on rv32 at -O2 a call takes 48 bytes of C stack and a loop 32, so 128 frames stay below 8 KB.
 */
#ifndef MOTE_METER_H
#define MOTE_METER_H

#include <stdint.h>

/* Calls and active loops inside each other. */
#ifndef MOTE_MAX_DEPTH
#define MOTE_MAX_DEPTH 128
#endif

/* Blocks inside each other: compiling one takes about 176 bytes of C stack on rv32. */
#ifndef MOTE_MAX_NESTING
#define MOTE_MAX_NESTING 64
#endif

extern int32_t mote_meter_fuel;  /* left; below 0 once exhausted */
extern int32_t mote_meter_depth; /* frames left */
extern const char mote_meter_exhausted[];

#endif
