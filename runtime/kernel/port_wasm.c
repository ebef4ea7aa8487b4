/* What only kernel.wasm has: the ports are the host's imports, and the host needs room to pass bytes. */
#ifdef __wasm__

#include <stdlib.h>

#include "kernel.h"

void *mote_scratch(uint32_t len)
{
	static uint8_t *room;
	static uint32_t size;

	if (len > size) {
		uint8_t *larger = realloc(room, len);

		if (larger == NULL)
			return NULL;
		room = larger;
		size = len;
	}
	return room;
}

#else
typedef int mote_port_wasm_is_empty; /* ISO C wants a declaration */
#endif
