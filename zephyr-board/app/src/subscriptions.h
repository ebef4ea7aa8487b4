/* Which actor subscribed to which filters. Safe to use from any thread. */
#ifndef SUBSCRIPTIONS_H
#define SUBSCRIPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* returns: 0; MOTE_ERR_INVALID for what is no filter, MOTE_ERR_BUSY when the actor has 16 others or there is no memory. */
int32_t subscriptions_add(uint32_t actor, const char *filter, size_t len);

void subscriptions_forget(uint32_t actor);

/* Nothing is asked of the broker yet: a new connection. */
void subscriptions_renew(void);

/*
 * What the broker should be told next: copies one filter that it does not know and somebody wants (*wanted true), or that it
 * knows and nobody wants (false). returns: its length, 0 when there is nothing to tell. Each is named once.
 */
size_t subscriptions_next(char *out, size_t room, bool *wanted);

/* Calls hear(argument, actor) for each actor that the topic is for, each once. hear must not call back. */
void subscriptions_each(const char *topic, size_t len, void (*hear)(void *argument, uint32_t actor), void *argument);

#endif
