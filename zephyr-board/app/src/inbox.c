/* Events of other threads on their way to the kernel: bounded, in order, copied. The rules are those of host-shim/board/board.ts. */
#include <stdlib.h>
#include <string.h>

#include <zephyr/kernel.h>

#include "board.h"
#include "contract.h"

#define MAX_EVENTS 64

struct event {
	void *next; /* k_fifo's */
	enum { RADIO, MQTT, GPIO, UART, DATAGRAM } kind;
	int8_t rssi;
	uint16_t topic_len; /* or of the peer */
	uint32_t actor;
	uint32_t len;
	uint32_t word[4];
	uint8_t bytes[]; /* topic, then payload */
};

static K_FIFO_DEFINE(waiting);
static K_SEM_DEFINE(posted, 0, 1);
static atomic_t count, dropped;

static void drop(const char *why)
{
	atomic_inc(&dropped);
	board_note(MOTE_LOG_LEVEL_DEBUG, "dropped an event: %s", why);
}

static void post(const struct event *head, const void *topic, const void *payload)
{
	struct event *event;

	if (atomic_inc(&count) >= MAX_EVENTS) {
		atomic_dec(&count);
		drop("inbox full");
		return;
	}
	event = malloc(sizeof *event + head->topic_len + head->len);
	if (event == NULL) {
		atomic_dec(&count);
		drop("no memory");
		return;
	}
	*event = *head;
	memcpy(event->bytes, topic, head->topic_len);
	memcpy(event->bytes + head->topic_len, payload, head->len);
	k_fifo_put(&waiting, event);
	k_sem_give(&posted);
}

void inbox_radio(const uint8_t *frame, uint32_t len, int8_t rssi)
{
	struct event head = { .kind = RADIO, .rssi = rssi, .len = len };

	if (len >= 1 && len <= BOARD_MAX_FRAME)
		post(&head, "", frame);
}

void inbox_mqtt(uint32_t actor, const char *topic, uint32_t topic_len, const uint8_t *payload, uint32_t len)
{
	struct event head = { .kind = MQTT, .actor = actor, .topic_len = (uint16_t)topic_len, .len = len };

	if (topic_len <= BOARD_MAX_TOPIC && len <= BOARD_MAX_PAYLOAD)
		post(&head, topic, payload);
}

void inbox_gpio(uint32_t actor, uint32_t pin, bool high, uint32_t count, uint32_t at)
{
	struct event head = { .kind = GPIO, .actor = actor, .word = { pin, high, count, at } };

	post(&head, "", "");
}

void inbox_uart(uint32_t actor, uint32_t port, const uint8_t *bytes, uint32_t len, uint32_t faults)
{
	struct event head = { .kind = UART, .actor = actor, .len = len, .word = { port, faults } };

	post(&head, "", bytes);
}

void inbox_datagram(uint32_t actor, const char *peer, bool local, const uint8_t *bytes, uint32_t len)
{
	struct event head = { .kind = DATAGRAM, .actor = actor, .topic_len = (uint16_t)strlen(peer), .len = len, .word = { local } };

	post(&head, peer, bytes);
}

static int32_t hand_over(const struct event *event)
{
	const char *first = (const char *)event->bytes;
	const uint8_t *second = event->bytes + event->topic_len;
	const uint32_t *word = event->word;

	switch (event->kind) {
	case RADIO: return (int32_t)mote_on_radio(event->bytes, event->len, event->rssi);
	case GPIO: return mote_on_gpio(event->actor, word[0], word[1], word[2], word[3]);
	case UART: return mote_on_uart(event->actor, word[0], event->bytes, event->len, word[1]);
	case DATAGRAM: return mote_on_datagram(event->actor, first, event->topic_len, word[0], second, event->len);
	default: return mote_on_mqtt(event->actor, first, event->topic_len, second, event->len);
	}
}

bool inbox_next(void)
{
	struct event *event = k_fifo_peek_head(&waiting);
	int32_t answer = event ? hand_over(event) : 0;
	bool stepped = mote_step() != 0;

	/* A full mailbox gets room by work; without work it never will. */
	if (event && (answer != MOTE_ERR_BUSY || !stepped)) {
		free(k_fifo_get(&waiting, K_NO_WAIT));
		atomic_dec(&count);
		if (answer < 0)
			drop("refused");
	}
	return event || stepped;
}

void inbox_wait(uint64_t deadline, uint32_t most)
{
	uint64_t now = port_clock_now();
	uint64_t left = deadline > now ? deadline - now : 0;

	k_sem_take(&posted, K_MSEC(MIN(left, most)));
}

uint32_t inbox_dropped(void)
{
	return (uint32_t)atomic_get(&dropped);
}
