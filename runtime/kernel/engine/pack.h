/*
 * How the build packs the code that wasm3 0.5 compiles modules to (build/wasm3-pack.ts, wasm3-place.ts): units of 16 bits in place
 * of pointers. It stands in RAM for as long as a module lives, so its size decides what a board can run.
 *
 * A unit is an operation; a slot of the stack, in bytes from the frame; two slots, a byte each; a constant offset, a count or an
 * index; or the distance of a branch from itself. Addresses of C take as many units as a pointer is long, and are not aligned.
 * Operations are functions of one section: the unit is the distance from its begin, and the compiler of the module checks that
 * it comes back. In WebAssembly it is the function's table index.
 *
 * A function begins with the operation that makes its frame, and the units that it reads: slots of the whole frame; slots
 * of results and arguments, and of locals; the number of constants; the constants.
 */
#ifndef MOTE_PACK_H
#define MOTE_PACK_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define MOTE_POINTER_UNITS ((uint32_t)(sizeof(void *) / sizeof(uint16_t)))

/* Of the longest operation, call_indirect. */
#define MOTE_LONGEST_UNITS (3 + 2 * MOTE_POINTER_UNITS)
/* Of a function's begin, without its constants. */
#define MOTE_ENTRY_UNITS 4
/* A page that has as many is full; the one that is being written grows by so many. A branch reaches 32,767. */
#define MOTE_PAGE_UNITS 512
#define MOTE_PAGE_STEP 128
#define MOTE_MAX_PAGE_UNITS 32767

/* In place of a constant: it did not fit, and follows in two units. */
#define MOTE_WIDE INT16_MIN

#if defined(__wasm__)

#define MOTE_OPERATION(unit) ((IM3Operation)(uintptr_t)(unit))
#define MOTE_UNIT(operation) ((uint16_t)(uintptr_t)(operation))

#else

/* Where distances begin: the first address of the section that holds all operations (m3_compile.c). */
extern const char mote_operations[];

/* x86 begins functions at multiples of 16 (-O2); elsewhere operations fill less than 64 KB. */
#if defined(__x86_64__) || defined(__i386__)
#define MOTE_OPERATION_SHIFT 4
#else
#define MOTE_OPERATION_SHIFT 0
#endif

/* On rv32 the begin travels in the last register for arguments: two instructions less in each operation. */
#if defined(__riscv)
#define MOTE_OPERATIONS_PARAMETER , const char *_operations
#define MOTE_OPERATIONS_ARGUMENT , _operations
#define MOTE_OPERATIONS_FIRST , mote_operations
#define MOTE_OPERATIONS _operations
#else
#define MOTE_OPERATIONS mote_operations
#endif

#define MOTE_OPERATION(unit) ((IM3Operation)(MOTE_OPERATIONS + ((uintptr_t)(unit) << MOTE_OPERATION_SHIFT)))
#define MOTE_UNIT(operation) ((uint16_t)(((const char *)(operation) - mote_operations) >> MOTE_OPERATION_SHIFT))

#endif

#ifdef __wasm__
#define MOTE_OPERATION_SECTION
#else
#define MOTE_OPERATION_SECTION __attribute__((section(".text.mote_operations")))
#endif

#ifndef MOTE_OPERATIONS_PARAMETER
#define MOTE_OPERATIONS_PARAMETER
#define MOTE_OPERATIONS_ARGUMENT
#define MOTE_OPERATIONS_FIRST
#endif

/* Else the compiler would make a call of it. */
#define MOTE_KEEP_LOOP __asm__ volatile("" ::: "memory")

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

/*
 * What stands at _pc, and the units it takes: a number has one, whatever the width of its type; a place in the code too, as
 * distance from the unit; anything else is an address.
 */
#define MOTE_UNITS_OF(TYPE) _Generic((TYPE){ 0 }, int32_t: 1, uint32_t: 1, const uint16_t *: 1, default: MOTE_POINTER_UNITS)
#define MOTE_TAKE(TYPE, pc)                                                                                                 \
	((TYPE)_Generic((TYPE){ 0 }, const uint16_t *: (uintptr_t)((pc) + (int16_t) * (pc)),                                  \
			int32_t: (uintptr_t) * (pc), uint32_t: (uintptr_t) * (pc), default: (uintptr_t)mote_take_pointer(pc)))

/*
 * A load or store of the module's memory, with a constant size. GCC for rv32 would copy byte by byte through its stack; an
 * address that is aligned takes one instruction, and without the barrier it would make both ways one.
 */
#if defined(__riscv)
#define MOTE_COPY mote_copy
static inline __attribute__((always_inline)) void mote_copy(void *to, const void *from, size_t size)
{
	uintptr_t both = (uintptr_t)to | (uintptr_t)from;

	if (size == 8 && __builtin_expect((both & 3) == 0, 1)) {
		((uint32_t *)to)[0] = ((const uint32_t *)from)[0];
		((uint32_t *)to)[1] = ((const uint32_t *)from)[1];
	} else if (size == 4 && __builtin_expect((both & 3) == 0, 1)) {
		*(uint32_t *)to = *(const uint32_t *)from;
	} else if (size == 2 && __builtin_expect((both & 1) == 0, 1)) {
		*(uint16_t *)to = *(const uint16_t *)from;
	} else {
		if (size > 1)
			__asm__ volatile("" ::: "memory");
		memcpy(to, from, size);
	}
}
#else
#define MOTE_COPY memcpy
#endif

#endif
