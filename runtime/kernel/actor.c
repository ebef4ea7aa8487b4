#include "actor.h"

#include <stdlib.h>
#include <string.h>

#include "mailbox.h"
#include "ports.h"

static struct mote_actor *table[MOTE_MAX_ACTORS];
static uint32_t places;
static uint32_t last_id;

void mote_actors_reset(void)
{
	for (uint32_t i = 0; i < MOTE_MAX_ACTORS; i++)
		if (table[i])
			mote_actor_remove(table[i]);
	last_id = 0;
}

/* The ring for the quotas of all that live, and `more`. */
static bool fit_mailbox(uint32_t more)
{
	uint32_t bytes = more;

	for (uint32_t i = 0; i < places; i++)
		if (table[i] && table[i]->state != MOTE_ACTORS_STATE_DEAD)
			bytes += table[i]->budget.mailbox;
	return mote_mailbox_fit(bytes);
}

/* A free place, else that of the actor that has been dead longest and that nobody is still to hear of. */
static uint32_t find_place(void)
{
	uint32_t oldest = MOTE_MAX_ACTORS;

	for (uint32_t i = 0; i < MOTE_MAX_ACTORS; i++) {
		if (table[i] == NULL)
			return i;
		if (table[i]->state == MOTE_ACTORS_STATE_DEAD && table[i]->notice == 0 &&
		    (oldest == MOTE_MAX_ACTORS || table[i]->id < table[oldest]->id))
			oldest = i;
	}
	if (oldest < MOTE_MAX_ACTORS)
		mote_actor_remove(table[oldest]);
	return oldest;
}

struct mote_actor *mote_actor_new(const char *name, uint32_t name_len, const struct mote_source *source,
				  const struct mote_budget *budget, struct mote_grants *grants, int32_t *error)
{
	struct mote_actor *actor = calloc(1, sizeof *actor);
	uint32_t place = actor ? find_place() : MOTE_MAX_ACTORS;

	if (place == MOTE_MAX_ACTORS || !fit_mailbox(budget->mailbox)) {
		free(actor);
		*error = MOTE_ERR_BUSY;
		return NULL;
	}
	actor->id = ++last_id;
	actor->state = MOTE_ACTORS_STATE_STARTING;
	actor->work = MOTE_WORK_START;
	actor->name_len = (uint8_t)name_len;
	memcpy(actor->name, name, name_len);
	actor->source = *source;
	actor->budget = *budget;
	actor->grants = grants;
	table[place] = actor;
	if (place >= places)
		places = place + 1;
	return actor;
}

struct mote_actor *mote_actor_record(uint32_t id)
{
	for (uint32_t i = 0; i < places; i++)
		if (table[i] && table[i]->id == id)
			return table[i];
	return NULL;
}

struct mote_actor *mote_actor_find(uint32_t id)
{
	struct mote_actor *actor = mote_actor_record(id);

	return actor && !(actor->work & MOTE_WORK_STOP) ? actor : NULL;
}

struct mote_actor *mote_actor_named(const char *name, uint32_t len)
{
	struct mote_actor *oldest = NULL;

	for (uint32_t i = 0; i < places; i++) {
		struct mote_actor *actor = table[i];

		if (actor && actor->state != MOTE_ACTORS_STATE_DEAD && !(actor->work & MOTE_WORK_STOP) && actor->name_len == len &&
		    memcmp(actor->name, name, len) == 0 && (oldest == NULL || actor->id < oldest->id))
			oldest = actor;
	}
	return oldest;
}

uint32_t mote_actor_places(void)
{
	return places;
}

struct mote_actor *mote_actor_at(uint32_t place)
{
	return table[place];
}

static void release(struct mote_actor *actor)
{
	mote_engine.free(actor->instance);
	actor->instance = NULL;
	free(actor->image);
	actor->image = NULL;
	free(actor->grants);
	actor->grants = NULL;
	memset(actor->timers, 0, sizeof actor->timers);
	actor->armed = 0;
	if (actor->subscribed)
		port_mqtt_forget(actor->id);
	actor->subscribed = false;
	if (actor->holds)
		port_release(actor->id);
	actor->holds = false;
}

void mote_actor_end(struct mote_actor *actor, const char *reason)
{
	uint32_t len = (uint32_t)strlen(reason);

	if (len > MOTE_MAX_REASON - 1)
		len = MOTE_MAX_REASON - 1;
	memcpy(actor->reason, reason, len);
	actor->reason[len] = '\0';
	release(actor);
	actor->state = MOTE_ACTORS_STATE_DEAD;
	fit_mailbox(0); /* smaller; if that cannot be, it stays */
	actor->work &= MOTE_WORK_STOP;
	actor->notice = actor->spawner ? MOTE_NOTICE_EXITED : 0;
	port_log(MOTE_LOG_LEVEL_WARN, actor->name, actor->name_len, actor->reason, len);
}

void mote_actor_remove(struct mote_actor *actor)
{
	for (uint32_t i = 0; i < MOTE_MAX_ACTORS; i++)
		if (table[i] == actor)
			table[i] = NULL;
	while (places && table[places - 1] == NULL)
		places--;
	release(actor);
	free(actor);
	fit_mailbox(0);
}

bool mote_budget_valid(const struct mote_budget *budget)
{
	return budget->memory >= MOTE_MIN_MEMORY && budget->memory <= MOTE_MAX_MEMORY && budget->stack >= MOTE_MIN_STACK &&
	       budget->stack <= MOTE_MAX_STACK && budget->fuel >= 1 && budget->fuel <= MOTE_MAX_FUEL &&
	       budget->mailbox >= MOTE_MESSAGE_OVERHEAD && budget->mailbox <= MOTE_MAILBOX_BYTES;
}
