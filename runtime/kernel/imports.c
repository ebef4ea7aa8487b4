#include "imports.h"

#include <string.h>

#include "guest.h"
#include "mailbox.h"

static const struct entry {
	mote_handler handler;
	const struct mote_area *area;
	int8_t capability; /* MOTE_CAP_*, or MOTE_CAP_NONE */
	uint8_t scope;     /* MOTE_SCOPE_* */
	uint8_t parameter; /* that the scope is compared with */
	uint8_t parameters; /* how many; the last says where the result goes, if it has an area */
	const char *pattern;
} table[MOTE_HOST_COUNT] = {
#define X(module, field, signature, handler, capability, scope, parameter, pattern)                                       \
	{ handler, &handler##_area, capability, scope, parameter, sizeof signature - sizeof "v()", pattern },
	MOTE_HOST_TABLE(X)
#undef X
};

static const char *const regions[] = MOTE_FLASH_REGION_NAMES;
/* "delivery:write" and its end; the names are the contract's. */
#define REGION_LINE_MAX 24

/* Whether the actor's grants let this call pass; false with call->trap set when the scope's argument is no argument. */
static bool is_granted(struct mote_call *call, const struct entry *entry)
{
	struct mote_actor *self = call->self;
	const char *argument = "";
	char line[REGION_LINE_MAX];
	uint32_t len = 0;

	if (entry->capability == MOTE_CAP_NONE)
		return true;
	switch (entry->scope) {
	case MOTE_SCOPE_TEXT:
		len = MOTE_ARGUMENT(entry->parameter + 1);
		argument = (const char *)mote_guest_bytes(self, MOTE_ARGUMENT(entry->parameter), len, 1);
		if (argument == NULL)
			call->trap = mote_reason_pointer;
		break;
	case MOTE_SCOPE_LINE:
		return mote_grants_cover(self->grants, (uint32_t)entry->capability, entry->pattern, call->arguments);
	case MOTE_SCOPE_ANY:
		return mote_grants_any(self->grants, (uint32_t)entry->capability);
	case MOTE_SCOPE_REGION:
		if (MOTE_ARGUMENT(entry->parameter) >= MOTE_FLASH_REGION_COUNT) {
			call->trap = mote_reason_case;
			break;
		}
		argument = regions[MOTE_ARGUMENT(entry->parameter)];
		len = (uint32_t)strlen(argument);
		memcpy(line, argument, len);
		memcpy(line + len, entry->pattern, strlen(entry->pattern) + 1);
		return mote_grants_cover(self->grants, (uint32_t)entry->capability, line, call->arguments);
	default:
		break;
	}
	return call->trap == NULL && mote_grants_allow(self->grants, (uint32_t)entry->capability, argument, len);
}

const char *mote_import(void *owner, uint32_t import, const uint64_t *arguments, uint64_t *result)
{
	const struct entry *entry = &table[import];
	const struct mote_area *area = entry->area;
	struct mote_call call = { .self = owner, .arguments = arguments };
	uint32_t at = area->size ? (uint32_t)arguments[entry->parameters - 1] : 0;
	int32_t error;
	uint8_t *out;

	/* The canonical ABI's may_leave: no import while the host lowers or after a turn's return. */
	if (call.self->lowering)
		return "trap: import called out of turn";
	if (area->size && mote_guest_bytes(call.self, at, area->size, area->align) == NULL)
		return mote_reason_pointer;

	error = is_granted(&call, entry) ? entry->handler(&call) : MOTE_ERR_DENIED;
	if (call.trap)
		return call.trap;
	call.self->denied += error == MOTE_ERR_DENIED;
	*result = call.result;
	if (area->size == 0)
		return NULL;

	out = mote_guest_bytes(call.self, at, area->size, area->align); /* the handler may have run the module */
	if (out == NULL)
		return mote_reason_pointer;
	out[0] = error < 0 || call.some;
	if (error < 0)
		out[area->payload] = (uint8_t)MOTE_ERR_CASE(error);
	else
		memcpy(out + area->payload, call.payload, area->size - area->payload);
	return NULL;
}

int32_t mote_post(struct mote_actor *to, uint32_t kind, uint32_t scalar, const void *run0, uint32_t len0, const void *run1,
		  uint32_t len1)
{
	struct mote_mail mail = { .to = to->id, .kind = kind, .scalar = scalar, .len = { len0, len1 } };
	uint32_t cost = mote_mailbox_cost(len0, len1);

	if (to->state == MOTE_ACTORS_STATE_DEAD)
		return MOTE_ERR_NOT_FOUND;
	if (cost > to->budget.mailbox)
		return MOTE_ERR_TOO_BIG;
	if (cost > to->budget.mailbox - to->waiting ||
	    !mote_mailbox_put(&mail, (const void *const[2]){ run0, run1 })) {
		to->dropped++;
		return MOTE_ERR_BUSY;
	}
	to->waiting += cost;
	return 0;
}

const uint8_t *mote_list(struct mote_call *call, uint32_t parameter)
{
	const uint8_t *bytes = mote_guest_bytes(call->self, MOTE_ARGUMENT(parameter), MOTE_ARGUMENT(parameter + 1), 1);

	if (bytes == NULL)
		call->trap = mote_reason_pointer;
	return bytes;
}

uint8_t *mote_list_result(struct mote_call *call, uint32_t len)
{
	uint32_t at;

	call->trap = mote_guest_room(call->self, len, &at);
	if (call->trap)
		return NULL;
	mote_guest_store(call->payload, at);
	mote_guest_store(call->payload + 4, len);
	return mote_guest_bytes(call->self, at, len, 1);
}

int32_t mote_port_result(int32_t code)
{
	if (code >= 0)
		return 0;
	return code >= -MOTE_ERR_COUNT ? code : MOTE_ERR_IO;
}
