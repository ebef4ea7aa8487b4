#include "outbox.h"

#include <stdlib.h>
#include <string.h>

#include <zephyr/kernel.h>

#include "contract.h"

#define MAX_WAITING 32

static struct publication *first;
static uint32_t count;
static uint16_t last_id;
static K_MUTEX_DEFINE(lock);

static bool in_use(uint16_t id)
{
	for (const struct publication *item = first; item; item = item->next)
		if (item->id == id)
			return true;
	return false;
}

static uint16_t fresh_id(void)
{
	do
		last_id = last_id == UINT16_MAX ? 1 : last_id + 1;
	while (in_use(last_id));
	return last_id;
}

int32_t outbox_add(const char *base, const char *topic, size_t topic_len, const uint8_t *payload, uint32_t len, uint32_t qos)
{
	size_t base_len = strlen(base);
	struct publication *item = NULL, **end = &first;

	k_mutex_lock(&lock, K_FOREVER);
	if (count < MAX_WAITING)
		item = malloc(sizeof *item + base_len + 1 + topic_len + len);
	if (item != NULL) {
		*item = (struct publication){ .topic_len = (uint32_t)(base_len + 1 + topic_len), .len = len };
		memcpy(item->bytes, base, base_len);
		item->bytes[base_len] = '/';
		memcpy(item->bytes + base_len + 1, topic, topic_len);
		memcpy(item->bytes + item->topic_len, payload, len);
		item->id = qos == MOTE_MQTT_QOS_AT_MOST_ONCE ? 0 : fresh_id();
		item->retain = qos == MOTE_MQTT_QOS_RETAINED;
		while (*end)
			end = &(*end)->next;
		*end = item;
		count++;
	}
	k_mutex_unlock(&lock);
	return item ? 0 : MOTE_ERR_BUSY;
}

struct publication *outbox_next(void)
{
	struct publication *item;

	k_mutex_lock(&lock, K_FOREVER);
	for (item = first; item && item->sent;)
		item = item->next;
	k_mutex_unlock(&lock);
	return item;
}

/* requires: the lock is held. */
static void discard(struct publication **at)
{
	struct publication *item = *at;

	*at = item->next;
	count--;
	free(item);
}

static void discard_if(const struct publication *which, uint16_t id)
{
	k_mutex_lock(&lock, K_FOREVER);
	for (struct publication **at = &first; *at; at = &(*at)->next)
		if (*at == which || (id != 0 && (*at)->id == id)) {
			discard(at);
			break;
		}
	k_mutex_unlock(&lock);
}

void outbox_sent(struct publication *publication)
{
	publication->sent = true;
	if (publication->id == 0)
		discard_if(publication, 0);
}

void outbox_acknowledged(uint16_t id)
{
	discard_if(NULL, id);
}

void outbox_renew(void)
{
	k_mutex_lock(&lock, K_FOREVER);
	for (struct publication **at = &first; *at;) {
		struct publication *item = *at;

		if (item->id == 0) {
			discard(at);
			continue;
		}
		item->again |= item->sent;
		item->sent = false;
		at = &item->next;
	}
	k_mutex_unlock(&lock);
}
