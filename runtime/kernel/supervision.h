/* A supervisor in place of the firmware's, for as long as it says that it is well. */
#ifndef MOTE_SUPERVISION_H
#define MOTE_SUPERVISION_H

#include "actor.h"

/*
 * The supervisor's module, from now on (the next step). requires: caller is the supervisor, budget valid, source in flash.
 * returns: 0, or MOTE_ERR_DENIED for any other caller.
 */
int32_t mote_handover(const struct mote_actor *caller, const struct mote_source *source, const struct mote_budget *budget,
		      uint32_t patience);

/* It is well for another `patience` ms. returns: 0, or MOTE_ERR_NOT_FOUND when the caller is no such supervisor. */
int32_t mote_feed(const struct mote_actor *caller, uint32_t patience);

#endif
