/*
 * The engine vtable on the WebAssembly engine that runs kernel.wasm itself (host-shim/engine): for speed and for debuggers.
 *
 * The host makes an instance of its own from a metered copy of the module; its memory is not in ours. What the kernel sees
 * is a copy, fetched when it looks and put back before the module runs again.
 */
#if defined(__wasm__) && defined(MOTE_ENGINE_HOST)
#include <stdlib.h>
#include <string.h>

#include "engine.h"

#define HOST(name) __attribute__((import_module("engine"), import_name(#name)))

/* Makes an instance and gives its number above 0, or 0 with a reason and the name that is to blame. */
HOST(load) uint32_t host_load(struct mote_instance *instance, const uint8_t *wasm, uint32_t len, uint32_t memory, uint32_t stack,
			      char *reason, uint32_t reason_len, char *detail, uint32_t detail_len);
HOST(has) uint32_t host_has(uint32_t number, uint32_t export);
/* 0, or 1 + the index of a reason below; the last: what mote_engine_import() has kept. */
HOST(call) uint32_t host_call(uint32_t number, uint32_t export, const uint32_t *arguments, uint32_t *result);
HOST(memory_size) uint32_t host_memory_size(uint32_t number);
HOST(fetch) void host_fetch(uint32_t number, uint8_t *to);
HOST(put) void host_put(uint32_t number, const uint8_t *from);
HOST(set_fuel) void host_set_fuel(uint32_t number, uint32_t fuel);
HOST(fuel) uint32_t host_fuel(uint32_t number);
HOST(free) void host_free(uint32_t number);

const char mote_reason_memory[] = "memory";
const char mote_reason_fuel[] = "fuel";

/* In the order of REASONS in host-shim/engine/host.ts. */
static const char *const reasons[] = {
	mote_reason_fuel,
	"trap: stack overflow",
	"trap: out of bounds memory access",
	"trap: integer divide by zero",
	"trap: integer overflow",
	"trap: invalid conversion to integer",
	"trap: indirect call type mismatch",
	"trap: undefined element",
	"trap: unreachable executed",
};

struct mote_instance {
	uint32_t number;
	uint8_t *copy; /* of the module's memory */
	bool is_copied;
	mote_import_fn import;
	void *owner;
	const char *reason; /* of an import that ended the turn */
	uint64_t arguments[MOTE_MAX_PARAMETERS], result;
};

/* Before the module runs on. */
static void put_back(struct mote_instance *instance)
{
	if (instance->is_copied)
		host_put(instance->number, instance->copy);
	instance->is_copied = false;
}

/* An import is called; its arguments stand in instance->arguments. returns: 0, or 1 when the module must end. */
__attribute__((export_name("mote_engine_import"))) uint32_t mote_engine_import(struct mote_instance *instance, uint32_t import)
{
	uint64_t arguments[MOTE_MAX_PARAMETERS], result = 0; /* their own: an import within this one writes the others */

	memcpy(arguments, instance->arguments, sizeof arguments);
	instance->is_copied = false;
	instance->reason = instance->import(instance->owner, import, arguments, &result);
	instance->result = result;
	put_back(instance);
	return instance->reason != NULL;
}

/* Where the host finds arguments and result. */
__attribute__((export_name("mote_engine_frame"))) uint64_t *mote_engine_frame(struct mote_instance *instance)
{
	return instance->arguments;
}

static void instance_free(struct mote_instance *instance)
{
	if (instance == NULL)
		return;
	host_free(instance->number);
	free(instance->copy);
	free(instance);
}

static const char *instance_load(struct mote_instance **out, const struct mote_module *module, char *detail, uint32_t detail_len)
{
	static char reason[64];
	struct mote_instance *instance = calloc(1, sizeof *instance);

	*out = NULL;
	detail[0] = '\0';
	if (instance == NULL)
		return mote_reason_memory;
	instance->import = module->import;
	instance->owner = module->owner;
	instance->copy = malloc(module->memory);
	if (instance->copy == NULL) {
		free(instance);
		return mote_reason_memory;
	}
	instance->number = host_load(instance, module->wasm, module->wasm_len, module->memory, module->stack, reason,
				     sizeof reason, detail, detail_len);
	if (instance->number == 0) {
		free(instance->copy);
		free(instance);
		return reason;
	}
	*out = instance;
	return NULL;
}

static bool instance_has(const struct mote_instance *instance, enum mote_export export)
{
	return host_has(instance->number, export);
}

static const char *instance_call(struct mote_instance *instance, enum mote_export export, const uint32_t *arguments,
				 uint32_t *result)
{
	uint32_t ended;

	put_back(instance);
	ended = host_call(instance->number, export, arguments, result);
	instance->is_copied = false;
	if (ended == 0)
		return NULL;
	return ended <= sizeof reasons / sizeof reasons[0] ? reasons[ended - 1] : instance->reason;
}

static uint8_t *instance_memory(struct mote_instance *instance, uint32_t *len)
{
	*len = host_memory_size(instance->number);
	if (*len == 0)
		return NULL;
	if (!instance->is_copied)
		host_fetch(instance->number, instance->copy);
	instance->is_copied = true;
	return instance->copy;
}

static void instance_set_fuel(struct mote_instance *instance, uint32_t fuel)
{
	host_set_fuel(instance->number, fuel);
}

static uint32_t instance_fuel(const struct mote_instance *instance)
{
	return host_fuel(instance->number);
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

#else
typedef int mote_engine_host_is_empty; /* ISO C wants a declaration */
#endif
