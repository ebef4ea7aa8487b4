#include "guest.h"

#include <stddef.h>

const char mote_reason_pointer[] = "trap: address outside memory";
const char mote_reason_case[] = "trap: no such case";

uint8_t *mote_guest_bytes(struct mote_actor *actor, uint32_t at, uint32_t len, uint32_t align)
{
	uint32_t size = 0;
	uint8_t *memory = mote_engine.memory(actor->instance, &size);

	if (memory == NULL || at > size || len > size - at || at % align != 0)
		return NULL;
	return memory + at;
}

const char *mote_guest_room(struct mote_actor *actor, uint32_t len, uint32_t *at)
{
	const uint32_t arguments[] = { 0, 0, 1, len };
	const char *reason;

	*at = 0;
	actor->lowering = true;
	reason = mote_engine.call(actor->instance, mote_guest_cabi_realloc, arguments, at);
	actor->lowering = false;
	if (reason == NULL && mote_guest_bytes(actor, *at, len, 1) == NULL)
		reason = mote_reason_pointer;
	return reason;
}

void mote_guest_store(uint8_t *to, uint32_t word)
{
	to[0] = (uint8_t)word;
	to[1] = (uint8_t)(word >> 8);
	to[2] = (uint8_t)(word >> 16);
	to[3] = (uint8_t)(word >> 24);
}

uint32_t mote_guest_load(const uint8_t *from)
{
	return from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 | (uint32_t)from[3] << 24;
}
