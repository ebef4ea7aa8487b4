/* A ledger of the heap: the linker puts these in place of malloc() and its kin (--wrap). */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "board.h"

#define HEADER 8 /* keeps the alignment of max_align_t */

void *__real_malloc(size_t size);
void __real_free(void *block);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);
void __wrap_free(void *block);

static uint32_t now, peak;

void *__wrap_malloc(size_t size)
{
	uint8_t *block = size > SIZE_MAX - HEADER ? NULL : __real_malloc(size + HEADER);

	if (block == NULL)
		return NULL;
	*(size_t *)block = size;
	now += size;
	if (now > peak)
		peak = now;
	return block + HEADER;
}

void *__wrap_calloc(size_t count, size_t size)
{
	void *block;

	if (size && count > SIZE_MAX / size)
		return NULL;
	block = __wrap_malloc(count * size);
	if (block)
		memset(block, 0, count * size);
	return block;
}

void __wrap_free(void *block)
{
	if (block == NULL)
		return;
	block = (uint8_t *)block - HEADER;
	now -= *(size_t *)block;
	__real_free(block);
}

/* Not the library's: what that calls is wrapped as well. */
void *__wrap_realloc(void *block, size_t size)
{
	size_t before = block ? *(size_t *)((uint8_t *)block - HEADER) : 0;
	void *moved = __wrap_malloc(size);

	if (moved == NULL)
		return NULL;
	if (block)
		memcpy(moved, block, before < size ? before : size);
	__wrap_free(block);
	return moved;
}

uint32_t board_heap_now(void)
{
	return now;
}

uint32_t board_heap_peak(void)
{
	return peak;
}

void board_heap_mark(void)
{
	peak = now;
}
