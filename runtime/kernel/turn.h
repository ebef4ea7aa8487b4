/*
 * What an actor does in a turn of its own: start, handle a message, tell its health, stop. Each turn has the actor's fuel.
 * A turn that fails ends the actor; nothing else is touched.
 */
#ifndef MOTE_TURN_H
#define MOTE_TURN_H

#include "actor.h"
#include "mailbox.h"

struct mote_message {
	uint32_t kind;   /* MOTE_ACTOR_MESSAGE_* */
	uint32_t scalar; /* timer and actor ids, rssi, sender */
	uint32_t flag;   /* vitals.healthy */
	uint32_t len[2];
	const uint8_t *run[2];       /* the message's lists, in the order of the contract ... */
	const struct mote_mail *mail; /* ... or, not NULL: they are the oldest message's in the mailbox, which is dropped */
};

/* requires: state starting. ensures: running with `started` queued, or ended. */
void mote_turn_start(struct mote_actor *actor);

/* requires: state running. */
void mote_turn_message(struct mote_actor *actor, const struct mote_message *message);

/* Ask for health; the answer is queued for actor->asker. requires: state running. */
void mote_turn_check(struct mote_actor *actor);

/* Let it stop, if it runs; how it does makes no difference. The caller removes it. */
void mote_turn_stop(struct mote_actor *actor);

#endif
