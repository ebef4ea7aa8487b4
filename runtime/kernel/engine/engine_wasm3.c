/* The engine vtable on wasm3 0.5 (as edited by build/wasm3-source.ts) and 0.9. */
#ifndef MOTE_ENGINE_HOST
#include <stdlib.h>
#include <string.h>

#include "engine.h"
#include "meter.h"

#include "m3_env.h"
#include "m3_exec_defs.h"

#ifndef d_m3StackLimitEnter /* new in 0.9 */
#define d_m3StackLimitEnter(runtime)
#define d_m3StackLimitLeave(runtime)
#endif

/* A build with a second engine in front gives this one another name. */
#ifndef MOTE_ENGINE_NAME
#define MOTE_ENGINE_NAME mote_engine
#else
extern const struct mote_engine MOTE_ENGINE_NAME;
#endif

/* C frames between an import and the guest code it calls back, in units of MOTE_MAX_DEPTH. */
#define IMPORT_DEPTH 8

/* Loops in a constant expression would be the only way to spend it; a module cannot have one. */
#define LOAD_FUEL 64

int32_t mote_meter_fuel;
int32_t mote_meter_depth;
const char mote_meter_exhausted[] = "fuel";

const char mote_reason_memory[] = "memory";
const char mote_reason_fuel[] = "fuel";

struct mote_instance {
	IM3Environment environment;
	IM3Runtime runtime;
	void *stack;   /* the VM stack's lowest slot: runtime->stack, which wasm3 moves during an import */
	uint64_t *top; /* while an import runs: the first slot above its frame */
	IM3Function exports[MOTE_EXPORT_COUNT];
	bool has_start_section;
	mote_import_fn import;
	void *owner;
};

static const struct link {
	const char *module, *field, *signature;
	uint8_t parameters;
} imports[MOTE_HOST_COUNT] = {
#define X(module, field, signature, handler, capability, scope, parameter, pattern) { module, field, signature, sizeof signature - sizeof "v()" },
	MOTE_HOST_TABLE(X)
#undef X
};

static const struct {
	const char *field, *signature;
	uint8_t parameters;
} exports[MOTE_EXPORT_COUNT] = {
#define X(field, signature, symbol) { field, signature, sizeof signature - sizeof "v()" },
	MOTE_EXPORT_TABLE(X)
#undef X
	{ "_initialize", "v()", 0 },
};

static const char *reason_of(M3Result raw)
{
	static const struct {
		const M3Result *raw;
		const char *reason;
	} table[] = {
		{ &m3Err_trapOutOfBoundsMemoryAccess, "trap: out of bounds memory access" },
		{ &m3Err_trapDivisionByZero, "trap: integer divide by zero" },
		{ &m3Err_trapIntegerOverflow, "trap: integer overflow" },
		{ &m3Err_trapIntegerConversion, "trap: invalid conversion to integer" },
		{ &m3Err_trapIndirectCallTypeMismatch, "trap: indirect call type mismatch" },
		{ &m3Err_trapTableIndexOutOfRange, "trap: undefined element" },
		{ &m3Err_trapTableElementIsNull, "trap: null table element" },
		{ &m3Err_trapUnreachable, "trap: unreachable executed" },
		{ &m3Err_trapStackOverflow, "trap: stack overflow" },
	};

	if (raw == NULL)
		return NULL;
	if (raw == mote_meter_exhausted)
		return mote_reason_fuel;
	if (raw == m3Err_mallocFailed || raw == m3Err_mallocFailedCodePage)
		return mote_reason_memory;
	for (uint32_t i = 0; i < sizeof table / sizeof table[0]; i++)
		if (raw == *table[i].raw)
			return table[i].reason;
	return raw; /* an import's own reason, or wasm3's text about a module that does not load */
}

static char letter(M3ValueType type)
{
	switch (type) {
	case c_m3Type_i32: return 'i';
	case c_m3Type_i64: return 'I';
	case c_m3Type_f32: return 'f';
	case c_m3Type_f64: return 'F';
	default: return '?';
	}
}

static uint32_t results_of(const char *signature)
{
	return signature[0] != 'v';
}

static bool signature_is(IM3Function function, const char *signature, uint32_t parameters)
{
	uint32_t results = results_of(signature);

	if (m3_GetRetCount(function) != results || m3_GetArgCount(function) != parameters)
		return false;
	if (results && letter(m3_GetRetType(function, 0)) != signature[0])
		return false;
	for (uint32_t i = 0; i < parameters; i++)
		if (letter(m3_GetArgType(function, i)) != signature[2 + i])
			return false;
	return true;
}

