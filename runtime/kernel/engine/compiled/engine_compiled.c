/*
 * The engine vtable for firmware with modules compiled ahead of time: those run natively, all others in wasm3.
 * The C was made from a metered copy of the same Wasm: fuel, depth and memory are as in the interpreter.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "compiled.h"
#include "meter.h"

/* engine_wasm3.c of this build. */
extern const struct mote_engine mote_engine_wasm3;

#define IMPORT_DEPTH 8 /* as in engine_wasm3.c */

struct mote_instance {
	const struct mote_compiled *code; /* NULL: an interpreted one */
	struct mote_instance *interpreted;
	void *state;
	bool nested;
	mote_import_fn import;
	void *owner;
	const char *reason; /* of an import that ended the turn */
};

/* Where a trap goes: to the innermost call. */
static jmp_buf *landing;
/* Bytes of the memory that the next wasm_rt_allocate_memory() makes. */
static uint32_t memory_limit;
static bool memory_failed;

_Noreturn void wasm_rt_trap(wasm_rt_trap_t trap)
{
	longjmp(*landing, trap);
}

/* A number for each signature: FNV-1a of it. The modules are the firmware's own, so that nobody looks for two alike. */
uint32_t wasm_rt_register_func_type(uint32_t parameters, uint32_t results, ...)
{
	uint32_t hash = (2166136261u ^ parameters) * 16777619u;
	va_list types;

	va_start(types, results);
	for (uint32_t i = 0; i < parameters + results; i++)
		hash = (hash ^ (uint32_t)va_arg(types, int)) * 16777619u;
	va_end(types);
	return hash;
}

void wasm_rt_allocate_memory(wasm_rt_memory_t *memory, uint32_t pages, uint32_t max_pages)
{
	(void)max_pages;
	memory->pages = pages;
	memory->max_pages = 1;
	memory->size = pages ? memory_limit : 0;
	memory->data = calloc(1, memory->size ? memory->size : 1);
	memory_failed = memory->data == NULL;
	if (memory_failed)
		memory->size = 0;
}

uint32_t wasm_rt_grow_memory(wasm_rt_memory_t *memory, uint32_t pages)
{
	return pages == 0 ? memory->pages : UINT32_MAX;
}

void wasm_rt_free_memory(wasm_rt_memory_t *memory)
{
	free(memory->data);
}

void wasm_rt_allocate_funcref_table(wasm_rt_funcref_table_t *table, uint32_t elements, uint32_t max_elements)
{
	table->size = elements;
	table->max_size = max_elements;
	table->data = calloc(elements ? elements : 1, sizeof *table->data);
	if (table->data == NULL) {
		memory_failed = true;
		table->size = 0;
	}
}

void wasm_rt_free_funcref_table(wasm_rt_funcref_table_t *table)
{
	free(table->data);
}

static const char *reason_of(const struct mote_instance *instance, wasm_rt_trap_t trap)
{
	if (trap == WASM_RT_TRAP_IMPORT)
		return instance->reason;
	if ((int32_t)*instance->code->fuel(instance->state) < 0)
		return mote_reason_fuel;
	if ((int32_t)*instance->code->depth(instance->state) <= 0)
		return "trap: stack overflow";
	switch (trap) {
	case WASM_RT_TRAP_OOB: return "trap: out of bounds memory access";
	case WASM_RT_TRAP_INT_OVERFLOW: return "trap: integer overflow";
	case WASM_RT_TRAP_DIV_BY_ZERO: return "trap: integer divide by zero";
	case WASM_RT_TRAP_INVALID_CONVERSION: return "trap: invalid conversion to integer";
	case WASM_RT_TRAP_CALL_INDIRECT: return "trap: indirect call type mismatch";
	default: return "trap: unreachable executed";
	}
}

uint64_t mote_compiled_import(void *host, uint32_t import, const uint64_t *arguments)
{
	struct mote_instance *instance = host;
	uint64_t result = 0;
	bool outer = instance->nested;

	instance->nested = true;
	instance->reason = instance->import(instance->owner, import, arguments, &result);
	instance->nested = outer;
	if (instance->reason)
		wasm_rt_trap(WASM_RT_TRAP_IMPORT);
	return result;
}

static void instance_free(struct mote_instance *instance)
{
	if (instance == NULL)
		return;
	mote_engine_wasm3.free(instance->interpreted);
	if (instance->state)
		instance->code->free(instance->state);
	free(instance->state);
	free(instance);
}

