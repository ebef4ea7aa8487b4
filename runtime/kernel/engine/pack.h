/*
 * How the build packs the code that wasm3 0.5 compiles modules to (build/wasm3-pack.ts): units of 16 bits in place of pointers.
 * It stands in RAM for as long as a module lives, so its size decides what a board can run.
 *
 * A unit is an operation, a slot of the stack (in bytes from the frame), a constant offset or a count. Addresses take as many
 * units as a pointer is long, and are not aligned. Operations are functions of one object file: the unit is the distance from
 * one of them, and the compiler of the module checks that it comes back. In WebAssembly it is the function's table index.
 */
#ifndef MOTE_PACK_H
#define MOTE_PACK_H

#include <stdint.h>
#include <string.h>

#define MOTE_POINTER_UNITS ((uint32_t)(sizeof(void *) / sizeof(uint16_t)))

/* With two units for each pointer of the longest operation, call_indirect; and the jump to the next page. */
#define MOTE_BRIDGE_UNITS (1 + MOTE_POINTER_UNITS)
#define MOTE_LONGEST_UNITS (3 + 2 * MOTE_POINTER_UNITS)

#if defined(__wasm__)

#define MOTE_OPERATION(unit) ((IM3Operation)(uintptr_t)(unit))
#define MOTE_UNIT(operation) ((uint16_t)(uintptr_t)(operation))

#else

/* Where distances begin: beside the operations, in m3_compile.c. */
extern void mote_operations(void);

/* x86 begins functions at multiples of 16 (-O2), the others at multiples of 2: operations may be 512 KB, or 64 KB, away. */
#if defined(__x86_64__) || defined(__i386__)
#define MOTE_OPERATION_SHIFT 4
#else
#define MOTE_OPERATION_SHIFT 1
#endif

/* On rv32 the begin travels in the last register for arguments: two instructions less in each operation. */
#if defined(__riscv)
#define MOTE_OPERATIONS_PARAMETER , const char *_operations
#define MOTE_OPERATIONS_ARGUMENT , _operations
#define MOTE_OPERATIONS_FIRST , (const char *)mote_operations
#define MOTE_OPERATIONS _operations
#else
#define MOTE_OPERATIONS ((const char *)mote_operations)
#endif

#define MOTE_OPERATION(unit) ((IM3Operation)(MOTE_OPERATIONS + (intptr_t)(int16_t)(unit) * (1 << MOTE_OPERATION_SHIFT)))
#define MOTE_UNIT(operation) ((uint16_t)(((const char *)(operation) - (const char *)mote_operations) >> MOTE_OPERATION_SHIFT))

#endif

#ifndef MOTE_OPERATIONS_PARAMETER
#define MOTE_OPERATIONS_PARAMETER
#define MOTE_OPERATIONS_ARGUMENT
#define MOTE_OPERATIONS_FIRST
#endif

static inline void *mote_take_pointer(const uint16_t *at)
{
	void *pointer;

	memcpy(&pointer, at, sizeof pointer);
	return pointer;
}

static inline void mote_put_pointer(const uint16_t *at, const void *pointer)
{
	memcpy((void *)(uintptr_t)at, &pointer, sizeof pointer);
}

/* What stands at _pc, and the units it takes: a number has one, whatever the width of its type; anything else is an address. */
#define MOTE_UNITS_OF(TYPE) _Generic((TYPE){ 0 }, int32_t: 1, uint32_t: 1, default: MOTE_POINTER_UNITS)
#define MOTE_TAKE(TYPE, pc)                                                                                                 \
	((TYPE)(MOTE_UNITS_OF(TYPE) == 1 ? (uintptr_t) * (pc) : (uintptr_t)mote_take_pointer(pc)))

#endif
