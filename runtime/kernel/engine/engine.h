/*
 * What the kernel asks of a WebAssembly engine. An engine knows the contract's tables, nothing of actors.
 *
 * Failures are strings that live for ever, short and stable, ready for `exited.reason`; NULL is success. After a failed
 * call() the instance may only be freed.
 */
#ifndef MOTE_ENGINE_H
#define MOTE_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include "contract.h"

#define MOTE_MAX_PARAMETERS 16 /* the canonical ABI's MAX_FLAT_PARAMS */

/* What a module exports, by the names of the contract's table. */
enum mote_export {
#define X(field, signature, symbol) symbol,
	MOTE_EXPORT_TABLE(X)
#undef X
	/* Outside the contract: compilers other than ours export it for what must run before anything else. */
	mote_guest_initialize,
	MOTE_EXPORT_COUNT
};

struct mote_instance;

/* An import is called: the arguments, 8 bytes each, and room for a direct result. Anything but NULL ends the guest's turn. */
typedef const char *(*mote_import_fn)(void *owner, uint32_t import, const uint64_t *arguments, uint64_t *result);

struct mote_module {
	const uint8_t *wasm; /* borrowed until free() */
	uint32_t wasm_len;
	uint32_t memory; /* bytes of linear memory that are real, whatever the module declares */
	uint32_t stack;  /* bytes */
	mote_import_fn import;
	void *owner;
};

struct mote_engine {
	/*
	 * Parse, link every import, compile the whole module. Runs nothing of it. ensures: on failure *out is NULL, nothing is
	 * held, and `detail` (of detail_len bytes) holds the name of the import or export that is to blame, or "".
	 */
	const char *(*load)(struct mote_instance **out, const struct mote_module *module, char *detail, uint32_t detail_len);

	/* Whether the module exports it; all but arena_reset and initialize always are, else load() refuses. */
	bool (*has)(const struct mote_instance *instance, enum mote_export export);

	/*
	 * requires: as many arguments as the export has, all i32. ensures: *result is its i32 result, if it has one.
	 * May be called from within an import, once: the guest then runs above the frame of that import.
	 */
	const char *(*call)(struct mote_instance *instance, enum mote_export export, const uint32_t *arguments, uint32_t *result);

	/* Linear memory as it is now; it may move or grow in any call(). NULL and 0 when there is none. */
	uint8_t *(*memory)(struct mote_instance *instance, uint32_t *len);

	/* Loop heads and function entries that are left; 0 after exhaustion. At most 2^31 - 1. */
	void (*set_fuel)(struct mote_instance *instance, uint32_t fuel);
	uint32_t (*fuel)(const struct mote_instance *instance);

	/* requires: not within a call of it. NULL is allowed. */
	void (*free)(struct mote_instance *instance);
};

/* The one of this build: engine_wasm3.c, or engine_host.c with MOTE_ENGINE_HOST. */
extern const struct mote_engine mote_engine;

/* The reasons that the kernel and the engines share. Others begin with "trap: " or "load: ". */
extern const char mote_reason_fuel[];
extern const char mote_reason_memory[];

#endif
