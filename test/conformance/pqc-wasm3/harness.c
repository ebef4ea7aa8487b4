/* wasm3 as a library for tests: load a module, call its exports, look into its memory. */
#include "wasm3.h"

#define EXPORT(name) __attribute__((export_name(#name))) name

static unsigned char module_bytes[65536];
static char function_name[64];
static IM3Runtime runtime;
static unsigned result;
static const char *error = "";

unsigned char *EXPORT(place_of_module)(void) { return module_bytes; }
char *EXPORT(place_of_name)(void) { return function_name; }
unsigned EXPORT(result_of_call)(void) { return result; }
const char *EXPORT(error_text)(void) { return error; }

int EXPORT(load_module)(unsigned length) {
	IM3Module module;
	IM3Environment environment = m3_NewEnvironment();
	runtime = m3_NewRuntime(environment, 4096, 0);
	M3Result r = m3_ParseModule(environment, &module, module_bytes, length);
	if (!r) r = m3_LoadModule(runtime, module);
	if (!r) r = m3_CompileModule(module);
	error = r ? r : "";
	return !r;
}

unsigned char *EXPORT(memory_base)(void) {
	unsigned size;
	return m3_GetMemory(runtime, &size, 0);
}

/* Calls the export whose name is at place_of_name; `argument` only when it takes one. */
int EXPORT(call_function)(unsigned argument) {
	IM3Function function;
	M3Result r = m3_FindFunction(&function, runtime, function_name);
	const void *arguments[1] = {&argument}, *results[1] = {&result};
	result = 0;
	if (!r) r = m3_Call(function, m3_GetArgCount(function), arguments);
	if (!r && m3_GetRetCount(function)) r = m3_GetResults(function, 1, results);
	error = r ? r : "";
	return !r;
}