static const struct mote_compiled *find(const struct mote_module *module)
{
	const uint32_t magic = sizeof MOTE_COMPILED_MAGIC - 1;

	if (module->wasm_len < magic || memcmp(module->wasm, MOTE_COMPILED_MAGIC, magic) != 0)
		return NULL;
	for (uint32_t i = 0; i < mote_compiled_count; i++)
		if (strlen(mote_compiled[i].name) == module->wasm_len - magic &&
		    memcmp(mote_compiled[i].name, module->wasm + magic, module->wasm_len - magic) == 0)
			return &mote_compiled[i];
	return NULL;
}

static const char *start_compiled(struct mote_instance *instance, uint32_t memory)
{
	jmp_buf here;
	jmp_buf *outer = landing;
	const char *reason = NULL;

	instance->state = calloc(1, instance->code->size);
	if (instance->state == NULL)
		return mote_reason_memory;
	memory_limit = memory;
	memory_failed = false;
	landing = &here;
	if (setjmp(here) == 0) {
		instance->code->init();
		instance->code->instantiate(instance->state, instance);
	} else {
		reason = memory_failed ? mote_reason_memory : "data segment out of bounds";
	}
	landing = outer;
	return memory_failed ? mote_reason_memory : reason;
}

static const char *instance_load(struct mote_instance **out, const struct mote_module *module, char *detail, uint32_t detail_len)
{
	struct mote_instance *instance = calloc(1, sizeof *instance);
	const char *reason;

	*out = NULL;
	detail[0] = '\0';
	if (instance == NULL)
		return mote_reason_memory;
	instance->code = find(module);
	instance->import = module->import;
	instance->owner = module->owner;
	if (instance->code)
		reason = start_compiled(instance, module->memory);
	else
		reason = mote_engine_wasm3.load(&instance->interpreted, module, detail, detail_len);
	if (reason)
		instance_free(instance);
	else
		*out = instance;
	return reason;
}

static bool instance_has(const struct mote_instance *instance, enum mote_export export)
{
	return instance->code ? instance->code->has(export) : mote_engine_wasm3.has(instance->interpreted, export);
}

static const char *instance_call(struct mote_instance *instance, enum mote_export export, const uint32_t *arguments,
				 uint32_t *result)
{
	jmp_buf here;
	jmp_buf *outer = landing;
	const char *reason = NULL;
	uint32_t *depth, before, answer;
	wasm_rt_trap_t trap;

	if (instance->code == NULL)
		return mote_engine_wasm3.call(instance->interpreted, export, arguments, result);
	depth = instance->code->depth(instance->state);
	before = *depth;
	*depth = instance->nested ? before - IMPORT_DEPTH : MOTE_MAX_DEPTH;
	landing = &here;
	trap = (wasm_rt_trap_t)setjmp(here);
	if (trap == 0) {
		answer = instance->code->call(instance->state, export, arguments);
		if (result)
			*result = answer;
		*depth = before;
	} else {
		reason = reason_of(instance, trap);
	}
	landing = outer;
	return reason;
}

static uint8_t *instance_memory(struct mote_instance *instance, uint32_t *len)
{
	wasm_rt_memory_t *memory;

	if (instance->code == NULL)
		return mote_engine_wasm3.memory(instance->interpreted, len);
	memory = instance->code->memory(instance->state);
	*len = memory ? memory->size : 0;
	return *len ? memory->data : NULL;
}

static void instance_set_fuel(struct mote_instance *instance, uint32_t fuel)
{
	if (instance->code)
		*instance->code->fuel(instance->state) = fuel;
	else
		mote_engine_wasm3.set_fuel(instance->interpreted, fuel);
}

static uint32_t instance_fuel(const struct mote_instance *instance)
{
	uint32_t fuel;

	if (instance->code == NULL)
		return mote_engine_wasm3.fuel(instance->interpreted);
	fuel = *instance->code->fuel(instance->state);
	return (int32_t)fuel < 0 ? 0 : fuel;
}

const struct mote_engine mote_engine = {
	.load = instance_load,
	.has = instance_has,
	.call = instance_call,
	.memory = instance_memory,
	.set_fuel = instance_set_fuel,
	.fuel = instance_fuel,
	.free = instance_free,
};
