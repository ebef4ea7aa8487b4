#include "turn.h"

#include <stdlib.h>
#include <string.h>

#include "guest.h"
#include "imports.h"
#include "ports.h"

static const struct mote_engine *const engine = &mote_engine;

static void begin(struct mote_actor *actor)
{
	engine->set_fuel(actor->instance, actor->budget.fuel);
}

static void end(struct mote_actor *actor)
{
	uint32_t spent = actor->budget.fuel - engine->fuel(actor->instance);

	if (spent > actor->fuel_peak)
		actor->fuel_peak = spent;
}

/* What a turn allocated is dropped. This is not the module's own code: it may call no import. */
static const char *reset_arena(struct mote_actor *actor)
{
	const char *reason;

	if (!engine->has(actor->instance, mote_guest_arena_reset))
		return NULL;
	actor->lowering = true;
	reason = engine->call(actor->instance, mote_guest_arena_reset, NULL, NULL);
	actor->lowering = false;
	return reason;
}

/* The module's bytes: where the board maps them, else a copy that the actor owns. Returns a reason, or NULL. */
static const char *find_image(struct mote_actor *actor, const uint8_t **wasm, uint32_t *len)
{
	const struct mote_source *from = &actor->source;
	int32_t got;

	if (from->kind == MOTE_ACTORS_SOURCE_BUILTIN) {
		got = port_builtin_size(from->name, from->name_len);
		if (got < 0)
			return "load: not part of the firmware";
		*len = (uint32_t)got;
		*wasm = port_builtin_map(from->name, from->name_len);
	} else {
		*len = from->len;
		*wasm = port_flash_map(from->region, from->offset, from->len);
	}
	if (*wasm)
		return NULL;
	actor->image = malloc(*len ? *len : 1);
	if (actor->image == NULL)
		return mote_reason_memory;
	if (from->kind == MOTE_ACTORS_SOURCE_BUILTIN)
		got = port_builtin_read(from->name, from->name_len, actor->image, *len);
	else
		got = port_flash_read(from->region, from->offset, actor->image, *len);
	*wasm = actor->image;
	return got < 0 ? "load: cannot be read" : NULL;
}

static const char *load(struct mote_actor *actor, char text[MOTE_MAX_REASON])
{
	struct mote_module module = { .memory = actor->budget.memory, .stack = actor->budget.stack,
				      .import = mote_import, .owner = actor };
	char blame[MOTE_MAX_REASON];
	const char *reason = find_image(actor, &module.wasm, &module.wasm_len);
	const char *const parts[] = { "load: ", NULL, " ", blame };
	uint32_t at = 0;

	if (reason)
		return reason;
	reason = engine->load(&actor->instance, &module, blame, sizeof blame);
	if (reason == NULL || reason == mote_reason_memory)
		return reason;
	for (uint32_t i = 0; i < (blame[0] ? 4 : 2); i++)
		for (const char *from = parts[i] ? parts[i] : reason; *from && at + 1 < MOTE_MAX_REASON; from++)
			text[at++] = *from;
	text[at] = '\0';
	return text;
}

void mote_turn_start(struct mote_actor *actor)
{
	char text[MOTE_MAX_REASON];
	const char *reason;

	actor->work &= (uint8_t)~MOTE_WORK_START;
	reason = load(actor, text);
	if (reason) {
		mote_actor_end(actor, reason);
		return;
	}
	begin(actor);
	if (engine->has(actor->instance, mote_guest_initialize))
		reason = engine->call(actor->instance, mote_guest_initialize, NULL, NULL);
	if (reason == NULL)
		reason = engine->call(actor->instance, mote_guest_start, NULL, NULL);
	end(actor);
	if (reason) {
		mote_actor_end(actor, reason);
		return;
	}
	actor->state = MOTE_ACTORS_STATE_RUNNING;
	if (actor->spawner)
		actor->notice |= MOTE_NOTICE_STARTED;
}

/* Copy a message's lists into the module's memory. */
static const char *lower(struct mote_actor *actor, const struct mote_message *message, uint32_t runs, uint32_t at[2])
{
	for (uint32_t i = 0; i < runs; i++) {
		const char *reason = mote_guest_room(actor, message->len[i], &at[i]);
		uint8_t *room;

		if (reason)
			return reason;
		room = mote_guest_bytes(actor, at[i], message->len[i], 1);
		if (message->mail)
			mote_mailbox_read(message->mail, (int)i, room);
		else if (message->len[i])
			memcpy(room, message->run[i], message->len[i]);
	}
	return NULL;
}

