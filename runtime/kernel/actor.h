/* One module that runs, or ran: what it may do, what it has spent, what waits for it. */
#ifndef MOTE_ACTOR_H
#define MOTE_ACTOR_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/engine.h"
#include "grants.h"
#include "kernel.h"
#include "bounds.h"

/* Where a module's bytes come from; the contract's actors.source. */
struct mote_source {
	uint8_t kind;     /* MOTE_ACTORS_SOURCE_* */
	uint8_t name_len; /* builtin */
	char name[MOTE_MAX_NAME];
	uint32_t region, offset, len; /* flash */
};

struct mote_timer {
	bool armed;
	uint32_t id;
	uint32_t order;  /* of arming: decides between timers due in the same millisecond */
	uint32_t period; /* 0: fires once */
	uint64_t due;
};

/* Work of an actor's own turn, beside messages. */
enum { MOTE_WORK_START = 1, MOTE_WORK_CHECK = 2, MOTE_WORK_STOP = 4 };

/* What must be told to another actor. It cannot be lost: it waits here, not in the mailbox. */
enum { MOTE_NOTICE_STARTED = 1, MOTE_NOTICE_EXITED = 2, MOTE_NOTICE_HEALTH = 4 };

struct mote_actor {
	uint32_t id;
	uint32_t spawner; /* hears started and exited; 0: nobody */
	uint32_t asker;   /* hears health */
	uint8_t state;    /* MOTE_ACTORS_STATE_* */
	uint8_t work;
	uint8_t notice;
	uint8_t name_len;
	char name[MOTE_MAX_NAME];
	char reason[MOTE_MAX_REASON]; /* why it ended, zero-terminated */
	bool healthy;
	bool subscribed; /* the board holds subscriptions of it */
	bool holds;      /* the board keeps something for it: a watched pin, a port, a socket */
	bool lowering;   /* cabi_realloc or arena_reset runs: no import may be called */
	uint32_t letter_from; /* sender of the letter being handled; 0: none */
	uint32_t waiting;     /* bytes in the mailbox */
	uint32_t handled, denied, dropped, fuel_peak;

	struct mote_budget budget;
	struct mote_source source;
	struct mote_grants *grants; /* owned */
	uint8_t *image;             /* owned copy of the module, where the board cannot map it */
	struct mote_instance *instance;
	uint8_t armed; /* timers that are */
	struct mote_timer timers[MOTE_MAX_TIMERS];
};

/* Forget all actors and free what they hold. */
void mote_actors_reset(void);

/*
 * Enter a new actor, `starting`, with its start queued as work.
 * requires: budget within its ranges, name_len <= MOTE_MAX_NAME. ensures: owns `grants` on success only.
 * returns: NULL with *error MOTE_ERR_BUSY when there is no place or no memory.
 */
struct mote_actor *mote_actor_new(const char *name, uint32_t name_len, const struct mote_source *source,
				  const struct mote_budget *budget, struct mote_grants *grants, int32_t *error);

/* Dead ones too; NULL when there is none. */
struct mote_actor *mote_actor_record(uint32_t id);

/* The same for other actors' eyes: NULL as soon as it is to be stopped. */
struct mote_actor *mote_actor_find(uint32_t id);

/* The longest-lived actor of this name that is alive and not to be stopped, or NULL. */
struct mote_actor *mote_actor_named(const char *name, uint32_t len);

/* Places of the table up to the last that is taken; at most MOTE_MAX_ACTORS. */
uint32_t mote_actor_places(void);

/* The actor in this place of the table, or NULL; place < MOTE_MAX_ACTORS. */
struct mote_actor *mote_actor_at(uint32_t place);

/* It has ended: free its resources, keep its record, queue `exited` for its spawner. reason is cut to fit. */
void mote_actor_end(struct mote_actor *actor, const char *reason);

/* Free it and its record. Nobody is told. */
void mote_actor_remove(struct mote_actor *actor);

/* Whether all fields of a budget are within the ranges of bounds.h. */
bool mote_budget_valid(const struct mote_budget *budget);

#endif
