/*
 * The contract's imports. mote_import() is what an engine calls: it checks addresses and grants by the contract's table,
 * then runs the handler that the table names.
 */
#ifndef MOTE_IMPORTS_H
#define MOTE_IMPORTS_H

#include "actor.h"

/* Where an import's result goes: MOTE_RET_* of the contract. size 0: it has no return area. */
struct mote_area {
	uint8_t size, align, payload;
};

/* One call of an import. */
struct mote_call {
	struct mote_actor *self;
	const uint64_t *arguments;
	uint64_t result;     /* a direct result */
	bool some;           /* an option: there is a value */
	uint8_t payload[24]; /* of the return area, written behind the discriminant on success */
	const char *trap;    /* not NULL: the module ends for this reason */
};

/* returns: 0, or a negative MOTE_ERR_* for the return area. Nothing but `call` and what the call is for is changed. */
typedef int32_t (*mote_handler)(struct mote_call *call);

#define X(module, field, signature, handler, capability, scope, parameter, pattern)                                       \
	int32_t handler(struct mote_call *call);                                                                           \
	extern const struct mote_area handler##_area;
MOTE_HOST_TABLE(X)
#undef X

/* Before a handler's body. AREA: the contract's name of the return area. */
#define MOTE_HANDLER(handler, AREA)                                                                                        \
	const struct mote_area handler##_area = { MOTE_RET_##AREA##_SIZE, MOTE_RET_##AREA##_ALIGN,                         \
						  MOTE_RET_##AREA##_PAYLOAD };                                             \
	_Static_assert(MOTE_RET_##AREA##_SIZE - MOTE_RET_##AREA##_PAYLOAD <= sizeof((struct mote_call *)0)->payload, "");    \
	int32_t handler(struct mote_call *call)
#define MOTE_HANDLER_DIRECT(handler)                                                                                       \
	const struct mote_area handler##_area = { 0, 0, 0 };                                                               \
	int32_t handler(struct mote_call *call)

/* A list parameter's bytes; NULL with call->trap set when it is not in memory. */
const uint8_t *mote_list(struct mote_call *call, uint32_t parameter);

/* Room for a list result, announced in the payload; NULL with call->trap set when the module gives none. */
uint8_t *mote_list_result(struct mote_call *call, uint32_t len);

/* A core parameter that is an i32. */
#define MOTE_ARGUMENT(n) ((uint32_t)call->arguments[n])

/* The engine's mote_import_fn; owner is the actor. */
const char *mote_import(void *owner, uint32_t import, const uint64_t *arguments, uint64_t *result);

/* Queue a message for an actor. returns: 0, MOTE_ERR_TOO_BIG, MOTE_ERR_BUSY (counted as dropped), MOTE_ERR_NOT_FOUND. */
int32_t mote_post(struct mote_actor *to, uint32_t kind, uint32_t scalar, const void *run0, uint32_t len0, const void *run1,
		  uint32_t len1);

/* Whether a grant names this peer; *local: only as one on the board's own links. */
bool mote_datagram_allows(const struct mote_grants *grants, const char *peer, uint32_t len, bool *local);

/* What a port returned, as 0 or a MOTE_ERR_* of the contract. */
int32_t mote_port_result(int32_t code);

#endif
