/* The imports between modules: mail, and the supervisor's tools. */
#include <stdlib.h>
#include <string.h>

#include "guest.h"
#include "imports.h"
#include "ports.h"
#include "shares.h"
#include "supervision.h"

static int32_t post_letter(struct mote_call *call, uint32_t to, uint32_t parameter)
{
	uint32_t len = MOTE_ARGUMENT(parameter + 1);
	const uint8_t *payload = mote_guest_bytes(call->self, MOTE_ARGUMENT(parameter), len, 1);
	struct mote_actor *receiver = mote_actor_find(to);

	if (payload == NULL) {
		call->trap = mote_reason_pointer;
		return 0;
	}
	if (receiver == NULL)
		return MOTE_ERR_NOT_FOUND;
	return mote_post(receiver, MOTE_ACTOR_MESSAGE_MAIL, call->self->id, payload, len, NULL, 0);
}

MOTE_HANDLER(mote_mail_send, MAIL_SEND)
{
	return post_letter(call, MOTE_ARGUMENT(0), 1);
}

MOTE_HANDLER(mote_mail_post, MAIL_POST)
{
	uint32_t len = MOTE_ARGUMENT(1);
	const char *name = (const char *)mote_guest_bytes(call->self, MOTE_ARGUMENT(0), len, 1);
	struct mote_actor *receiver;
	int32_t error;

	if (name == NULL) {
		call->trap = mote_reason_pointer;
		return 0;
	}
	receiver = mote_actor_named(name, len);
	error = post_letter(call, receiver ? receiver->id : 0, 2); /* no actor has the id 0 */
	if (error == 0 && call->trap == NULL)
		mote_guest_store(call->payload, receiver->id);
	return error;
}

MOTE_HANDLER(mote_mail_reply, MAIL_REPLY)
{
	return post_letter(call, call->self->letter_from, 0); /* no actor has the id 0 */
}

/* One element of the list of grants. */
struct request {
	uint32_t capability;
	const char *scope;
	uint32_t scope_len;
};

/* Read it; 0, an error, or call->trap. A module can pass on only what it holds itself. */
static int32_t read_request(struct mote_call *call, uint32_t at, struct request *request)
{
	const uint8_t *record = mote_guest_bytes(call->self, at, MOTE_ACTORS_GRANT_SIZE, MOTE_ACTORS_GRANT_ALIGN);

	if (record == NULL) {
		call->trap = mote_reason_pointer;
		return 0;
	}
	request->capability = record[MOTE_ACTORS_GRANT_AT_CAPABILITY];
	request->scope_len = mote_guest_load(record + MOTE_ACTORS_GRANT_AT_SCOPE + 4);
	request->scope = (const char *)mote_guest_bytes(call->self, mote_guest_load(record + MOTE_ACTORS_GRANT_AT_SCOPE),
							request->scope_len, 1);
	if (request->scope == NULL)
		call->trap = mote_reason_pointer;
	else if (request->capability >= MOTE_CAP_COUNT)
		call->trap = mote_reason_case;
	else if (request->scope_len > MOTE_MAX_SCOPE)
		return MOTE_ERR_TOO_BIG;
	else if (!mote_grants_allow(call->self->grants, request->capability, request->scope, request->scope_len))
		return MOTE_ERR_DENIED;
	return 0;
}

/* The list of grants from the module's memory into one of our own. */
static int32_t read_grants(struct mote_call *call, uint32_t at, uint32_t count, struct mote_grants **out)
{
	struct mote_grants *grants = NULL;
	struct request request;
	uint32_t scopes = 0;
	int32_t error = 0;

	if (count > MOTE_MAX_GRANTS)
		return MOTE_ERR_TOO_BIG;
	for (uint32_t i = 0; i < count; i++) {
		error = read_request(call, at + i * MOTE_ACTORS_GRANT_SIZE, &request);
		if (error || call->trap)
			return error;
		scopes += request.scope_len;
	}
	grants = calloc(1, mote_grants_size(count, scopes));
	if (grants == NULL)
		return MOTE_ERR_BUSY;
	for (uint32_t i = 0; i < count; i++) {
		read_request(call, at + i * MOTE_ACTORS_GRANT_SIZE, &request);
		mote_grants_add(grants, request.capability, request.scope, request.scope_len);
	}
	*out = grants;
	return 0;
}