/* The core parameters of handle() after the discriminant: the canonical ABI's flattening of each case. */
static void flatten(const struct mote_message *message, const uint32_t at[2], uint32_t flat[MOTE_ACTOR_MESSAGE_FLAT])
{
	switch (message->kind) {
	case MOTE_ACTOR_MESSAGE_TIMER:
	case MOTE_ACTOR_MESSAGE_STARTED:
		flat[0] = message->scalar;
		break;
	case MOTE_ACTOR_MESSAGE_RADIO:
		flat[0] = at[0];
		flat[1] = message->len[0];
		flat[2] = message->scalar;
		break;
	case MOTE_ACTOR_MESSAGE_MQTT:
	case MOTE_ACTOR_MESSAGE_DATAGRAM:
	case MOTE_ACTOR_MESSAGE_HTTP:
		flat[0] = at[0];
		flat[1] = message->len[0];
		flat[2] = at[1];
		flat[3] = message->len[1];
		break;
	case MOTE_ACTOR_MESSAGE_MAIL:
	case MOTE_ACTOR_MESSAGE_EXITED:
		flat[0] = message->scalar;
		flat[1] = at[0];
		flat[2] = message->len[0];
		break;
	case MOTE_ACTOR_MESSAGE_HEALTH:
		flat[0] = message->scalar;
		flat[1] = message->flag;
		break;
	case MOTE_ACTOR_MESSAGE_GPIO:
		flat[0] = message->scalar;
		mote_mailbox_read(message->mail, 0, (uint8_t *)&flat[1]);
		break;
	case MOTE_ACTOR_MESSAGE_UART:
		flat[0] = message->scalar & UINT16_MAX;
		flat[1] = at[0];
		flat[2] = message->len[0];
		flat[3] = message->scalar >> 16;
		break;
	default:
		break;
	}
}

static uint32_t runs_of(uint32_t kind)
{
	switch (kind) {
	case MOTE_ACTOR_MESSAGE_MQTT:
	case MOTE_ACTOR_MESSAGE_DATAGRAM:
	case MOTE_ACTOR_MESSAGE_HTTP: return 2;
	case MOTE_ACTOR_MESSAGE_UART:
	case MOTE_ACTOR_MESSAGE_RADIO:
	case MOTE_ACTOR_MESSAGE_MAIL:
	case MOTE_ACTOR_MESSAGE_EXITED: return 1;
	default: return 0;
	}
}

void mote_turn_message(struct mote_actor *actor, const struct mote_message *message)
{
	uint32_t at[2] = { 0, 0 }, arguments[1 + MOTE_ACTOR_MESSAGE_FLAT] = { message->kind };
	const char *reason;

	begin(actor);
	reason = lower(actor, message, runs_of(message->kind), at);
	flatten(message, at, arguments + 1);
	if (message->mail) { /* before handle(), which may send */
		actor->waiting -= mote_mailbox_cost(message->len[0], message->len[1]);
		mote_mailbox_pop(message->mail);
	}
	if (reason == NULL) {
		actor->letter_from = message->kind == MOTE_ACTOR_MESSAGE_MAIL ? message->scalar : 0;
		reason = engine->call(actor->instance, mote_guest_handle, arguments, NULL);
		actor->letter_from = 0;
	}
	if (reason == NULL) {
		actor->handled++;
		reason = reset_arena(actor);
	}
	end(actor);
	if (reason)
		mote_actor_end(actor, reason);
}

void mote_turn_check(struct mote_actor *actor)
{
	uint32_t healthy = 0;
	const char *reason;

	actor->work &= (uint8_t)~MOTE_WORK_CHECK;
	begin(actor);
	reason = engine->call(actor->instance, mote_guest_health, NULL, &healthy);
	if (reason == NULL)
		reason = reset_arena(actor);
	end(actor);
	if (reason) {
		mote_actor_end(actor, reason);
		return;
	}
	actor->healthy = healthy != 0;
	actor->notice |= MOTE_NOTICE_HEALTH;
}

void mote_turn_stop(struct mote_actor *actor)
{
	if (actor->state != MOTE_ACTORS_STATE_RUNNING)
		return;
	begin(actor);
	engine->call(actor->instance, mote_guest_stop, NULL, NULL);
}
