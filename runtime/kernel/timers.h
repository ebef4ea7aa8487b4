/* Timers: a few for each actor, each fires once or again and again. */
#ifndef MOTE_TIMERS_H
#define MOTE_TIMERS_H

#include "actor.h"

/*
 * (Re)arm the actor's timer `id` for the board time `due`, and for every `period` ms after it unless that is 0.
 * returns: 0, or MOTE_ERR_BUSY when it has no free timer.
 */
int32_t mote_timers_arm(struct mote_actor *actor, uint32_t id, uint64_t due, uint32_t period);

/* Nothing happens when there is none. */
void mote_timers_disarm(struct mote_actor *actor, uint32_t id);

/*
 * The timer that is due first, in the order of arming among equals; NULL when none is armed.
 * ensures: *actor is whose it is.
 */
struct mote_timer *mote_timers_first(struct mote_actor **actor);

/* It has fired: disarm it, or arm it for the first of its times after `now`. */
void mote_timers_fired(struct mote_actor *actor, struct mote_timer *timer, uint64_t now);

#endif