/* An extent of a region, from three parameters. 0, an error, or call->trap. */
static int32_t read_extent(struct mote_call *call, uint32_t parameter, struct mote_source *source)
{
	uint32_t geometry[4] = { 0 };
	int32_t code;

	source->kind = MOTE_ACTORS_SOURCE_FLASH;
	source->region = MOTE_ARGUMENT(parameter);
	source->offset = MOTE_ARGUMENT(parameter + 1);
	source->len = MOTE_ARGUMENT(parameter + 2);
	if (source->region >= MOTE_FLASH_REGION_COUNT) {
		call->trap = mote_reason_case;
		return 0;
	}
	code = mote_port_result(port_flash_describe(source->region, geometry));
	if (code)
		return code;
	if (source->offset > geometry[0] || source->len > geometry[0] - source->offset)
		return MOTE_ERR_INVALID;
	return 0;
}

/* The flattened actors.source: a case, then the widest of its payloads. */
static int32_t read_source(struct mote_call *call, uint32_t parameter, struct mote_source *source)
{
	uint32_t kind = MOTE_ARGUMENT(parameter), word[3];
	const uint8_t *name;
	int32_t code;

	for (uint32_t i = 0; i < 3; i++)
		word[i] = MOTE_ARGUMENT(parameter + 1 + i);
	source->kind = (uint8_t)kind;
	if (kind == MOTE_ACTORS_SOURCE_BUILTIN) {
		name = mote_guest_bytes(call->self, word[0], word[1], 1);
		if (name == NULL) {
			call->trap = mote_reason_pointer;
			return 0;
		}
		if (word[1] > MOTE_MAX_NAME)
			return MOTE_ERR_TOO_BIG;
		memcpy(source->name, name, word[1]);
		source->name_len = (uint8_t)word[1];
		code = port_builtin_size(source->name, source->name_len);
		return mote_port_result(code);
	}
	if (kind != MOTE_ACTORS_SOURCE_FLASH) {
		call->trap = mote_reason_case;
		return 0;
	}
	code = read_extent(call, parameter + 1, source);
	return code == 0 && call->trap == NULL && source->len == 0 ? MOTE_ERR_INVALID : code;
}

MOTE_HANDLER(mote_actors_spawn, ACTORS_SPAWN)
{
	uint32_t name_len = MOTE_ARGUMENT(1);
	const uint8_t *name = mote_guest_bytes(call->self, MOTE_ARGUMENT(0), name_len, 1);
	const struct mote_budget budget = { MOTE_ARGUMENT(6), MOTE_ARGUMENT(7), MOTE_ARGUMENT(8), MOTE_ARGUMENT(9) };
	struct mote_source source = { 0 };
	struct mote_grants *grants = NULL;
	struct mote_actor *actor = NULL;
	int32_t error = 0;

	if (name == NULL) {
		call->trap = mote_reason_pointer;
		goto cleanup;
	}
	error = name_len > MOTE_MAX_NAME ? MOTE_ERR_TOO_BIG : MOTE_ERR_INVALID;
	if (name_len < 1 || name_len > MOTE_MAX_NAME || !mote_budget_valid(&budget))
		goto cleanup;
	error = read_source(call, 2, &source);
	if (error || call->trap)
		goto cleanup;
	error = read_grants(call, MOTE_ARGUMENT(10), MOTE_ARGUMENT(11), &grants);
	if (error || call->trap)
		goto cleanup;
	actor = mote_actor_new((const char *)name, name_len, &source, &budget, grants, &error);
	if (actor == NULL)
		goto cleanup;
	grants = NULL; /* now the actor's */
	actor->spawner = call->self->id;
	mote_guest_store(call->payload, actor->id);
	error = 0;
cleanup:
	free(grants);
	return error;
}

MOTE_HANDLER(mote_actors_stop, ACTORS_STOP)
{
	struct mote_actor *actor = mote_actor_find(MOTE_ARGUMENT(0));

	if (actor == NULL)
		return MOTE_ERR_NOT_FOUND;
	actor->work |= MOTE_WORK_STOP;
	return 0;
}

MOTE_HANDLER(mote_actors_tick, ACTORS_TICK)
{
	struct mote_actor *actor = mote_actor_find(MOTE_ARGUMENT(0));

	return actor ? mote_post(actor, MOTE_ACTOR_MESSAGE_TICK, 0, NULL, 0, NULL, 0) : MOTE_ERR_NOT_FOUND;
}

