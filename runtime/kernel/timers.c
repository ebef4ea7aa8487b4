#include "timers.h"

#include <stddef.h>

static uint32_t armed_so_far;

int32_t mote_timers_arm(struct mote_actor *actor, uint32_t id, uint64_t due, uint32_t period)
{
	struct mote_timer *place = NULL;

	for (uint32_t i = 0; i < MOTE_MAX_TIMERS; i++) {
		struct mote_timer *timer = &actor->timers[i];

		if (timer->armed && timer->id == id) {
			place = timer;
			break;
		}
		if (!timer->armed && place == NULL)
			place = timer;
	}
	if (place == NULL)
		return MOTE_ERR_BUSY;
	actor->armed += !place->armed;
	*place = (struct mote_timer){ .armed = true, .id = id, .order = ++armed_so_far, .period = period, .due = due };
	return 0;
}

void mote_timers_disarm(struct mote_actor *actor, uint32_t id)
{
	for (uint32_t i = 0; i < MOTE_MAX_TIMERS; i++)
		if (actor->timers[i].armed && actor->timers[i].id == id) {
			actor->timers[i].armed = false;
			actor->armed--;
		}
}

static bool is_before(const struct mote_timer *a, const struct mote_timer *b)
{
	if (a->due != b->due)
		return a->due < b->due;
	return (int32_t)(a->order - b->order) < 0; /* the count may wrap */
}

struct mote_timer *mote_timers_first(struct mote_actor **actor)
{
	struct mote_timer *first = NULL;

	for (uint32_t place = 0, places = mote_actor_places(); place < places; place++) {
		struct mote_actor *owner = mote_actor_at(place);

		if (owner == NULL || owner->armed == 0) /* most have none, and this is asked at each step */
			continue;
		for (uint32_t i = 0; i < MOTE_MAX_TIMERS; i++)
			if (owner->timers[i].armed && (first == NULL || is_before(&owner->timers[i], first))) {
				first = &owner->timers[i];
				*actor = owner;
			}
	}
	return first;
}

void mote_timers_fired(struct mote_actor *actor, struct mote_timer *timer, uint64_t now)
{
	timer->armed = timer->period != 0;
	if (!timer->armed) {
		actor->armed--;
		return;
	}
	timer->due += ((now - timer->due) / timer->period + 1) * timer->period;
	timer->order = ++armed_so_far;
}