static const void *on_import(IM3Runtime runtime, IM3ImportContext context, uint64_t *sp, void *memory)
{
	struct mote_instance *instance = m3_GetUserData(runtime);
	uint32_t index = (uint32_t)((const struct link *)context->userdata - imports);
	const char *signature = imports[index].signature;
	uint32_t results = results_of(signature), parameters = imports[index].parameters;
	uint64_t arguments[MOTE_MAX_PARAMETERS], result = 0;
	uint64_t *outer = instance->top;
	const char *reason;

	(void)memory;
	for (uint32_t i = 0; i < parameters; i++)
		arguments[i] = signature[2 + i] == 'I' ? sp[results + i] : *(uint32_t *)(sp + results + i);

	/*
	 * wasm3 has set runtime->stack to this frame for the sake of m3_Call(). Put it back: memory.grow computes the end of
	 * the stack from it, and with a moved one the guest would write past the end.
	 */
	runtime->stack = instance->stack;
	instance->top = sp + results + parameters;
	reason = instance->import(instance->owner, index, arguments, &result);
	instance->top = outer;

	if (reason == NULL && results) {
		if (signature[0] == 'I')
			sp[0] = result;
		else
			*(uint32_t *)sp = (uint32_t)result;
	}
	return reason;
}

static void name_blame(char *detail, uint32_t detail_len, const char *module, const char *field)
{
	uint32_t at = 0;

	while (module && *module && at + 1 < detail_len)
		detail[at++] = *module++;
	if (module && at + 1 < detail_len)
		detail[at++] = '.';
	while (field && *field && at + 1 < detail_len)
		detail[at++] = *field++;
	detail[at] = '\0';
}

static const char *link_imports(IM3Module module, char *detail, uint32_t detail_len)
{
	for (uint32_t i = 0; i < module->numGlobals; i++)
		if (module->globals[i].imported) {
			name_blame(detail, detail_len, module->globals[i].import.moduleUtf8, module->globals[i].import.fieldUtf8);
			return "unknown import";
		}
	for (uint32_t i = 0; i < module->numFuncImports; i++) {
		IM3Function function = &module->functions[i];
		const char *from = function->import.moduleUtf8, *field = function->import.fieldUtf8;
		uint32_t k = 0;
		M3Result raw;

		if (from == NULL || field == NULL)
			return mote_reason_memory;
		while (k < MOTE_HOST_COUNT && (strcmp(from, imports[k].module) != 0 || strcmp(field, imports[k].field) != 0))
			k++;
		name_blame(detail, detail_len, from, field);
		if (k == MOTE_HOST_COUNT)
			return "unknown import";
		if (!signature_is(function, imports[k].signature, imports[k].parameters))
			return "wrong signature of import";
		raw = m3_LinkRawFunctionEx(module, from, field, NULL, on_import, &imports[k]);
		if (raw)
			return reason_of(raw);
		detail[0] = '\0';
	}
	return NULL;
}

static IM3Function find_export(IM3Module module, const char *field)
{
#ifdef MOTE_PACK_H
	return v_FindFunction(module, field);
#else
	for (uint32_t i = 0; i < module->numFunctions; i++) {
		IM3Function function = &module->functions[i];

		/* Without an export_name the names are debug names or an import's. */
		if (function->export_name == NULL)
			continue;
		for (uint32_t n = i < module->numFuncImports ? 1 : 0; n < function->numNames; n++)
			if (function->names[n] != NULL && strcmp(function->names[n], field) == 0)
				return function;
	}
	return NULL;
#endif
}

static const char *find_exports(struct mote_instance *instance, IM3Module module, char *detail, uint32_t detail_len)
{
	for (uint32_t i = 0; i < MOTE_EXPORT_COUNT; i++) {
		IM3Function function = find_export(module, exports[i].field);
		bool optional = i == mote_guest_initialize || i == mote_guest_arena_reset;

		if (function == NULL && optional)
			continue;
		name_blame(detail, detail_len, NULL, exports[i].field);
		if (function == NULL)
			return "missing export";
		if (!signature_is(function, exports[i].signature, exports[i].parameters))
			return "wrong signature of export";
		if (function->compiled == NULL)
			return "export without a body";
		instance->exports[i] = function;
	}
	detail[0] = '\0';
	return NULL;
}

static void wasm3_free(struct mote_instance *instance)
{
	if (instance == NULL)
		return;
	m3_FreeRuntime(instance->runtime);
	m3_FreeEnvironment(instance->environment);
	free(instance);
}

