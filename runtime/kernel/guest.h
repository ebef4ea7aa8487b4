/* A module's linear memory. Every address and length from a module goes through here. */
#ifndef MOTE_GUEST_H
#define MOTE_GUEST_H

#include "actor.h"

/* The reason for ending a module that passes an address outside its memory, or one that is not aligned. */
extern const char mote_reason_pointer[];
/* The reason for ending a module that passes the number of a case that does not exist. */
extern const char mote_reason_case[];

/*
 * Where [at, at + len) of its memory stands, or NULL when a byte of it is outside or `at` is no multiple of align.
 * The address is valid until the module runs again. len 0 gives an address that must not be read.
 */
uint8_t *mote_guest_bytes(struct mote_actor *actor, uint32_t at, uint32_t len, uint32_t align);

/* Room for a list of len bytes, by the module's cabi_realloc(0, 0, 1, len). ensures: *at lies in its memory. */
const char *mote_guest_room(struct mote_actor *actor, uint32_t len, uint32_t *at);

/* Little-endian words at an address that mote_guest_bytes() gave. */
void mote_guest_store(uint8_t *to, uint32_t word);
uint32_t mote_guest_load(const uint8_t *from);

#endif
