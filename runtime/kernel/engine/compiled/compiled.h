/* Modules that were compiled ahead of time: what host-shim/qemu/ahead.ts writes, and engine_compiled.c runs. */
#ifndef MOTE_COMPILED_H
#define MOTE_COMPILED_H

#include "engine.h"
#include "wasm-rt.h"

struct mote_compiled {
	const char *name;
	uint32_t size; /* of its instance */
	void (*init)(void);
	/* host is what the imports get. */
	void (*instantiate)(void *instance, void *host);
	void (*free)(void *instance);
	bool (*has)(enum mote_export export);
	uint32_t (*call)(void *instance, enum mote_export export, const uint32_t *arguments);
	uint32_t *(*fuel)(void *instance);
	uint32_t *(*depth)(void *instance);
	wasm_rt_memory_t *(*memory)(void *instance); /* NULL: it has none */
};

extern const struct mote_compiled mote_compiled[];
extern const uint32_t mote_compiled_count;

/* An import is called, by its number in the contract's table. Returns its result, if it has one; or does not return. */
uint64_t mote_compiled_import(void *host, uint32_t import, const uint64_t *arguments);

/* In place of a module's Wasm stands this and its name: then it is one of the table. */
#define MOTE_COMPILED_MAGIC "\0aot"

#endif