static const char *wasm3_load(struct mote_instance **out, const struct mote_module *wanted, char *detail, uint32_t detail_len)
{
	struct mote_instance *instance = calloc(1, sizeof *instance);
	IM3Module module = NULL, owned = NULL;
	const char *reason = mote_reason_memory;
	M3Result raw;

	*out = NULL;
	detail[0] = '\0';
	mote_meter_fuel = LOAD_FUEL;
	mote_meter_depth = MOTE_MAX_DEPTH;
	if (instance == NULL)
		goto cleanup;
	instance->import = wanted->import;
	instance->owner = wanted->owner;
	instance->environment = m3_NewEnvironment();
	if (instance->environment == NULL)
		goto cleanup;
	instance->runtime = m3_NewRuntime(instance->environment, wanted->stack, instance);
	if (instance->runtime == NULL)
		goto cleanup;
	instance->stack = instance->runtime->stack;
	instance->runtime->memoryLimit = wanted->memory;

	raw = m3_ParseModule(instance->environment, &module, wanted->wasm, wanted->wasm_len);
	reason = reason_of(raw);
	if (raw)
		goto cleanup;
	owned = module;
	instance->has_start_section = module->startFunction >= 0;
	reason = "imports a memory";
	if (module->memoryImported)
		goto cleanup;
	raw = m3_LoadModule(instance->runtime, module);
	reason = reason_of(raw);
	if (raw)
		goto cleanup;
	owned = NULL; /* now the runtime's */

	reason = link_imports(module, detail, detail_len);
	if (reason)
		goto cleanup;
	/* Whole and before anything runs: wasm3's own compiling on first call leaves a jump into nowhere when it fails. */
	raw = m3_CompileModule(module);
	reason = reason_of(raw);
	if (raw)
		goto cleanup;
	reason = find_exports(instance, module, detail, detail_len);

cleanup:
	m3_FreeModule(owned);
	if (reason)
		wasm3_free(instance);
	else
		*out = instance;
	return reason;
}

static bool wasm3_has(const struct mote_instance *instance, enum mote_export export)
{
	return instance->exports[export] != NULL || (export == mote_guest_initialize && instance->has_start_section);
}

static const char *run_at(struct mote_instance *instance, enum mote_export export, uint64_t *frame, const uint32_t *arguments,
			  uint32_t *result)
{
	IM3Function function = instance->exports[export];
	IM3Runtime runtime = instance->runtime;
	uint32_t results = results_of(exports[export].signature), parameters = exports[export].parameters;
	size_t size = runtime->numStackSlots * sizeof(m3slot_t);
	size_t at = (size_t)((uint8_t *)frame - (uint8_t *)instance->stack);
	M3Result raw;

	if (at > size || size - at < (results + parameters) * sizeof(uint64_t))
		return reason_of(m3Err_trapStackOverflow);
	for (uint32_t i = 0; i < parameters; i++)
		*(uint32_t *)(frame + results + i) = arguments[i];
	d_m3StackLimitEnter(runtime);
	raw = RunCode(function->compiled, (m3stack_t)frame, runtime->memory.mallocated, d_m3OpDefaultArgs);
	d_m3StackLimitLeave(runtime);
	if (raw == NULL && results)
		*result = *(uint32_t *)frame;
	return reason_of(raw);
}

static const char *wasm3_call(struct mote_instance *instance, enum mote_export export, const uint32_t *arguments,
			      uint32_t *result)
{
	IM3Function function = instance->exports[export];
	bool nested = instance->top != NULL;
	const char *reason = NULL;

	if (nested)
		mote_meter_depth -= IMPORT_DEPTH;
	else
		mote_meter_depth = MOTE_MAX_DEPTH;

	if (export == mote_guest_initialize && instance->has_start_section)
		reason = reason_of(m3_RunStart(instance->runtime->modules));
	if (reason == NULL && function != NULL)
		reason = run_at(instance, export, nested ? instance->top : instance->stack, arguments, result);

	if (nested)
		mote_meter_depth += IMPORT_DEPTH;
	return reason;
}

static uint8_t *wasm3_memory(struct mote_instance *instance, uint32_t *len)
{
	return m3_GetMemory(instance->runtime, len, 0);
}

static void wasm3_set_fuel(struct mote_instance *instance, uint32_t fuel)
{
	(void)instance;
	mote_meter_fuel = (int32_t)fuel;
}

static uint32_t wasm3_fuel(const struct mote_instance *instance)
{
	(void)instance;
	return mote_meter_fuel < 0 ? 0 : (uint32_t)mote_meter_fuel;
}

const struct mote_engine MOTE_ENGINE_NAME = {
	.load = wasm3_load,
	.has = wasm3_has,
	.call = wasm3_call,
	.memory = wasm3_memory,
	.set_fuel = wasm3_set_fuel,
	.fuel = wasm3_fuel,
	.free = wasm3_free,
};

#else
typedef int mote_engine_wasm3_is_empty; /* ISO C wants a declaration */
#endif