MOTE_HANDLER(mote_actors_check, ACTORS_CHECK)
{
	struct mote_actor *actor = mote_actor_find(MOTE_ARGUMENT(0));

	if (actor == NULL || actor->state == MOTE_ACTORS_STATE_DEAD)
		return MOTE_ERR_NOT_FOUND;
	if (actor->work & MOTE_WORK_CHECK || actor->notice & MOTE_NOTICE_HEALTH)
		return actor->asker == call->self->id ? 0 : MOTE_ERR_BUSY;
	actor->work |= MOTE_WORK_CHECK;
	actor->asker = call->self->id;
	return 0;
}

MOTE_HANDLER(mote_actors_inspect, ACTORS_INSPECT)
{
	struct mote_actor *actor = mote_actor_find(MOTE_ARGUMENT(0));
	uint8_t *out = call->payload;
	uint32_t memory = 0;

	if (actor == NULL)
		return MOTE_ERR_NOT_FOUND;
	if (actor->instance)
		mote_engine.memory(actor->instance, &memory);
	out[MOTE_ACTORS_STATS_AT_STATE] = actor->state;
	mote_guest_store(out + MOTE_ACTORS_STATS_AT_HANDLED, actor->handled);
	mote_guest_store(out + MOTE_ACTORS_STATS_AT_DENIED, actor->denied);
	mote_guest_store(out + MOTE_ACTORS_STATS_AT_DROPPED, actor->dropped);
	mote_guest_store(out + MOTE_ACTORS_STATS_AT_FUEL_PEAK, actor->fuel_peak);
	mote_guest_store(out + MOTE_ACTORS_STATS_AT_MEMORY, memory);
	return 0;
}

MOTE_HANDLER(mote_actors_share, ACTORS_SHARE)
{
	uint32_t name_len = MOTE_ARGUMENT(1);
	const char *name = (const char *)mote_list(call, 0);
	struct mote_source source = { 0 };
	int32_t error;

	if (name == NULL)
		return 0;
	if (name_len < 1 || name_len > MOTE_MAX_NAME)
		return MOTE_ERR_INVALID;
	error = read_extent(call, 2, &source);
	if (error || call->trap)
		return error;
	return mote_share(name, name_len, source.region, source.offset, source.len);
}

MOTE_HANDLER(mote_actors_handover, ACTORS_HANDOVER)
{
	const struct mote_budget budget = { MOTE_ARGUMENT(3), MOTE_ARGUMENT(4), MOTE_ARGUMENT(5), MOTE_ARGUMENT(6) };
	struct mote_source source = { 0 };
	int32_t error = read_extent(call, 0, &source);

	if (error || call->trap)
		return error;
	if (source.len == 0 || !mote_budget_valid(&budget) || MOTE_ARGUMENT(7) > MOTE_MAX_DELAY)
		return MOTE_ERR_INVALID;
	return mote_handover(call->self, &source, &budget, MOTE_ARGUMENT(7));
}

MOTE_HANDLER(mote_actors_feed, ACTORS_FEED)
{
	return MOTE_ARGUMENT(0) > MOTE_MAX_DELAY ? MOTE_ERR_INVALID : mote_feed(call->self, MOTE_ARGUMENT(0));
}

MOTE_HANDLER(mote_data_size, DATA_SIZE)
{
	const char *name = (const char *)mote_list(call, 0);
	const struct mote_share *share = name ? mote_share_find(name, MOTE_ARGUMENT(1)) : NULL;

	if (share == NULL)
		return name ? MOTE_ERR_NOT_FOUND : 0;
	mote_guest_store(call->payload, share->len);
	return 0;
}

MOTE_HANDLER(mote_data_read, DATA_READ)
{
	uint32_t offset = MOTE_ARGUMENT(2), len = MOTE_ARGUMENT(3);
	const char *name = (const char *)mote_list(call, 0);
	const struct mote_share *share = name ? mote_share_find(name, MOTE_ARGUMENT(1)) : NULL;
	uint8_t *out;

	if (share == NULL)
		return name ? MOTE_ERR_NOT_FOUND : 0;
	if (len < 1 || len > MOTE_MAX_FLASH_READ || offset > share->len || len > share->len - offset)
		return MOTE_ERR_INVALID;
	out = mote_list_result(call, len);
	return out ? mote_port_result(port_flash_read(share->region, share->offset + offset, out, len)) : 0;
}
