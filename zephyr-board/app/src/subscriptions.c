#include "subscriptions.h"

#include <stdlib.h>
#include <string.h>

#include <zephyr/kernel.h>

#include "board.h"
#include "contract.h"
#include "topics.h"

#define MAX_FILTERS 16 /* of one actor */

struct subscription {
	struct subscription *next;
	uint32_t actor; /* 0: nobody any more */
	bool told;      /* the broker knows, or was asked */
	size_t len;
	char filter[];
};

static struct subscription *all;
static K_MUTEX_DEFINE(lock);

static bool same(const struct subscription *item, const char *filter, size_t len)
{
	return item->len == len && memcmp(item->filter, filter, len) == 0;
}

/* Is there one that somebody wants, other than `but`? told: that the broker knows of. */
static bool wanted_elsewhere(const struct subscription *but, bool told)
{
	for (const struct subscription *item = all; item; item = item->next)
		if (item != but && item->actor != 0 && (item->told || !told) && same(item, but->filter, but->len))
			return true;
	return false;
}

int32_t subscriptions_add(uint32_t actor, const char *filter, size_t len)
{
	struct subscription *item;
	uint32_t count = 0;
	int32_t answer = 0;

	if (!filter_valid(filter, len))
		return MOTE_ERR_INVALID;
	k_mutex_lock(&lock, K_FOREVER);
	for (item = all; item; item = item->next) {
		if (item->actor != actor)
			continue;
		if (same(item, filter, len))
			goto cleanup;
		count++;
	}
	answer = MOTE_ERR_BUSY;
	item = count < MAX_FILTERS ? malloc(sizeof *item + len) : NULL;
	if (item == NULL)
		goto cleanup;
	*item = (struct subscription){ .next = all, .actor = actor, .len = len };
	memcpy(item->filter, filter, len);
	all = item;
	answer = 0;
cleanup:
	k_mutex_unlock(&lock);
	return answer;
}

void subscriptions_forget(uint32_t actor)
{
	k_mutex_lock(&lock, K_FOREVER);
	for (struct subscription *item = all; item; item = item->next)
		if (item->actor == actor)
			item->actor = 0;
	k_mutex_unlock(&lock);
}

void subscriptions_renew(void)
{
	k_mutex_lock(&lock, K_FOREVER);
	for (struct subscription *item = all; item; item = item->next)
		item->told = false;
	k_mutex_unlock(&lock);
}

size_t subscriptions_next(char *out, size_t room, bool *wanted)
{
	size_t len = 0;

	k_mutex_lock(&lock, K_FOREVER);
	for (struct subscription **at = &all, *item; len == 0 && (item = *at) != NULL;) {
		bool tell = false;

		if (item->actor != 0) {
			tell = !item->told && !wanted_elsewhere(item, true);
			item->told = true;
			at = &item->next;
		} else {
			tell = item->told && !wanted_elsewhere(item, false);
			*at = item->next;
		}
		if (tell && item->len <= room) {
			*wanted = item->actor != 0;
			memcpy(out, item->filter, item->len);
			len = item->len;
		}
		if (item->actor == 0)
			free(item);
	}
	k_mutex_unlock(&lock);
	return len;
}

void subscriptions_each(const char *topic, size_t len, void (*hear)(void *argument, uint32_t actor), void *argument)
{
	if (!topic_valid(topic, len))
		return; /* from outside */
	k_mutex_lock(&lock, K_FOREVER);
	for (const struct subscription *item = all; item; item = item->next) {
		bool before = false;

		if (item->actor == 0 || !filter_matches(item->filter, item->len, topic, len))
			continue;
		for (const struct subscription *other = all; other != item && !before; other = other->next)
			before = other->actor == item->actor && filter_matches(other->filter, other->len, topic, len);
		if (!before)
			hear(argument, item->actor);
	}
	k_mutex_unlock(&lock);
}
