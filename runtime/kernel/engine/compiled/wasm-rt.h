/*
 * What C code made by wasm2c (wabt 1.0.32) needs, for a machine without pages: the memory of a module has the size of its
 * budget, and a trap returns to the engine.
 */
#ifndef WASM_RT_H_
#define WASM_RT_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)

#define WASM_RT_MEMCHECK_SIGNAL_HANDLER 0
#define WASM_RT_USE_STACK_DEPTH_COUNT 0

typedef enum {
	WASM_RT_TRAP_NONE,
	WASM_RT_TRAP_OOB,
	WASM_RT_TRAP_INT_OVERFLOW,
	WASM_RT_TRAP_DIV_BY_ZERO,
	WASM_RT_TRAP_INVALID_CONVERSION,
	WASM_RT_TRAP_UNREACHABLE,
	WASM_RT_TRAP_CALL_INDIRECT,
	WASM_RT_TRAP_EXHAUSTION,
	WASM_RT_TRAP_IMPORT, /* ours: an import ended the turn */
} wasm_rt_trap_t;

typedef enum { WASM_RT_I32, WASM_RT_I64, WASM_RT_F32, WASM_RT_F64, WASM_RT_FUNCREF, WASM_RT_EXTERNREF } wasm_rt_type_t;

typedef void (*wasm_rt_function_ptr_t)(void);
typedef struct {
	uint32_t func_type;
	wasm_rt_function_ptr_t func;
	void *module_instance;
} wasm_rt_funcref_t;
typedef void *wasm_rt_externref_t;
#define wasm_rt_externref_null_value ((wasm_rt_externref_t)0)
#define wasm_rt_funcref_null_value ((wasm_rt_funcref_t){ 0, 0, 0 })

typedef struct {
	uint8_t *data;
	uint32_t pages, max_pages;
	uint32_t size;
} wasm_rt_memory_t;
typedef struct {
	wasm_rt_funcref_t *data;
	uint32_t max_size, size;
} wasm_rt_funcref_table_t;
typedef struct {
	wasm_rt_externref_t *data;
	uint32_t max_size, size;
} wasm_rt_externref_table_t;

_Noreturn void wasm_rt_trap(wasm_rt_trap_t trap);
static inline bool wasm_rt_is_initialized(void)
{
	return true;
}
uint32_t wasm_rt_register_func_type(uint32_t parameters, uint32_t results, ...);
void wasm_rt_allocate_memory(wasm_rt_memory_t *memory, uint32_t pages, uint32_t max_pages);
uint32_t wasm_rt_grow_memory(wasm_rt_memory_t *memory, uint32_t pages);
void wasm_rt_free_memory(wasm_rt_memory_t *memory);
void wasm_rt_allocate_funcref_table(wasm_rt_funcref_table_t *table, uint32_t elements, uint32_t max_elements);
void wasm_rt_free_funcref_table(wasm_rt_funcref_table_t *table);
uint32_t wasm_rt_grow_funcref_table(wasm_rt_funcref_table_t *table, uint32_t delta, wasm_rt_funcref_t init);
uint32_t wasm_rt_grow_externref_table(wasm_rt_externref_table_t *table, uint32_t delta, wasm_rt_externref_t init);

/*
 * Loads and stores go through this with a constant size. An address that is aligned takes one instruction; the compiler
 * alone would copy byte by byte, and without the barrier it would make both ways one.
 */
static inline __attribute__((always_inline)) void wasm_rt_memcpy(void *to, const void *from, size_t size)
{
	uintptr_t both = (uintptr_t)to | (uintptr_t)from;

	if (size == 8 && LIKELY((both & 3) == 0)) {
		((uint32_t *)to)[0] = ((const uint32_t *)from)[0];
		((uint32_t *)to)[1] = ((const uint32_t *)from)[1];
	} else if (size == 4 && LIKELY((both & 3) == 0)) {
		*(uint32_t *)to = *(const uint32_t *)from;
	} else if (size == 2 && LIKELY((both & 1) == 0)) {
		*(uint16_t *)to = *(const uint16_t *)from;
	} else {
		__asm__ volatile("" ::: "memory");
		memcpy(to, from, size);
	}
}

#endif
